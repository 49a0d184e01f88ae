package journal

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/uptrace/bun"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/catalog"
)

// Reader follows the journal in the order of its commits with a durable cursor.
// It sees each event exactly once, whatever compaction does meanwhile. Not safe
// for concurrent use.
type Reader struct {
	j       *Journal
	name    string
	seq     int64              // everything up to it has been returned by Next
	indexes map[int64]seqIndex // by segment id, of compacted segments
}

// readerRow is a row of journal_readers.
type readerRow struct {
	bun.BaseModel `bun:"table:journal_readers"`

	Name    string `bun:"name,pk"`
	Seq     int64  `bun:"seq"`
	Updated int64  `bun:"updated"`
}

// Reader opens the durable reader of a name at its cursor; a new one starts at
// the beginning of the journal.
func (j *Journal) Reader(ctx context.Context, name string) (*Reader, error) {
	r := &Reader{j: j, name: name, indexes: make(map[int64]seqIndex)}
	if err := r.Rewind(ctx); err != nil {
		return nil, err
	}
	return r, nil
}

// Position is the commit up to which everything has been returned by Next.
func (r *Reader) Position() int64 { return r.seq }

// Rewind goes back to the committed cursor, after the transaction that should
// have moved it failed.
func (r *Reader) Rewind(ctx context.Context) error {
	var row readerRow
	err := r.j.cfg.Catalog.NewSelect().Model(&row).Where("name = ?", r.name).Scan(ctx)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("read cursor of %s: %w", r.name, catalog.Translate(err))
	}
	r.seq = row.Seq
	return nil
}

// Commit moves the cursor in the transaction that makes the effect of all
// events up to seq durable.
func (r *Reader) Commit(ctx context.Context, tx bun.Tx, seq int64) error {
	row := readerRow{Name: r.name, Seq: seq, Updated: catalog.Micros(r.j.cfg.Clock.Now())}
	_, err := tx.NewInsert().Model(&row).
		On("CONFLICT (name) DO UPDATE").Set("seq = EXCLUDED.seq").Set("updated = EXCLUDED.updated").Exec(ctx)
	if err != nil {
		return fmt.Errorf("move cursor of %s: %w", r.name, err)
	}
	return nil
}

// Next returns the events of the following commits, ordered by commit, then
// time, then id, and the number of the last commit among them. Of each commit
// what collectors_out tells of it comes first. Only whole
// commits are returned: at least one, further ones while there are fewer than
// limit events. No events means that there is nothing new.
func (r *Reader) Next(ctx context.Context, limit int) ([]nightjar.Event, int64, error) {
	for attempt := 0; ; attempt++ {
		events, last, err := r.next(ctx, limit)
		// The files of the listing can be gone when this process slept past the
		// grace period; the present listing names the files that replaced them.
		if errors.Is(err, os.ErrNotExist) && attempt < 3 {
			continue
		}
		if err != nil {
			return nil, r.seq, fmt.Errorf("read journal as %s: %w", r.name, err)
		}
		r.seq = last
		return events, last, nil
	}
}

func (r *Reader) next(ctx context.Context, limit int) ([]nightjar.Event, int64, error) {
	segs, err := r.j.Segments(ctx, SegmentFilter{AfterSeq: r.seq})
	if err != nil {
		return nil, 0, err
	}
	last, segs, err := r.choose(ctx, segs, limit)
	if err != nil {
		return nil, 0, err
	}
	var events []nightjar.Event
	for _, s := range segs {
		take := func(row *row) error {
			if row.Seq > r.seq && row.Seq <= last {
				events = append(events, row.event(s.Tenant))
			}
			return nil
		}
		if s.Table == "" {
			events = slices.Grow(events, int(s.Rows))
			err = r.j.scan(ctx, s, take)
		} else {
			err = r.j.scanRows(ctx, s, r.indexes[s.ID].rows(r.seq, last), take)
		}
		if err != nil {
			return nil, 0, err
		}
	}
	slices.SortStableFunc(events, func(a, b nightjar.Event) int {
		return cmp.Or(cmp.Compare(a.Seq, b.Seq), cmp.Compare(rank(&a), rank(&b)), a.Time.Compare(b.Time), cmp.Compare(a.ID, b.ID))
	})
	return events, last, nil
}

// rank puts what tells of a commit before its events.
func rank(e *nightjar.Event) int {
	if e.Table == nightjar.TableCollectorsOut {
		return 0
	}
	return 1
}

// choose returns the last commit that Next is going to return, and the segments
// that hold events of the commits up to it. The segments come by their first commit.
func (r *Reader) choose(ctx context.Context, segs []nightjar.Segment, limit int) (int64, []nightjar.Segment, error) {
	rows := make(map[int64]int) // by commit, of the segments looked at
	total, looked := 0, 0
	for i, s := range segs {
		if total >= limit && below(rows, s.MinSeq) >= limit {
			break // no later segment can add to the commits that are chosen
		}
		looked = i + 1
		if s.Table == "" {
			rows[s.MinSeq] += int(s.Rows)
			total += int(s.Rows)
			continue
		}
		index, err := r.index(ctx, s)
		if err != nil {
			return 0, nil, err
		}
		for _, e := range index {
			if e.seq > r.seq {
				rows[e.seq]++
				total++
			}
		}
	}
	r.keep(segs[:looked])
	seqs := make([]int64, 0, len(rows))
	for seq := range rows {
		seqs = append(seqs, seq)
	}
	slices.Sort(seqs)
	last, n := r.seq, 0
	for _, seq := range seqs {
		if n > 0 && n+rows[seq] > limit {
			break
		}
		last, n = seq, n+rows[seq]
		if n >= limit {
			break
		}
	}
	chosen := slices.DeleteFunc(slices.Clone(segs[:looked]), func(s nightjar.Segment) bool { return s.MinSeq > last })
	return last, chosen, nil
}

func below(rows map[int64]int, seq int64) int {
	n := 0
	for s, k := range rows {
		if s < seq {
			n += k
		}
	}
	return n
}

// index returns the commits of a compacted segment's rows, read once.
func (r *Reader) index(ctx context.Context, s nightjar.Segment) (seqIndex, error) {
	if x, ok := r.indexes[s.ID]; ok {
		return x, nil
	}
	x, err := r.j.seqIndex(ctx, s)
	if err != nil {
		return nil, err
	}
	r.indexes[s.ID] = x
	return x, nil
}

// keep forgets the indexes of segments that are not needed now.
func (r *Reader) keep(segs []nightjar.Segment) {
	needed := make(map[int64]bool, len(segs))
	for _, s := range segs {
		needed[s.ID] = true
	}
	for id := range r.indexes {
		if !needed[id] {
			delete(r.indexes, id)
		}
	}
}
