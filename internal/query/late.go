package query

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"sort"

	"github.com/parquet-go/parquet-go"
	"golang.org/x/sync/errgroup"
)

// Raw by reference. When an answer only shows raw or fields and never computes
// with them, their view columns hold a reference (file and row) instead of
// the text, in a type that nothing else in the language can produce. DuckDB
// sorts, filters and limits small rows; the text of those that remain is then
// read here, page by page.

// lateType marks a column of references.
const lateType = "UBIGINT"

// A reference is file<<33 | row<<1 | column.
const (
	lateRaw    = 0
	lateFields = 1
)

func lateExpression(base int, column int) string {
	return fmt.Sprintf("(((%d + file_index)::UBIGINT << 33) | (file_row_number::UBIGINT << 1) | %d::UBIGINT)", base, column)
}

var errLateReference = errors.New("a reference to raw text points nowhere")

// rawReader reads single values of the text columns of Parquet files. It
// keeps the footers of the files it has seen: segments never change.
type rawReader struct {
	files   map[string]*rawFile
	threads int
}

type rawFile struct {
	file    *os.File
	parquet *parquet.File
	starts  []int64 // first row of each row group, and the number of rows
	columns [2]int
}

func newRawReader(threads int) *rawReader {
	return &rawReader{files: map[string]*rawFile{}, threads: threads}
}

// maxRawFiles bounds the descriptors that stay open between batches.
const maxRawFiles = 512

// trim closes all files when there may be too many. It runs while no file is read.
func (r *rawReader) trim(more int) {
	if len(r.files)+more <= maxRawFiles {
		return
	}
	for p, f := range r.files {
		_ = f.file.Close() // read only
		delete(r.files, p)
	}
}

func (r *rawReader) open(path string) (*rawFile, error) {
	if f := r.files[path]; f != nil {
		return f, nil
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open segment: %w", err)
	}
	st, err := file.Stat()
	if err != nil {
		return nil, fmt.Errorf("stat segment: %w", err)
	}
	pf, err := parquet.OpenFile(file, st.Size(), parquet.SkipBloomFilters(true),
		parquet.SkipPageIndex(true), parquet.ReadBufferSize(16<<10))
	if err != nil {
		return nil, fmt.Errorf("open segment: %w", err)
	}
	f := &rawFile{file: file, parquet: pf, columns: [2]int{-1, -1}}
	for i, name := range []string{"raw", "fields"} {
		if leaf, ok := pf.Schema().Lookup(name); ok {
			f.columns[i] = leaf.ColumnIndex
		}
	}
	var start int64
	for _, g := range pf.RowGroups() {
		f.starts = append(f.starts, start)
		start += g.NumRows()
	}
	f.starts = append(f.starts, start)
	r.files[path] = f
	return f, nil
}

// cell is one value to fetch and the place that waits for it.
type cell struct {
	ref  uint64
	dest *any
}

// fill replaces the references in the late columns of rows by their text.
func (r *rawReader) fill(files []string, rows [][]any, late []bool) error {
	var cells []cell
	for _, row := range rows {
		for i, isLate := range late {
			if ref, ok := row[i].(uint64); isLate && ok {
				cells = append(cells, cell{ref, &row[i]})
			}
		}
	}
	// Column by column, file by file, in row order: pages are read once.
	slices.SortFunc(cells, func(a, b cell) int {
		return cmp.Or(cmp.Compare(a.ref&1, b.ref&1), cmp.Compare(a.ref, b.ref))
	})
	r.trim(len(files))
	var group errgroup.Group
	group.SetLimit(max(1, r.threads))
	for len(cells) > 0 {
		first := cells[0].ref
		n := 1
		for n < len(cells) && cells[n].ref>>33 == first>>33 && cells[n].ref&1 == first&1 {
			n++
		}
		if first>>33 >= uint64(len(files)) {
			return errors.Join(errLateReference, group.Wait())
		}
		f, err := r.open(files[first>>33])
		if err != nil {
			return errors.Join(err, group.Wait())
		}
		part := cells[:n]
		group.Go(func() error { return f.fill(int(first&1), part) })
		cells = cells[n:]
	}
	return group.Wait() //nolint:wrapcheck // errors of fill say what was done
}

// fill reads cells of one column of the file, in row order.
func (f *rawFile) fill(column int, cells []cell) error {
	if f.columns[column] < 0 {
		return errLateReference
	}
	for len(cells) > 0 {
		row := int64(cells[0].ref >> 1 & (1<<32 - 1))
		group := sort.Search(len(f.starts), func(i int) bool { return f.starts[i] > row }) - 1
		if group < 0 || group >= len(f.starts)-1 {
			return errLateReference
		}
		n := 1
		for n < len(cells) && int64(cells[n].ref>>1&(1<<32-1)) < f.starts[group+1] {
			n++
		}
		chunk := f.parquet.RowGroups()[group].ColumnChunks()[f.columns[column]]
		if err := fillChunk(chunk, f.starts[group], cells[:n]); err != nil {
			return err
		}
		cells = cells[n:]
	}
	return nil
}

// fillChunk reads the cells of one column chunk, ascending, seeking by the
// page index so that only pages with wanted rows are decompressed.
func fillChunk(chunk parquet.ColumnChunk, start int64, cells []cell) (err error) {
	// Loads the page index of this chunk; of the whole file it would be most of the work.
	if _, err := chunk.OffsetIndex(); err != nil {
		return fmt.Errorf("read the page index of a segment: %w", err)
	}
	pages := chunk.Pages()
	defer func() { err = errors.Join(err, pages.Close()) }()
	for len(cells) > 0 {
		row := int64(cells[0].ref>>1&(1<<32-1)) - start
		if err := pages.SeekToRow(row); err != nil {
			return fmt.Errorf("seek in segment: %w", err)
		}
		page, err := pages.ReadPage()
		if err != nil {
			return fmt.Errorf("read segment page: %w", err)
		}
		n, err := fillPage(page, row, start, cells)
		parquet.Release(page)
		if err != nil {
			return err
		}
		cells = cells[n:]
	}
	return nil
}

// fillPage takes the values of the cells that lie in the page, whose first
// row is base.
func fillPage(page parquet.Page, base, start int64, cells []cell) (int, error) {
	values := make([]parquet.Value, page.NumValues())
	got, err := page.Values().ReadValues(values)
	if err != nil && !errors.Is(err, io.EOF) {
		return 0, fmt.Errorf("read segment values: %w", err)
	}
	n := 0
	for n < len(cells) {
		i := int64(cells[n].ref>>1&(1<<32-1)) - start - base
		if i >= int64(got) {
			break
		}
		*cells[n].dest = string(values[i].ByteArray())
		n++
	}
	if n == 0 {
		return 0, errLateReference
	}
	return n, nil
}
