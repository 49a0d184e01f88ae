package correlate

import "strconv"

// newCount counts events.
func newCount(d *definition) (state, error) {
	need, err := d.atLeast()
	if err != nil {
		return nil, err
	}
	say := func(window []entry) map[string]string { return map[string]string{"count": strconv.Itoa(len(window))} }
	if d.deferred() {
		// One more than asked for, to tell more from as many.
		return newClosing(d, need+1, nil, func(window []entry) bool { return d.within(float64(len(window))) }, say), nil
	}
	find := func(s *series, i int) (span, bool) { return d.enough(s, i, need) }
	return &rising{def: d, store: newStore(d, need), find: find, say: say}, nil
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
