package journal

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/catalog"
)

// ApplyRetention drops whole days: a table's file goes when the end of its UTC
// event day is older than the table's retention. Events that state no time are
// never dropped. Fresh segments that hold such
// events are split first, so nothing stays behind in them.
func (j *Journal) ApplyRetention(ctx context.Context) error {
	if j.cfg.Retention.Default == 0 && len(j.cfg.Retention.Tables) == 0 {
		return nil
	}
	_, err := j.maintain(ctx, func() (CompactReport, error) {
		report, err := j.splitExpired(ctx)
		if err != nil {
			return report, err
		}
		return report, j.dropExpired(ctx)
	})
	if err != nil {
		return fmt.Errorf("apply retention: %w", err)
	}
	return nil
}

// keptSince returns the first day of which the events of a table are kept, in
// microseconds; false means that all are.
func (j *Journal) keptSince(t nightjar.Table) (int64, bool) {
	keep := j.cfg.Retention.of(t)
	if keep <= 0 {
		return 0, false
	}
	// A day is over for retention when its last moment is.
	return catalog.Micros(j.cfg.Clock.Now().Add(-keep).Truncate(24 * time.Hour)), true
}

func (j *Journal) expired(s nightjar.Segment) bool {
	since, ok := j.keptSince(s.Table)
	return ok && !s.Day.IsZero() && catalog.Micros(s.Day) < since
}

// splitExpired splits the fresh segments that hold expired events.
func (j *Journal) splitExpired(ctx context.Context) (CompactReport, error) {
	var report CompactReport
	fresh, err := selectSegments(ctx, j.cfg.Catalog, func(q *bun.SelectQuery) *bun.SelectQuery { return q.Where("table_name = ''") })
	if err != nil {
		return report, err
	}
	for _, s := range fresh {
		old := false
		for t := range s.Tables {
			since, ok := j.keptSince(t)
			old = old || ok && catalog.Micros(s.MinTime) < since
		}
		if !old {
			continue
		}
		c := compaction{j: j, tenant: s.Tenant, made: make(map[int64]bool)}
		if _, err := c.rewrite(ctx, []part{{Segment: s}}); err != nil {
			return report, err
		}
		report.Before += c.report.Before
		report.After += c.report.After
		report.Events += c.report.Events
		report.Bytes += c.report.Bytes
	}
	return report, nil
}

func (j *Journal) dropExpired(ctx context.Context) error {
	segs, err := selectSegments(ctx, j.cfg.Catalog, func(q *bun.SelectQuery) *bun.SelectQuery { return q.Where("table_name <> ''") })
	if err != nil {
		return err
	}
	var drop []nightjar.Segment
	events := int64(0)
	for _, s := range segs {
		if j.expired(s) {
			drop = append(drop, s)
			events += s.Rows
		}
	}
	if len(drop) == 0 {
		return nil
	}
	// gofail: var journalRetentionBeforeTx struct{}
	err = j.cfg.Catalog.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		return retire(ctx, tx, drop)
	})
	// On a full disk the rows are as they were or gone, and the files there either way.
	if errors.Is(err, catalog.ErrCommit) && nightjar.CodeOf(err) != nightjar.CodeDiskFull {
		return fmt.Errorf("%w: %w", ErrStop, err)
	}
	if err != nil {
		return err
	}
	// gofail: var journalRetentionAfterTx struct{}
	j.metrics.dropped.Add(float64(events))
	j.log.InfoContext(ctx, "dropped expired events", "segments", len(drop), "events", events)
	return nil
}
