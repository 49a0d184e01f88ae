package journal

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/catalog"
)

// ExportFilter chooses the events of an export. Zero fields but Tenant do not restrict.
type ExportFilter struct {
	Tenant nightjar.TenantID
	Tables []nightjar.Table
	From   time.Time // inclusive
	To     time.Time // exclusive
}

func (f ExportFilter) matches(r *row) bool {
	if len(f.Tables) > 0 && !slices.Contains(f.Tables, nightjar.Table(r.Table)) {
		return false
	}
	return (f.From.IsZero() || r.Time >= catalog.Micros(f.From)) && (f.To.IsZero() || r.Time < catalog.Micros(f.To))
}

// Export calls fn for each stored event of the filter, once, segment by segment
// and in the order of place within one. The event is fn's to keep.
func (j *Journal) Export(ctx context.Context, f ExportFilter, fn func(nightjar.Event) error) error {
	segs, err := j.Segments(ctx, SegmentFilter{Tenants: []nightjar.TenantID{f.Tenant}, Tables: f.Tables, From: f.From, To: f.To})
	if err != nil {
		return err
	}
	for _, s := range segs {
		err := j.scan(ctx, s, func(r *row) error {
			if !f.matches(r) {
				return nil
			}
			return fn(r.event(s.Tenant))
		})
		if err != nil {
			return fmt.Errorf("export segment %d: %w", s.ID, err)
		}
	}
	return nil
}

// scanBatch is how many rows are decoded at once: raw of a batch is memory.
const scanBatch = 128

// scan calls fn for each row of a segment in file order. The row and its
// strings are fn's for the call only.
func (j *Journal) scan(ctx context.Context, s nightjar.Segment, fn func(*row) error) error {
	rows, err := j.openRows(s)
	if err != nil {
		return err
	}
	defer rows.close()
	batch := make([]row, scanBatch)
	for {
		if err := context.Cause(ctx); err != nil {
			return err
		}
		n, err := rows.read(batch)
		if err != nil || n == 0 {
			return err
		}
		for i := range batch[:n] {
			if err := fn(&batch[i]); err != nil {
				return err
			}
		}
		rows.release()
	}
}

func corruptSegment(s nightjar.Segment, err error) error {
	return &nightjar.Error{
		Code: nightjar.CodeCorrupt, Message: fmt.Sprintf("segment %d (%s) cannot be read", s.ID, s.Path),
		Hint: "run `nightjar journal verify`; restore the file from a backup", Err: err,
	}
}
