package detect

import (
	"bufio"
	"compress/gzip"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/clock"
	"github.com/nightjar-sec/nightjar/internal/normalise"
	"github.com/nightjar-sec/nightjar/internal/ruleset"
)

// What the stream records, however arrival is shuffled and wherever it is cut,
// killed and begun anew, is what a backtest of the same journal finds: each
// finding, with the same words, evidence and id.
func TestTheStreamFindsWhatABacktestFinds(t *testing.T) {
	t.Parallel()
	rules := shippedRules(t)
	// What rules are for, and some of it with the noise of real records between.
	attacks := packEvents(t, rules)
	some := slices.DeleteFunc(slices.Clone(attacks), func(e nightjar.Event) bool { return e.Tenant != packTenant(0) && e.Tenant != packTenant(160) })
	for seed, events := range [][]nightjar.Event{attacks, slices.Concat(some, realEvents(t))} {
		t.Run(fmt.Sprint("shuffle ", seed), func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(uint64(seed), 7))
			b := setup(t, rules)
			// Detection began long ago: nothing is too old to count.
			b.cfg.Clock = clock.Scaled(time.Date(2015, 1, 1, 0, 0, 0, 0, time.UTC), 1)
			b.watchWhileCommitting(arrival(r, events), r)
			b.sameAsBacktest(nil)
			if seed == 0 {
				b.sameRuleByRule()
			}
		})
	}
}

// watchWhileCommitting commits batches while a stream watches that is ended and
// killed at random.
func (b *bench) watchWhileCommitting(batches [][]nightjar.Event, r *rand.Rand) {
	b.t.Helper()
	ctx := b.t.Context()
	s := b.stream()
	begin := func() {
		s = b.stream()
		if err := s.begin(ctx); err != nil {
			b.t.Fatal(err)
		}
	}
	begin()
	killed, ended, turns := 0, 0, 0
	for _, events := range batches {
		b.add(events...)
		switch r.IntN(60) {
		case 4, 5, 6: // the turn of some machines to be written
			for _, m := range s.engine.machines {
				if r.IntN(8) == 0 {
					m.saved.at = time.Time{}
				}
			}
			s.restUntil = time.Time{}
			some, err := s.saveSome(ctx)
			if err != nil {
				b.t.Fatal(err)
			}
			if some {
				turns++
			}
		case 0: // killed: what was not written is gone
			begin()
			killed++
		case 1: // ended as it should
			if err := s.end(ctx); err != nil {
				b.t.Fatal(err)
			}
			begin()
			ended++
		case 2:
			if err := s.checkpoint(ctx); err != nil {
				b.t.Fatal(err)
			}
		case 3:
			if _, err := b.journal.Compact(ctx, events[0].Tenant); err != nil {
				b.t.Fatal(err)
			}
		default:
			if _, err := s.round(ctx); err != nil {
				b.t.Fatal(err)
			}
		}
		if s.warming != nil {
			b.t.Fatal("a start began correlations anew that had a checkpoint")
		}
	}
	for progress := true; progress; {
		var err error
		if progress, err = s.round(ctx); err != nil {
			b.t.Fatal(err)
		}
	}
	if killed == 0 || ended == 0 || turns == 0 {
		b.t.Fatalf("the stream was killed %d and ended %d times, and some machines were written %d times", killed, ended, turns)
	}
}

// sameAsBacktest compares what is recorded with what a backtest finds.
func (b *bench) sameAsBacktest(only []string) {
	b.t.Helper()
	found := b.backtest(only)
	want := map[string]nightjar.Finding{}
	for _, f := range found {
		if _, twice := want[f.ID]; twice {
			b.t.Errorf("the backtest finds %s twice: %s", f.ID, f.Reason)
		}
		want[f.ID] = f
	}
	if len(only) == 0 && len(want) < 100 {
		b.t.Fatalf("the backtest finds %d: too few to compare", len(want))
	}
	lost, other := 0, 0
	for id, f := range want {
		got, ok := b.recorded[id]
		switch {
		case !ok:
			if lost++; lost <= 5 {
				b.t.Errorf("lost: %s %s at %s: %s", f.Rule, f.Title, f.Time, f.Reason)
			}
		case !reflect.DeepEqual(got, f):
			if other++; other <= 5 {
				b.t.Errorf("the stream found\n%+v\nthe backtest\n%+v", got, f)
			}
		}
	}
	more := 0
	for id, f := range b.recorded {
		if _, ok := want[id]; !ok && (only == nil || slices.Contains(only, f.Rule)) {
			if more++; more <= 5 {
				b.t.Errorf("only in the stream: %s %s at %s: %s", f.Rule, f.Title, f.Time, f.Reason)
			}
		}
	}
	if lost+other+more > 0 {
		b.t.Errorf("of %d findings %d are lost, %d differ, and %d are too many", len(want), lost, other, more)
	}
}

func (b *bench) backtest(only []string) []nightjar.Finding {
	b.t.Helper()
	var found []nightjar.Finding
	_, err := Backtest(context.Background(), BacktestConfig{
		Journal: b.journal, Rules: b.inForce(), Only: only,
		Found: func(f nightjar.Finding) error {
			found = append(found, f)
			return nil
		},
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return found
}

// sameRuleByRule asks each rule alone, as if there were no other, of the events
// of the tenant that its tests are in.
func (b *bench) sameRuleByRule() {
	b.t.Helper()
	events, _, err := b.journal.ReaderAfter(0).Next(b.t.Context(), 1<<30)
	if err != nil {
		b.t.Fatal(err)
	}
	silent := 0
	for n, i := range b.rules.Infos() {
		if !i.Alerts || i.Kind != ruleset.Detection && i.Kind != ruleset.Correlation {
			continue
		}
		e, err := New(Config{Rules: b.rules, Only: []string{i.Label()}})
		if err != nil {
			b.t.Fatal(err)
		}
		tenant := packTenant(n)
		found := map[string]bool{}
		for k := range events {
			if events[k].Tenant != tenant {
				continue
			}
			for _, f := range e.Observe(&events[k]) {
				found[f.ID] = true
				if !reflect.DeepEqual(b.recorded[f.ID], f) {
					b.t.Errorf("alone %s finds %s; with the others %+v", i.Title, f.Reason, b.recorded[f.ID])
				}
			}
		}
		for id, f := range b.recorded {
			if f.Rule == i.Label() && f.Tenant == tenant && !found[id] {
				b.t.Errorf("alone %s does not find %s", i.Title, f.Reason)
			}
		}
		if len(found) == 0 {
			silent++
			b.t.Logf("%s found nothing, so nothing was compared", i.Title)
		}
	}
	if silent > 10 {
		b.t.Errorf("%d rules found nothing", silent)
	}
}

// packTenant is the tenant of the tests of the rule with that index.
func packTenant(n int) nightjar.TenantID {
	return nightjar.TenantID(fmt.Sprintf("00000000-0000-4000-8000-%012d", n/40))
}

// arrival cuts events into commits as they might arrive: by time with some
// hours of disorder, one tenant a commit.
func arrival(r *rand.Rand, events []nightjar.Event) [][]nightjar.Event {
	type late struct {
		event nightjar.Event
		at    time.Time
	}
	var list []late
	for _, e := range events {
		list = append(list, late{e, e.Time.Add(time.Duration(r.IntN(180)) * time.Minute)})
	}
	slices.SortStableFunc(list, func(a, b late) int { return a.at.Compare(b.at) })
	var batches [][]nightjar.Event
	for len(list) > 0 {
		n := min(len(list), 1+r.IntN(250))
		byTenant := map[nightjar.TenantID][]nightjar.Event{}
		var order []nightjar.TenantID
		for _, l := range list[:n] {
			if byTenant[l.event.Tenant] == nil {
				order = append(order, l.event.Tenant)
			}
			byTenant[l.event.Tenant] = append(byTenant[l.event.Tenant], l.event)
		}
		for _, t := range order {
			batches = append(batches, byTenant[t])
		}
		list = list[n:]
	}
	return batches
}

func shippedRules(t testing.TB) *ruleset.Set {
	t.Helper()
	rules, err := ruleset.Load([]ruleset.Folder{ruleset.Shipped()}, ruleset.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return rules
}

// realEvents are records of a real tenant, full of attacks.
func realEvents(t testing.TB) []nightjar.Event {
	t.Helper()
	f, err := os.Open("../../../shared/data/ual/real-half.ndjson.gz")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("the real records are not there: ", err)
		}
		t.Log("compared without the real records, which are not there")
		return nil
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var events []nightjar.Event
	lines := bufio.NewScanner(z)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		e, err := normalise.Record(lines.Bytes(), normalise.Origin{ContentID: "real", Index: len(events)})
		if err != nil {
			t.Fatal(err)
		}
		e.Tenant, e.Ingested = contoso, e.Time.Add(10*time.Minute)
		events = append(events, e)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return events
}

// packEvents are the events of all tests in rule files: what each rule is for.
// Each rule has a tenant of its own, and each test days of its own.
func packEvents(t testing.TB, rules *ruleset.Set) []nightjar.Event {
	t.Helper()
	var events []nightjar.Event
	for n, info := range rules.Infos() {
		tenant := packTenant(n)
		if info.Scheduled != nil {
			continue // no event answers it
		}
		for _, test := range info.Tests {
			raws, err := test.Events()
			if err != nil {
				t.Fatal(err)
			}
			for i, raw := range raws {
				e, err := testEvent(raw, i)
				if err != nil {
					t.Fatal(err)
				}
				e.Tenant, e.Seq, e.ID = tenant, 0, fmt.Sprintf("%d/%s/%d/%s", n, test.Name, i, e.ID)
				events = append(events, e)
			}
		}
	}
	return events
}
