package journal

import (
	"container/heap"
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/parquet-go/parquet-go"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/catalog"
)

// mergeInput is one segment of a merge, at its current row.
type mergeInput struct {
	rows  *rowReader
	batch []row
	at    int
}

// mergeBatch is how many rows of each input are decoded at once.
const mergeBatch = 64

// disorder is the error about a segment whose rows are not in the order of byPlace.
type disorder struct{ segment int64 }

func (d disorder) Error() string {
	return fmt.Sprintf("the rows of segment %d are not in order", d.segment)
}

func (j *Journal) openInput(s nightjar.Segment) (*mergeInput, error) {
	rows, err := j.openRows(s)
	if err != nil {
		return nil, err
	}
	return &mergeInput{rows: rows, batch: make([]row, 0, mergeBatch)}, nil
}

// openUnordered reads all rows and sorts them: fresh segments of an early build
// are ordered by time alone.
func (j *Journal) openUnordered(s nightjar.Segment) (*mergeInput, error) {
	in, err := j.openInput(s)
	if err != nil {
		return nil, err
	}
	all := make([]row, s.Rows)
	for n := 0; n < len(all); {
		k, err := in.rows.read(all[n:])
		if err == nil && k == 0 {
			err = corruptSegment(s, io.ErrUnexpectedEOF)
		}
		if err != nil {
			in.rows.close()
			return nil, err
		}
		n += k
	}
	slices.SortStableFunc(all, func(a, b row) int { return byPlace(&a, &b) })
	in.batch, in.at = all, -1
	return in, nil
}

func (in *mergeInput) row() *row { return &in.batch[in.at] }

// next moves to the following row.
func (in *mergeInput) next() (bool, error) {
	in.at++
	if in.at < len(in.batch) {
		return true, nil
	}
	var last row
	if len(in.batch) > 0 {
		last = in.batch[len(in.batch)-1]
	}
	n, err := in.rows.read(in.batch[:cap(in.batch)])
	in.batch, in.at = in.batch[:n], 0
	if err != nil || n == 0 {
		return false, err
	}
	for i := range in.batch {
		if byPlace(&last, &in.batch[i]) > 0 {
			return false, disorder{in.rows.seg.ID}
		}
		last = in.batch[i]
	}
	return true, nil
}

type mergeQueue []*mergeInput

func (q mergeQueue) Len() int           { return len(q) }
func (q mergeQueue) Less(a, b int) bool { return byPlace(q[a].row(), q[b].row()) < 0 }
func (q mergeQueue) Swap(a, b int)      { q[a], q[b] = q[b], q[a] }
func (q *mergeQueue) Push(x any)        { *q = append(*q, x.(*mergeInput)) }
func (q *mergeQueue) Pop() any {
	old := *q
	in := old[len(old)-1]
	*q = old[:len(old)-1]
	return in
}

// eachMerged calls fn for the rows of all inputs in order. The row is fn's for
// the call, its strings until fn answers that it needs none of those before any
// more. Inputs named in unordered are sorted first.
func (j *Journal) eachMerged(ctx context.Context, inputs []part, unordered map[int64]bool, fn func(*row) (bool, error)) error {
	var queue mergeQueue
	var used []parquet.Page // no input has rows in them any more, fn may
	defer func() {
		for _, in := range queue {
			in.rows.close()
		}
	}()
	for _, s := range inputs {
		open := j.openInput
		if unordered[s.ID] {
			open = j.openUnordered
		}
		in, err := open(s.Segment)
		if err != nil {
			return err
		}
		queue = append(queue, in)
		ok, err := in.next()
		if err != nil {
			return err
		}
		if !ok {
			in.rows.close()
			queue = queue[:len(queue)-1]
		}
	}
	heap.Init(&queue)
	for n := 0; len(queue) > 0; n++ {
		if n%yieldRows == 0 {
			if err := context.Cause(ctx); err != nil {
				return err
			}
		}
		in := queue[0]
		settled, err := fn(in.row())
		if err != nil {
			return err
		}
		if settled {
			for _, page := range used {
				parquet.Release(page)
			}
			used = used[:0]
		}
		if in.at == len(in.batch)-1 {
			used = append(used, in.rows.done...)
			in.rows.done = in.rows.done[:0]
		}
		ok, err := in.next()
		switch {
		case err != nil:
			return err
		case ok:
			heap.Fix(&queue, 0)
		default:
			in.rows.close()
			heap.Pop(&queue)
		}
	}
	return nil
}

// yieldRows is how many rows are merged between two looks at the context: some
// hundredths of a second.
const yieldRows = 1024

// merger writes rows, which come in order, to a segment for each table and day.
type merger struct {
	j       *Journal
	tenant  nightjar.TenantID
	merges  int64
	outputs []part // no catalog row names them yet

	open      bool // an output is being written
	table     string
	from, to  int64 // of the day
	path, tok string
}

// add writes a row; true when no row is on its way any more.
func (m *merger) add(r *row) (bool, error) {
	if !m.open || r.Table != m.table || r.Time < m.from || r.Time >= m.to {
		if err := m.endOutput(); err != nil {
			return false, err
		}
		if err := m.beginOutput(r); err != nil {
			return false, err
		}
	}
	err := m.j.packer.add(r)
	return len(m.j.packer.batch) == 0, err
}

func (m *merger) beginOutput(r *row) (err error) {
	j := m.j
	if j.packer == nil {
		j.packer = newSegmentWriter(newZstdCodec(), j.cfg.RowGroupRows, j.metrics, j.cfg.Faults)
	}
	m.table, m.from = string([]byte(r.Table)), floorDay(r.Time)
	m.to = m.from + dayMicros
	m.path, m.tok, err = j.reserve(m.tenant, m.table, catalog.Time(m.from).Format("2006-01-02"))
	if err != nil {
		return err
	}
	if err := j.packer.begin(j.abs(m.path), j.abs(m.tok)); err != nil {
		j.release(m.path, m.tok)
		return err
	}
	m.open = true
	return nil
}

func (m *merger) endOutput() error {
	if !m.open {
		return nil
	}
	seg, err := m.j.seal(m.j.packer, m.tenant, m.path, m.tok)
	if err != nil {
		return err
	}
	m.open = false
	seg.Table, seg.Day = nightjar.Table(m.table), catalog.Time(m.from)
	m.outputs = append(m.outputs, part{seg, m.merges})
	return nil
}

// discard removes what was written; only when no catalog row can name it.
func (m *merger) discard() {
	if m.open {
		m.j.packer.discard()
	}
	for _, o := range m.outputs {
		removeQuietly(m.j.abs(o.Path))
		removeQuietly(m.j.abs(o.TokenPath))
	}
}

// release leaves to Sweep what has no catalog row, and makes m as new.
func (m *merger) release() {
	if m.open {
		m.j.release(m.path, m.tok)
	}
	for _, o := range m.outputs {
		m.j.release(o.Path, o.TokenPath)
	}
	*m = merger{j: m.j, tenant: m.tenant, merges: m.merges}
}

// floorDay returns the start of the UTC day of a time, both in microseconds.
func floorDay(us int64) int64 { return floor(us, dayMicros) }
