package geo

import (
	"bytes"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
)

func FuzzList(f *testing.F) {
	f.Add([]byte("# source: x\n# date: 2026-11-01\n192.0.2.0/24,GB\n2001:db8::1 # y\n::ffff:10.0.0.0/104\n"))
	f.Add([]byte("0.0.0.0/0\n::/0\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(t.TempDir(), "vpn.txt")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		l, err := openList(path)
		if err != nil {
			return
		}
		for _, s := range l.set.spans {
			if !l.set.contains(s.from) || !l.set.contains(s.to) {
				t.Errorf("%v does not contain its own ends", s)
			}
		}
	})
}

// FuzzDatabase opens what may be a data file and looks addresses up in it.
func FuzzDatabase(f *testing.F) {
	f.Add(cityData(f, "London", built))
	f.Add(asnData(f, built))
	f.Add([]byte("\xab\xcd\xefMaxMind.com"))
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(t.TempDir(), "x.mmdb")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		d, err := openFile(path, false)
		if err != nil {
			return
		}
		for _, a := range []string{"81.2.69.142", "2a02:6b8::1", "255.255.255.255"} {
			r, _, _ := d.lookup(netip.MustParseAddr(a))
			if r.located && (r.lat < -90 || r.lat > 90 || r.lon < -180 || r.lon > 180) {
				t.Errorf("%s is off the globe: %v", a, r)
			}
		}
	})
}

func FuzzUnpack(f *testing.F) {
	f.Add(gzipped(f, tarOf(f, "x.mmdb", []byte("data"))))
	f.Add(gzipped(f, []byte("data")))
	f.Add([]byte("data"))
	f.Fuzz(func(t *testing.T, data []byte) {
		file, rest, err := unpackStream(bytes.NewReader(data))
		if err != nil {
			return
		}
		_, _ = io.Copy(io.Discard, io.LimitReader(file, 1<<20)) // only that it neither panics nor hangs
		_, _ = io.Copy(io.Discard, io.LimitReader(rest, 1<<20))
	})
}

func BenchmarkLookup(b *testing.B) {
	dir := b.TempDir()
	mmdb{list: []entry{place("81.2.69.0/24", "London", "GB", 51.5, -0.12)}}.write(b, filepath.Join(dir, "city.mmdb"))
	mmdb{kind: "DBIP-ASN-Lite", list: []entry{system("81.2.69.0/24", 20712, "Andrews & Arnold")}}.write(b, filepath.Join(dir, "asn.mmdb"))
	a := newAtlas(b, Config{Folder: dir})
	b.ReportAllocs()
	for b.Loop() {
		a.Lookup(london)
	}
}
