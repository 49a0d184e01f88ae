package detect

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/uptrace/bun"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/catalog"
	"github.com/nightjar-sec/nightjar/internal/catalog/catalogtest"
	"github.com/nightjar-sec/nightjar/internal/clock"
	"github.com/nightjar-sec/nightjar/internal/journal"
	"github.com/nightjar-sec/nightjar/internal/normalise"
	"github.com/nightjar-sec/nightjar/internal/ruleset"
)

const contoso = nightjar.TenantID("6a1f0b52-8b8e-4a37-9d0c-0f5a2f6f9c11")

// bench is a journal with a stream that watches it, which can be stopped and
// begun anew, with or without having written its state.
type bench struct {
	t       testing.TB
	dir     string
	cfg     StreamConfig
	journal *journal.Journal

	mu       sync.Mutex
	rules    *ruleset.Set
	recorded map[string]nightjar.Finding
	order    []string
	twice    int           // findings that were recorded again
	changed  chan struct{} // closed when something is recorded
	fail     func() error  // of Record
}

func setup(t testing.TB, rules *ruleset.Set) *bench {
	t.Helper()
	dir := quickDir(t)
	db, err := catalogtest.Open(t.Context(), catalog.Config{Path: filepath.Join(dir, catalog.FileName)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	j, err := journal.New(journal.Config{Dir: filepath.Join(dir, "journal"), Catalog: db})
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{t: t, dir: dir, journal: j, rules: rules, recorded: map[string]nightjar.Finding{}, changed: make(chan struct{})}
	b.cfg = StreamConfig{Journal: j, Catalog: db, Recorder: b, Rules: b.inForce, Clock: clock.Real()}
	return b
}

// quickDir is a folder whose fsync is quick, where there is one.
func quickDir(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "detect") //nolint:usetesting // TempDir cannot be told to be in memory
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

func (b *bench) inForce() *ruleset.Set {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.rules
}

// Record implements Recorder. It keeps what is recorded once the transaction
// has ended well, as a catalog does.
func (b *bench) Record(ctx context.Context, _ bun.Tx, findings []nightjar.Finding) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.fail != nil {
		if err := b.fail(); err != nil {
			return err
		}
	}
	kept := slices.Clone(findings)
	catalog.AfterCommit(ctx, func() { b.keep(kept) })
	return nil
}

func (b *bench) keep(findings []nightjar.Finding) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, f := range findings {
		if _, known := b.recorded[f.ID]; known {
			b.twice++
			continue
		}
		b.recorded[f.ID] = f
		b.order = append(b.order, f.ID)
	}
	close(b.changed)
	b.changed = make(chan struct{})
}

// add commits events.
func (b *bench) add(events ...nightjar.Event) int64 {
	b.t.Helper()
	r, err := b.journal.Append(context.Background(), journal.Batch{Tenant: events[0].Tenant, Sources: []journal.Source{{Events: events}}})
	if err != nil {
		b.t.Fatal(err)
	}
	return r.Seq
}

// stream begins a stream that knows what is in the catalog.
func (b *bench) stream() *Stream {
	b.t.Helper()
	s, err := NewStream(b.cfg)
	if err != nil {
		b.t.Fatal(err)
	}
	return s
}

// start runs a stream and returns what stops it.
func (b *bench) start() (s *Stream, stop func()) {
	s = b.stream()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	return s, func() {
		cancel()
		if err := <-ended; err != nil {
			b.t.Error(err)
		}
	}
}

// wait waits until as many findings are recorded.
func (b *bench) wait(n int) {
	b.t.Helper()
	timeout := time.After(20 * time.Second)
	for {
		b.mu.Lock()
		got, changed := len(b.recorded), b.changed
		b.mu.Unlock()
		if got >= n {
			return
		}
		select {
		case <-changed:
		case <-timeout:
			b.t.Fatalf("%d findings are recorded, want %d", got, n)
		}
	}
}

// rulesOf reads rules that a test writes.
func rulesOf(t testing.TB, text string) *ruleset.Set {
	t.Helper()
	set, err := ruleset.Load([]ruleset.Folder{{Name: "test", FS: fstest.MapFS{"pack/rules.yml": {Data: []byte(text)}}}}, ruleset.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range set.Faults {
		t.Fatal(f)
	}
	return set
}

// event makes a sign-in, failed or not, as it is collected.
func event(t testing.TB, id, user, address string, at time.Time, failed bool) nightjar.Event {
	t.Helper()
	operation := "UserLoggedIn"
	if failed {
		operation = "UserLoginFailed"
	}
	raw := fmt.Sprintf(`{"Id":%q,"CreationTime":%q,"Operation":%q,"RecordType":15,"Workload":"AzureActiveDirectory","UserId":%q,"ClientIP":%q,"OrganizationId":%q}`,
		id, at.UTC().Format("2006-01-02T15:04:05"), operation, user, address, contoso)
	e, err := normalise.Record([]byte(raw), normalise.Origin{Tenant: contoso, Ingested: at.Add(time.Minute), ContentCreated: at})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// The rules of most tests: one event, and a count over time.
const twoRules = `title: Sign-in of the emergency account
id: 11111111-1111-4111-8111-111111111111
level: high
logsource: {product: m365, service: audit}
detection:
  account: {Operation: UserLoggedIn, UserId: emergency@contoso.com}
  condition: account
nightjar:
  entities: {user: UserId, address: nightjar.client_ip}
  reason: "{UserId} signed in from {nightjar.client_ip}"
---
title: Failed sign-in
name: failed
logsource: {product: m365, service: audit}
detection:
  failed: {Operation: UserLoginFailed}
  condition: failed
---
title: Guessing
id: 22222222-2222-4222-8222-222222222222
level: medium
correlation:
  type: event_count
  rules: [failed]
  group-by: [UserId]
  timespan: 10m
  condition: {gte: 5}
nightjar:
  entities: {user: UserId}
  reason: "{count} failed sign-ins of {UserId} within {window}"
`
