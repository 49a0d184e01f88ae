package journal

import (
	"context"
	"errors"
	"net/netip"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/clock"
)

// TestADaysFilesStayFewAndAreSeldomRewritten plays the rule alone, without files.
func TestADaysFilesStayFewAndAreSeldomRewritten(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		splits int
		rows   int64 // of one split
		most   float64
	}{
		"a large backfill of a day":            {40, 20_000, 3},
		"a commit each half minute":            {90, 100, 3},
		"a commit each second for a whole day": {2700, 100, 4.5},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			j := setup(t, func(cfg *Config) { cfg.Clock = clock.Scaled(testDay, 1) })
			var parts []part
			id, written, stored, peak := int64(0), int64(0), int64(0), 0
			put := func(rows, merges int64) {
				id++
				written += rows
				parts = append(parts, part{nightjar.Segment{ID: id, Table: nightjar.TableExchange, Day: testDay, Rows: rows, Created: testDay}, merges})
			}
			for range c.splits {
				stored += c.rows
				put(c.rows, 0)
				for inputs := slices.Clone(j.mergeDue(parts, false)); len(inputs) > 0; inputs = slices.Clone(j.mergeDue(parts, false)) {
					rows, merges := int64(0), int64(0)
					for _, in := range inputs {
						rows += in.Rows
						merges = max(merges, in.merges)
						parts = slices.DeleteFunc(parts, func(p part) bool { return p.ID == in.ID })
					}
					put(rows, merges+1)
				}
				peak = max(peak, len(parts))
			}
			if rate := float64(written) / float64(stored); peak > dayFiles || rate > c.most {
				t.Errorf("up to %d files, and an event was written %.2f times; want at most %d and %.1f", peak, rate, dayFiles, c.most)
			} else {
				t.Logf("up to %d files; an event was written %.2f times", peak, rate)
			}
		})
	}
}

func TestFreshSegmentsOfAnEarlierOrderAreCompactedToo(t *testing.T) {
	t.Parallel()
	j := setup(t)
	g := newGenerator(3)
	add(t, j, g.events(100, testDay, 24*time.Hour))
	w := newSegmentWriter(newZstdCodec(), 50, j.metrics, nil)
	events := g.events(200, testDay, 24*time.Hour)
	byTime := make([]*nightjar.Event, len(events))
	for i := range events {
		byTime[i] = &events[i]
	}
	path, tokens, err := j.reserve(testTenant, freshFolder, "x")
	if err != nil {
		t.Fatal(err)
	}
	seg, err := j.prepare(w, testTenant, path, tokens, byTime)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := j.record(t.Context(), Batch{}, seg, Receipt{}); err != nil {
		t.Fatal(err)
	}
	report, err := j.Compact(t.Context(), testTenant)
	if err != nil || report.Before != 2 || report.After != len(workloads) || report.Events != 300 {
		t.Fatalf("%+v, %v", report, err)
	}
	if v, err := j.Verify(t.Context(), nil); err != nil || len(v.Problems) > 0 || v.Events != 300 || v.Orphans > 0 {
		t.Errorf("%+v, %v", v, err)
	}
}

func TestCompactionThatIsCancelledLeavesNothing(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancelCause(t.Context())
	stop := errors.New("shutting down")
	writes := 0
	j := setup(t, func(c *Config) {
		c.RowGroupRows = 500
		c.Faults = &Faults{Sync: func(string) error {
			if writes++; writes == 60 {
				cancel(stop)
			}
			return nil
		}}
	})
	g := newGenerator(3)
	for range 6 {
		add(t, j, g.events(2000, testDay, 24*time.Hour))
	}
	writes = 59 // the second fsync of the compaction, amid its outputs
	if _, err := j.Compact(ctx, testTenant); !errors.Is(err, stop) && !errors.Is(err, context.Canceled) {
		t.Fatalf("a cancelled compaction gives %v", err)
	}
	if v, err := j.Verify(t.Context(), nil); err != nil || len(v.Problems) > 0 || v.Events != 12_000 || v.Orphans > 0 {
		t.Errorf("%+v, %v", v, err)
	}
	if r, err := j.Compact(t.Context(), testTenant); err != nil || r.Before != 6 {
		t.Errorf("the next compaction: %+v, %v", r, err)
	}
}

// TestCompactionKeepsEveryField compares all there is of each event: the merge
// hands pages back while it goes on, and must not write what lies there later.
func TestCompactionKeepsEveryField(t *testing.T) {
	t.Parallel()
	j := setup(t, func(c *Config) { c.RowGroupRows = 300 })
	g := newGenerator(11)
	for i := range 5 {
		events := g.events(1500, testDay, 48*time.Hour)
		for k := range events {
			if k%7 == i {
				events[k].Place, events[k].ClientIP = nightjar.Place{}, netip.Addr{}
			}
			events[k].Tag = events[k].ID[:6]
		}
		add(t, j, events)
	}
	want := make(map[string]nightjar.Event)
	for _, e := range all(t, j) {
		want[e.ID] = e
	}
	if _, err := j.Compact(t.Context(), testTenant); err != nil {
		t.Fatal(err)
	}
	got := all(t, j)
	if len(got) != len(want) {
		t.Fatalf("%d events, want %d", len(got), len(want))
	}
	for _, e := range got {
		if !reflect.DeepEqual(e, want[e.ID]) {
			t.Fatalf("after compaction\n%+v\nbefore\n%+v", e, want[e.ID])
		}
	}
}
