package schedule_test

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"github.com/uptrace/bun"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/catalog"
	"github.com/nightjar-sec/nightjar/internal/catalog/catalogtest"
	"github.com/nightjar-sec/nightjar/internal/ruleset"
	"github.com/nightjar-sec/nightjar/internal/schedule"
)

const (
	contoso  nightjar.TenantID = "5f0c5a52-6e1a-4b7e-9d64-0d6f0f6a3c11"
	fabrikam nightjar.TenantID = "6f0c5a52-6e1a-4b7e-9d64-0d6f0f6a3c22"
)

// log is the rows that the questions are about: failures of collectors.
type log struct {
	mu    sync.Mutex
	rows  []row
	asked []string
	err   error
	hangs bool
	bad   nightjar.TenantID // questions that include it hang
}

type row struct {
	at        time.Time
	tenant    nightjar.TenantID
	collector string
}

// Ask counts the rows of the span that the question names, by collector.
func (l *log) Ask(ctx context.Context, sql string, tenants []nightjar.Tenant, most int) (schedule.Answer, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.asked = append(l.asked, sql)
	if l.err != nil {
		return schedule.Answer{}, l.err
	}
	if l.hangs || slices.ContainsFunc(tenants, func(t nightjar.Tenant) bool { return t.ID == l.bad }) {
		<-ctx.Done()
		return schedule.Answer{}, ctx.Err()
	}
	parts := strings.Split(sql, "'")
	stamp := func(s string) time.Time {
		at, err := time.Parse("2006-01-02 15:04:05.000000", s)
		if err != nil {
			panic(err)
		}
		return at
	}
	from, to := stamp(parts[1]), stamp(parts[3])
	counts := map[row]int64{}
	for _, r := range l.rows {
		if in := slices.ContainsFunc(tenants, func(t nightjar.Tenant) bool { return t.ID == r.tenant }); in && !r.at.Before(from) && r.at.Before(to) {
			counts[row{tenant: r.tenant, collector: r.collector}]++
		}
	}
	a := schedule.Answer{Columns: []string{"tenant_id", "collector_name", "Failures"}}
	for k, n := range counts {
		a.Rows = append(a.Rows, []any{string(k.tenant), k.collector, n})
	}
	a.More = len(a.Rows) > most
	return a, nil
}

// ledger keeps findings as internal/alert does: by id, in the transaction.
type ledger struct {
	mu    sync.Mutex
	found []nightjar.Finding
	fail  error
}

func (l *ledger) Record(_ context.Context, _ bun.Tx, findings []nightjar.Finding) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.fail != nil {
		return l.fail
	}
	for _, f := range findings {
		if !slices.ContainsFunc(l.found, func(o nightjar.Finding) bool { return o.ID == f.ID }) {
			l.found = append(l.found, f)
		}
	}
	return nil
}

// board is the health registry: conditions that hold, and warnings of rules.
type board struct {
	mu    sync.Mutex
	holds []schedule.Condition
	set   map[string]map[string]string
}

func (b *board) conditions() []schedule.Condition {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.holds)
}

func (b *board) Set(code nightjar.WarningCode, tenant nightjar.TenantID, source string, args map[string]string) {
	if b.set == nil {
		b.set = map[string]map[string]string{}
	}
	b.set[strings.TrimSpace(string(code)+" "+source+" "+string(tenant))] = args
}

func (b *board) Clear(code nightjar.WarningCode, tenant nightjar.TenantID, source string) {
	delete(b.set, strings.TrimSpace(string(code)+" "+source+" "+string(tenant)))
}

const rules = `title: Collector failed
id: failed
level: medium
tags: [nightjar.pipeline]
every: 5m
lookback: LOOKBACK
delay: 15s
query: "SELECT … FROM collectors_out WHERE time >= {{from}} AND time < {{to}} AND n > %least%"
by: [collector_name]
value: failures
condition: {gt: 0}
nightjar:
  entities: {collector: collector_name}
  reason: "{collector_name} failed {failures} times"
  parameters:
    least: {value: 0}
---
title: Credential expires
id: expiring
level: low
warning: credential_expiring
nightjar:
  reason: "{tenant}: {text}"
`

// rig is a scheduler over a catalog.
type rig struct {
	*schedule.Scheduler
	cfg    schedule.Config
	log    *log
	ledger *ledger
	board  *board
}

func setup(t *testing.T, lookback string, changes ...ruleset.Change) *rig {
	t.Helper()
	db, err := catalogtest.Open(t.Context(), catalog.Config{Path: filepath.Join(t.TempDir(), catalog.FileName)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	tree := fstest.MapFS{"pipeline/r.yml": {Data: []byte(strings.Replace(rules, "LOOKBACK", lookback, 1))}}
	set, err := ruleset.Load([]ruleset.Folder{{Name: "rules", FS: tree}}, ruleset.Options{Changes: ruleset.Changes{Changes: changes}})
	if err != nil || len(set.Faults) > 0 {
		t.Fatal(err, set.Faults)
	}
	r := &rig{log: &log{}, ledger: &ledger{}, board: &board{}}
	r.cfg = schedule.Config{
		Catalog: db, Rules: func() *ruleset.Set { return set }, Asker: r.log, Recorder: r.ledger, Conditions: r.board.conditions, Warnings: r.board,
		Tenants: func(context.Context) ([]nightjar.Tenant, error) {
			return []nightjar.Tenant{{ID: contoso, Name: "contoso"}, {ID: fabrikam, Name: "fabrikam"}}, nil
		},
	}
	r.restart(t)
	return r
}

func (r *rig) restart(t *testing.T) {
	t.Helper()
	var err error
	if r.Scheduler, err = schedule.New(r.cfg); err != nil {
		t.Fatal(err)
	}
}

// pass lets time pass, with a look each ten seconds as Run has it.
func (r *rig) pass(t *testing.T, d time.Duration) {
	t.Helper()
	for end := time.Now().Add(d); time.Now().Before(end); time.Sleep(10 * time.Second) {
		for r.Step(t.Context()) {
			continue
		}
	}
}

func (r *rig) fails(tenant nightjar.TenantID, collector string) {
	r.log.mu.Lock()
	defer r.log.mu.Unlock()
	r.log.rows = append(r.log.rows, row{time.Now().UTC(), tenant, collector})
}

func TestACollectorThatFailsIsFoundOnceASpanByCollectorAndTenant(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := setup(t, "5m")
		r.pass(t, 6*time.Minute)
		r.fails(contoso, "a")
		r.fails(contoso, "a")
		r.fails(contoso, "b")
		r.fails(fabrikam, "a")
		r.pass(t, 30*time.Minute)
		var got []string
		for _, f := range r.ledger.found {
			got = append(got, string(f.Tenant[:4])+" "+f.Reason)
			if f.Severity != nightjar.SeverityMedium || f.Entities[0].Kind != nightjar.EntityCollector || f.Fingerprint == "" || f.DryRun || f.Count != 1 || f.Values["failures"] == "" {
				t.Errorf("finding %+v", f)
			}
		}
		slices.Sort(got)
		if want := []string{"5f0c a failed 2 times", "5f0c b failed 1 times", "6f0c a failed 1 times"}; !slices.Equal(got, want) {
			t.Errorf("found %q, want %q", got, want)
		}
		if n := len(r.log.asked); n != 9 { // the span before the start, and those that ended since
			t.Errorf("asked %d times in 36 minutes", n)
		}
		r.fails(contoso, "a")
		r.pass(t, 10*time.Minute)
		if len(r.ledger.found) != 4 {
			t.Errorf("a later failure is not found: %d", len(r.ledger.found))
		}
	})
}

func TestSpansThatOverlapFindEachThingOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := setup(t, "30m")
		r.pass(t, 11*time.Minute)
		r.fails(contoso, "a")
		r.pass(t, time.Hour)
		if len(r.ledger.found) != 1 {
			t.Fatalf("found %d times, want once", len(r.ledger.found))
		}
		r.fails(contoso, "a")
		r.pass(t, time.Hour)
		if len(r.ledger.found) != 2 {
			t.Errorf("found %d times, want the second failure too", len(r.ledger.found))
		}
	})
}

func TestMissedSpansAreAskedAfterADowntimeUpToADay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := setup(t, "5m")
		r.pass(t, 10*time.Minute)
		r.fails(contoso, "in the night")
		time.Sleep(8 * time.Hour) // nobody asks
		r.restart(t)
		before := len(r.log.asked)
		r.pass(t, time.Minute)
		if len(r.ledger.found) != 1 || len(r.log.asked)-before < 96 {
			t.Errorf("found %d, asked %d times", len(r.ledger.found), len(r.log.asked)-before)
		}
		r.fails(contoso, "long ago")
		time.Sleep(72 * time.Hour)
		before = len(r.log.asked)
		r.pass(t, time.Minute)
		if asked := len(r.log.asked) - before; len(r.ledger.found) != 1 || asked < 288 || asked > 291 {
			t.Errorf("after three days: found %d, asked %d times, want a day's", len(r.ledger.found), asked)
		}
	})
}

func TestWhatCannotBeKeptIsAskedAgainAndFoundOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := setup(t, "5m")
		r.pass(t, 6*time.Minute)
		r.fails(contoso, "a")
		r.ledger.fail = errors.New("the disk is full")
		r.pass(t, 10*time.Minute)
		if w := r.board.set["query_rule_failing failed"]; len(r.ledger.found) != 0 || !strings.Contains(w["reason"], "disk is full") {
			t.Errorf("found %d, warning %v", len(r.ledger.found), w)
		}
		r.ledger.fail = nil
		r.pass(t, 20*time.Minute)
		if len(r.ledger.found) != 1 || len(r.board.set) != 0 {
			t.Errorf("found %d, warnings %v", len(r.ledger.found), r.board.set)
		}
		states, err := schedule.ReadStates(t.Context(), r.cfg.Catalog)
		if err != nil || !states["failed"].Since.IsZero() || time.Since(states["failed"].Until) > 6*time.Minute {
			t.Errorf("state %+v, %v", states["failed"], err)
		}
	})
}

func TestAQueryThatHangsIsEndedAndSaid(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := setup(t, "5m")
		r.log.hangs = true
		r.pass(t, 6*time.Minute)
		if w := r.board.set["query_rule_failing failed"]; !strings.Contains(w["reason"], "longer than 1m0s") {
			t.Errorf("warning %v", w)
		}
	})
}

func TestATenantThatAQuestionFailsForStopsNoOther(t *testing.T) {
	t.Parallel()
	for name, lookback := range map[string]string{"spans in a row": "5m", "spans that overlap": "30m"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := setup(t, lookback)
				r.pass(t, 11*time.Minute)
				r.log.bad = contoso
				r.fails(contoso, "a")
				r.fails(fabrikam, "a")
				r.pass(t, 20*time.Minute)
				if len(r.ledger.found) != 1 || r.ledger.found[0].Tenant != fabrikam {
					t.Fatalf("found %+v, want what is of the other tenant", r.ledger.found)
				}
				if w := r.board.set["query_rule_failing failed "+string(contoso)]; len(r.board.set) != 1 || !strings.Contains(w["reason"], "longer than 1m0s") {
					t.Errorf("warnings %v, want one of the tenant", r.board.set)
				}
				states, err := schedule.ReadStates(t.Context(), r.cfg.Catalog)
				if s := states["failed"]; err != nil || s.Problem != "" || !strings.Contains(s.Tenants[contoso].Problem, "longer than") || s.Tenants[contoso].Since.IsZero() {
					t.Errorf("state %+v, %v", s, err)
				}
				r.restart(t) // how far it came is kept
				r.pass(t, 30*time.Minute)
				r.log.bad = ""
				r.pass(t, time.Hour)
				if len(r.ledger.found) != 2 || len(r.board.set) != 0 {
					t.Errorf("found %+v, warnings %v, want what it missed and none", r.ledger.found, r.board.set)
				}
				if states, err = schedule.ReadStates(t.Context(), r.cfg.Catalog); err != nil || len(states["failed"].Tenants) != 0 {
					t.Errorf("state %+v, %v, want nobody behind", states["failed"], err)
				}
			})
		})
	}
}

func TestATenantWithTooManyRowsStopsNoOther(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := setup(t, "5m")
		r.pass(t, 6*time.Minute)
		for n := range 1001 {
			r.fails(contoso, strconv.Itoa(n))
		}
		r.fails(fabrikam, "a")
		r.pass(t, 10*time.Minute)
		if len(r.ledger.found) != 1 || r.ledger.found[0].Tenant != fabrikam {
			t.Fatalf("found %d, want what is of the other tenant", len(r.ledger.found))
		}
		if w := r.board.set["query_rule_failing failed "+string(contoso)]; !strings.Contains(w["reason"], "more than 1000 rows") {
			t.Errorf("warnings %v", r.board.set)
		}
	})
}

func TestATenantHasItsOwnParametersAndModes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := setup(t, "5m",
			ruleset.Change{What: ruleset.ChangeParameter, Rule: "failed", Name: "least", Tenant: contoso, Value: int64(7)},
			ruleset.Change{What: ruleset.ChangeMode, Rule: "failed", Tenant: fabrikam, Value: "dry_run"})
		r.fails(contoso, "a")
		r.fails(fabrikam, "a")
		r.pass(t, 6*time.Minute)
		if len(r.ledger.found) != 2 {
			t.Fatalf("found %d", len(r.ledger.found))
		}
		for _, f := range r.ledger.found {
			if f.DryRun != (f.Tenant == fabrikam) {
				t.Errorf("dry run %v for %s", f.DryRun, f.Tenant)
			}
		}
		if !slices.ContainsFunc(r.log.asked, func(sql string) bool { return strings.HasSuffix(sql, "n > 7") }) || !slices.ContainsFunc(r.log.asked, func(sql string) bool { return strings.HasSuffix(sql, "n > 0") }) {
			t.Errorf("asked %q", r.log.asked)
		}
	})
}

func TestAWarningIsFoundOnceHoweverLongItLastsAndAgainWhenItComesBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := setup(t, "5m")
		condition := func() schedule.Condition {
			return schedule.Condition{Code: nightjar.WarnCredentialExpiring, Tenant: contoso, TenantName: "contoso", Text: "The secret expires at noon.", Since: time.Now()}
		}
		r.board.holds = []schedule.Condition{condition(), {Code: nightjar.WarnGeoDataOld, Since: time.Now()}}
		r.pass(t, 2*time.Hour)
		if len(r.ledger.found) != 1 || r.ledger.found[0].Reason != "contoso: The secret expires at noon." || r.ledger.found[0].Tenant != contoso {
			t.Fatalf("found %+v", r.ledger.found)
		}
		// A restart: the registry is empty for a moment, and since is another.
		r.board.holds = nil
		r.restart(t)
		r.pass(t, 3*time.Minute)
		r.board.holds = []schedule.Condition{condition()}
		r.pass(t, time.Hour)
		if len(r.ledger.found) != 1 {
			t.Fatalf("after a restart it is found again: %d", len(r.ledger.found))
		}
		r.board.holds = nil
		r.pass(t, 2*time.Hour)
		r.board.holds = []schedule.Condition{condition()}
		r.pass(t, time.Hour)
		if len(r.ledger.found) != 2 {
			t.Errorf("when it comes back it is found %d times", len(r.ledger.found))
		}
	})
}

func TestRunAsksUntilItIsStopped(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := setup(t, "5m")
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- r.Run(ctx) }()
		r.fails(contoso, "a")
		time.Sleep(6 * time.Minute)
		stop()
		if err := <-ended; err != nil || len(r.ledger.found) != 1 {
			t.Errorf("ended with %v after %d findings", err, len(r.ledger.found))
		}
	})
}
