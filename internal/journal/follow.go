package journal

import "context"

// ReaderAfter returns a reader of the commits behind seq that has no durable
// cursor: for people who watch, who miss nothing by starting anew.
func (j *Journal) ReaderAfter(seq int64) *Reader {
	return &Reader{j: j, seq: seq, indexes: make(map[int64]seqIndex)}
}

// LastSeq returns the number of the newest commit; 0 when there is none.
func (j *Journal) LastSeq(ctx context.Context) (int64, error) {
	segs, err := j.Segments(ctx, SegmentFilter{})
	if err != nil {
		return 0, err
	}
	var last int64
	for _, s := range segs {
		last = max(last, s.MaxSeq)
	}
	return last, nil
}
