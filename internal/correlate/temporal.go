package correlate

import (
	"math/bits"
	"strconv"

	"github.com/nightjar-sec/nightjar/internal/sigma"
)

// newTemporal waits for events of several rules, in any order or in that of
// the rules.
func newTemporal(d *definition) (state, error) {
	if d.deferred() {
		return newAbsence(d), nil
	}
	find := d.together
	if d.Type == sigma.TemporalOrdered {
		find = d.ordered
	}
	return &rising{def: d, store: newStore(d, len(d.Rules)), find: find, say: sayTemporal}, nil
}

func sayTemporal(window []entry) map[string]string {
	return map[string]string{"count": strconv.Itoa(len(window))}
}

// met reports whether the condition holds when those rules have matched.
func (d *definition) met(rules uint64) bool {
	if d.Condition == nil {
		return bits.OnesCount64(rules) == len(d.Rules)
	}
	return d.Condition.Holds(func(rule string) bool {
		for i, ref := range d.Rules {
			if ref == rule && rules&(1<<i) != 0 {
				return true
			}
		}
		return false
	})
}

// all are the rules that entries match.
func all(list []entry) (rules uint64) {
	for i := range list {
		rules |= list[i].rules
	}
	return rules
}

// together looks for the shortest window in which the condition holds and that
// has the entry at i in it.
func (d *definition) together(s *series, i int) (span, bool) {
	at := s.entries[i].at
	near := s.between(at-d.span, at+d.span)
	if !d.met(all(near)) {
		return span{}, false
	}
	var last [maxRules]int64 // when each rule matched last
	var seen uint64
	for k := range near {
		e := &near[k]
		for rest := e.rules; rest != 0; rest &= rest - 1 {
			last[bits.TrailingZeros64(rest)] = e.at
		}
		seen |= e.rules
		if e.at < at {
			continue
		}
		var rules uint64
		for rest := seen; rest != 0; rest &= rest - 1 {
			if bit := bits.TrailingZeros64(rest); last[bit] >= e.at-d.span {
				rules |= 1 << bit
			}
		}
		if from, ok := d.shortest(rules, &last, e.at); ok {
			return span{from, e.at}, true
		}
	}
	return span{}, false
}

// shortest drops the rules that matched longest ago while the condition holds
// without them, and returns when the first of the others did.
func (d *definition) shortest(rules uint64, last *[maxRules]int64, to int64) (from int64, ok bool) {
	if !d.met(rules) {
		return 0, false
	}
	for {
		from = to
		var oldest uint64
		for rest := rules; rest != 0; rest &= rest - 1 {
			switch bit := bits.TrailingZeros64(rest); {
			case last[bit] < from:
				from, oldest = last[bit], 1<<bit
			case last[bit] == from:
				oldest |= 1 << bit
			}
		}
		if rules &^= oldest; rules == 0 || !d.met(rules) {
			return from, true
		}
	}
}
