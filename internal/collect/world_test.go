package collect

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/catalog"
	"github.com/nightjar-sec/nightjar/internal/catalog/catalogtest"
	"github.com/nightjar-sec/nightjar/internal/clock"
	"github.com/nightjar-sec/nightjar/internal/journal"
	"github.com/nightjar-sec/nightjar/internal/m365"
	"github.com/nightjar-sec/nightjar/internal/secret"
	"github.com/nightjar-sec/nightjar/internal/sim"
)

// world is a simulated Microsoft 365 and a Nightjar that collects from it,
// inside a bubble of testing/synctest: days pass in seconds.
type world struct {
	t        testing.TB
	sim      *sim.Server
	dir      string
	catalog  *catalog.DB
	journal  *journal.Journal
	c        *Collector
	tenants  []nightjar.Tenant
	options  Options
	warnings *warnings
	pipeline *pipeline
	clients  map[nightjar.TenantID]*m365.Activity

	mu        sync.Mutex // of tenants, once they change while the collector runs
	syncFails bool
	perMinute int
	slow      map[nightjar.TenantID]int // requests a minute of some tenants
}

var errNoSync = errors.New("the disk does not sync")

func (w *world) setTenants(tenants []nightjar.Tenant) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.tenants = tenants
}

func exists(w *world, path string) bool {
	_, err := os.Stat(filepath.Join(w.dir, filepath.FromSlash(path)))
	return err == nil
}

// newWorld must be called inside a bubble.
func newWorld(t testing.TB, cfg sim.Config, change func(*world)) *world {
	t.Helper()
	cfg.InMemory = true
	server, err := sim.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() { _ = server.Run(ctx) })
	w := &world{t: t, sim: server, dir: t.TempDir(), warnings: &warnings{}, pipeline: &pipeline{}}
	for _, tc := range server.Tenants() {
		w.tenants = append(w.tenants, nightjar.Tenant{ID: nightjar.TenantID(tc.ID), Name: tc.Name, ClientID: tc.ClientID, Cloud: "sim", Feeds: map[nightjar.Feed]nightjar.FeedOptions{}})
	}
	if change != nil {
		change(w)
	}
	w.open()
	t.Cleanup(func() {
		w.close()
		stop()
		wg.Wait()
	})
	return w
}

// open starts Nightjar on the world's folder, as after a restart.
func (w *world) open() {
	w.t.Helper()
	var err error
	if w.catalog, err = catalogtest.Open(context.Background(), catalog.Config{Path: filepath.Join(w.dir, "catalog.db")}); err != nil {
		w.t.Fatal(err)
	}
	faults := &journal.Faults{Sync: func(string) error {
		if w.syncFails {
			return errNoSync
		}
		return nil
	}}
	if w.journal, err = journal.New(journal.Config{Dir: filepath.Join(w.dir, "journal"), Catalog: w.catalog, Faults: faults}); err != nil {
		w.t.Fatal(err)
	}
	w.clients = w.connect()
	w.c, err = New(Config{
		Journal: w.journal, Catalog: w.catalog, Clock: clock.Real(), DataDir: w.dir, Options: w.options, Logger: logger(),
		Pipeline: w.pipeline, Warnings: w.warnings,
		Tenants: func(context.Context) ([]nightjar.Tenant, error) {
			w.mu.Lock()
			defer w.mu.Unlock()
			return w.tenants, nil
		},
		Activity: func(_ context.Context, t nightjar.Tenant) (*m365.Activity, error) {
			if a := w.clients[t.ID]; a != nil {
				return a, nil
			}
			return nil, errors.New("no connection")
		},
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

func logger() *slog.Logger {
	if os.Getenv("NIGHTJAR_TEST_LOG") == "" {
		return nil
	}
	return slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

func (w *world) close() {
	_ = w.catalog.Close()
}

func (w *world) connect() map[nightjar.TenantID]*m365.Activity {
	w.t.Helper()
	ca := filepath.Join(w.dir, "ca.pem")
	if err := os.WriteFile(ca, w.sim.CA(), 0o600); err != nil {
		w.t.Fatal(err)
	}
	roots := w.sim.URLs()
	cloud := nightjar.Cloud{Name: "sim", Login: roots.Login, Management: roots.Management, Graph: roots.Graph, CAFile: ca}
	client, err := m365.NewHTTPClient(cloud, m365.HTTPOptions{Proxy: "direct", DialContext: w.sim.DialContext})
	if err != nil {
		w.t.Fatal(err)
	}
	out := make(map[nightjar.TenantID]*m365.Activity)
	for _, tc := range w.sim.Tenants() {
		id := nightjar.TenantID(tc.ID)
		tokens, err := m365.NewTokenSource(m365.CredentialConfig{
			Cloud: cloud, Tenant: id, ClientID: tc.ClientID, Secret: secret.New(tc.Secrets[0].Value), HTTP: client,
		})
		if err != nil {
			w.t.Fatal(err)
		}
		perMinute := w.perMinute
		if n, ok := w.slow[id]; ok {
			perMinute = n
		}
		out[id], err = m365.NewActivity(m365.ActivityConfig{
			Cloud: cloud, Tenant: id, Tokens: tokens, HTTP: client, Budget: m365.NewBudget(m365.BudgetConfig{PerMinute: perMinute}), OnThrottle: func(i m365.ThrottleInfo) { w.c.OnThrottle(i) },
		})
		if err != nil {
			w.t.Fatal(err)
		}
	}
	w.t.Cleanup(client.CloseIdleConnections)
	return out
}

// once collects until caught up.
func (w *world) once(o OnceOptions) Summary {
	w.t.Helper()
	sum, err := w.c.Once(w.t.Context(), o)
	if err != nil {
		w.t.Fatal(err)
	}
	return sum
}

// serve runs the collector for d.
func (w *world) serve(d time.Duration) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), d)
	defer cancel()
	if err := w.c.Run(ctx); err != nil {
		w.t.Fatal(err)
	}
}

// restart closes Nightjar and opens it again.
func (w *world) restart() {
	w.t.Helper()
	w.close()
	w.open()
}

// stored returns the raw records in the journal, with how often each is there.
func (w *world) stored(tenant nightjar.TenantID) map[string]int {
	w.t.Helper()
	out := make(map[string]int)
	err := w.journal.Export(context.Background(), journal.ExportFilter{Tenant: tenant}, func(e nightjar.Event) error {
		if e.Table != nightjar.TableCollectorsOut {
			out[string(e.Raw)]++
		}
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return out
}

// toldStored adds up what the rows of collectors_out say was stored.
func (w *world) toldStored(tenant nightjar.TenantID) (n int64) {
	w.t.Helper()
	only := journal.ExportFilter{Tenant: tenant, Tables: []nightjar.Table{nightjar.TableCollectorsOut}}
	err := w.journal.Export(context.Background(), only, func(e nightjar.Event) error {
		var row struct {
			Action nightjar.PipelineAction
			Count  int64
		}
		if err := json.Unmarshal(e.Raw, &row); err != nil {
			return err
		}
		if row.Action == nightjar.PipelineStored {
			n += row.Count
		}
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return n
}

// exact checks that the journal holds every event that a client that did all
// it could must hold, byte for byte, each once, and none besides.
func (w *world) exact() {
	w.t.Helper()
	for _, tenant := range w.tenants {
		got := w.stored(tenant.ID)
		total := len(got)
		var lost, twice []string
		expected := 0
		for e := range w.sim.Events(string(tenant.ID)) {
			n := got[string(e.Raw)]
			switch {
			case n == 0 && e.Expected:
				lost = append(lost, fmt.Sprintf("%s %s", e.Feed, e.ID))
			case n > 1:
				twice = append(twice, e.ID)
			}
			if e.Expected {
				expected++
			}
			delete(got, string(e.Raw))
		}
		if expected == 0 {
			w.t.Error("nothing was there to be collected")
		}
		if len(lost) > 0 {
			w.t.Errorf("%d of %d events are lost: %v", len(lost), expected, lost[:min(len(lost), 5)])
		}
		if len(twice) > 0 {
			w.t.Errorf("%d events are there twice: %v", len(twice), twice[:min(len(twice), 5)])
		}
		if len(got) > 0 {
			w.t.Errorf("%d of %d records stored are not the tenant's: %.300s", len(got), total, slices.Collect(maps.Keys(got))[0])
		}
	}
	if v := w.sim.Report().Violations; len(v) > 0 {
		w.t.Errorf("the rules of the service were broken: %+v", v[:min(len(v), 5)])
	}
}

func (w *world) coverage() Coverage {
	w.t.Helper()
	now := time.Now()
	cov, err := w.c.Coverage(context.Background(), w.tenants[0].ID, now.Add(-40*24*time.Hour), now.Add(time.Hour))
	if err != nil {
		w.t.Fatal(err)
	}
	return cov
}

func (s Summary) feed(f nightjar.Feed) FeedSummary {
	for _, s := range s.Feeds {
		if s.Feed == f {
			return s
		}
	}
	return FeedSummary{}
}

// oneBubble lets bubbles run one after the other.
var oneBubble sync.Mutex

// bubble runs a test inside synctest. The Parquet library keeps decompressors
// in a pool of the process, and their channels belong to the bubble that made
// them: so there is one bubble at a time, and it begins with empty pools (a
// pool is empty after two collections).
func bubble(t *testing.T, f func(t *testing.T)) {
	t.Helper()
	t.Parallel()
	oneBubble.Lock()
	defer oneBubble.Unlock()
	runtime.GC()
	runtime.GC()
	synctest.Test(t, f)
}

// warnings remembers what is wrong.
type warnings struct {
	mu   sync.Mutex
	set  map[string]map[string]string
	ever map[string]bool
}

func (w *warnings) Set(code nightjar.WarningCode, _ nightjar.TenantID, source string, args map[string]string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.set == nil {
		w.set, w.ever = map[string]map[string]string{}, map[string]bool{}
	}
	w.set[string(code)+" "+source] = args
	w.ever[string(code)+" "+source] = true
}

func (w *warnings) Clear(code nightjar.WarningCode, _ nightjar.TenantID, source string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.set, string(code)+" "+source)
}

func (w *warnings) has(code nightjar.WarningCode, feed nightjar.Feed) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	_, ok := w.set[string(code)+" "+string(feed)]
	return ok
}

// pipeline remembers the rows of collectors_out.
type pipeline struct {
	mu   sync.Mutex
	rows []nightjar.PipelineRecord
}

func (p *pipeline) Add(r nightjar.PipelineRecord) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.rows = append(p.rows, r)
}

func (p *pipeline) count(a nightjar.PipelineAction, part string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := 0
	for _, r := range p.rows {
		if r.Action == a && strings.Contains(r.Message, part) {
			n++
		}
	}
	return n
}
