package query

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/clock"
	"github.com/nightjar-sec/nightjar/internal/journal"
)

// A question for the newest rows that fit some conditions is asked of one
// slice of time after the other, beginning with the newest, until there are
// enough. Slices do not overlap and rows come by time, so that their answers
// one behind the other are the answer. Most searches end in the first.

const (
	// firstSlice is how many rows the first slice holds at least: what can be
	// read whole in a tenth of a second or so.
	firstSlice = 50_000
	// sliceGrowth is how much larger each further one is. Each costs some
	// hundredths of a second beside what it reads.
	sliceGrowth = 3
	// maxNewest is the largest LIMIT that is worth the slices.
	maxNewest = 10_000
	// emptyPatience is how much longer than Request.Patience a question goes on
	// that has found nothing yet.
	emptyPatience = 3
)

// newest is one such question on its way.
type newest struct {
	engine *Engine
	plan   *plan
	use    *tableUse
	req    Request
	limits Limits
	start  time.Time
	sink   onceSink
	files  map[string]bool
	stats  *Stats
}

// onceSink passes the columns on once, however many answers come.
type onceSink struct {
	Sink
	begun bool
}

func (s *onceSink) Columns(columns []Column) error {
	if s.begun {
		return nil
	}
	s.begun = true
	return s.Sink.Columns(columns)
}

func (e *Engine) newest(ctx context.Context, p *process, plan *plan, req Request, limits Limits, sink Sink, stats *Stats) error {
	n := &newest{
		engine: e, plan: plan, req: req, limits: limits, start: clock.Real().Now(),
		sink: onceSink{Sink: sink}, files: map[string]bool{}, stats: stats,
	}
	for _, n.use = range plan.tables { // there is one
		break
	}
	segments, err := n.segments(ctx)
	if err != nil {
		return err
	}
	stats.SegmentsTotal = len(segments)
	to, rows, failures := n.use.time.To, e.slice, 0
	for {
		from, err := n.bound(segments, to, rows)
		if err == nil {
			err = n.ask(ctx, p, timeRange{from, to}, from.IsZero())
		}
		if errors.Is(err, errSegmentGone) && failures < 3 && !p.broken {
			// Compaction has put others in its place; this slice gave nothing yet.
			failures++
			if segments, err = n.segments(ctx); err != nil {
				return err
			}
			continue
		}
		if err != nil || from.IsZero() || stats.Rows >= plan.newest {
			return err
		}
		to, rows = from, rows*sliceGrowth
		if n.late() {
			stats.SearchedTo = from
			return nil
		}
	}
}

// late reports whether whoever asks should have what there is.
func (n *newest) late() bool {
	if n.req.Patience <= 0 || !n.sink.begun {
		return false
	}
	patience := n.req.Patience
	if n.stats.Rows == 0 {
		patience *= emptyPatience
	}
	return clock.Real().Since(n.start) >= patience
}

// segments are all that can hold an answer, by the catalog alone.
func (n *newest) segments(ctx context.Context) ([]nightjar.Segment, error) {
	var out []nightjar.Segment
	for _, t := range n.req.Tenants {
		list, err := n.engine.cfg.Journal.Segments(ctx, journal.SegmentFilter{
			Tenants: []nightjar.TenantID{t.ID}, Tables: n.use.doc.tables, From: n.use.time.From, To: n.use.time.To,
		})
		if err != nil {
			return nil, err //nolint:wrapcheck // says what was done
		}
		out = append(out, list...)
	}
	return out, nil
}

// bound returns where the slice that ends at to begins, so that it holds about
// so many rows; zero when it may as well hold all that is left.
func (n *newest) bound(segments []nightjar.Segment, to time.Time, rows int64) (time.Time, error) {
	left := slices.DeleteFunc(slices.Clone(segments), func(s nightjar.Segment) bool { return !to.IsZero() && !s.MinTime.Before(to) })
	from, err := sinceOf(left, n.use.doc.tables, rows, rows/8, func(s nightjar.Segment) ([]span, error) {
		groups, err := n.engine.times.of(n.engine.cfg.Journal.Path(s), s)
		// The rows behind to have been read.
		return slices.DeleteFunc(slices.Clone(groups), func(g span) bool { return !to.IsZero() && !g.min.Before(to) }), err
	})
	if err != nil || !from.After(n.use.time.From) {
		return time.Time{}, err
	}
	return from, nil
}

// ask runs the question over one slice. The last one runs even when there is
// nothing in it, if the columns are not known yet.
func (n *newest) ask(ctx context.Context, p *process, slice timeRange, last bool) error {
	n.plan.slice = slice
	setLimit(n.plan.query, n.plan.newest-n.stats.Rows)
	var own Stats
	j, err := n.engine.job(ctx, n.plan, n.req.Tenants, n.limits, &own, slices.Collect(maps.Keys(n.plan.tables)))
	if err != nil {
		return err
	}
	for _, f := range j.files {
		n.files[f] = true
	}
	n.stats.Segments = len(n.files)
	if own.Segments == 0 && (!last || n.sink.begun) {
		return nil
	}
	j.MaxBytes = max(1, n.limits.Bytes-n.stats.bytes) // 0 would be no limit
	return p.run(ctx, j, n.limits, &n.sink, n.stats)
}

// setLimit changes the LIMIT that a query has.
func setLimit(q node, rows int64) {
	for _, m := range q.children("modifiers") {
		if m.str("type") == "LIMIT_MODIFIER" {
			m["limit"] = map[string]any(intNode(rows))
		}
	}
}
