package correlate

import (
	"slices"

	"github.com/nightjar-sec/nightjar/internal/sigma"
)

// absence is the state of temporal correlations with something that must not
// happen. Once the rest has happened, what must not happen may not stand
// anywhere within a timespan of all of it, before or after; that is known when
// the timespan is over.
type absence struct {
	def     *definition
	store   *store
	asked   uint64 // rules that must match
	refused uint64 // rules that must not
}

func newAbsence(d *definition) *absence {
	a := &absence{def: d, store: newStore(d, len(d.Rules))}
	a.sort(d.Condition, false)
	return a
}

// sort tells the rules that must match from those that must not.
func (a *absence) sort(e *sigma.RuleExpr, negated bool) {
	if e.Kind == sigma.Leaf {
		bit := uint64(1) << slices.Index(a.def.Rules, e.Rule)
		if negated {
			a.refused |= bit
		} else {
			a.asked |= bit
		}
	}
	for _, kid := range e.Kids {
		a.sort(kid, negated != (e.Kind == sigma.Not))
	}
}

func (a *absence) observe(o *observation) []Hit {
	e := o.entry()
	e.rules &= a.asked | a.refused
	if e.rules == 0 {
		return nil
	}
	row, i := a.store.addTo(o.key, e, o.mark, e.rules&a.refused == 0)
	defer a.store.limit()
	if i < 0 {
		return nil // part of a finding
	}
	if e.rules&a.asked != 0 {
		row.value.entries[i].kept = o.keep()
		// What was not complete may be now.
		for k := i; k < len(row.value.entries) && row.value.entries[k].at <= e.at+a.def.span; k++ {
			row.value.entries[k].decided = false
		}
	}
	a.store.wakes.add(a.next(&row.value), o.key)
	return nil
}

// candidate looks whether what is asked for is complete with the entry at i,
// and returns the shortest window that ends there.
func (a *absence) candidate(s *series, i int) (span, bool) {
	e := &s.entries[i]
	if e.rules&a.asked == 0 {
		return span{}, false
	}
	var rules uint64
	for k := i; k >= 0 && s.entries[k].at >= e.at-a.def.span; k-- {
		more := s.entries[k].rules & a.asked
		if rules|more == rules && a.def.Type != sigma.TemporalOrdered {
			continue
		}
		if rules |= more; more != 0 && a.def.met(rules&^(a.refused&^a.asked)) && a.inOrder(s.entries[k:i+1], rules) {
			return span{s.entries[k].at, e.at}, true
		}
	}
	return span{}, false
}

func (a *absence) inOrder(window []entry, rules uint64) bool {
	if a.def.Type != sigma.TemporalOrdered {
		return true
	}
	_, ok := sequence(window, a.def.steps(rules), a.def.span, window[len(window)-1].at)
	return ok
}

// next is when the first undecided candidate is decided.
func (a *absence) next(s *series) int64 {
	due := int64(never)
	for i := range s.entries {
		if s.entries[i].decided {
			continue
		}
		if window, ok := a.candidate(s, i); ok {
			due = min(due, window.from+a.def.span)
		} else {
			s.entries[i].decided = true // until more is known
		}
	}
	return due
}

func (a *absence) advance(mark int64) []Hit {
	var hits []Hit
	for {
		key, ok := a.store.wakes.next(mark)
		if !ok {
			return hits
		}
		row := a.store.rows.rows[key]
		if row == nil {
			continue
		}
		for i := 0; i < len(row.value.entries); i++ {
			if row.value.entries[i].decided {
				continue
			}
			window, ok := a.candidate(&row.value, i)
			if ok && window.from+a.def.span >= mark {
				continue // its time is still to come
			}
			row.value.entries[i].decided = true
			if ok {
				if hit, ok := a.decide(row, window); ok {
					hits = append(hits, hit)
					i = -1 // what it covers is gone
					continue
				}
			}
			row.value.entries[i].kept = nil
		}
		a.store.wakes.add(a.next(&row.value), key)
	}
}

// decide looks for what must not have happened within a timespan of a window.
func (a *absence) decide(row *row[series], window span) (Hit, bool) {
	s := &row.value
	near := span{window.to - a.def.span, window.from + a.def.span}
	if !a.def.met(all(s.between(window.from, window.to))&a.asked | all(s.between(near.from, near.to))&a.refused) {
		return Hit{}, false
	}
	found := slices.DeleteFunc(slices.Clone(s.between(window.from, window.to)), func(e entry) bool { return e.rules&a.asked == 0 })
	hit := a.def.hit("", row.key, found, sayTemporal(found))
	a.def.trigger(&hit, found)
	// What must not happen still counts for what comes next.
	before := len(s.entries)
	s.entries = slices.DeleteFunc(s.entries, func(e entry) bool {
		return e.at >= near.from && e.at <= near.to && e.rules&a.refused == 0
	})
	for i := range s.between(near.from, near.to) {
		e := &s.between(near.from, near.to)[i]
		e.rules, e.kept, e.decided = e.rules&a.refused, nil, true
	}
	a.store.held -= before - len(s.entries)
	s.cover(near)
	return hit, true
}

func (a *absence) expire(mark int64)      { a.store.expire(mark) }
func (a *absence) due() int64             { return a.store.wakes.due() }
func (a *absence) size() (keys, held int) { return a.store.size() }
func (a *absence) encode(e *encoder)      { a.store.encode(e) }

func (a *absence) decode(d *decoder) {
	a.store.decode(d)
	a.store.rows.each(func(r *row[series]) { a.store.wakes.add(a.next(&r.value), r.key) })
}
