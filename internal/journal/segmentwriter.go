package journal

import (
	"bufio"
	"fmt"
	"maps"
	"strings"
	"unsafe"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/catalog"
)

const (
	// pageBytes is what a reader must decompress to see one value of raw. Twice
	// as much makes the quickest compression better than half of it does the
	// third quickest, at a third of the time.
	pageBytes = 128 << 10
	// idBloomBits is the Bloom bits for each id: with them a lookup of an absent
	// id reads the ids of about one row group in a hundred.
	idBloomBits = 10
)

// segmentWriter writes one segment after the other: a Parquet file and its
// token filters. Making one costs far more than using it again. Not safe for
// concurrent use.
type segmentWriter struct {
	pq        *parquet.GenericWriter[row] // nil before the first segment and after one that failed
	codec     compress.Codec
	tokens    *tokenBuilder
	batch     []row
	groupRows int
	metrics   *metrics
	faults    *Faults

	dataBuf, tokBuf *bufio.Writer

	data, tok *durableFile
	seg       nightjar.Segment
	inGroup   int
}

// rowBatch is how many rows go to the Parquet writer at once.
const rowBatch = 64

func newSegmentWriter(codec compress.Codec, groupRows int, m *metrics, faults *Faults) *segmentWriter {
	return &segmentWriter{
		codec:  codec,
		tokens: newTokenBuilder(), batch: make([]row, 0, rowBatch), groupRows: groupRows,
		metrics: m, faults: faults,
		dataBuf: bufio.NewWriterSize(nil, 256<<10), tokBuf: bufio.NewWriterSize(nil, 4<<10),
	}
}

func newParquetWriter(codec compress.Codec, groupRows int) *parquet.GenericWriter[row] {
	return parquet.NewGenericWriter[row](nil,
		parquet.Compression(codec),
		parquet.PageBufferSize(pageBytes),
		parquet.MaxRowsPerRowGroup(int64(groupRows)+1), // groups are ended by us, with the token filters
		parquet.CreatedBy("nightjar", "1", ""),
		parquet.BloomFilters(parquet.SplitBlockFilter(idBloomBits, "id"), parquet.SplitBlockFilter(idBloomBits, "user_id")),
		parquet.SkipPageBounds("raw"), parquet.SkipPageStatistics("raw"),
		parquet.SkipPageBounds("fields"), parquet.SkipPageStatistics("fields"),
	)
}

// begin starts a segment at the given paths. When it fails there is none, and
// nothing to discard: the files of the segment before are not the writer's any more.
func (w *segmentWriter) begin(path, tokenPath string) error {
	w.data, w.tok = nil, nil
	data, err := createDurable(path, w.dataBuf, w.faults)
	if err != nil {
		return err
	}
	tok, err := createDurable(tokenPath, w.tokBuf, w.faults)
	if err != nil {
		data.discard()
		return err
	}
	w.data, w.tok = data, tok
	if w.pq == nil {
		w.pq = newParquetWriter(w.codec, w.groupRows)
	}
	w.pq.Reset(data)
	w.tokens.reset()
	w.batch, w.inGroup = w.batch[:0], 0
	w.seg = nightjar.Segment{Tables: make(map[nightjar.Table]int64), Format: nightjar.SegmentFormat}
	return nil
}

// add appends one row. The row's strings must stay valid until finish or until
// flush is called.
func (w *segmentWriter) add(r *row) error {
	w.tokens.add(unsafe.Slice(unsafe.StringData(r.Raw), len(r.Raw)))
	s := &w.seg
	if at := catalog.Time(r.Time); s.Rows == 0 || at.Before(s.MinTime) {
		s.MinTime = at
	}
	if at := catalog.Time(r.Time); s.Rows == 0 || at.After(s.MaxTime) {
		s.MaxTime = at
	}
	if s.Rows == 0 || r.Seq < s.MinSeq {
		s.MinSeq = r.Seq
	}
	s.MaxSeq = max(s.MaxSeq, r.Seq)
	s.Rows++
	s.RawBytes += int64(len(r.Raw))
	countIn(s.Tables, r.Table)
	w.batch = append(w.batch, *r)
	w.inGroup++
	if w.inGroup == w.groupRows {
		return w.endGroup()
	}
	if len(w.batch) == rowBatch {
		return w.flush()
	}
	return nil
}

// countIn counts a row of a table; the row's own string does not stay.
func countIn(tables map[nightjar.Table]int64, table string) {
	if n, ok := tables[nightjar.Table(table)]; ok {
		tables[nightjar.Table(table)] = n + 1
	} else {
		tables[nightjar.Table(strings.Clone(table))] = 1
	}
}

func (w *segmentWriter) flush() error {
	if _, err := w.pq.Write(w.batch); err != nil {
		return fmt.Errorf("write rows: %w", catalog.Translate(err))
	}
	clear(w.batch)
	w.batch = w.batch[:0]
	return nil
}

func (w *segmentWriter) endGroup() error {
	if err := w.flush(); err != nil {
		return err
	}
	if err := w.pq.Flush(); err != nil {
		return fmt.Errorf("write row group: %w", catalog.Translate(err))
	}
	w.tokens.endGroup()
	w.inGroup = 0
	return nil
}

// finish makes both files durable under their temporary names.
func (w *segmentWriter) finish() (nightjar.Segment, error) {
	if err := w.endGroup(); err != nil {
		return nightjar.Segment{}, err
	}
	if err := w.pq.Close(); err != nil {
		return nightjar.Segment{}, fmt.Errorf("write footer: %w", catalog.Translate(err))
	}
	w.forget()
	if _, err := w.tok.Write(w.tokens.encode(nil)); err != nil {
		return nightjar.Segment{}, fmt.Errorf("write token filter: %w", catalog.Translate(err))
	}
	if err := w.tok.finish(w.metrics); err != nil {
		return nightjar.Segment{}, err
	}
	if err := w.data.finish(w.metrics); err != nil {
		return nightjar.Segment{}, err
	}
	seg := w.seg
	seg.Tables = maps.Clone(seg.Tables)
	seg.Bytes, seg.SHA256, seg.TokenSHA256 = w.data.size, w.data.sha256(), w.tok.sha256()
	return seg, nil
}

// forget takes what the footer says of columns out of the Parquet writer, whose
// Reset would clear it in place, and with it the names of the columns, which it
// shares with the writer (parquet-go v0.32.0, format/reset.go): every file but
// a writer's first would have columns without a name, which DuckDB does not
// mind, but Spark and Trino do.
func (w *segmentWriter) forget() {
	groups := w.pq.File().Metadata().RowGroups
	for i := range groups {
		groups[i].Columns = nil
	}
}

// publish renames both files, the token filter first: a Parquet file that is
// there has its filter.
func (w *segmentWriter) publish() error {
	if err := w.tok.publish(); err != nil {
		return err
	}
	// gofail: var journalBetweenRenames struct{}
	if err := w.data.publish(); err != nil {
		return err
	}
	// gofail: var journalAfterRename struct{}
	return nil
}

// discard removes the segment's files; only for segments that never got a row.
func (w *segmentWriter) discard() {
	w.pq = nil // it holds row groups that forget has not seen
	if w.data != nil {
		w.data.discard()
		w.tok.discard()
	}
}
