package main

import (
	"archive/tar"
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"
)

// source is one pinned input.
type source struct {
	role    string // country or as
	address string // npm:NAME@VERSION, https://…, or a file
	sha256  string
	members []string // of the archive; none for a file that is no archive
	day     time.Time
	name    string // the database's type, which people see as the source
}

// readSources reads lines of role, address, SHA-256, members ("-" for none),
// day and name.
func readSources(path string) ([]source, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var all []source
	for n, line := range strings.Split(string(data), "\n") {
		words := strings.Fields(line)
		if len(words) == 0 || strings.HasPrefix(words[0], "#") {
			continue
		}
		if len(words) != 6 || words[0] != "country" && words[0] != "as" || len(words[2]) != 64 {
			return nil, fmt.Errorf("%s:%d: want role, address, SHA-256, members, day and name", path, n+1)
		}
		day, err := time.Parse(time.DateOnly, words[4])
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", path, n+1, err)
		}
		s := source{role: words[0], address: words[1], sha256: words[2], day: day, name: words[5]}
		if words[3] != "-" {
			s.members = strings.Split(words[3], ",")
		}
		all = append(all, s)
	}
	return all, nil
}

// open hands each member of a file over; packed ones are unpacked.
func (s source) open(path string, use func(name string, r io.Reader) error) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	buffered := bufio.NewReader(file)
	plain := io.Reader(buffered)
	if magic, _ := buffered.Peek(2); string(magic) == "\x1f\x8b" {
		if plain, err = gzip.NewReader(buffered); err != nil {
			return err
		}
	}
	if len(s.members) == 0 {
		return use(strings.TrimSuffix(path, ".gz"), plain)
	}
	left := slices.Clone(s.members)
	for archive := tar.NewReader(plain); len(left) > 0; {
		entry, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return fmt.Errorf("the archive lacks %v", left)
		}
		if err != nil {
			return err
		}
		i := slices.Index(left, entry.Name)
		if i < 0 {
			continue
		}
		if err := use(entry.Name, archive); err != nil {
			return fmt.Errorf("%s: %w", entry.Name, err)
		}
		left = slices.Delete(left, i, i+1)
	}
	return nil
}
