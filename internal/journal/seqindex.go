package journal

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/parquet-go/parquet-go"

	"github.com/nightjar-sec/nightjar"
)

// seqIndex finds the rows of a commit in a compacted segment, whose rows are
// ordered by time. It is ordered by commit, then row: 16 bytes a row.
type seqIndex []seqRow

type seqRow struct{ seq, row int64 }

// rows returns the rows of the commits in (after, upTo], ascending.
func (x seqIndex) rows(after, upTo int64) []int64 {
	first, _ := slices.BinarySearchFunc(x, after, func(e seqRow, seq int64) int {
		if e.seq <= seq {
			return -1
		}
		return 1
	})
	var out []int64
	for _, e := range x[first:] {
		if e.seq > upTo {
			break
		}
		out = append(out, e.row)
	}
	slices.Sort(out)
	return out
}

func (j *Journal) seqIndex(ctx context.Context, s nightjar.Segment) (seqIndex, error) {
	file, pf, err := j.open(s)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	column, ok := pf.Schema().Lookup("seq")
	if !ok {
		return nil, corruptSegment(s, errors.New("no column seq"))
	}
	index := make(seqIndex, 0, s.Rows)
	for _, g := range pf.RowGroups() {
		if err := context.Cause(ctx); err != nil {
			return nil, err
		}
		err := eachValue(g.ColumnChunks()[column.ColumnIndex], func(v parquet.Value) {
			index = append(index, seqRow{seq: v.Int64(), row: int64(len(index))})
		})
		if err != nil {
			return nil, corruptSegment(s, err)
		}
	}
	slices.SortFunc(index, func(a, b seqRow) int { return cmp.Or(cmp.Compare(a.seq, b.seq), cmp.Compare(a.row, b.row)) })
	return index, nil
}

// open opens a segment's file. The caller closes it.
func (j *Journal) open(s nightjar.Segment, options ...parquet.FileOption) (*os.File, *parquet.File, error) {
	file, err := os.Open(j.Path(s))
	if err != nil {
		return nil, nil, fmt.Errorf("open segment %d: %w", s.ID, err)
	}
	options = append([]parquet.FileOption{parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true)}, options...)
	pf, err := parquet.OpenFile(file, s.Bytes, options...)
	if err != nil {
		_ = file.Close() // the first error is the one that matters
		return nil, nil, corruptSegment(s, err)
	}
	return file, pf, nil
}

// rowGap is how many unwanted rows are cheaper to decode than to jump over.
const rowGap = 16

// scanRows calls fn for the given rows of a segment, which ascend. The row and
// its strings are fn's for the call only.
func (j *Journal) scanRows(ctx context.Context, s nightjar.Segment, rows []int64, fn func(*row) error) error {
	if len(rows) == 0 {
		return nil
	}
	// The page index lets a jump skip pages without decompressing them.
	reader, err := j.openRows(s, parquet.SkipPageIndex(false))
	if err != nil {
		return err
	}
	defer reader.close()
	buf := make([]row, scanBatch)
	for len(rows) > 0 {
		if err := context.Cause(ctx); err != nil {
			return err
		}
		run := 1
		for run < len(rows) && rows[run]-rows[run-1] <= rowGap && rows[run]-rows[0] < scanBatch {
			run++
		}
		first, last := rows[0], rows[run-1]
		if err := reader.seek(first); err != nil {
			return err
		}
		batch := buf[:last-first+1]
		for n := 0; n < len(batch); {
			k, err := reader.read(batch[n:])
			if err == nil && k == 0 {
				err = corruptSegment(s, io.ErrUnexpectedEOF)
			}
			if err != nil {
				return err
			}
			n += k
		}
		for _, at := range rows[:run] {
			if err := fn(&batch[at-first]); err != nil {
				return err
			}
		}
		reader.release()
		rows = rows[run:]
	}
	return nil
}

// Read returns one event by its segment and row, as a query names it: the row
// is counted from 0 over the whole file.
func (j *Journal) Read(ctx context.Context, segmentID, rowNumber int64) (nightjar.Event, error) {
	var rec segmentRow
	err := j.cfg.Catalog.NewSelect().Model(&rec).Where("id = ?", segmentID).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return nightjar.Event{}, &nightjar.Error{
			Code: nightjar.CodeNotFound, Message: fmt.Sprintf("segment %d is not in the journal", segmentID),
			Hint: "repeat the query: compaction may have replaced the segment",
		}
	}
	if err != nil {
		return nightjar.Event{}, fmt.Errorf("look segment %d up: %w", segmentID, err)
	}
	s, err := rec.segment()
	if err != nil {
		return nightjar.Event{}, err
	}
	if rowNumber < 0 || rowNumber >= s.Rows {
		return nightjar.Event{}, &nightjar.Error{
			Code: nightjar.CodeNotFound, Message: fmt.Sprintf("segment %d has %d rows, not a row %d", s.ID, s.Rows, rowNumber),
		}
	}
	var out nightjar.Event
	err = j.scanRows(ctx, s, []int64{rowNumber}, func(r *row) error {
		out = r.event(s.Tenant)
		return nil
	})
	return out, err
}
