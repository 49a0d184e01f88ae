package geo

import (
	"maps"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/maxmind/mmdbwriter"
	"github.com/maxmind/mmdbwriter/mmdbtype"

	"github.com/nightjar-sec/nightjar"
)

// built is when the test's data files were made.
var built = time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)

// entry is one prefix of a made file.
type entry struct {
	prefix string
	value  mmdbtype.Map
}

func place(prefix, city, country string, lat, lon float64) entry {
	return entry{prefix, mmdbtype.Map{
		"city":     mmdbtype.Map{"names": mmdbtype.Map{"en": mmdbtype.String(city)}},
		"country":  mmdbtype.Map{"iso_code": mmdbtype.String(country)},
		"location": mmdbtype.Map{"latitude": mmdbtype.Float64(lat), "longitude": mmdbtype.Float64(lon)},
	}}
}

func system(prefix string, asn uint32, organization string) entry {
	return entry{prefix, mmdbtype.Map{
		"autonomous_system_number": mmdbtype.Uint32(asn), "autonomous_system_organization": mmdbtype.String(organization),
	}}
}

// mmdb describes a made file.
type mmdb struct {
	kind   string // DBIP-City-Lite when empty
	family int    // 6 when 0
	built  time.Time
	list   []entry
}

func (m mmdb) write(t testing.TB, path string) {
	t.Helper()
	o := mmdbwriter.Options{DatabaseType: m.kind, IPVersion: m.family, BuildEpoch: m.built.Unix(), IncludeReservedNetworks: true, RecordSize: 24}
	if m.kind == "" {
		o.DatabaseType = "DBIP-City-Lite"
	}
	if m.built.IsZero() {
		o.BuildEpoch = built.Unix()
	}
	tree, err := mmdbwriter.New(o)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range m.list {
		_, network, err := net.ParseCIDR(e.prefix)
		if err != nil {
			t.Fatal(err)
		}
		if err := tree.Insert(network, e.value); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	// As a careful publisher does: beside, then at once in its place.
	temp, err := os.CreateTemp(filepath.Dir(path), ".made-*")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tree.WriteTo(temp); err != nil {
		t.Fatal(err)
	}
	if err := temp.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(temp.Name(), path); err != nil {
		t.Fatal(err)
	}
}

func newAtlas(t testing.TB, cfg Config) *Atlas {
	t.Helper()
	cfg.WithoutBuiltIn = true
	a, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func writeText(t testing.TB, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// warnings remembers what is set.
type warnings struct {
	mu  sync.Mutex
	set map[string]map[string]string // code and source
}

func (w *warnings) Set(code nightjar.WarningCode, _ nightjar.TenantID, source string, args map[string]string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.set == nil {
		w.set = map[string]map[string]string{}
	}
	w.set[string(code)+" "+source] = args
}

func (w *warnings) Clear(code nightjar.WarningCode, _ nightjar.TenantID, source string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.set, string(code)+" "+source)
}

func (w *warnings) holds(code nightjar.WarningCode, source string) (map[string]string, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	args, ok := w.set[string(code)+" "+source]
	return args, ok
}

func (w *warnings) all() map[string]map[string]string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return maps.Clone(w.set)
}
