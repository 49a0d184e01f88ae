package journal

import (
	"container/list"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/bloom"
	"github.com/parquet-go/parquet-go/bloom/xxhash"

	"github.com/nightjar-sec/nightjar"
)

// idFile reads the ids of one segment and nothing else of it.
type idFile struct {
	path string
	f    *os.File
	pf   *parquet.File
	seg  nightjar.Segment
	id   int // index of the column
	time int
	refs int
	gone bool // closed by the last user
}

func openIDs(path string, s nightjar.Segment) (*idFile, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open segment %d: %w", s.ID, err)
	}
	pf, err := parquet.OpenFile(f, s.Bytes, parquet.SkipPageIndex(true), parquet.SkipBloomFilters(false), parquet.ReadBufferSize(32<<10))
	if err != nil {
		_ = f.Close() // the first error is the one that matters
		return nil, corruptSegment(s, err)
	}
	id, okID := pf.Schema().Lookup("id")
	at, okTime := pf.Schema().Lookup("time")
	if !okID || !okTime {
		_ = f.Close()
		return nil, corruptSegment(s, errors.New("a column is missing"))
	}
	return &idFile{path: path, f: f, pf: pf, seg: s, id: id.ColumnIndex, time: at.ColumnIndex}, nil
}

// each calls fn for every id with its time. The bytes are fn's for the call only.
func (x *idFile) each(ctx context.Context, fn func(id []byte, at int64)) error {
	for _, g := range x.pf.RowGroups() {
		if err := context.Cause(ctx); err != nil {
			return err
		}
		times := make([]int64, 0, g.NumRows())
		if err := eachValue(g.ColumnChunks()[x.time], func(v parquet.Value) { times = append(times, v.Int64()) }); err != nil {
			return corruptSegment(x.seg, err)
		}
		i := 0
		err := eachValue(g.ColumnChunks()[x.id], func(v parquet.Value) {
			if i < len(times) {
				fn(v.ByteArray(), times[i])
			}
			i++
		})
		if err != nil {
			return corruptSegment(x.seg, err)
		}
		if i != len(times) {
			return corruptSegment(x.seg, fmt.Errorf("%d ids for %d times", i, len(times)))
		}
	}
	return nil
}

// find moves the ids that are in the segment from ids to found. It decodes only
// the row groups whose Bloom filter does not exclude all of them.
func (x *idFile) find(ctx context.Context, ids, found map[string]struct{}) error {
	var bits []byte
	for _, g := range x.pf.RowGroups() {
		if err := context.Cause(ctx); err != nil {
			return err
		}
		chunk := g.ColumnChunks()[x.id]
		if f := chunk.BloomFilter(); f != nil {
			bits = append(bits[:0], make([]byte, f.Size())...)
			if _, err := f.ReadAt(bits, 0); err != nil && !errors.Is(err, io.EOF) {
				return corruptSegment(x.seg, err)
			}
			if !anyIn(bloom.MakeSplitBlockFilter(bits), ids) {
				continue
			}
		}
		err := eachValue(chunk, func(v parquet.Value) {
			if _, ok := ids[string(v.ByteArray())]; ok {
				id := string(v.ByteArray())
				found[id] = struct{}{}
				delete(ids, id)
			}
		})
		if err != nil {
			return corruptSegment(x.seg, err)
		}
		if len(ids) == 0 {
			return nil
		}
	}
	return nil
}

func anyIn(f bloom.SplitBlockFilter, ids map[string]struct{}) bool {
	for id := range ids {
		if f.Check(xxhash.Sum64([]byte(id))) {
			return true
		}
	}
	return false
}

// eachValue calls fn for each value of a column chunk.
func eachValue(chunk parquet.ColumnChunk, fn func(parquet.Value)) (err error) {
	pages := chunk.Pages()
	defer func() { err = errors.Join(err, pages.Close()) }()
	var buf [256]parquet.Value
	for {
		page, err := pages.ReadPage()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		values := page.Values()
		for {
			n, err := values.ReadValues(buf[:])
			for _, v := range buf[:n] {
				fn(v)
			}
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				parquet.Release(page)
				return err
			}
		}
		parquet.Release(page)
	}
}

// idCache keeps recently used files open: the footer of a segment costs more to
// parse than an id costs to look up. Files never change, so nothing gets stale.
type idCache struct {
	mu    sync.Mutex
	files map[string]*list.Element
	order list.List // of *idFile, most recently used first
}

// idFilesOpen bounds the open files.
const idFilesOpen = 64

// with calls fn with the open file of a segment.
func (c *idCache) with(j *Journal, s nightjar.Segment, fn func(*idFile) error) error {
	x, err := c.acquire(j.Path(s), s)
	if err != nil {
		return err
	}
	defer c.release(x)
	return fn(x)
}

func (c *idCache) acquire(path string, s nightjar.Segment) (*idFile, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e := c.files[path]; e != nil {
		c.order.MoveToFront(e)
		x := e.Value.(*idFile)
		x.refs++
		return x, nil
	}
	x, err := openIDs(path, s)
	if err != nil {
		return nil, err
	}
	x.refs = 1
	if c.files == nil {
		c.files = make(map[string]*list.Element)
	}
	c.files[path] = c.order.PushFront(x)
	for c.order.Len() > idFilesOpen {
		c.remove(c.order.Back())
	}
	return x, nil
}

func (c *idCache) remove(e *list.Element) {
	x := e.Value.(*idFile)
	c.order.Remove(e)
	delete(c.files, x.path)
	x.gone = true
	if x.refs == 0 {
		_ = x.f.Close() // opened for reading only
	}
}

func (c *idCache) release(x *idFile) {
	c.mu.Lock()
	defer c.mu.Unlock()
	x.refs--
	if x.gone && x.refs == 0 {
		_ = x.f.Close() // opened for reading only
	}
}

// forget closes a file that is going to be removed, so that its space is freed.
func (c *idCache) forget(path string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e := c.files[path]; e != nil {
		c.remove(e)
	}
}
