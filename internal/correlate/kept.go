package correlate

import "github.com/nightjar-sec/nightjar/internal/sigma"

// kept is the record of an event that a hit may name later as what completed it.
type kept struct {
	rule  string // label of the rule that it matches
	event []byte // JSON
}

func (o *observation) keep() *kept {
	k := &kept{}
	if o.match.Rule != nil {
		k.rule = o.match.Rule.Label()
	}
	if o.match.Event != nil {
		k.event = o.match.Event.AppendJSON(nil)
	}
	return k
}

// trigger makes the match that completed a hit out of what was kept of it: the
// last event of the window of which the record is held.
func (d *definition) trigger(h *Hit, window []entry) {
	for i := len(window) - 1; i >= 0; i-- {
		e := &window[i]
		if e.kept == nil {
			continue
		}
		h.Trigger = Match{Tenant: h.Tenant, Rule: d.lookup(e.kept.rule), Ref: e.ref(), Time: clockTime(e.at)}
		if event, err := sigma.Decode(e.kept.event); err == nil {
			h.Trigger.Event = event
		}
		return
	}
	last := &window[len(window)-1]
	h.Trigger = Match{Tenant: h.Tenant, Ref: last.ref(), Time: clockTime(last.at)}
}

func encodeKept(e *encoder, k *kept) {
	if k == nil {
		e.uint(0)
		return
	}
	e.uint(1)
	e.text(k.rule)
	e.bytes(k.event)
}

func decodeKept(d *decoder) *kept {
	switch d.uint() {
	case 0:
		return nil
	case 1:
		return &kept{rule: d.text(), event: append([]byte(nil), d.bytes()...)}
	default:
		d.fail("a record is neither kept nor not")
		return nil
	}
}
