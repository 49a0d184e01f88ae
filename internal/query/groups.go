package query

import (
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/parquet-go/parquet-go"

	"github.com/nightjar-sec/nightjar"
)

// groupTimes remembers the time ranges of the row groups of large files.
// Segments never change, so what it knows stays true. Safe for concurrent use.
type groupTimes struct {
	mu    sync.Mutex
	known map[string][]span
}

// maxGroupTimes bounds what is remembered; a file has some ten to hundred spans.
const maxGroupTimes = 4096

func (g *groupTimes) of(path string, seg nightjar.Segment) ([]span, error) {
	g.mu.Lock()
	spans, ok := g.known[path]
	g.mu.Unlock()
	if ok {
		return spans, nil
	}
	spans, err := readGroupTimes(path, seg)
	if err != nil {
		return nil, err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.known == nil || len(g.known) >= maxGroupTimes {
		g.known = map[string][]span{}
	}
	g.known[path] = spans
	return spans, nil
}

// readGroupTimes reads the footer. A file without the statistics that ours
// have counts as one span.
func readGroupTimes(path string, seg nightjar.Segment) ([]span, error) {
	whole := []span{{seg.Rows, seg.MinTime, seg.MaxTime}}
	file, err := os.Open(path)
	if os.IsNotExist(err) {
		return nil, fmt.Errorf("%w: %w", errSegmentGone, err)
	}
	if err != nil {
		return nil, fmt.Errorf("open segment: %w", err)
	}
	defer file.Close()
	st, err := file.Stat()
	if err != nil {
		return nil, fmt.Errorf("stat segment: %w", err)
	}
	pf, err := parquet.OpenFile(file, st.Size(), parquet.SkipBloomFilters(true), parquet.SkipPageIndex(true))
	if err != nil {
		return nil, fmt.Errorf("open segment: %w", err)
	}
	leaf, ok := pf.Schema().Lookup("time")
	if !ok {
		return whole, nil
	}
	var spans []span
	for _, g := range pf.RowGroups() {
		chunk, ok := g.ColumnChunks()[leaf.ColumnIndex].(*parquet.FileColumnChunk)
		if !ok {
			return whole, nil
		}
		low, high, ok := chunk.Bounds()
		if !ok || low.Kind() != parquet.Int64 || high.Kind() != parquet.Int64 {
			return whole, nil
		}
		spans = append(spans, span{g.NumRows(), time.UnixMicro(low.Int64()).UTC(), time.UnixMicro(high.Int64()).UTC()})
	}
	return spans, nil
}
