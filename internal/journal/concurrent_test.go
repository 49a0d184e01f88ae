package journal

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"github.com/nightjar-sec/nightjar"
)

// TestManyTenantsCommitWhileTheJournalIsCompacted has writers, re-deliveries, a
// reader and compaction at work at once.
func TestManyTenantsCommitWhileTheJournalIsCompacted(t *testing.T) {
	t.Parallel()
	const tenants, rounds, events = 3, 12, 25
	j := setup(t, func(c *Config) { c.Dir, c.RowGroupRows = memoryDir(t), 40 })
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var writers, others sync.WaitGroup
	id := func(n int) nightjar.TenantID {
		return nightjar.TenantID(fmt.Sprintf("00000000-0000-0000-0000-%012d", n))
	}
	for n := range tenants {
		writers.Go(func() {
			g := newGenerator(uint64(n))
			var last []nightjar.Event
			for range rounds {
				batch := g.events(events, testDay, 24*time.Hour)
				for i := range batch {
					batch[i].Tenant = id(n)
				}
				r, err := j.Append(ctx, Batch{Tenant: id(n), Sources: []Source{{Events: last}, {Events: batch}}})
				if err != nil {
					t.Error(err)
					return
				}
				if r.Stored != events || r.Duplicates != len(last) {
					t.Errorf("stored %d, dropped %d; want %d and %d", r.Stored, r.Duplicates, events, len(last))
				}
				last = batch
			}
		})
	}
	others.Go(func() {
		for ctx.Err() == nil {
			for n := range tenants {
				if _, err := j.Compact(ctx, id(n)); err != nil && ctx.Err() == nil {
					t.Error(err)
				}
			}
		}
	})
	reader, err := j.Reader(ctx, "test")
	if err != nil {
		t.Fatal(err)
	}
	seen := make(map[string]bool)
	for len(seen) < tenants*rounds*events && !t.Failed() {
		got, last, err := reader.Next(ctx, 100)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range got {
			if seen[e.ID] {
				t.Fatalf("the reader saw event %s twice", e.ID)
			}
			seen[e.ID] = true
		}
		if err := j.cfg.Catalog.InTx(ctx, func(ctx context.Context, tx bun.Tx) error { return reader.Commit(ctx, tx, last) }); err != nil {
			t.Fatal(err)
		}
	}
	writers.Wait()
	cancel()
	others.Wait()
	if report, err := j.Verify(t.Context(), nil); err != nil || len(report.Problems) > 0 || report.Events != tenants*rounds*events {
		t.Errorf("%+v, %v", report, err)
	}
}
