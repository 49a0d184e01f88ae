package correlate

import "math/bits"

// reach is a way through some steps: when its first event was, and which event
// is its last.
type reach struct {
	from int64
	last int
}

// reaches are the two ways through some steps that began last, with different
// last events: whoever takes the next step needs one that does not end with
// itself, and no other way can be better than both.
type reaches [2]reach

func noReach() reaches { return reaches{{-never, -1}, {-never, -1}} }

// offer takes a way in when it is among the best, and reports whether it is new.
func (r *reaches) offer(w reach) bool {
	switch {
	case w.from <= r[1].from || w == r[0]:
		return false
	case w.last == r[0].last:
		if w.from <= r[0].from {
			return false
		}
		r[0] = w
	case w.from > r[0].from:
		r[0], r[1] = w, r[0]
	case w.last == r[1].last || w.from > r[1].from:
		r[1] = w
	}
	return true
}

// before is the best way that does not end with that event.
func (r *reaches) before(last int) int64 {
	if r[0].last == last {
		return r[1].from
	}
	return r[0].from
}

// sequence looks for events in sorted order that match the steps one after the
// other within the timespan: the first end that is not before a time. Events of
// one time count in either order, since the audit log knows only seconds, but
// two steps in a row are never one event.
func sequence(list []entry, steps []int, within, notBefore int64) (span, bool) {
	best := make([]reaches, len(steps))
	place := map[int][]int{} // bit of a rule -> its steps
	for k, bit := range steps {
		best[k] = noReach()
		place[bit] = append(place[bit], k)
	}
	for lo := 0; lo < len(list); {
		hi := lo + 1
		for hi < len(list) && list[hi].at == list[lo].at {
			hi++
		}
		for changed := true; changed; {
			changed = false
			for i := lo; i < hi; i++ {
				for rest := list[i].rules; rest != 0; rest &= rest - 1 {
					for _, k := range place[bits.TrailingZeros64(rest)] {
						from := list[i].at
						if k > 0 {
							from = best[k-1].before(i)
						}
						if from > -never && best[k].offer(reach{from, i}) {
							changed = true
						}
					}
				}
			}
			changed = changed && hi-lo > 1
		}
		if to := list[lo].at; to >= notBefore {
			if from := best[len(steps)-1][0].from; from > -never && to-from <= within {
				return span{from, to}, true
			}
		}
		lo = hi
	}
	return span{}, false
}

// ordered looks for a sequence with the entry at i in it.
func (d *definition) ordered(s *series, i int) (span, bool) {
	at := s.entries[i].at
	near := s.between(at-d.span, at+d.span)
	rules := all(near)
	if !d.met(rules) {
		return span{}, false
	}
	return sequence(near, d.steps(rules), d.span, at)
}

// steps are the rules that must match one after the other: all, or, under a
// condition, those of them that matched.
func (d *definition) steps(rules uint64) []int {
	var steps []int
	for i := range d.Rules {
		if d.Condition == nil || rules&(1<<i) != 0 {
			steps = append(steps, i)
		}
	}
	return steps
}
