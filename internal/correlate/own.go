package correlate

import "github.com/nightjar-sec/nightjar"

// alone makes a hit of the event at hand and no other.
func (o *observation) alone(values map[string]string) Hit {
	return o.together([]entry{o.entry()}, values)
}

// together makes a hit of several events, sorted by time.
func (o *observation) together(window []entry, values map[string]string) Hit {
	h := o.def.hit(o.tenant, o.key, window, values)
	h.Trigger = o.match
	return h
}

// first reads the first value of a field, "" when it has none.
func (o *observation) first(field string) string {
	if list := o.values(field); len(list) > 0 {
		return list[0]
	}
	return ""
}

// combined reads the values of several fields as one: each combination of
// them, joined. It is none when a field has no value.
func (o *observation) combined(fields []string) []string {
	var all []string
	for i, field := range fields {
		values := o.values(field)
		if i == 0 {
			all = values[:min(len(values), maxCombined)]
			continue
		}
		var next []string
		for _, left := range all {
			for _, right := range values {
				if len(next) < maxCombined {
					next = append(next, left+", "+right)
				}
			}
		}
		all = next
	}
	return all
}

// encodeTable writes the rows, the one not seen for longest first.
func encodeTable[T any](e *encoder, t *table[T], one func(*T)) {
	e.uint(uint64(len(t.rows)))
	t.each(func(r *row[T]) {
		e.text(r.key)
		one(&r.value)
	})
}

// decodeTable reads what encodeTable wrote. All keys are of joinKey.
func decodeTable[T any](d *decoder, t *table[T], one func(*T)) {
	for range d.count() {
		key := d.text()
		if _, err := splitKey(key); err != nil || t.rows[key] != nil {
			d.fail("a key is not one, or stands there twice")
		}
		if d.err != nil {
			return
		}
		one(&t.get(key).value)
	}
}

// sweep says now and then that it is time to look for what has expired. It is
// not part of a state: what has expired counts for nothing, there or gone.
type sweep struct{ last int64 }

func (s *sweep) due(mark int64) bool {
	if mark-s.last < sweepOwn {
		return false
	}
	s.last = mark
	return true
}

// expireTable lets go of the rows that are gone by what gone says.
func expireTable[T any](t *table[T], gone func(*T) bool) {
	t.each(func(r *row[T]) {
		if gone(&r.value) {
			t.remove(r)
		}
	})
}

// limitTable lets go of the rows not seen for longest when there are too many,
// and returns how many went.
func limitTable[T any](t *table[T], most int) (gone int64) {
	for ; len(t.rows) > most; gone++ {
		t.remove(t.oldest)
	}
	return gone
}

// encodeEntry writes which event it was; what it was of is not asked again.
func encodeEntry(e *encoder, n *entry) {
	e.int(n.at)
	e.text(n.id)
	e.text(n.op)
	e.text(string(n.table))
}

func decodeEntry(d *decoder) entry {
	return entry{at: d.int(), id: d.text(), op: d.text(), table: nightjar.Table(d.text())}
}

func (e *encoder) bool(b bool) {
	if b {
		e.uint(1)
	} else {
		e.uint(0)
	}
}

func (d *decoder) bool() bool {
	n := d.uint()
	if n > 1 {
		d.fail("a yes or no is neither")
	}
	return n == 1
}
