package journal

import (
	"cmp"
	"container/heap"
	"context"
	"errors"
	"io"
	"os"
	"slices"

	"github.com/parquet-go/parquet-go"
	"github.com/uptrace/bun"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/catalog"
)

// part is a compacted segment with what compaction knows of it.
type part struct {
	nightjar.Segment
	packed bool
}

// merge merges the files of each table and day of a tenant, as far as it is due.
func (j *Journal) merge(ctx context.Context, tenant nightjar.TenantID, everything bool) (CompactReport, error) {
	var report CompactReport
	all, err := j.parts(ctx, func(q *bun.SelectQuery) *bun.SelectQuery { return q.Where("tenant = ?", tenant) })
	if err != nil {
		return report, err
	}
	for len(all) > 0 {
		first := all[0]
		n := slices.IndexFunc(all, func(p part) bool { return p.Table != first.Table || !p.Day.Equal(first.Day) })
		if n < 0 {
			n = len(all)
		}
		r, err := j.mergeDay(ctx, slices.Clone(all[:n]), everything)
		report.add(r)
		if err != nil {
			return report, err
		}
		all = all[n:]
	}
	return report, nil
}

// mergeDay merges the files of one table and day until nothing is due.
func (j *Journal) mergeDay(ctx context.Context, parts []part, everything bool) (CompactReport, error) {
	var report CompactReport
	first := parts[0]
	for {
		inputs, pack := j.due(parts, everything)
		if len(inputs) == 0 {
			return report, nil
		}
		r, err := j.mergeParts(ctx, inputs, pack)
		report.add(r)
		if err != nil {
			return report, err
		}
		parts, err = j.parts(ctx, func(q *bun.SelectQuery) *bun.SelectQuery {
			return q.Where("tenant = ?", first.Tenant).Where("table_name = ?", first.Table).Where("day = ?", catalog.Micros(first.Day))
		})
		if err != nil {
			return report, err
		}
	}
}

// parts returns compacted segments, by table and day.
func (j *Journal) parts(ctx context.Context, where func(*bun.SelectQuery) *bun.SelectQuery) ([]part, error) {
	var rows []segmentRow
	q := where(j.cfg.Catalog.NewSelect().Model(&rows)).Where("table_name <> ''")
	if err := q.OrderExpr("table_name, day, id").Scan(ctx); err != nil {
		return nil, catalog.Translate(err)
	}
	out := make([]part, 0, len(rows))
	for _, r := range rows {
		s, err := r.segment()
		if err != nil {
			return nil, err
		}
		out = append(out, part{s, r.Packed == 1})
	}
	return out, nil
}

// due chooses what to merge next among the files of one table and day, and
// whether to pack it: nothing, some files of similar size, or all of them.
func (j *Journal) due(parts []part, everything bool) (inputs []part, pack bool) {
	if len(parts) == 1 && parts[0].packed {
		return nil, false
	}
	slices.SortFunc(parts, func(a, b part) int { return cmp.Compare(a.Rows, b.Rows) })
	if everything || j.dayIsOver(parts) {
		if extra := len(parts) - mergeFan; extra > 0 {
			// As few of the smallest as leave a last merge of all that is left.
			return parts[:min(extra+1, mergeFan)], false
		}
		return parts, true
	}
	n, rows := 0, int64(0)
	for n < len(parts) && n < mergeFan && !parts[n].packed && (n < 2 || parts[n].Rows <= rows) {
		rows += parts[n].Rows
		n++
	}
	if n < mergeAfter {
		return nil, false
	}
	return parts[:n], false
}

// dayIsOver says whether packing a day now is worth it: it is quiet, and late
// events do not make it be rewritten each time.
func (j *Journal) dayIsOver(parts []part) bool {
	now := j.cfg.Clock.Now()
	packed, loose := int64(0), int64(0)
	for _, p := range parts {
		if now.Sub(p.Created) < splitAge {
			return false
		}
		if p.packed {
			packed += p.Rows
		} else {
			loose += p.Rows
		}
	}
	age := now.Sub(parts[0].Day)
	return age >= packLate || age >= packAge && (len(parts) > mergeFan || loose*8 >= packed)
}

// mergeParts merges files of one table and day into one.
func (j *Journal) mergeParts(ctx context.Context, parts []part, pack bool) (CompactReport, error) {
	inputs := make([]nightjar.Segment, len(parts))
	for i, p := range parts {
		inputs[i] = p.Segment
	}
	first := inputs[0]
	o, err := j.writeOutput(first.Tenant, first.Table, catalog.Micros(first.Day), pack, func(w *segmentWriter) error {
		return j.mergeInto(ctx, w, inputs)
	})
	if err != nil {
		return CompactReport{}, err
	}
	defer j.release(o.seg.Path, o.seg.TokenPath)
	return j.replace(ctx, inputs, []output{o})
}

// mergeBatch is how many rows of each input are decoded at once.
const mergeBatch = 64

// mergeInto writes the rows of all inputs in order of time.
func (j *Journal) mergeInto(ctx context.Context, w *segmentWriter, inputs []nightjar.Segment) error {
	var queue mergeQueue
	defer func() {
		for _, in := range queue {
			in.close()
		}
	}()
	for _, s := range inputs {
		in, err := j.openInput(s)
		if err != nil {
			return err
		}
		ok, err := in.next()
		if err != nil || !ok {
			in.close()
			if err != nil {
				return err
			}
			continue
		}
		queue = append(queue, in)
	}
	heap.Init(&queue)
	for n := 0; len(queue) > 0; n++ {
		if n%4096 == 0 {
			if err := context.Cause(ctx); err != nil {
				return err
			}
		}
		in := queue[0]
		if err := w.add(&in.batch[in.at]); err != nil {
			return err
		}
		ok, err := in.next()
		switch {
		case err != nil:
			return err
		case ok:
			heap.Fix(&queue, 0)
		default:
			in.close()
			heap.Pop(&queue)
		}
	}
	return nil
}

// mergeInput is one segment of a merge, at its current row.
type mergeInput struct {
	seg    nightjar.Segment
	file   *os.File
	reader *parquet.GenericReader[row]
	batch  []row
	at     int
	end    bool
}

func (j *Journal) openInput(s nightjar.Segment) (*mergeInput, error) {
	file, pf, err := j.open(s, parquet.ReadBufferSize(32<<10))
	if err != nil {
		return nil, err
	}
	return &mergeInput{seg: s, file: file, reader: parquet.NewGenericReader[row](pf)}, nil
}

func (in *mergeInput) close() {
	_ = in.reader.Close() // opened for reading only
	_ = in.file.Close()
}

// next moves to the following row. The rows handed out before stay valid: each
// batch is new, because the writer keeps rows for a while.
func (in *mergeInput) next() (bool, error) {
	in.at++
	if in.at < len(in.batch) {
		return true, nil
	}
	if in.end {
		return false, nil
	}
	batch := make([]row, mergeBatch)
	n, err := in.reader.Read(batch)
	if errors.Is(err, io.EOF) {
		in.end, err = true, nil
	}
	if err != nil {
		return false, corruptSegment(in.seg, err)
	}
	in.batch, in.at = batch[:n], 0
	return n > 0, nil
}

type mergeQueue []*mergeInput

func (q mergeQueue) Len() int { return len(q) }
func (q mergeQueue) Less(a, b int) bool {
	return byTime(&q[a].batch[q[a].at], &q[b].batch[q[b].at]) < 0
}
func (q mergeQueue) Swap(a, b int) { q[a], q[b] = q[b], q[a] }
func (q *mergeQueue) Push(x any)   { *q = append(*q, x.(*mergeInput)) }
func (q *mergeQueue) Pop() any {
	old := *q
	in := old[len(old)-1]
	*q = old[:len(old)-1]
	return in
}
