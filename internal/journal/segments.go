package journal

import (
	"context"
	"path/filepath"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/catalog"
)

// SegmentFilter chooses segments. Zero fields do not restrict.
type SegmentFilter struct {
	Tenants []nightjar.TenantID
	Tables  []nightjar.Table // segments that hold rows of any of them
	From    time.Time        // inclusive
	To      time.Time        // exclusive
	// AfterSeq leaves out segments whose every event has this number or a smaller one.
	AfterSeq int64
}

// Segments returns the segments that may hold events of the filter, oldest
// commit first: one consistent view of the journal. Their files stay readable
// for the grace period, whatever compaction and retention do meanwhile.
func (j *Journal) Segments(ctx context.Context, f SegmentFilter) ([]nightjar.Segment, error) {
	segs, err := selectSegments(ctx, j.cfg.Catalog, func(q *bun.SelectQuery) *bun.SelectQuery {
		if len(f.Tenants) > 0 {
			q = q.Where("tenant IN (?)", bun.List(f.Tenants))
		}
		if len(f.Tables) > 0 {
			q = q.Where("table_name IN (?)", bun.List(append([]nightjar.Table{""}, f.Tables...)))
		}
		if !f.From.IsZero() {
			q = q.Where("max_time >= ?", catalog.Micros(f.From))
		}
		if !f.To.IsZero() {
			q = q.Where("min_time < ?", catalog.Micros(f.To))
		}
		if f.AfterSeq > 0 {
			q = q.Where("max_seq > ?", f.AfterSeq)
		}
		return q
	})
	if err != nil || len(f.Tables) == 0 {
		return segs, err
	}
	return slices.DeleteFunc(segs, func(s nightjar.Segment) bool {
		return !slices.ContainsFunc(f.Tables, func(t nightjar.Table) bool { return s.Tables[t] > 0 })
	}), nil
}

// Path returns the absolute path of a segment's Parquet file.
func (j *Journal) Path(s nightjar.Segment) string { return j.abs(s.Path) }

// abs turns a path of the catalog, which has slashes, into one of this machine.
func (j *Journal) abs(rel string) string { return filepath.Join(j.dir, filepath.FromSlash(rel)) }
