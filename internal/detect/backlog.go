package detect

import (
	"time"

	"github.com/nightjar-sec/nightjar"
)

// told is what a commit tells of its tenant's backlog: all content that was
// made before a time is stored, with the commit.
type told struct {
	row   *nightjar.Event
	until time.Time
}

// hold keeps time from passing beyond what a commit says is there. It comes
// before the events of the commit.
func (e *Engine) hold(row *nightjar.Event, until time.Time) {
	for _, m := range e.machines {
		if !m.past(row) && m.watches(row.Tenant) {
			m.state.Hold(row.Tenant, until, row.Time)
		}
	}
	e.told = append(e.told, told{row, until})
}

// release lets time pass as far as the commits before one have said: the
// events of those have been observed.
func (e *Engine) release(seq int64) {
	if len(e.told) == 0 || e.told[0].row.Seq >= seq {
		return
	}
	for _, t := range e.told {
		for _, m := range e.machines {
			if !m.past(t.row) && m.watches(t.row.Tenant) {
				m.state.Release(t.row.Tenant, t.until, t.row.Time)
			}
		}
	}
	e.told = e.told[:0]
}
