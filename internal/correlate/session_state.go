package correlate

// retention is how long a session is remembered that nothing is seen of.
func (s *sessions) retention() int64 { return s.def.span + s.def.lateness }

// prune lets go of sightings that no event is compared with any more, and of
// what the session's finding has covered.
func (s *sessions) prune(k *sessionOf, mark int64) {
	old := mark - s.retention()
	keep := k.seen[:0]
	for _, v := range k.seen {
		if v.until >= old {
			keep = append(keep, v)
		}
	}
	clear(k.seen[len(keep):])
	k.seen = keep
}

func (s *sessions) advance(int64) []Hit { return nil }
func (s *sessions) due() int64          { return never }

func (s *sessions) expire(mark int64) {
	if s.sweep.due(mark) {
		s.egress.expire(mark)
		expireTable(s.keys, func(k *sessionOf) bool { return mark-k.last > s.retention() })
		expireTable(s.users, func(u *userOf) bool { return mark-u.last > familiar })
	}
}

func (s *sessions) size() (keys, events int) { return len(s.keys.rows), 0 }

func (s *sessions) encode(e *encoder) {
	e.int(s.learn.since)
	s.egress.encode(e)
	encodeTable(e, s.keys, func(k *sessionOf) {
		e.int(k.last)
		e.int(k.fired)
		encodeList(e, k.seen, func(v sighting) {
			encodeEntry(e, &v.entry)
			e.int(v.until)
			e.texts(v.fields)
			e.texts([]string{v.address, v.place, v.network})
			e.bool(v.foreign)
			e.bool(v.trusted)
		})
	})
	encodeTable(e, s.users, func(u *userOf) {
		e.int(u.since)
		e.int(u.last)
		for i := range u.fields {
			u.fields[i].encode(e)
		}
		u.devices.encode(e)
	})
}

func (s *sessions) decode(d *decoder) {
	s.learn.since = d.int()
	s.egress.decode(d)
	decodeTable(d, s.keys, func(k *sessionOf) {
		k.last, k.fired = d.int(), d.int()
		k.seen = decodeList(d, func() sighting { return s.decodeSighting(d) })
		for i := range k.seen {
			if i > 0 && k.seen[i-1].before(&k.seen[i].entry) >= 0 {
				d.fail("a session is out of order")
			}
		}
		if len(k.seen) == 0 {
			d.fail("a session is empty")
		}
	})
	decodeTable(d, s.users, func(u *userOf) {
		u.since, u.last, u.fields = d.int(), d.int(), make([]memory, len(s.def.Fields))
		for i := range u.fields {
			u.fields[i].decode(d)
		}
		u.devices.decode(d)
	})
}

func (s *sessions) decodeSighting(d *decoder) sighting {
	v := sighting{entry: decodeEntry(d), until: d.int(), fields: d.texts()}
	where := d.texts()
	if len(where) != 3 || len(v.fields) != len(s.def.Fields) {
		d.fail("a part of a session is cut off")
		return v
	}
	v.address, v.place, v.network = where[0], where[1], where[2]
	v.foreign, v.trusted = d.bool(), d.bool()
	return v
}
