package geo

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"runtime"
	"runtime/debug"

	"github.com/oschwald/maxminddb-golang/v2"

	"github.com/nightjar-sec/nightjar"
)

// database is one open data file. It is immutable and safe for concurrent use.
// It is never closed: the reader unmaps its file when nothing refers to it any
// more, so a lookup that began before the file was replaced ends in peace.
type database struct {
	path   string // "" for one inside the binary
	own    bool   // the user's own: it may place addresses that no public file can
	stat   os.FileInfo
	reader *maxminddb.Reader
	source Source
	family uint // 4 when it knows IPv4 alone
	flat   bool
	holds  holdings
}

// holdings is what a file has to say.
type holdings struct{ Places, Cities, Networks bool }

// openFile maps a file.
func openFile(path string, own bool) (*database, error) {
	stat, err := os.Stat(path)
	if err != nil {
		return nil, unreadable(path, err)
	}
	reader, err := maxminddb.Open(path)
	if err != nil {
		return nil, unreadable(path, err)
	}
	return newDatabase(path, own, stat, reader)
}

func newDatabase(path string, own bool, stat os.FileInfo, reader *maxminddb.Reader) (*database, error) {
	d := &database{path: path, own: own, stat: stat, reader: reader, family: reader.Metadata.IPVersion}
	d.source.Name = displayName(reader.Metadata.DatabaseType)
	if reader.Metadata.BuildEpoch != 0 {
		d.source.Built = reader.Metadata.BuildTime().UTC()
	}
	if err := d.look(); err != nil {
		return nil, unreadable(path, err)
	}
	return d, nil
}

func unreadable(path string, err error) error {
	return &nightjar.Error{
		Code: nightjar.CodeCorrupt, Message: fmt.Sprintf("the address data in %s cannot be used", path),
		Hint: "it must be a file in MaxMind's DB format (.mmdb), not packed; nightjar geo update fetches one", Err: err,
	}
}

// sampled is how many records show what a file holds and how it is laid out.
const sampled = 2000

// look reads the first records.
func (d *database) look() (err error) {
	defer func() { err = errors.Join(err, faulted(recover())) }()
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	n := 0
	for result := range d.reader.Networks() {
		var top map[string]any
		if err := result.Decode(&top); err != nil {
			return fmt.Errorf("read a record: %w", err)
		}
		_, code := top["country_code"].(string)
		_, city := top["city"].(string)
		_, lat := top["latitude"]
		d.flat = d.flat || code || city || lat
		r, err := d.decode(result)
		if err != nil {
			return fmt.Errorf("read a record: %w", err)
		}
		d.holds.Places = d.holds.Places || r.hasPlace()
		d.holds.Cities = d.holds.Cities || r.city != ""
		d.holds.Networks = d.holds.Networks || r.asn != 0 || r.kind != ""
		if n++; n == sampled || d.holds.Cities && d.holds.Networks {
			break
		}
	}
	runtime.KeepAlive(d.reader)
	if d.holds == (holdings{}) {
		return errors.New("it has neither places nor networks")
	}
	return nil
}

// lookup returns what the file says of an unmapped address.
func (d *database) lookup(a netip.Addr) (r record, found bool, err error) {
	if d.family == 4 && !a.Is4() {
		return record{}, false, nil
	}
	// A file that is overwritten in place, against what its owner should do, is
	// shorter than its mapping for a moment: reading beyond its end is a fault,
	// which costs one answer and not the process.
	defer func() {
		if fault := faulted(recover()); fault != nil {
			r, found, err = record{}, false, fault
		}
	}()
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	result := d.reader.Lookup(a)
	if err := result.Err(); err != nil {
		return record{}, false, fmt.Errorf("look up an address: %w", err)
	}
	if !result.Found() {
		return record{}, false, nil
	}
	r, err = d.decode(result)
	runtime.KeepAlive(d.reader)
	if err != nil {
		return record{}, false, fmt.Errorf("read a record: %w", err)
	}
	return r, true, nil
}

func (d *database) decode(result maxminddb.Result) (record, error) {
	if d.flat {
		var f flat
		err := result.Decode(&f)
		return f.record(), err
	}
	var n nested
	err := result.Decode(&n)
	return n.record(), err
}

// faulted turns a panic over unreadable memory into an error and lets every other go on.
func faulted(panicked any) error {
	if panicked == nil {
		return nil
	}
	if fault, ok := panicked.(interface{ Addr() uintptr }); ok && fault.Addr() != 0 {
		return errors.New("the file changed while it was read")
	}
	panic(panicked)
}

// same reports whether the file at the path is still the one that is open.
func (d *database) same(stat os.FileInfo) bool {
	return d.stat != nil && os.SameFile(d.stat, stat) && d.stat.Size() == stat.Size() && d.stat.ModTime().Equal(stat.ModTime())
}
