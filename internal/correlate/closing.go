package correlate

// closing is the state of figures that are decided when their window is over.
// The first event of a key opens a window of the timespan; what follows its
// end opens the next.
type closing struct {
	def   *definition
	store *store
	entry func(o *observation, e *entry) bool // as in rising
	holds func(window []entry) bool
	say   func(window []entry) map[string]string
}

func newClosing(d *definition, most int, entry func(*observation, *entry) bool, holds func([]entry) bool, say func([]entry) map[string]string) *closing {
	return &closing{def: d, store: newStore(d, most), entry: entry, holds: holds, say: say}
}

func (c *closing) observe(o *observation) []Hit {
	e := o.entry()
	if c.entry != nil && !c.entry(o, &e) {
		return nil
	}
	row, i := c.store.add(o.key, e, o.mark)
	defer c.store.limit()
	if i < 0 {
		c.def.stats.Late++
		return nil
	}
	c.retain(&row.value, i, o)
	c.store.wakes.add(row.value.entries[0].at+c.def.span, row.key)
	return nil // what is due already is decided when time is looked at, at once
}

// retain keeps the record of the last event of each window.
func (c *closing) retain(s *series, i int, o *observation) {
	for lo := 0; lo < len(s.entries); {
		hi := s.from(s.entries[lo].at + c.def.span + 1)
		if i < hi {
			if i < hi-1 {
				return // not the last
			}
			if i > lo {
				s.entries[i-1].kept = nil
			}
			s.entries[i].kept = o.keep()
			return
		}
		lo = hi
	}
}

func (c *closing) advance(mark int64) []Hit {
	var hits []Hit
	for {
		key, ok := c.store.wakes.next(mark)
		if !ok {
			return hits
		}
		row := c.store.rows.rows[key]
		if row == nil || len(row.value.entries) == 0 {
			continue
		}
		from := row.value.entries[0].at
		end := from + c.def.span
		if end >= mark { // what it was woken for is gone
			c.store.wakes.add(end, key)
			continue
		}
		window := row.value.between(from, end)
		if c.holds(window) {
			hit := c.def.hit("", key, window, c.say(window))
			c.def.trigger(&hit, window)
			hits = append(hits, hit)
		}
		c.store.settle(row, span{-never, end})
		if len(row.value.entries) > 0 {
			c.store.wakes.add(row.value.entries[0].at+c.def.span, key)
		}
	}
}

func (c *closing) expire(mark int64)      { c.store.expire(mark) }
func (c *closing) due() int64             { return c.store.wakes.due() }
func (c *closing) size() (keys, held int) { return c.store.size() }
func (c *closing) encode(e *encoder)      { c.store.encode(e) }

func (c *closing) decode(d *decoder) {
	c.store.decode(d)
	c.store.rows.each(func(r *row[series]) {
		if len(r.value.entries) > 0 {
			c.store.wakes.add(r.value.entries[0].at+c.def.span, r.key)
		}
	})
}
