package correlate

import (
	"slices"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/sigma"
)

// Correlator holds the state of correlations. One goroutine at a time uses it.
type Correlator struct {
	cfg     Config
	defs    []*definition // those that others rest on before them
	targets map[*sigma.Rule][]target
	tenants map[nightjar.TenantID]*tenant
	stats   Stats
	queue   [][]seen      // of the event at hand, for each definition
	list    []observation // of process, to be used again
}

// tenant is the state of one tenant.
type tenant struct {
	id     nightjar.TenantID
	newest int64 // event time
	mark   int64 // how far time has come: newest, or where a backlog holds it
	hold   *hold // nil for none
	born   int64 // oldest time of an event that did not come too late
	states []state
	due    int64 // when a state has something to decide, at the earliest
}

// seen is one rule that the event at hand matches, or one hit.
type seen struct {
	rule   int
	match  Match
	origin *Hit
}

// New makes a Correlator that has seen nothing.
func New(cfg Config) (*Correlator, error) {
	if cfg.Source == nil {
		return nil, &nightjar.Error{Code: nightjar.CodeInternal, Message: "correlations need a source to read fields from"}
	}
	if cfg.Lateness < 0 || cfg.MaxKeys < 0 || cfg.MaxEvents < 0 || cfg.MaxHeld < 0 || cfg.MaxTerms < 0 {
		return nil, &nightjar.Error{Code: nightjar.CodeInvalid, Message: "a limit of the correlations is below 0"}
	}
	c := &Correlator{cfg: cfg.withDefaults(), tenants: map[nightjar.TenantID]*tenant{}}
	if err := c.define(); err != nil {
		return nil, err
	}
	c.queue = make([][]seen, len(c.defs))
	for _, d := range c.defs {
		if _, err := d.make(d); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// Observe takes all matches of one event, in the order of the rules, and
// returns the hits that it leads to, those that only waited for time to pass
// included.
func (c *Correlator) Observe(matches []Match) []Hit {
	if len(matches) == 0 {
		return nil
	}
	first := &matches[0]
	t := c.tenant(first.Tenant)
	at := c.effective(first.Time, first.Ingested)
	hits := c.move(t, at)
	for i := range matches {
		m := &matches[i]
		for _, to := range c.targets[m.Rule] {
			c.queue[to.def] = append(c.queue[to.def], seen{rule: to.rule, match: *m})
		}
	}
	return append(hits, c.run(t, at)...)
}

// Advance says that the tenant has an event of that time, whether it matches
// anything or not, and returns the hits that only waited for time to pass.
// Whoever calls it for each event has what is absent decided in time.
func (c *Correlator) Advance(id nightjar.TenantID, at, ingested time.Time) []Hit {
	t := c.tenant(id)
	return c.move(t, c.effective(at, ingested))
}

// Stats says what is held and what did not go as it should.
func (c *Correlator) Stats() Stats {
	s := c.stats
	for _, t := range c.tenants {
		for _, st := range t.states {
			if st != nil {
				keys, held := st.size()
				s.Keys += keys
				s.Held += held
			}
		}
	}
	return s
}

// maxAhead is how far from the future an event may be. Clocks of Microsoft's
// services differ by seconds; an hour is a mistake.
const maxAhead = time.Hour

func (c *Correlator) effective(at, ingested time.Time) int64 {
	if !ingested.IsZero() && at.Sub(ingested) > maxAhead {
		c.stats.Ahead++
		at = ingested
	}
	// Beyond these years nanoseconds since 1970 do not fit, with a timespan on top.
	switch {
	case at.Year() < 1970:
		return 0
	case at.Year() > 2100:
		return maxTime
	}
	return at.UnixNano()
}

// maxTime is 2100 or so, in nanoseconds since 1970.
const maxTime = 131 * 366 * 24 * int64(time.Hour)

func (c *Correlator) tenant(id nightjar.TenantID) *tenant {
	t := c.tenants[id]
	if t == nil {
		t = &tenant{id: id, states: make([]state, len(c.defs)), born: never, due: never}
		c.tenants[id] = t
	}
	return t
}

// sweepEvery is how much time passes, of the tenant, between two looks for
// what has expired.
const sweepEvery = int64(time.Hour)

// move lets time pass for a tenant, and stops wherever something is due on the
// way, so that a silent week is decided as if something had happened each day.
func (c *Correlator) move(t *tenant, at int64) []Hit {
	t.newest = max(t.newest, at)
	to := max(t.mark, min(t.newest, t.held()))
	// What comes too late teaches nothing, so learning cannot count from it.
	if at >= to-int64(c.cfg.Lateness) {
		t.born = min(t.born, at)
	}
	if to == t.mark {
		return nil
	}
	var hits []Hit
	for t.due < to {
		t.mark = max(t.mark, t.due+1)
		hits = append(hits, c.run(t, t.mark)...)
	}
	before := t.mark
	t.mark = to
	if before/sweepEvery == to/sweepEvery {
		return hits
	}
	for i, st := range t.states {
		if st != nil {
			st.expire(t.mark - c.defs[i].delay)
		}
	}
	return hits
}

// run takes what is queued through all correlations, each before those that
// rest on it, and decides what is due.
func (c *Correlator) run(t *tenant, at int64) []Hit {
	var hits []Hit
	t.due = never
	for i, d := range c.defs {
		var found []Hit
		mark := t.mark - d.delay
		if len(c.queue[i]) > 0 {
			found = c.process(t, i, at, mark)
		}
		st := t.states[i]
		if st == nil {
			continue
		}
		if st.due() < mark {
			found = append(found, st.advance(mark)...)
		}
		if due := st.due(); due < never-d.delay {
			t.due = min(t.due, due+d.delay)
		}
		for k := range found {
			found[k].Tenant, found[k].Trigger.Tenant = t.id, t.id
			for _, to := range d.outer {
				c.queue[to.def] = append(c.queue[to.def], seen{to.rule, found[k].Trigger, &found[k]})
			}
		}
		hits = append(hits, found...)
	}
	return hits
}

// process gives the event at hand to one correlation, once under each key.
func (c *Correlator) process(t *tenant, i int, at, mark int64) []Hit {
	d := c.defs[i]
	list := c.list[:0]
	for _, s := range c.queue[i] {
		o := observation{def: d, tenant: t.id, rules: 1 << s.rule, rule: s.rule, at: at, mark: mark, born: t.born, match: s.match, ref: s.match.Ref, origin: s.origin}
		if s.origin != nil {
			o.at = s.origin.Time.UnixNano()
		}
		if o.at < mark-d.lateness {
			c.stats.Late++
			continue
		}
		keys := d.keys(s.rule, s.match.Event, s.origin)
		if len(keys) == 0 {
			c.stats.Ungrouped++
		}
		for _, key := range keys {
			same := slices.IndexFunc(list, func(other observation) bool {
				return other.key == key && other.at == o.at && other.ref.ID == o.ref.ID
			})
			if same >= 0 {
				list[same].rules |= o.rules
				continue
			}
			o.key = key
			list = append(list, o)
		}
	}
	clear(c.queue[i])
	c.queue[i] = c.queue[i][:0]
	if len(list) == 0 {
		return nil
	}
	if t.states[i] == nil {
		// New has made one already, so it can be made.
		t.states[i], _ = d.make(d)
	}
	var hits []Hit
	for k := range list {
		hits = append(hits, t.states[i].observe(&list[k])...)
	}
	clear(list)
	c.list = list
	return hits
}
