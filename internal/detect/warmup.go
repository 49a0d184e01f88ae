package detect

import (
	"context"
	"slices"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/journal"
)

// warmup shows machines what happened before they were there, beside the
// stream, which goes on without them.
type warmup struct {
	engine *Engine // with those machines alone
	stop   context.CancelFunc

	wait    time.Duration // before it begins
	failure error         // of the try before; nil when it is the first

	// When done is closed the machines have seen all commits up to seq, and
	// found is what they found of those that count.
	done  chan struct{}
	seq   int64
	found []nightjar.Finding
	err   error
}

// newWarmup prepares the warming up of machines that know nothing.
func newWarmup(machines []*machine, cfg Config) (*warmup, error) {
	e, err := bare(cfg)
	if err != nil {
		return nil, err
	}
	e.machines = machines
	return &warmup{engine: e, done: make(chan struct{})}, e.compile(false)
}

// lookBack is how far back the machines must look to know what they need.
func (w *warmup) lookBack() time.Duration {
	var longest time.Duration
	for _, m := range w.engine.machines {
		longest = max(longest, m.lookBack())
	}
	return longest
}

// lookBack is how far back a machine must look to know what it needs.
func (m *machine) lookBack() time.Duration {
	total := 24 * time.Hour // how late events may be: correlate.Config
	for _, c := range m.chain {
		total += c.Timespan
		if c.Own != nil {
			total += c.Own.Learning + time.Duration(c.Own.Days)*24*time.Hour
		}
	}
	return total
}

// is reports whether just these machines are being warmed up.
func (w *warmup) is(machines []*machine) bool {
	return w != nil && len(machines) == len(w.engine.machines) && !slices.ContainsFunc(machines, func(m *machine) bool {
		return !slices.ContainsFunc(w.engine.machines, func(o *machine) bool { return o.key == m.key && o.version == m.version })
	})
}

// holds reports whether a machine of that key is being warmed up.
func (w *warmup) holds(key string) bool {
	return w != nil && slices.ContainsFunc(w.engine.machines, func(m *machine) bool { return m.key == key })
}

// run shows the journal from a time on, until there is nothing more.
func (w *warmup) run(ctx context.Context, j *journal.Journal, from time.Time) {
	if w.seq, w.err = startAt(ctx, j, from); w.err != nil {
		return
	}
	reader := j.ReaderAfter(w.seq)
	for more := true; more && w.err == nil; {
		more, w.err = w.step(ctx, reader, backtestEvents, 0)
	}
}

// step observes the following commits, at most up to a commit when upTo is one.
func (w *warmup) step(ctx context.Context, reader *journal.Reader, limit int, upTo int64) (more bool, err error) {
	if err := context.Cause(ctx); err != nil {
		return false, err
	}
	events, last, err := reader.Next(ctx, limit)
	if err != nil {
		return false, err //nolint:wrapcheck // says what it was doing
	}
	if upTo > 0 {
		last = min(last, upTo)
	}
	for i := range events {
		if events[i].Seq <= last {
			w.found = append(w.found, w.engine.Observe(&events[i])...)
		}
	}
	w.seq = last
	w.engine.passed(last)
	return len(events) > 0 && (upTo == 0 || last < upTo), nil
}

// startAt returns the commit behind which all events stand that happened after
// a time.
func startAt(ctx context.Context, j *journal.Journal, from time.Time) (int64, error) {
	segments, err := j.Segments(ctx, journal.SegmentFilter{From: from})
	if err != nil {
		return 0, err //nolint:wrapcheck // says what it was doing
	}
	if len(segments) == 0 {
		return j.LastSeq(ctx) //nolint:wrapcheck // says what it was doing
	}
	// They come by their first commit.
	return segments[0].MinSeq - 1, nil
}
