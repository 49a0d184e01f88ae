package correlate

import (
	"math"
	"strconv"
)

// newCount counts events.
func newCount(d *definition) (state, error) {
	need, err := d.atLeast()
	if err != nil {
		return nil, err
	}
	r := &rising{def: d, store: newStore(d, need)}
	r.find = func(s *series, i int) (span, bool) { return d.enough(s, i, need) }
	r.say = func(window []entry) map[string]string {
		return map[string]string{"count": strconv.Itoa(len(window))}
	}
	return r, nil
}

// enough looks for a window with so many entries, the one at i among them.
func (d *definition) enough(s *series, i, need int) (span, bool) {
	for last := max(i, need-1); last < len(s.entries) && last < i+need; last++ {
		to := s.entries[last].at
		if from := s.entries[last-need+1].at; to-from <= d.span {
			return span{from, to}, true
		}
	}
	return span{}, false
}

// maxNeed is the largest number that a count may be compared with.
const maxNeed = 1_000_000

// atLeast is the least whole number that the lower bounds allow, 1 or more.
func (d *definition) atLeast() (int, error) {
	need := 1.0
	for _, b := range d.Bounds {
		switch b.Op {
		case "gte":
			need = max(need, math.Ceil(b.Value))
		case "gt":
			need = max(need, math.Floor(b.Value)+1)
		default:
		}
	}
	if !(need <= maxNeed) {
		return 0, refused(d.Correlation, "the condition asks for more than %d", maxNeed)
	}
	return int(need), nil
}
