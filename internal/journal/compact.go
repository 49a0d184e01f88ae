package journal

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/parquet-go/parquet-go/compress/zstd"
	"github.com/uptrace/bun"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/catalog"
	"github.com/nightjar-sec/nightjar/internal/clock"
)

// Compaction has two steps. Split takes fresh segments, which hold all tables
// and days of a commit, and writes their rows by table and day. Merge makes
// fewer, larger files of those of one table and day. Each step is one catalog
// transaction that removes the inputs and adds the outputs, so every listing of
// segments holds each event once.

const (
	// splitRawBytes bounds the raw JSON that a split holds in memory.
	splitRawBytes = 24 << 20
	// splitAfter is how many fresh segments of a tenant make a split worth it.
	splitAfter = 16
	// splitAge makes fresh segments of a quiet tenant be split all the same.
	splitAge = 10 * time.Minute
	// mergeAfter is how many files of similar size are merged into one: with 8,
	// an event is rewritten about log8(rows of the day / rows of a split) times.
	mergeAfter = 8
	// mergeFan bounds the inputs of one merge: each costs memory for its pages.
	mergeFan = 16
	// packAge is when a day has become quiet, and is packed into one file.
	packAge = 36 * time.Hour
	// packLate is when nothing can come for a day any more: Microsoft offers
	// content for 7 days.
	packLate = 8 * 24 * time.Hour
)

// CompactReport says what compaction did.
type CompactReport struct {
	Before int   // segments read
	After  int   // segments written
	Events int64 // rows rewritten
	Bytes  int64 // size of the files written
}

func (r *CompactReport) add(o CompactReport) {
	r.Before += o.Before
	r.After += o.After
	r.Events += o.Events
	r.Bytes += o.Bytes
}

// Compact makes one file for each table and day of a tenant, strongly compressed.
func (j *Journal) Compact(ctx context.Context, tenant nightjar.TenantID) (CompactReport, error) {
	return j.maintain(ctx, func() (CompactReport, error) { return j.compact(ctx, tenant, true) })
}

// maintain runs fn alone among the operations that replace, drop or copy segments.
func (j *Journal) maintain(ctx context.Context, fn func() (CompactReport, error)) (CompactReport, error) {
	if err := j.Stopped(); err != nil {
		return CompactReport{}, err
	}
	select {
	case j.maintenance <- struct{}{}:
	case <-ctx.Done():
		return CompactReport{}, context.Cause(ctx)
	}
	defer func() { <-j.maintenance }()
	r, err := fn()
	j.metrics.compacted.Add(float64(r.Events))
	return r, j.fatal(err)
}

// compact does what is due, or everything.
func (j *Journal) compact(ctx context.Context, tenant nightjar.TenantID, everything bool) (CompactReport, error) {
	report, err := j.split(ctx, tenant, everything)
	if err != nil {
		return report, fmt.Errorf("compact journal of tenant %s: %w", tenant, err)
	}
	merged, err := j.merge(ctx, tenant, everything)
	report.add(merged)
	if err != nil {
		return report, fmt.Errorf("compact journal of tenant %s: %w", tenant, err)
	}
	return report, nil
}

func (j *Journal) split(ctx context.Context, tenant nightjar.TenantID, everything bool) (CompactReport, error) {
	var report CompactReport
	fresh, err := selectSegments(ctx, j.cfg.Catalog, func(q *bun.SelectQuery) *bun.SelectQuery {
		return q.Where("tenant = ?", tenant).Where("table_name = ''")
	})
	if err != nil || len(fresh) == 0 {
		return report, err
	}
	old := j.cfg.Clock.Since(fresh[0].Created) >= splitAge
	if !everything && !old && len(fresh) < splitAfter {
		return report, nil
	}
	for len(fresh) > 0 {
		n, bytes := 1, fresh[0].RawBytes
		for n < len(fresh) && bytes+fresh[n].RawBytes <= splitRawBytes {
			bytes += fresh[n].RawBytes
			n++
		}
		r, err := j.splitSegments(ctx, tenant, fresh[:n])
		report.add(r)
		if err != nil {
			return report, err
		}
		fresh = fresh[n:]
	}
	return report, nil
}

func byTime(a, b *row) int { return cmp.Or(cmp.Compare(a.Time, b.Time), cmp.Compare(a.ID, b.ID)) }

func (j *Journal) splitSegments(ctx context.Context, tenant nightjar.TenantID, inputs []nightjar.Segment) (CompactReport, error) {
	var rows []row
	for _, s := range inputs {
		err := j.scan(ctx, s, func(r *row) error {
			rows = append(rows, *r)
			return nil
		})
		if err != nil {
			return CompactReport{}, err
		}
	}
	slices.SortStableFunc(rows, func(a, b row) int {
		return cmp.Or(cmp.Compare(a.Table, b.Table), byTime(&a, &b))
	})
	var outputs []output
	defer func() { j.releaseAll(outputs) }()
	for len(rows) > 0 {
		table, day := rows[0].Table, floorDay(rows[0].Time)
		n := 1
		for n < len(rows) && rows[n].Table == table && floorDay(rows[n].Time) == day {
			n++
		}
		part := rows[:n]
		rows = rows[n:]
		o, err := j.writeOutput(tenant, nightjar.Table(table), day, false, func(w *segmentWriter) error {
			for i := range part {
				if err := w.add(&part[i]); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			j.discardAll(outputs)
			return CompactReport{}, err
		}
		outputs = append(outputs, o)
	}
	return j.replace(ctx, inputs, outputs)
}

func floorDay(us int64) int64 { return dayOf(time.UnixMicro(us)) }

// output is a segment that no catalog row names yet.
type output struct {
	seg    nightjar.Segment
	packed bool
}

func (j *Journal) releaseAll(outputs []output) {
	for _, o := range outputs {
		j.release(o.seg.Path, o.seg.TokenPath)
	}
}

func (j *Journal) discardAll(outputs []output) {
	for _, o := range outputs {
		removeQuietly(j.abs(o.seg.Path))
		removeQuietly(j.abs(o.seg.TokenPath))
	}
}

// writeOutput writes one compacted segment. The caller releases its paths.
func (j *Journal) writeOutput(tenant nightjar.TenantID, table nightjar.Table, day int64, packed bool, fill func(*segmentWriter) error) (output, error) {
	level := zstd.SpeedFastest
	if packed {
		level = zstd.SpeedBetterCompression
	}
	w := j.packers[level]
	if w == nil {
		w = newSegmentWriter(level, j.cfg.RowGroupRows, j.metrics, j.cfg.Faults)
		j.packers[level] = w
	}
	path, tokenPath, err := j.reserve(tenant, string(table), catalog.Time(day).Format("2006-01-02"))
	if err != nil {
		return output{}, err
	}
	seg, err := func() (nightjar.Segment, error) {
		if err := w.begin(j.abs(path), j.abs(tokenPath)); err != nil {
			return nightjar.Segment{}, err
		}
		if err := fill(w); err != nil {
			return nightjar.Segment{}, err
		}
		return j.seal(w, tenant, path, tokenPath)
	}()
	if err != nil {
		w.discard()
		j.release(path, tokenPath)
		return output{}, err
	}
	seg.Table, seg.Day = table, catalog.Time(day)
	return output{seg, packed}, nil
}

// replace removes the inputs and adds the outputs in one transaction. The
// inputs' files stay for the queries that have listed them.
func (j *Journal) replace(ctx context.Context, inputs []nightjar.Segment, outputs []output) (CompactReport, error) {
	report := CompactReport{Before: len(inputs), After: len(outputs)}
	rowsIn := int64(0)
	for _, s := range inputs {
		rowsIn += s.Rows
	}
	for _, o := range outputs {
		report.Events += o.seg.Rows
		report.Bytes += o.seg.Bytes
	}
	if rowsIn != report.Events {
		j.discardAll(outputs)
		return CompactReport{}, &nightjar.Error{
			Code:    nightjar.CodeCorrupt,
			Message: fmt.Sprintf("compaction read %d events of segments that should hold %d; nothing was changed", report.Events, rowsIn),
			Hint:    "run `nightjar journal verify`",
		}
	}
	// gofail: var journalCompactBeforeTx struct{}
	err := j.cfg.Catalog.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := retire(ctx, tx, inputs); err != nil {
			return err
		}
		for _, o := range outputs {
			id, err := next(ctx, tx, "segment")
			if err != nil {
				return err
			}
			o.seg.ID = id
			if err := insertSegment(ctx, tx, o.seg, o.packed); err != nil {
				return err
			}
		}
		// gofail: var journalCompactInTx struct{}
		return nil
	})
	if errors.Is(err, catalog.ErrCommit) {
		return CompactReport{}, fmt.Errorf("%w: %w", ErrStop, err) // which files count is unknown
	}
	if err != nil {
		j.discardAll(outputs)
		return CompactReport{}, err
	}
	// gofail: var journalCompactAfterTx struct{}
	return report, nil
}

// retire removes the rows of segments and notes their files for a later sweep.
func retire(ctx context.Context, tx bun.Tx, segs []nightjar.Segment) error {
	now := clock.Real().Now() // running queries take real time, also in a rehearsal
	for _, s := range segs {
		res, err := tx.NewDelete().Model((*segmentRow)(nil)).Where("id = ?", s.ID).Exec(ctx)
		if err != nil {
			return fmt.Errorf("remove segment row: %w", err)
		}
		if n, err := res.RowsAffected(); err != nil || n != 1 {
			return &nightjar.Error{Code: nightjar.CodeConflict, Message: fmt.Sprintf("segment %d was removed meanwhile", s.ID), Err: err}
		}
		for _, path := range []string{s.Path, s.TokenPath} {
			row := retiredRow{Path: path, Retired: catalog.Micros(now)}
			if _, err := tx.NewInsert().Model(&row).Exec(ctx); err != nil {
				return fmt.Errorf("note retired file: %w", err)
			}
		}
	}
	return nil
}

// retiredRow is a row of journal_retired.
type retiredRow struct {
	bun.BaseModel `bun:"table:journal_retired"`

	Path    string `bun:"path,pk"`
	Retired int64  `bun:"retired"`
}
