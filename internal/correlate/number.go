package correlate

import (
	"math"
	"slices"
	"strconv"

	"github.com/nightjar-sec/nightjar/internal/sigma"
)

// newNumber adds up numbers, or takes their average, median or a percentile.
func newNumber(d *definition) (state, error) {
	need, err := d.atLeast()
	if err != nil {
		return nil, err
	}
	if d.deferred() {
		return newClosing(d, need, numbers, func(window []entry) bool { return d.within(d.figure(window)) }, d.sayNumber), nil
	}
	return &rising{def: d, store: newStore(d, need), entry: numbers, find: d.summed, say: d.sayNumber}, nil
}

// numbers remembers the numbers of the field, also those that are written as
// text; an event without one does not count.
func numbers(o *observation, e *entry) bool {
	for _, v := range o.values(o.def.Fields[0]) {
		if text, ok := sigma.CanonicalNumber(v); ok {
			if n, err := strconv.ParseFloat(text, 64); err == nil && !math.IsInf(n, 0) {
				e.nums = append(e.nums, n)
			}
		}
	}
	return len(e.nums) > 0
}

// summed looks for a window whose sum keeps the bounds, the entry at i in it.
func (d *definition) summed(s *series, i int) (span, bool) {
	at := s.entries[i].at
	lo := s.from(at - d.span)
	sum := 0.0
	for k := lo; k < len(s.entries) && s.entries[k].at <= at+d.span; k++ {
		for _, n := range s.entries[k].nums {
			sum += n
		}
		if k < i {
			continue
		}
		to := s.entries[k].at
		for ; s.entries[lo].at < to-d.span; lo++ {
			for _, n := range s.entries[lo].nums {
				sum -= n
			}
		}
		if d.within(sum) {
			return span{s.entries[lo].at, to}, true
		}
	}
	return span{}, false
}

// figure is what the type asks of a window.
func (d *definition) figure(window []entry) float64 {
	var all []float64
	sum := 0.0
	for i := range window {
		all = append(all, window[i].nums...)
		for _, n := range window[i].nums {
			sum += n
		}
	}
	slices.Sort(all)
	switch half := len(all) / 2; {
	case d.Type == sigma.ValueSum || len(all) == 0:
		return sum
	case d.Type == sigma.ValueAvg:
		return sum / float64(len(all))
	case d.Type == sigma.ValueMedian && len(all)%2 == 0:
		return all[half-1]/2 + all[half]/2
	case d.Type == sigma.ValueMedian:
		return all[half]
	default:
		// The nearest rank: the least value that so many per cent do not exceed.
		rank := int(math.Ceil(d.Percentile / 100 * float64(len(all))))
		return all[max(rank, 1)-1]
	}
}

func (d *definition) sayNumber(window []entry) map[string]string {
	name := map[sigma.CorrelationType]string{
		sigma.ValueSum: "sum", sigma.ValueAvg: "average", sigma.ValueMedian: "median", sigma.ValuePercentile: "percentile",
	}[d.Type]
	return map[string]string{"count": strconv.Itoa(len(window)), name: figure(d.figure(window))}
}
