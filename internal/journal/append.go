package journal

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"unicode/utf8"

	"github.com/uptrace/bun"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/catalog"
	"github.com/nightjar-sec/nightjar/internal/clock"
)

// Batch is what becomes durable together: all of it or nothing.
type Batch struct {
	Tenant  nightjar.TenantID
	Sources []Source
	// Also runs in the transaction that makes the segment exist, after its row
	// is written, also when every event was a duplicate and there is no segment.
	// It may run in a transaction that then fails.
	Also func(ctx context.Context, tx bun.Tx, r Receipt) error
	// Log returns rows of collectors_out that tell of the commit, once its counts
	// are known; they are stored with it, also when nothing else is. They have
	// no part in the receipt. nil tells nothing.
	Log func(r Receipt) ([]nightjar.Event, error)
	// DedupeBytes bounds the dedupe filter of one event day; 0 means no bound
	// but the journal's own.
	DedupeBytes int
}

// Source is a part of a batch that is accounted for on its own: one blob.
type Source struct {
	Events []nightjar.Event
}

// Receipt says what a commit did.
type Receipt struct {
	Seq        int64 // number of the commit; 0 when there was nothing to store
	Segment    int64 // id of the segment; 0 when there was nothing to store
	Stored     int
	Duplicates int
	Sources    []SourceReceipt // in the order of the batch's
}

// SourceReceipt is the part of a receipt that belongs to one source.
type SourceReceipt struct {
	Stored     int
	Duplicates int
}

// Append stores the events of a batch that are not stored yet. When it returns
// nil, they and the effects of Also are durable. When it returns an error,
// neither is visible, and the batch may be appended again. After an error that
// is ErrStop the process must end.
func (j *Journal) Append(ctx context.Context, b Batch) (Receipt, error) {
	if err := j.Stopped(); err != nil {
		return Receipt{}, err
	}
	start := clock.Real().Now()
	t := j.tenant(b.Tenant)
	if err := t.lock(ctx); err != nil {
		return Receipt{}, err
	}
	defer t.unlock()
	r, err := j.append(ctx, t, b)
	if err != nil {
		return Receipt{}, j.dropBallast(j.fatal(fmt.Errorf("append to journal of tenant %s: %w", b.Tenant, err)))
	}
	j.metrics.commit.Observe(clock.Real().Since(start).Seconds())
	j.metrics.stored.Add(float64(r.Stored))
	j.metrics.deduplicated.Add(float64(r.Duplicates))
	return r, nil
}

func (j *Journal) append(ctx context.Context, t *tenantState, b Batch) (Receipt, error) {
	if err := b.check(); err != nil {
		return Receipt{}, err
	}
	d, err := j.dedupe(ctx, t, b)
	if err != nil {
		return Receipt{}, err
	}
	if err := d.addLog(b); err != nil {
		return Receipt{}, err
	}
	if len(d.fresh) == 0 {
		err := j.cfg.Catalog.InTx(ctx, func(ctx context.Context, tx bun.Tx) error { return b.also(ctx, tx, d.receipt) })
		if errors.Is(err, catalog.ErrCommit) && nightjar.CodeOf(err) != nightjar.CodeDiskFull {
			err = fmt.Errorf("%w: %w", ErrStop, err)
		}
		return d.receipt, err
	}
	sorted := slices.Clone(d.fresh)
	slices.SortStableFunc(sorted, func(x, y *nightjar.Event) int { return placeOf(x).compare(placeOf(y)) })
	r, err := j.commit(ctx, b, sorted, d.receipt)
	if err != nil {
		return Receipt{}, err
	}
	j.remember(t, d)
	j.tellCommitted()
	if t.fresh++; t.fresh >= freshFew {
		t.fresh = 0
		select {
		case j.manyFresh <- struct{}{}:
		default: // it is told already
		}
	}
	return r, nil
}

// addLog adds the rows that tell of the commit.
func (d *deduped) addLog(b Batch) error {
	if b.Log == nil {
		return nil
	}
	rows, err := b.Log(d.receipt)
	if err != nil {
		return fmt.Errorf("tell of the commit: %w", err)
	}
	for i := range rows {
		if rows[i].Tenant != b.Tenant || rows[i].Table != nightjar.TableCollectorsOut {
			return &nightjar.Error{Code: nightjar.CodeInternal, Message: "a row that tells of a commit is another tenant's or table's"}
		}
		d.fresh, d.hashes = append(d.fresh, &rows[i]), append(d.hashes, 0)
	}
	return nil
}

// check refuses what would otherwise be dropped or mixed up silently.
func (b *Batch) check() error {
	for _, s := range b.Sources {
		for i := range s.Events {
			switch e := &s.Events[i]; {
			case e.Tenant != b.Tenant:
				return &nightjar.Error{Code: nightjar.CodeInternal, Message: fmt.Sprintf("an event of tenant %s in a batch of another", e.Tenant)}
			case e.Table == "":
				return &nightjar.Error{Code: nightjar.CodeInternal, Message: "an event without a table"}
			case !utf8.Valid(e.Raw):
				// Query engines refuse the whole file for one such value.
				return &nightjar.Error{Code: nightjar.CodeInternal, Message: "an event whose record is not UTF-8"}
			case e.ID == "" && e.Table != nightjar.TableCollectorsOut:
				return &nightjar.Error{Code: nightjar.CodeInternal, Message: "an event without an id"}
			}
		}
	}
	return nil
}

func (b *Batch) also(ctx context.Context, tx bun.Tx, r Receipt) error {
	if b.Also == nil {
		return nil
	}
	return b.Also(ctx, tx, r)
}

// prepare writes the events to a segment file that no row names yet.
func (j *Journal) prepare(w *segmentWriter, tenant nightjar.TenantID, path, tokenPath string, events []*nightjar.Event) (nightjar.Segment, error) {
	if err := w.begin(j.abs(path), j.abs(tokenPath)); err != nil {
		return nightjar.Segment{}, err
	}
	var rec row
	for _, e := range events {
		rec.fill(e)
		rec.Seq = 0 // known only inside the transaction; the catalog row has it
		if err := w.add(&rec); err != nil {
			return nightjar.Segment{}, err
		}
	}
	return j.seal(w, tenant, path, tokenPath)
}

// seal makes a written segment durable and gives its files their names.
func (j *Journal) seal(w *segmentWriter, tenant nightjar.TenantID, path, tokenPath string) (nightjar.Segment, error) {
	seg, err := w.finish()
	if err != nil {
		return nightjar.Segment{}, err
	}
	if err := w.publish(); err != nil {
		return nightjar.Segment{}, err
	}
	if err := syncDir(filepath.Dir(j.abs(path)), j.cfg.Faults, j.metrics); err != nil {
		return nightjar.Segment{}, err
	}
	// gofail: var journalAfterDirFsync struct{}
	seg.Tenant, seg.Path, seg.TokenPath, seg.Created = tenant, path, tokenPath, j.cfg.Clock.Now()
	return seg, nil
}

// record is the transaction of a commit: the segment exists from here on.
func (j *Journal) record(ctx context.Context, b Batch, seg nightjar.Segment, r Receipt) (Receipt, error) {
	err := j.cfg.Catalog.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		// gofail: var journalInTxBeforeRows struct{}
		seq, err := next(ctx, tx, "seq")
		if err != nil {
			return err
		}
		id, err := next(ctx, tx, "segment")
		if err != nil {
			return err
		}
		seg.ID, seg.MinSeq, seg.MaxSeq = id, seq, seq
		if err := insertSegment(ctx, tx, seg, 0); err != nil {
			return err
		}
		r.Seq, r.Segment = seq, id
		if err := b.also(ctx, tx, r); err != nil {
			return err
		}
		// gofail: var journalInTxAfterRows struct{}
		return nil
	})
	if errors.Is(err, catalog.ErrCommit) {
		held, err := j.settle(ctx, seg.Path, err)
		if !held {
			return Receipt{}, err
		}
		return r, nil
	}
	if err != nil {
		return Receipt{}, err
	}
	// gofail: var journalAfterCommit struct{}
	return r, nil
}

// settle finds out whether a transaction whose commit failed holds after all, by
// the row of a segment that it would have brought. A full disk rolls it back and
// the row is absent; then the cause is returned. Any other I/O error leaves the
// catalog's log in a state that only a restart settles.
func (j *Journal) settle(ctx context.Context, path string, cause error) (held bool, err error) {
	if nightjar.CodeOf(cause) == nightjar.CodeDiskFull {
		n, err := j.cfg.Catalog.NewSelect().Model((*segmentRow)(nil)).Where("path = ?", path).Count(context.WithoutCancel(ctx))
		switch {
		case err == nil && n == 0:
			return false, cause
		case err == nil:
			return true, nil
		}
	}
	return false, fmt.Errorf("%w: %w", ErrStop, cause)
}
