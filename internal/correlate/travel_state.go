package correlate

import (
	"math"
	"slices"
	"strconv"
	"strings"
)

// values are what a sentence may say of a leg. Of places that are known by
// country alone the kilometres are those between the countries, at least.
func (l *leg) values(passed []string) map[string]string {
	basis := "cities"
	if l.countries {
		basis = "countries"
	}
	whole := func(f float64) string { return strconv.FormatFloat(math.Round(f), 'f', -1, 64) }
	return map[string]string{
		"count": "2", "from": l.from.name(), "to": l.to.name(), "from_city": l.from.city, "from_country": l.from.country,
		"to_city": l.to.city, "to_country": l.to.country, "kilometres": whole(l.km), "speed": whole(l.speed), "minutes": whole(l.minutes),
		"previous_address": l.from.address, "address": l.to.address, "previous_network": l.from.network, "network": l.to.network,
		"previous_device": l.from.device, "device": l.to.device, "previous": l.from.name(), "value": l.to.name(),
		"basis": basis, "passed": strings.Join(passed, ", "),
	}
}

// limit lets go of the keys not seen for longest, but never of the one at hand.
func (s *travels) limit(now *row[travelsOfKey]) {
	for s.keys.oldest != now && (len(s.keys.rows) > s.def.limits.MaxKeys || s.held > s.def.limits.MaxHeld) {
		s.def.stats.Forgotten++
		s.remove(s.keys.oldest)
	}
}

func (s *travels) remove(r *row[travelsOfKey]) {
	s.held -= len(r.value.points)
	s.keys.remove(r)
}

func (s *travels) advance(int64) []Hit { return nil }
func (s *travels) due() int64          { return never }

func (s *travels) expire(mark int64) {
	if !s.sweep.due(mark) {
		return
	}
	s.egress.expire(mark)
	s.keys.each(func(r *row[travelsOfKey]) {
		if s.asleep(&r.value, mark) {
			s.remove(r)
		}
	})
}

// asleep reports whether a key was silent for so long that it is forgotten.
func (s *travels) asleep(k *travelsOfKey, mark int64) bool {
	return mark-k.last > max(familiar, pauses*s.def.span)
}

func (s *travels) size() (keys, events int) { return len(s.keys.rows), s.held }

func (s *travels) encode(e *encoder) {
	e.int(s.learn.since)
	s.egress.encode(e)
	encodeTable(e, s.keys, func(k *travelsOfKey) {
		e.int(k.since)
		e.int(k.last)
		encodeList(e, k.points, func(p point) {
			encodeEntry(e, &p.entry)
			e.texts([]string{p.address, p.asn, p.network, p.device, p.country, p.city})
			e.bool(p.located)
			e.bool(p.shared)
			e.float(p.lat)
			e.float(p.lon)
		})
		k.devices.encode(e)
		k.countries.encode(e)
		encodeList(e, k.detours, func(d detour) {
			e.text(d.places)
			e.int(d.last)
			e.int(d.fired)
			encodeList(e, d.days, e.int)
		})
		encodeList(e, k.hidden, func(p passage) { e.int(p.at); e.text(p.how) })
	})
}

func (s *travels) decode(d *decoder) {
	s.learn.since = d.int()
	s.egress.decode(d)
	decodeTable(d, s.keys, func(k *travelsOfKey) {
		k.since, k.last = d.int(), d.int()
		k.points = decodeList(d, func() point { return decodePoint(d) })
		for i := range k.points {
			if i > 0 && k.points[i-1].before(&k.points[i].entry) >= 0 {
				d.fail("places are out of order")
			}
		}
		k.devices.decode(d)
		k.countries.decode(d)
		k.detours = decodeList(d, func() detour {
			one := detour{places: d.text(), last: d.int(), fired: d.int(), days: decodeList(d, d.int)}
			if !slices.IsSorted(one.days) {
				d.fail("the days of a detour are out of order")
			}
			return one
		})
		k.hidden = decodeList(d, func() passage { return passage{d.int(), d.text()} })
		s.held += len(k.points)
	})
}

func decodePoint(d *decoder) point {
	p := point{entry: decodeEntry(d)}
	texts := d.texts()
	if len(texts) != 6 {
		d.fail("a place is cut off")
		return p
	}
	p.address, p.asn, p.network, p.device, p.country, p.city = texts[0], texts[1], texts[2], texts[3], texts[4], texts[5]
	p.located, p.shared, p.lat, p.lon = d.bool(), d.bool(), d.float(), d.float()
	return p
}
