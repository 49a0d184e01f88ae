package collect

import (
	"time"

	nightjar "github.com/nightjar-sec/nightjar"
)

// maxWindow is the longest span that one listing may ask for. A longer one
// "may return partial results". Source:
// learn.microsoft.com/office/office-365-management-api/office-365-management-activity-api-reference, read 2026-11-22.
const maxWindow = 24 * time.Hour

// Window is a span of content time: From is in it, To is not.
type Window struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
}

// Duration returns the length of the window.
func (w Window) Duration() time.Duration { return w.To.Sub(w.From) }

// cursor is how far the listing of one feed has come.
type cursor struct {
	from       time.Time // start of all that was ever listed
	to         time.Time // everything before it has been listed; zero before the first listing
	reconciled time.Time // when the whole retention was last listed
}

// listing is what one poll asks for.
type listing struct {
	// windows are listed in order. A peek at the newest content comes first
	// when there is a backlog, so that detection stays fresh meanwhile.
	windows []step
	// gap is the span that left Microsoft's retention before it was listed.
	gap       Window
	reconcile bool // the windows cover the whole retention
	end       time.Time
}

// step is one window and where the cursor stands once it is listed.
type step struct {
	Window
	cursor time.Time // zero: the cursor stays
}

// schedule holds what decides the windows of a poll.
type schedule struct {
	start     time.Time     // earliest content wanted; zero: as far as Microsoft holds
	overlap   time.Duration // re-listed at each poll, since the list near now is unstable
	margin    time.Duration // kept from the end of the retention, for a slow call
	reconcile time.Duration // between two listings of the whole retention
}

// plan decides what a poll at now lists. now is the server's time: a window
// that ends in the future or begins before the retention is refused.
//
// The cursor is bounded by now. One that stands in the future, as after a
// clock that ran ahead, is pulled back, and its overlap is listed again.
func (s schedule) plan(c cursor, now time.Time) listing {
	now = now.UTC()
	end := now.Truncate(time.Second) // the service reads whole seconds
	oldest := ceilSecond(now.Add(-nightjar.ContentRetention + s.margin))
	if s.start.After(oldest) {
		oldest = ceilSecond(s.start.UTC())
	}
	l := listing{end: end, reconcile: c.to.IsZero() || now.Sub(c.reconciled) >= s.reconcile || c.reconciled.After(now)}
	if !end.After(oldest) {
		return listing{end: end}
	}
	from := oldest
	if !c.to.IsZero() {
		if lost := (Window{From: c.to, To: oldest}); lost.Duration() > 0 {
			if s.start.After(lost.From) {
				lost.From = s.start
			}
			if lost.Duration() > 0 {
				l.gap = lost
			}
		}
		if !l.reconcile {
			from = later(oldest, earlier(c.to, end).Add(-s.overlap))
		}
	}
	chunks := split(Window{From: from, To: end})
	if len(chunks) > 1 {
		l.windows = append(l.windows, step{Window: Window{From: later(from, end.Add(-s.overlap)), To: end}})
	}
	for _, w := range chunks {
		at := w.To
		if c.to.After(at) && !c.to.After(end) {
			at = time.Time{} // a reconcile behind the cursor leaves it where it is
		}
		l.windows = append(l.windows, step{Window: w, cursor: at})
	}
	return l
}

// split cuts a window into pieces that one listing may ask for, in order.
func split(w Window) []Window {
	var out []Window
	for from := w.From; from.Before(w.To); from = from.Add(maxWindow) {
		out = append(out, Window{From: from, To: earlier(from.Add(maxWindow), w.To)})
	}
	return out
}

func ceilSecond(t time.Time) time.Time {
	if c := t.Truncate(time.Second); !c.Equal(t) {
		return c.Add(time.Second)
	}
	return t
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
