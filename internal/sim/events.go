package sim

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// recordHead is what the simulator must know of a record to serve it.
type recordHead struct {
	ID         string `json:"Id"`
	Tenant     string `json:"OrganizationId"`
	Workload   string `json:"Workload"`
	RecordType int    `json:"RecordType"`
}

// readHead reads what it can: a record of an unknown shape is served all the same.
func readHead(raw []byte) recordHead {
	var h recordHead
	_ = json.Unmarshal(raw, &h) // a field of the wrong type leaves its zero value
	return h
}

// LoadEvents reads raw records from NDJSON files, one a line, plain or .gz.
// Lines are kept byte for byte without the line's end; empty lines are skipped.
func LoadEvents(paths ...string) ([][]byte, error) {
	var all [][]byte
	for _, p := range paths {
		lines, err := loadFile(p)
		if err != nil {
			return nil, fmt.Errorf("read events from %s: %w", p, err)
		}
		all = append(all, lines...)
	}
	return all, nil
}

func loadFile(p string) ([][]byte, error) {
	f, err := os.Open(p)
	if err != nil {
		return nil, err
	}
	defer f.Close() // only read from
	var r io.Reader = f
	if strings.HasSuffix(p, ".gz") {
		z, err := gzip.NewReader(f)
		if err != nil {
			return nil, err
		}
		r = z
	}
	return ReadEvents(r)
}

// ReadEvents reads raw records, one a line.
func ReadEvents(r io.Reader) ([][]byte, error) {
	var all [][]byte
	br := bufio.NewReaderSize(r, 1<<16)
	for n := 1; ; n++ {
		line, err := br.ReadBytes('\n')
		line = bytes.TrimRight(line, "\r\n")
		if len(bytes.TrimSpace(line)) > 0 {
			if !json.Valid(line) {
				return nil, fmt.Errorf("line %d is not JSON", n)
			}
			all = append(all, line)
		}
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return nil, err
		}
	}
}

// TenantOf returns the OrganizationId that most records carry: the tenant that
// they are to be served as.
func TenantOf(events [][]byte) string {
	counts := map[string]int{}
	best := ""
	for _, raw := range events {
		id := strings.ToLower(readHead(raw).Tenant)
		if id == "" {
			continue
		}
		if counts[id]++; counts[id] > counts[best] {
			best = id
		}
	}
	return best
}
