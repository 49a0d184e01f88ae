package journal

import (
	"errors"
	"fmt"
	"io"
	"os"
	"unsafe"

	"github.com/parquet-go/parquet-go"

	"github.com/nightjar-sec/nightjar"
)

// rowColumn says how one column's values get into rows.
type rowColumn struct {
	name     string
	kind     parquet.Kind
	optional bool
	set      func(rows []row, values []parquet.Value)
}

func textColumn(name string, field func(*row) *string) rowColumn {
	return rowColumn{name, parquet.ByteArray, false, func(rows []row, values []parquet.Value) {
		for i := range values {
			b := values[i].ByteArray()
			*field(&rows[i]) = unsafe.String(unsafe.SliceData(b), len(b))
		}
	}}
}

func longColumn(name string, field func(*row) *int64) rowColumn {
	return rowColumn{name, parquet.Int64, false, func(rows []row, values []parquet.Value) {
		for i := range values {
			*field(&rows[i]) = values[i].Int64()
		}
	}}
}

func intColumn(name string, field func(*row) *int32) rowColumn {
	return rowColumn{name, parquet.Int32, false, func(rows []row, values []parquet.Value) {
		for i := range values {
			*field(&rows[i]) = values[i].Int32()
		}
	}}
}

func degreesColumn(name string, field func(*row) **float64) rowColumn {
	return rowColumn{name, parquet.Double, true, func(rows []row, values []parquet.Value) {
		degrees := make([]float64, len(values)) // the rows point into it
		for i := range values {
			*field(&rows[i]) = nil
			if !values[i].IsNull() {
				degrees[i] = values[i].Double()
				*field(&rows[i]) = &degrees[i]
			}
		}
	}}
}

// placeSource is the column that files of format 1 do not have.
const placeSource = "place_source"

// absent is the place of a column that a file does not have.
const absent = -1

// rowColumns is every column of row.
var rowColumns = []rowColumn{
	longColumn("seq", func(r *row) *int64 { return &r.Seq }),
	textColumn("table", func(r *row) *string { return &r.Table }),
	textColumn("id", func(r *row) *string { return &r.ID }),
	longColumn("time", func(r *row) *int64 { return &r.Time }),
	longColumn("ingested", func(r *row) *int64 { return &r.Ingested }),
	longColumn("content_created", func(r *row) *int64 { return &r.ContentCreated }),
	textColumn("feed", func(r *row) *string { return &r.Feed }),
	textColumn("tag", func(r *row) *string { return &r.Tag }),
	intColumn("record_type", func(r *row) *int32 { return &r.RecordType }),
	textColumn("operation", func(r *row) *string { return &r.Operation }),
	textColumn("workload", func(r *row) *string { return &r.Workload }),
	textColumn("user_id", func(r *row) *string { return &r.UserID }),
	textColumn("user_key", func(r *row) *string { return &r.UserKey }),
	intColumn("user_type", func(r *row) *int32 { return &r.UserType }),
	textColumn("client_ip", func(r *row) *string { return &r.ClientIP }),
	intColumn("client_port", func(r *row) *int32 { return &r.ClientPort }),
	textColumn("object_id", func(r *row) *string { return &r.ObjectID }),
	textColumn("result", func(r *row) *string { return &r.Result }),
	textColumn("app_id", func(r *row) *string { return &r.AppID }),
	textColumn("session_id", func(r *row) *string { return &r.SessionID }),
	textColumn("user_agent", func(r *row) *string { return &r.UserAgent }),
	textColumn("country", func(r *row) *string { return &r.Country }),
	textColumn("city", func(r *row) *string { return &r.City }),
	degreesColumn("lat", func(r *row) **float64 { return &r.Lat }),
	degreesColumn("lon", func(r *row) **float64 { return &r.Lon }),
	longColumn("asn", func(r *row) *int64 { return &r.ASN }),
	textColumn("network", func(r *row) *string { return &r.Network }),
	textColumn(placeSource, func(r *row) *string { return &r.PlaceSource }),
	textColumn("fields", func(r *row) *string { return &r.Fields }),
	textColumn("raw", func(r *row) *string { return &r.Raw }),
}

// rowReader reads a segment column by column into rows, without the reflection
// and the copies of parquet.GenericReader. The strings of a row lie in the
// decoded page, which is kept until whoever reads releases it. Not safe for
// concurrent use.
type rowReader struct {
	seg     nightjar.Segment
	file    *os.File
	groups  []parquet.RowGroup
	group   int          // the present one
	left    int64        // rows of it that are behind the place
	places  []int        // of each of rowColumns in the file, or absent
	columns []pageReader // as rowColumns
	values  [64]parquet.Value
	done    []parquet.Page // read to their end; rows still lie in them
}

// pageReader is the place in a column chunk.
type pageReader struct {
	pages  parquet.Pages
	page   parquet.Page        // the present one
	values parquet.ValueReader // of the present page; nil before the first and between two
	next   int64               // the row of the group that is read next
	end    int64               // the row behind the present page
}

// openRows begins at the first row. Pages are read directly: a large buffer for
// each column of each input would be most of the memory of a merge.
func (j *Journal) openRows(s nightjar.Segment, options ...parquet.FileOption) (*rowReader, error) {
	file, pf, err := j.open(s, append(options, parquet.ReadBufferSize(readBuffer))...)
	if err != nil {
		return nil, err
	}
	r := &rowReader{
		seg: s, file: file, groups: pf.RowGroups(),
		places: make([]int, len(rowColumns)), columns: make([]pageReader, len(rowColumns)),
	}
	for i, c := range rowColumns {
		leaf, ok := pf.Schema().Lookup(c.name)
		if !ok && c.name == placeSource && s.Format < nightjar.SegmentFormat {
			r.places[i] = absent
			continue
		}
		if !ok {
			r.close()
			return nil, corruptSegment(s, errors.New("no column "+c.name))
		}
		if kind := leaf.Node.Type().Kind(); kind != c.kind || leaf.MaxRepetitionLevel > 0 || leaf.Node.Optional() != c.optional {
			r.close()
			return nil, corruptSegment(s, fmt.Errorf("column %s is not the %s that the format has", c.name, c.kind))
		}
		r.places[i] = leaf.ColumnIndex
	}
	if len(r.groups) > 0 {
		r.beginGroup()
	}
	return r, nil
}

// readBuffer is for the page headers of one column.
const readBuffer = 2 << 10

func (r *rowReader) beginGroup() {
	chunks := r.groups[r.group].ColumnChunks()
	for i, at := range r.places {
		if at == absent {
			continue
		}
		r.columns[i] = pageReader{pages: chunks[at].Pages()}
	}
	r.left = r.groups[r.group].NumRows()
}

func (r *rowReader) endGroup() {
	for i := range r.columns {
		if p := r.columns[i].page; p != nil {
			r.done = append(r.done, p)
		}
		if p := r.columns[i].pages; p != nil {
			_ = p.Close() // opened for reading only
		}
		r.columns[i] = pageReader{}
	}
}

// release gives back the pages that are done: nobody needs the strings of the
// rows that were read.
func (r *rowReader) release() {
	for _, page := range r.done {
		parquet.Release(page)
	}
	r.done = r.done[:0]
}

func (r *rowReader) close() {
	r.endGroup()
	_ = r.file.Close() // opened for reading only
}

// read fills rows from their start and returns how many; 0 is the end.
func (r *rowReader) read(rows []row) (n int, err error) {
	defer r.survive(&err)
	for r.left == 0 {
		r.endGroup()
		if r.group+1 >= len(r.groups) {
			return 0, nil
		}
		r.group++
		r.beginGroup()
	}
	n = int(min(int64(len(rows)), r.left))
	for i := range r.columns {
		if r.places[i] == absent {
			for j := range rows[:n] {
				rows[j].PlaceSource = "" // the rows are used again and again
			}
			continue
		}
		if err := r.readColumn(i, rows[:n]); err != nil {
			return 0, corruptSegment(r.seg, err)
		}
	}
	r.left -= int64(n)
	for i := range rows[:n] {
		if rows[i].Seq == 0 {
			rows[i].Seq = r.seg.MinSeq
		}
	}
	return n, nil
}

// survive makes an error of what damaged bytes make parquet-go panic about: a
// segment that cannot be read is reported and left alone, and the rest goes on.
func (r *rowReader) survive(err *error) {
	if p := recover(); p != nil {
		*err = corruptSegment(r.seg, fmt.Errorf("its pages do not fit together: %v", p))
	}
}

// seek moves to a row, counted from 0 over the whole file. It is quick for what
// lies in the page at hand, and with the page index also for what does not.
func (r *rowReader) seek(at int64) (err error) {
	defer r.survive(&err)
	for i, g := range r.groups {
		n := g.NumRows()
		if at >= n {
			at -= n
			continue
		}
		if i != r.group || r.columns[0].pages == nil {
			r.endGroup()
			r.group = i
			r.beginGroup()
		}
		r.left = n - at
		for c := range r.columns {
			if r.places[c] == absent {
				continue
			}
			if err := r.seekColumn(&r.columns[c], at); err != nil {
				return corruptSegment(r.seg, err)
			}
		}
		return nil
	}
	return corruptSegment(r.seg, io.ErrUnexpectedEOF)
}

func (r *rowReader) seekColumn(c *pageReader, at int64) error {
	if c.next == at {
		return nil
	}
	if c.values == nil || at < c.next || at >= c.end {
		if c.page != nil {
			r.done = append(r.done, c.page)
		}
		c.page, c.values, c.next = nil, nil, at
		return c.pages.SeekToRow(at)
	}
	for c.next < at {
		n, err := c.values.ReadValues(r.values[:min(int64(len(r.values)), at-c.next)])
		c.next += int64(n)
		switch {
		case err != nil && !errors.Is(err, io.EOF):
			return err
		case n == 0:
			return io.ErrNoProgress
		}
	}
	return nil
}

func (r *rowReader) readColumn(i int, rows []row) error {
	c := &r.columns[i]
	for len(rows) > 0 {
		if c.values == nil {
			page, err := c.pages.ReadPage()
			if errors.Is(err, io.EOF) {
				return io.ErrUnexpectedEOF
			}
			if err != nil {
				return err
			}
			c.page, c.values, c.end = page, page.Values(), c.next+page.NumRows()
		}
		values := r.values[:min(len(r.values), len(rows))]
		n, err := c.values.ReadValues(values)
		rowColumns[i].set(rows[:n], values[:n])
		rows = rows[n:]
		c.next += int64(n)
		switch {
		case errors.Is(err, io.EOF):
			r.done = append(r.done, c.page)
			c.page, c.values = nil, nil
		case err != nil:
			return err
		case n == 0:
			return io.ErrNoProgress
		}
	}
	return nil
}
