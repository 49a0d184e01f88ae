package main

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/oschwald/maxminddb-golang/v2"
)

// write makes a file and returns its path and checksum.
func write(t *testing.T, name string, data []byte) (path, sum string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path, fmt.Sprintf("%x", sha256.Sum256(data))
}

func packed(t *testing.T, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func open(t *testing.T, path string) *maxminddb.Reader {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	unpacker, err := zstd.NewReader(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer unpacker.Close()
	if data, err = unpacker.DecodeAll(data, nil); err != nil {
		t.Fatal(err)
	}
	reader, err := maxminddb.OpenBytes(data)
	if err != nil {
		t.Fatal(err)
	}
	if err := reader.Verify(); err != nil {
		t.Fatal(err)
	}
	return reader
}

func TestPinnedInputsBecomeSmallDatabases(t *testing.T) {
	t.Parallel()
	countries, countriesSum := write(t, "country.csv.gz", packed(t, "1.0.0.0,1.0.0.255,AU\n1.0.1.0,1.0.3.255,CN\n10.0.0.0,10.0.0.255,US\n1.0.4.0,1.0.4.255,ZZ\n2001:200::,2001:200:ffff:ffff:ffff:ffff:ffff:ffff,JP\n"))
	systems, systemsSum := write(t, "as.csv", []byte("1.0.0.0,1.0.0.255,13335,\"Cloudflare, Inc.\"\n2001:200::,2001:200:ffff:ffff:ffff:ffff:ffff:ffff,2500,WIDE Project\n"))
	sources, _ := write(t, "sources.txt", fmt.Appendf(nil, "# pinned\ncountry %s %s - 2026-11-01 Some-Country\nas %s %s - 2026-11-02 Some-ASN\n", countries, countriesSum, systems, systemsSum))
	out := t.TempDir()
	if err := run(t.Context(), sources, out, "", io.Discard); err != nil {
		t.Fatal(err)
	}
	country, as := open(t, filepath.Join(out, "country.mmdb.zst")), open(t, filepath.Join(out, "as.mmdb.zst"))
	if country.Metadata.DatabaseType != "Some-Country" || country.Metadata.BuildTime().Format("2006-01-02") != "2026-11-01" {
		t.Errorf("%+v", country.Metadata)
	}
	for address, want := range map[string]string{"1.0.0.9": "AU", "1.0.2.9": "CN", "2001:200::1": "JP", "10.0.0.1": "", "1.0.4.1": "", "8.8.8.8": ""} {
		var code string
		if err := country.Lookup(netip.MustParseAddr(address)).DecodePath(&code, "country", "iso_code"); err != nil || code != want {
			t.Errorf("%s is in %q, %v; want %q", address, code, err, want)
		}
	}
	var organization string
	if err := as.Lookup(netip.MustParseAddr("2001:200::1")).DecodePath(&organization, "autonomous_system_organization"); err != nil || organization != "WIDE Project" {
		t.Errorf("%q, %v", organization, err)
	}

	// What was made can be an input too: MaxMind's format and nested layout.
	again, err := os.ReadFile(filepath.Join(out, "country.mmdb.zst"))
	if err != nil {
		t.Fatal(err)
	}
	unpacker, err := zstd.NewReader(bytes.NewReader(again))
	if err != nil {
		t.Fatal(err)
	}
	defer unpacker.Close()
	tree, err := newTree(source{role: "country", name: "Again"})
	if err != nil {
		t.Fatal(err)
	}
	if err := tree.add("country.mmdb", unpacker); err != nil || tree.networks == 0 {
		t.Errorf("%d networks, %v", tree.networks, err)
	}
}

func TestAnInputOfAnotherChecksumIsRefused(t *testing.T) {
	t.Parallel()
	path, _ := write(t, "country.csv", []byte("1.0.0.0,1.0.0.255,AU\n"))
	sources, _ := write(t, "sources.txt", fmt.Appendf(nil, "country %s %s - 2026-11-01 Some-Country\n", path, strings.Repeat("0", 64)))
	out := t.TempDir()
	if err := run(t.Context(), sources, out, "", io.Discard); err == nil || !strings.Contains(err.Error(), "pinned") {
		t.Errorf("%v", err)
	}
	if left, _ := filepath.Glob(filepath.Join(out, "*")); len(left) > 0 {
		t.Errorf("it wrote %v", left)
	}
}

func TestThePinsOfTheRepositoryAreReadable(t *testing.T) {
	t.Parallel()
	all, err := readSources("../data/sources.txt")
	if err != nil || len(all) != 2 {
		t.Fatalf("%v, %v", all, err)
	}
}
