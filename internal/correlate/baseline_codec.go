package correlate

import "slices"

func (s *usual) encode(e *encoder) {
	e.int(s.learn.since)
	encodeTable(e, s.keys, func(k *usualOfKey) {
		e.int(k.since)
		e.int(k.last)
		encodeList(e, k.work, e.int)
		encodeList(e, k.buckets, func(b bucket) {
			e.int(b.number)
			e.int(b.count)
			e.int(b.first)
			e.int(b.last)
			e.bool(b.fired)
			e.int(b.limit)
			encodeList(e, b.values, e.uint)
			encodeList(e, b.events, func(n entry) { encodeEntry(e, &n) })
		})
	})
}

func (s *usual) decode(d *decoder) {
	s.learn.since = d.int()
	decodeTable(d, s.keys, func(k *usualOfKey) {
		k.since, k.last = d.int(), d.int()
		k.work = decodeList(d, d.int)
		k.buckets = decodeList(d, func() bucket {
			return bucket{
				number: d.int(), count: d.int(), first: d.int(), last: d.int(), fired: d.bool(), limit: d.int(),
				values: decodeList(d, d.uint), events: decodeList(d, func() entry { return decodeEntry(d) }),
			}
		})
		if len(k.buckets) == 0 {
			d.fail("a key has no buckets")
			return
		}
		for i := range k.buckets {
			if i > 0 && k.buckets[i-1].number >= k.buckets[i].number || k.buckets[i].count < 0 {
				d.fail("buckets are out of order")
			}
		}
		s.decodeHeld(d, k)
	})
}

// decodeHeld counts the events of a key that was read.
func (s *usual) decodeHeld(d *decoder, k *usualOfKey) {
	last := len(k.buckets) - 1
	for i := range k.buckets {
		b := &k.buckets[i]
		s.held += len(b.events)
		if i < last && len(b.events) > 0 && !slices.Contains(k.work, b.number) {
			d.fail("a bucket has events that none came to last")
		}
	}
	for i, number := range k.work {
		if i >= maxWork || number >= k.buckets[last].number || slices.Contains(k.work[:i], number) {
			d.fail("buckets at work are too many, or none")
		}
	}
}
