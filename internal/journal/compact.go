package journal

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/uptrace/bun"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/catalog"
	"github.com/nightjar-sec/nightjar/internal/clock"
)

// CompactReport says what compaction did.
type CompactReport struct {
	Before int   // segments that were replaced
	After  int   // segments in their place; those of steps in between count nowhere
	Events int64 // rows written, an event once for each time
	Bytes  int64 // size of the files written
}

// Compact makes one file for each table and day of a tenant.
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
	c := compaction{j: j, tenant: tenant, everything: everything, made: make(map[int64]bool)}
	err := c.splitFresh(ctx)
	if err == nil {
		err = c.mergeDays(ctx)
	}
	if err != nil {
		err = fmt.Errorf("compact journal of tenant %s: %w", tenant, err)
	}
	return c.report, err
}

// part is a segment with what compaction knows of it.
type part struct {
	nightjar.Segment
	// merges is how often compaction has merged rows of it with others of their
	// table and day.
	merges int64
}

// compaction is one pass over a tenant's segments.
type compaction struct {
	j          *Journal
	tenant     nightjar.TenantID
	everything bool
	made       map[int64]bool // ids of the segments that this pass has written
	report     CompactReport
}

// splitFresh writes the rows of fresh segments, which hold all tables and days
// of a commit, by table and day.
func (c *compaction) splitFresh(ctx context.Context) error {
	segs, err := selectSegments(ctx, c.j.cfg.Catalog, func(q *bun.SelectQuery) *bun.SelectQuery {
		return q.Where("tenant = ?", c.tenant).Where("table_name = ''")
	})
	if err != nil || !c.everything && !c.j.splitDue(segs) {
		return err
	}
	fresh := make([]part, len(segs))
	for i, s := range segs {
		fresh[i].Segment = s
	}
	for len(fresh) > 0 {
		n := c.j.fan(fresh)
		if _, err := c.rewrite(ctx, fresh[:n]); err != nil {
			return err
		}
		fresh = fresh[n:]
	}
	return nil
}

// mergeDays merges the files of each table and day, as far as it is due.
func (c *compaction) mergeDays(ctx context.Context) error {
	all, err := c.parts(ctx)
	if err != nil {
		return err
	}
	for len(all) > 0 {
		n := 1
		for n < len(all) && all[n].Table == all[0].Table && all[n].Day.Equal(all[0].Day) {
			n++
		}
		if err := c.mergeDay(ctx, slices.Clone(all[:n])); err != nil {
			return err
		}
		all = all[n:]
	}
	return nil
}

// mergeDay merges the files of one table and day until nothing is due.
func (c *compaction) mergeDay(ctx context.Context, parts []part) error {
	for {
		inputs := c.j.mergeDue(parts, c.everything)
		if len(inputs) == 0 {
			return nil
		}
		outputs, err := c.rewrite(ctx, inputs)
		if err != nil {
			return err
		}
		used := make(map[int64]bool, len(inputs))
		for _, p := range inputs {
			used[p.ID] = true
		}
		parts = append(slices.DeleteFunc(slices.Clone(parts), func(p part) bool { return used[p.ID] }), outputs...)
	}
}

// parts returns the tenant's compacted segments, by table and day.
func (c *compaction) parts(ctx context.Context) ([]part, error) {
	var rows []segmentRow
	err := c.j.cfg.Catalog.NewSelect().Model(&rows).Where("tenant = ?", c.tenant).Where("table_name <> ''").
		OrderExpr("table_name, day, id").Scan(ctx)
	if err != nil {
		return nil, catalog.Translate(err)
	}
	out := make([]part, 0, len(rows))
	for _, r := range rows {
		s, err := r.segment()
		if err != nil {
			return nil, err
		}
		out = append(out, part{s, r.Packed})
	}
	return out, nil
}

// rewrite merges segments into one for each table and day, and replaces them by
// those. Inputs are read and outputs written page by page, one output after the
// other; no commit waits for it but for the transaction at the end.
func (c *compaction) rewrite(ctx context.Context, inputs []part) ([]part, error) {
	m := merger{j: c.j, tenant: c.tenant}
	for _, p := range inputs {
		if p.Table != "" {
			m.merges = max(m.merges, p.merges+1)
		}
	}
	err := c.merge(ctx, inputs, &m)
	if err == nil {
		err = c.replace(ctx, inputs, m.outputs)
	}
	if err != nil && !errors.Is(err, ErrStop) { // otherwise it may not be known which files count
		m.discard()
	}
	outputs := m.outputs
	m.release()
	return outputs, err
}

// merge writes the rows of the inputs through m.
func (c *compaction) merge(ctx context.Context, inputs []part, m *merger) error {
	unordered := make(map[int64]bool)
	for {
		err := c.j.eachMerged(ctx, inputs, unordered, m.add)
		var d disorder
		if errors.As(err, &d) && !unordered[d.segment] {
			unordered[d.segment] = true
			m.discard()
			m.release()
			continue
		}
		if err != nil {
			return err
		}
		return m.endOutput()
	}
}

// replace removes the inputs and adds the outputs, giving them their ids, in one
// transaction. The inputs' files stay for the queries that have listed them.
func (c *compaction) replace(ctx context.Context, inputs, outputs []part) error {
	gone := make([]nightjar.Segment, len(inputs))
	rowsIn, rowsOut, bytes := int64(0), int64(0), int64(0)
	for i, p := range inputs {
		gone[i] = p.Segment
		rowsIn += p.Rows
	}
	for _, p := range outputs {
		rowsOut += p.Rows
		bytes += p.Bytes
	}
	if rowsIn != rowsOut {
		return &nightjar.Error{
			Code:    nightjar.CodeCorrupt,
			Message: fmt.Sprintf("compaction read %d events of segments that should hold %d; nothing was changed", rowsOut, rowsIn),
			Hint:    "run `nightjar journal verify`",
		}
	}
	// gofail: var journalCompactBeforeTx struct{}
	err := c.j.cfg.Catalog.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := retire(ctx, tx, gone); err != nil {
			return err
		}
		for i := range outputs {
			id, err := next(ctx, tx, "segment")
			if err != nil {
				return err
			}
			outputs[i].ID = id
			if err := insertSegment(ctx, tx, outputs[i].Segment, outputs[i].merges); err != nil {
				return err
			}
		}
		// gofail: var journalCompactInTx struct{}
		return nil
	})
	if errors.Is(err, catalog.ErrCommit) {
		_, err = c.j.settle(ctx, outputs[0].Path, err) // inputs with rows have outputs
	}
	if err != nil {
		return err
	}
	// gofail: var journalCompactAfterTx struct{}
	for _, p := range inputs {
		if c.made[p.ID] {
			c.report.After--
		} else {
			c.report.Before++
		}
	}
	for _, p := range outputs {
		c.made[p.ID] = true
		c.report.After++
	}
	c.report.Events += rowsOut
	c.report.Bytes += bytes
	return nil
}

// retireBatch keeps a statement's arguments below what databases take.
const retireBatch = 200

// retire removes the rows of segments and notes their files for a later sweep.
func retire(ctx context.Context, tx bun.Tx, segs []nightjar.Segment) error {
	now := catalog.Micros(clock.Real().Now()) // running queries take real time, also in a rehearsal
	for batch := range slices.Chunk(segs, retireBatch) {
		ids := make([]int64, 0, len(batch))
		files := make([]retiredRow, 0, 2*len(batch))
		for _, s := range batch {
			ids = append(ids, s.ID)
			files = append(files, retiredRow{Path: s.Path, Retired: now}, retiredRow{Path: s.TokenPath, Retired: now})
		}
		res, err := tx.NewDelete().Model((*segmentRow)(nil)).Where("id IN (?)", bun.List(ids)).Exec(ctx)
		if err != nil {
			return fmt.Errorf("remove segment rows: %w", err)
		}
		if n, err := res.RowsAffected(); err != nil || n != int64(len(ids)) {
			return &nightjar.Error{Code: nightjar.CodeConflict, Message: fmt.Sprintf("%d of %d segments were removed meanwhile", int64(len(ids))-n, len(ids)), Err: err}
		}
		if _, err := tx.NewInsert().Model(&files).Exec(ctx); err != nil {
			return fmt.Errorf("note retired files: %w", err)
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
