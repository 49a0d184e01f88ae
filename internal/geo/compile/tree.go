package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"strconv"
	"strings"

	"github.com/klauspost/compress/zstd"
	"github.com/maxmind/mmdbwriter"
	"github.com/maxmind/mmdbwriter/mmdbtype"
	"github.com/oschwald/maxminddb-golang/v2"
)

// tree is a small database in the making.
type tree struct {
	role     string
	mmdb     *mmdbwriter.Tree
	networks int
}

func newTree(s source) (*tree, error) {
	mmdb, err := mmdbwriter.New(mmdbwriter.Options{
		DatabaseType: s.name, BuildEpoch: s.day.Unix(), RecordSize: 24, Languages: []string{"en"},
		Description: map[string]string{"en": "Reduced from " + s.address},
	})
	if err != nil {
		return nil, err
	}
	return &tree{role: s.role, mmdb: mmdb}, nil
}

// add takes what an input has for the tree's role: a database, or ranges as
// CSV (first, last, country) or (first, last, AS number, organization).
func (t *tree) add(name string, r io.Reader) error {
	if strings.HasSuffix(name, ".csv") {
		return t.addRanges(r)
	}
	data, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	reader, err := maxminddb.OpenBytes(data)
	if err != nil {
		return err
	}
	for result := range reader.Networks() {
		value, err := t.read(result)
		if err != nil {
			return err
		}
		if value == nil {
			continue
		}
		p := result.Prefix()
		err = t.mmdb.Insert(&net.IPNet{IP: p.Addr().AsSlice(), Mask: net.CIDRMask(p.Bits(), p.Addr().BitLen())}, value)
		if err := t.inserted(err); err != nil {
			return err
		}
	}
	return nil
}

// read keeps of a record what the role asks for; nil when it has nothing.
func (t *tree) read(result maxminddb.Result) (mmdbtype.DataType, error) {
	var record struct {
		Code    string `maxminddb:"country_code"`
		Country struct {
			Code string `maxminddb:"iso_code"`
		} `maxminddb:"country"`
		ASN          uint32 `maxminddb:"autonomous_system_number"`
		Organization string `maxminddb:"autonomous_system_organization"`
	}
	if err := result.Decode(&record); err != nil {
		return nil, err
	}
	if t.role == "as" {
		return system(record.ASN, record.Organization), nil
	}
	return country(record.Code + record.Country.Code), nil
}

func (t *tree) addRanges(r io.Reader) error {
	rows := csv.NewReader(r)
	rows.FieldsPerRecord = -1
	rows.ReuseRecord = true
	for {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		first, last, value, err := t.parse(row)
		if err != nil {
			line, _ := rows.FieldPos(0)
			return fmt.Errorf("line %d: %w", line, err)
		}
		if value == nil {
			continue
		}
		if err := t.inserted(t.mmdb.InsertRange(first.AsSlice(), last.AsSlice(), value)); err != nil {
			return err
		}
	}
}

func (t *tree) parse(row []string) (first, last netip.Addr, value mmdbtype.DataType, err error) {
	if len(row) < 3 {
		return first, last, nil, errors.New("a range needs three columns")
	}
	if first, err = netip.ParseAddr(row[0]); err != nil {
		return first, last, nil, err
	}
	if last, err = netip.ParseAddr(row[1]); err != nil {
		return first, last, nil, err
	}
	if t.role == "country" {
		return first, last, country(row[2]), nil
	}
	asn, err := strconv.ParseUint(row[2], 10, 32)
	if err != nil || len(row) < 4 {
		return first, last, nil, errors.New("want a number of an autonomous system and its organization")
	}
	return first, last, system(uint32(asn), row[3]), nil
}

// inserted counts; reserved networks, which no public data may place, are left out.
func (t *tree) inserted(err error) error {
	var reserved *mmdbwriter.ReservedNetworkError
	var aliased *mmdbwriter.AliasedNetworkError
	if errors.As(err, &reserved) || errors.As(err, &aliased) {
		return nil
	}
	t.networks++
	return err
}

func country(code string) mmdbtype.DataType {
	if len(code) != 2 || code == "ZZ" {
		return nil
	}
	return mmdbtype.Map{"country": mmdbtype.Map{"iso_code": mmdbtype.String(code)}}
}

func system(asn uint32, organization string) mmdbtype.DataType {
	if asn == 0 {
		return nil
	}
	return mmdbtype.Map{"autonomous_system_number": mmdbtype.Uint32(asn), "autonomous_system_organization": mmdbtype.String(organization)}
}

// write packs the database and returns its size.
func (t *tree) write(path string) (int64, error) {
	file, err := os.Create(path)
	if err != nil {
		return 0, err
	}
	defer file.Close()
	packer, err := zstd.NewWriter(file, zstd.WithEncoderLevel(zstd.SpeedBestCompression), zstd.WithEncoderConcurrency(1))
	if err != nil {
		return 0, err
	}
	if _, err := t.mmdb.WriteTo(packer); err != nil {
		return 0, err
	}
	if err := packer.Close(); err != nil {
		return 0, err
	}
	stat, err := file.Stat()
	if err != nil {
		return 0, err
	}
	return stat.Size(), file.Close()
}
