package detect

import (
	"time"

	"github.com/nightjar-sec/nightjar"
)

// told is what a commit tells of its tenant's backlog: all content that was
// made before a time is stored, with the commit.
type told struct {
	tenant    nightjar.TenantID
	seq       int64
	at, until time.Time
}

// hold keeps time from passing beyond what a commit says is there. It comes
// before the events of the commit.
func (e *Engine) hold(row *nightjar.Event, until time.Time) {
	t := told{tenant: row.Tenant, seq: row.Seq, at: row.Time, until: until}
	for _, m := range e.machines {
		if !m.past(t.seq) && m.watches(t.tenant) {
			m.state.Hold(t.tenant, t.until, t.at)
		}
	}
	e.told = append(e.told, t)
}

// release lets time pass as far as the commits before one have said: the
// events of those have been observed.
func (e *Engine) release(seq int64) {
	if len(e.told) == 0 || e.told[0].seq >= seq {
		return
	}
	for _, t := range e.told {
		for _, m := range e.machines {
			if !m.past(t.seq) && m.watches(t.tenant) {
				m.state.SetHold(t.tenant, t.until, t.at)
			}
		}
	}
	e.told = e.told[:0]
}
