package correlate

import (
	"cmp"
	"slices"
	"sync"
)

// travels says when the places of a key are too far apart for the time between
// them: each event is compared with its neighbours in time, wherever it comes
// in.
//
// What says nothing of where somebody is takes no part: hidden networks and
// absent places (see bearingOf). An address that many people of the tenant
// share is a gateway, and the way between it and somewhere that the key is
// known to be is none; a way to a country that is new to the key is one, or
// nobody who works in an office would be looked after. Two devices that are known, or one device, are no travel. A detour
// that a key makes on three days is his habit, such as a VPN that no list
// names; a detour alerts once in a timespan.
type travels struct {
	def    *definition
	atlas  *atlas
	learn  learning
	egress egress
	keys   *table[travelsOfKey]
	held   int // points
	sweep  sweep
}

type travelsOfKey struct {
	since, last int64
	points      []point // sorted
	devices     memory
	countries   memory // where it was, but for gateways
	detours     []detour
	hidden      []passage // what took no part, the last ones
}

// detour is a way that was too fast.
type detour struct {
	places string
	last   int64
	days   []int64 // on which it was made, the last ones, sorted; counted from 1970
	fired  int64   // never when it did not
}

// passage is an event that came through something.
type passage struct {
	at  int64
	how string
}

const (
	maxPoints    = 64 // of a key
	maxDevices   = 32
	maxCountries = 64
	maxDetours   = 32
	maxPassages  = 16
	// habit is on how many earlier days a detour was made that is a habit, and
	// maxDays how many are remembered: of a backlog they come in any order.
	habit   = 3
	maxDays = 16
	// aDay is a day in nanoseconds.
	aDay = 24 * 60 * minuteNanos
)

const minuteNanos = int64(60_000_000_000)

// travelMaker makes the states of all tenants with one atlas.
func travelMaker() func(*definition) (state, error) {
	read := sync.OnceValues(newAtlas)
	return func(d *definition) (state, error) {
		a, err := read()
		if err != nil {
			return nil, err
		}
		return &travels{def: d, atlas: a, learn: newLearning(), egress: newEgress(d.Own.Shared), keys: newTable[travelsOfKey]()}, nil
	}
}

func (s *travels) observe(o *observation) []Hit {
	p := pointOf(o)
	how := bearingOf(p.network)
	if how == absent {
		return nil
	}
	s.learn.begin(o.born)
	row := s.keys.get(o.key)
	k := &row.value
	if k.since == 0 && k.last == 0 || s.asleep(k, o.mark) {
		s.held -= len(k.points)
		*k = travelsOfKey{since: o.at, last: o.at}
	}
	k.since, k.last = min(k.since, o.at), max(k.last, o.at)
	shared := s.egress.see(p.address, o.key, o.at, o.mark, s.def)
	if p.device != "" {
		k.devices.meet(p.device, o.at)
		s.def.stats.Dropped += int64(k.devices.trim(maxDevices))
	}
	defer s.limit(row)
	switch {
	case how == hidden:
		k.pass(o.at, p.network+" "+p.address)
		return nil
	case !p.located && p.country == "":
		return nil
	}
	p.shared = shared
	i := s.insert(k, p, o.mark)
	if !shared && p.country != "" {
		k.countries.meet(p.country, o.at)
		s.def.stats.Dropped += int64(k.countries.trim(maxCountries))
	}
	if i < 0 {
		return nil
	}
	var hits []Hit
	if i > 0 {
		hits = append(hits, s.judge(o, k, &k.points[i-1], &k.points[i])...)
	}
	if i+1 < len(k.points) {
		hits = append(hits, s.judge(o, k, &k.points[i], &k.points[i+1])...)
	}
	return hits
}

// insert puts a point in its place and returns its index; -1 when it is older
// than all that are kept of a key that has many.
func (s *travels) insert(k *travelsOfKey, p point, mark int64) int {
	i, _ := slices.BinarySearchFunc(k.points, p, func(a, b point) int { return a.before(&b.entry) })
	k.points = slices.Insert(k.points, i, p)
	s.held++
	old, most := mark-s.def.span-s.def.lateness, stretched(maxPoints, k.last, mark)
	gone := 0
	for gone < len(k.points)-1 && (k.points[gone].at < old || len(k.points)-gone > most) {
		if k.points[gone].at >= old {
			s.def.stats.Dropped++
		}
		gone++
	}
	k.points = slices.Delete(k.points, 0, gone)
	s.held -= gone
	return max(i-gone, -1)
}

// judge compares two neighbours.
func (s *travels) judge(o *observation, k *travelsOfKey, from, to *point) []Hit {
	if to.at-from.at > s.def.span || from.address != "" && from.address == to.address {
		return nil
	}
	if from.device != "" && to.device != "" && (from.device == to.device || k.devices.settled(from.device, from.at) && k.devices.settled(to.device, to.at)) {
		return nil
	}
	if from.shared && !k.news(to) || to.shared && !k.news(from) {
		return nil
	}
	l, ok := s.atlas.legOf(from, to)
	if !ok || l.least < s.def.Own.Kilometres || l.speed <= s.def.Own.Speed {
		return nil
	}
	d := k.detour(l.detour(), to.at)
	usual := d.made(to.at)
	if usual || !s.learn.over(s.def.Own, k.since, to.at, o.mark) || d.fired != never && max(to.at-d.fired, d.fired-to.at) <= s.def.span {
		return nil
	}
	d.fired = to.at
	return []Hit{o.together([]entry{from.entry, to.entry}, l.values(k.passed(from.at, to.at)))}
}

// news reports whether a point is in a country that is new to the key.
func (k *travelsOfKey) news(p *point) bool {
	return !p.shared && p.country != "" && !k.countries.settled(p.country, p.at)
}

// detour finds or makes what is known of a detour.
func (k *travelsOfKey) detour(places string, at int64) *detour {
	k.detours = slices.DeleteFunc(k.detours, func(d detour) bool { return at-d.last > familiar })
	i := slices.IndexFunc(k.detours, func(d detour) bool { return d.places == places })
	if i >= 0 {
		return &k.detours[i]
	}
	if len(k.detours) == maxDetours {
		oldest := slices.MinFunc(k.detours, func(a, b detour) int { return cmp.Compare(a.last, b.last) })
		k.detours = slices.DeleteFunc(k.detours, func(d detour) bool { return d.places == oldest.places })
	}
	k.detours = append(k.detours, detour{places: places, last: at, fired: never})
	return &k.detours[len(k.detours)-1]
}

// made notes that a detour was made, and reports whether it is a habit.
func (d *detour) made(at int64) bool {
	d.last = max(d.last, at)
	day := at / aDay
	i, known := slices.BinarySearch(d.days, day)
	if !known {
		if d.days = slices.Insert(d.days, i, day); len(d.days) > maxDays {
			d.days = slices.Delete(d.days, 0, 1)
		}
	}
	return i >= habit
}

// pass notes what took no part.
func (k *travelsOfKey) pass(at int64, how string) {
	k.hidden = append(k.hidden, passage{at, how})
	if len(k.hidden) > maxPassages {
		k.hidden = slices.Delete(k.hidden, 0, 1)
	}
}

// passed names what took no part about the time of a leg: within an hour.
func (k *travelsOfKey) passed(from, to int64) []string {
	var list []string
	for _, p := range k.hidden {
		if p.at >= from-60*minuteNanos && p.at <= to+60*minuteNanos && !slices.Contains(list, p.how) {
			list = append(list, p.how)
		}
	}
	return list
}
