package correlate

import (
	"time"

	"github.com/nightjar-sec/nightjar"
)

// hold is what was said of a tenant's backlog; nil when it has none.
type hold struct {
	from  int64 // what is older is there
	said  int64 // when
	since int64 // since when there has been one
}

const (
	// maxHold is how long a backlog holds time at most: what Microsoft keeps, and
	// a day for what it delivers late. Afterwards the next one counts.
	maxHold = int64(nightjar.ContentRetention + 24*time.Hour)
	// holdFor is how long a backlog counts that is not heard of again.
	holdFor = int64(24 * time.Hour)
	// worthHolding is how old a backlog is before it counts. Something waits
	// always, for some minutes.
	worthHolding = int64(time.Hour)
)

// Hold says that at a time only those events of a tenant were sure to be there
// that are older than from, or than an earlier hold says. Until the others are,
// time does not pass for the tenant, however new the events are that come in
// between: nothing of the backlog is late, and nothing that waits for a window
// to be over is decided before it.
func (c *Correlator) Hold(id nightjar.TenantID, from, said time.Time) {
	t := c.tenant(id)
	h := c.holdOf(t, from, said)
	if t.hold == nil || h != nil && h.from < t.hold.from {
		t.hold = h
	}
}

// SetHold is Hold, whatever was said before. What waited is decided with the
// tenant's next event.
func (c *Correlator) SetHold(id nightjar.TenantID, from, said time.Time) {
	t := c.tenant(id)
	t.hold = c.holdOf(t, from, said)
}

// holdOf is what is said of a backlog; nil when that is none. What was not heard
// of for a day is forgotten first: a backlog after that is another.
func (c *Correlator) holdOf(t *tenant, from, said time.Time) *hold {
	h := hold{from: c.effective(from, time.Time{}), said: c.effective(said, time.Time{})}
	if t.hold != nil && h.said-t.hold.said > holdFor {
		t.hold = nil
	}
	if h.said-h.from <= worthHolding {
		return nil
	}
	h.since = h.said
	if t.hold != nil {
		h.since = t.hold.since
	}
	return &h
}

// held is how far time may come at most.
func (t *tenant) held() int64 {
	if h := t.hold; h != nil && t.newest-h.said <= holdFor && h.said-h.since <= maxHold {
		return h.from
	}
	return never
}

// stretched is how much of something a key may hold that is bounded, when what
// it has reaches further than time has come: as much for each day.
func stretched(most int, last, mark int64) int {
	if last <= mark {
		return most
	}
	return most * (2 + int(min(last-mark, maxHold)/aDay))
}

func (t *tenant) encodeHold(e *encoder) {
	e.flag(t.hold != nil)
	if t.hold != nil {
		e.int(t.hold.from)
		e.int(t.hold.said)
		e.int(t.hold.since)
	}
}

func (t *tenant) decodeHold(d *decoder) {
	if !d.flag() {
		return
	}
	t.hold = &hold{d.int(), d.int(), d.int()}
	if t.hold.from < 0 || t.hold.from > t.hold.said || t.hold.said > maxTime || t.hold.since < 0 {
		d.fail("a backlog is of no time that there is")
	}
}
