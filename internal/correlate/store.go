package correlate

// store holds a series for each key of one correlation and tenant, within its limits.
type store struct {
	def  *definition
	rows *table[series]
	held int // entries of all of them
	most int // entries of one of them

	wakes wakes // when keys wait for something
}

func newStore(d *definition, most int) *store {
	return &store{def: d, rows: newTable[series](), most: max(most, d.limits.MaxEvents)}
}

// add puts an entry under a key. The index is -1 when a finding has covered it.
func (s *store) add(key string, e entry, mark int64) (*row[series], int) {
	return s.addTo(key, e, mark, true)
}

// addTo is add, and says whether what is covered is left out.
func (s *store) addTo(key string, e entry, mark int64, heed bool) (*row[series], int) {
	r := s.rows.get(key)
	s.prune(r, mark)
	if heed && r.value.covered(e.at) {
		return r, -1
	}
	before := len(r.value.entries)
	i := r.value.insert(e)
	s.held += len(r.value.entries) - before
	if len(r.value.entries) > stretched(s.most, r.value.entries[len(r.value.entries)-1].at, mark) {
		first := r.value.entries[0].at
		gone := r.value.cut(first, first)
		s.held -= gone
		i -= gone
		s.def.stats.Dropped += int64(gone)
		if i < 0 {
			return r, -1
		}
	}
	return r, i
}

// limit lets go of the keys that were not seen for longest, but never of the
// last one, until the limits hold.
func (s *store) limit() {
	for r := s.rows.oldest; r != s.rows.last && (len(s.rows.rows) > s.def.limits.MaxKeys || s.held > s.def.limits.MaxHeld); {
		next := r.next
		s.def.stats.Forgotten++
		s.remove(r)
		r = next
	}
}

func (s *store) remove(r *row[series]) {
	s.held -= len(r.value.entries)
	s.rows.remove(r)
	s.wakes.drop(r.key)
}

// prune lets go of what no event can complete any more.
func (s *store) prune(r *row[series], mark int64) {
	old := mark - s.def.lateness - s.def.span
	if len(r.value.entries) > 0 && r.value.entries[0].at < old {
		s.held -= r.value.cut(r.value.entries[0].at, old-1)
	}
	if len(r.value.covers) > 0 && r.value.covers[0].to < old {
		r.value.uncover(old)
	}
}

func (s *store) expire(mark int64) {
	s.rows.each(func(r *row[series]) {
		if s.prune(r, mark); len(r.value.entries) == 0 && len(r.value.covers) == 0 {
			s.remove(r)
		}
	})
}

func (s *store) size() (keys, events int) { return len(s.rows.rows), s.held }

func (s *store) encode(e *encoder) {
	e.uint(uint64(len(s.rows.rows)))
	s.rows.each(func(r *row[series]) {
		e.text(r.key)
		r.value.encode(e)
	})
}

func (s *store) decode(d *decoder) {
	for range d.count() {
		key := d.text()
		if _, err := splitKey(key); err != nil || s.rows.rows[key] != nil {
			d.fail("a key is not one, or stands there twice")
		}
		if d.err != nil {
			return
		}
		r := s.rows.get(key)
		r.value.decode(d)
		s.held += len(r.value.entries)
	}
}
