package journal

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/catalog"
)

// ReaderAfter returns a reader of the commits behind seq that has no durable
// cursor: for people who watch, who miss nothing by starting anew.
func (j *Journal) ReaderAfter(seq int64) *Reader {
	return &Reader{j: j, seq: seq, indexes: make(map[int64]seqIndex)}
}

// LastSeq returns the number of the newest commit; 0 when there is none.
func (j *Journal) LastSeq(ctx context.Context) (int64, error) {
	var last int64
	if err := j.cfg.Catalog.NewRaw("SELECT value FROM journal_counters WHERE name = 'seq'").Scan(ctx, &last); err != nil {
		return 0, fmt.Errorf("read the number of the last commit: %w", catalog.Translate(err))
	}
	return last, nil
}

// Committed returns a channel that is closed with the next commit of this
// process. Whoever asks for it before looking at the journal misses none.
func (j *Journal) Committed() <-chan struct{} {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.committed == nil {
		j.committed = make(chan struct{})
	}
	return j.committed
}

// tellCommitted wakes those who wait for a commit.
func (j *Journal) tellCommitted() {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.committed != nil {
		close(j.committed)
		j.committed = nil
	}
}

// Commits says how many events of a compacted segment belong to the commits in
// (after, upTo], and the times of the first and the last of them.
func (j *Journal) Commits(ctx context.Context, s nightjar.Segment, after, upTo int64) (n int64, from, to time.Time, err error) {
	index, err := j.seqIndex(ctx, s)
	if err != nil {
		return 0, from, to, err
	}
	rows := index.rows(after, upTo)
	if len(rows) == 0 {
		return 0, from, to, nil
	}
	ends := slices.Compact([]int64{rows[0], rows[len(rows)-1]}) // rows are ordered by time
	err = j.scanRows(ctx, s, ends, func(r *row) error {
		to = r.event(s.Tenant).Time
		if from.IsZero() {
			from = to
		}
		return nil
	})
	return int64(len(rows)), from, to, err
}
