package correlate

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/nightjar-sec/nightjar/internal/sigma"
)

// sessions says when a session goes on with so many fields changed at once: an
// event whose values of them neither the session had in the timespan before,
// nor its user is known by. An event that comes in late is judged by what was
// before it, and what was after it is judged again.
//
// Sessions move by themselves, from the office to the train and from wireless
// to mobile. So a value that the user has had for a day counts as his, and a
// known device vouches for all. Going on through a relay or a gateway that many
// people of the tenant share changes nothing that is of the address; going on
// from there elsewhere does. The address of a service is not the client's and
// says nothing at all.
type sessions struct {
	def    *definition
	ofIP   []bool // for each field, whether it is of the address
	learn  learning
	egress egress
	keys   *table[sessionOf]
	users  *table[userOf]
	sweep  sweep
}

// sessionOf is what a session was seen with.
type sessionOf struct {
	last  int64
	fired int64 // never when it did not
	seen  []sighting
}

// sighting is an event of a session: the values of the fields, and its place.
// Sightings that differ in nothing are one.
type sighting struct {
	entry         // the first event
	until   int64 // the last
	fields  []string
	address string
	place   string
	network string
	foreign bool // people come through the address
	trusted bool // from a device that its user is known by
}

// userOf is what a user is known by.
type userOf struct {
	since, last int64
	fields      []memory // one for each field
	devices     memory
}

const (
	maxSightings = 32  // of a session
	maxValues    = 200 // of a field of a user
)

func newSession(d *definition) (state, error) {
	s := &sessions{def: d, learn: newLearning(), egress: newEgress(d.Own.Shared), keys: newTable[sessionOf](), users: newTable[userOf]()}
	for _, field := range d.Fields {
		s.ofIP = append(s.ofIP, ofAddress(field))
	}
	return s, nil
}

// ofAddress reports whether a field tells of an address, so that it says
// nothing where the address is not the client's.
func ofAddress(field string) bool {
	switch strings.Join(sigma.Steps(field), ".") {
	case "nightjar.client_ip", "nightjar.country", "nightjar.city", "nightjar.asn", "nightjar.network", "nightjar.lat", "nightjar.lon",
		"clientip", "clientipaddress", "actoripaddress", "ipaddress":
		return true
	default:
		return false
	}
}

func (s *sessions) observe(o *observation) []Hit {
	s.learn.begin(o.born)
	now := s.sighting(o)
	user, known := s.user(o)
	device := o.first("nightjar.device")
	now.trusted = device != "" && user.devices.settled(device, o.at)
	if known {
		s.teach(user, &now, device)
	}
	k := &s.keys.get(o.key).value
	if len(k.seen) == 0 || o.mark-k.last > s.retention() {
		*k = sessionOf{last: o.at, fired: never}
	}
	k.last = max(k.last, o.at)
	s.prune(k, o.mark)
	hits := s.judge(o, k, user, &now)
	s.remember(k, now, o.mark)
	for i := range k.seen {
		if v := &k.seen[i]; v.at > now.at && v.at <= now.at+s.def.span {
			hits = append(hits, s.judge(o, k, user, v)...)
		}
	}
	s.def.stats.Forgotten += limitTable(s.keys, s.def.limits.MaxKeys) + limitTable(s.users, s.def.limits.MaxKeys)
	return hits
}

// judge says whether an event of a session is one that somebody else goes on with.
func (s *sessions) judge(o *observation, k *sessionOf, u *userOf, now *sighting) []Hit {
	var changed []int
	for i, v := range now.fields {
		if v != "" && s.owns(now, i) && s.differs(k, i, now) && !u.fields[i].settled(v, now.at) {
			changed = append(changed, i)
		}
	}
	if len(changed) < s.def.Own.Changed || now.trusted || !s.learn.over(s.def.Own, u.since, now.at, o.mark) {
		return nil
	}
	if k.fired != never && max(now.at-k.fired, k.fired-now.at) <= s.def.span {
		return nil
	}
	k.fired = now.at
	return []Hit{s.hit(o, k, now, changed)}
}

// owns reports whether a field tells of the client itself, not of what he comes through.
func (s *sessions) owns(now *sighting, field int) bool { return !now.foreign || !s.ofIP[field] }

// sighting reads what an event says of its session.
func (s *sessions) sighting(o *observation) sighting {
	now := sighting{entry: o.entry(), until: o.at, address: o.first("nightjar.client_ip"), network: o.first("nightjar.network")}
	p := point{country: strings.ToUpper(o.first("nightjar.country")), city: o.first("nightjar.city")}
	if p.country != "" || p.city != "" {
		now.place = p.name()
	}
	for i, field := range s.def.Fields {
		v := short(o.first(field))
		if s.ofIP[i] && bearingOf(now.network) == absent {
			v = ""
		}
		now.fields = append(now.fields, v)
	}
	// All who have no name are one person, whose address is never a gateway.
	shared := s.egress.see(now.address, o.first("nightjar.user"), o.at, o.mark, s.def)
	now.foreign = shared || relayed(now.network)
	return now
}

// user returns what is known of the event's user; of an event without one,
// known is false and nothing is learned.
func (s *sessions) user(o *observation) (u *userOf, known bool) {
	name := o.first("nightjar.user")
	if name == "" {
		name = o.first("UserId")
	}
	if name == "" {
		return &userOf{since: s.learn.since, last: o.at, fields: make([]memory, len(s.def.Fields))}, false
	}
	u = &s.users.get(joinKey("", sigma.Fold(name))).value
	if u.fields == nil || o.mark-u.last > familiar {
		*u = userOf{since: o.at, last: o.at, fields: make([]memory, len(s.def.Fields))}
	}
	u.since, u.last = min(u.since, o.at), max(u.last, o.at)
	return u, true
}

// differs reports whether the session had other values of a field in the
// timespan before, and never this one.
func (s *sessions) differs(k *sessionOf, field int, now *sighting) bool {
	others := false
	for i := range k.seen {
		v := &k.seen[i]
		if v.fields[field] == "" || !v.earlier(now) || v.until < now.at-s.def.span {
			continue
		}
		if sigma.Fold(v.fields[field]) == sigma.Fold(now.fields[field]) {
			return false
		}
		others = true
	}
	return others
}

// earlier reports whether a sighting counts as before another: at the same
// second those do that came in first.
func (v *sighting) earlier(now *sighting) bool { return v.at <= now.at && v.id != now.id }

// neighbour is the last sighting before an event, of those that hold.
func (k *sessionOf) neighbour(now *sighting, holds func(*sighting) bool) *sighting {
	for i := len(k.seen) - 1; i >= 0; i-- {
		if v := &k.seen[i]; v.earlier(now) && holds(v) {
			return v
		}
	}
	return now
}

// teach adds what an event shows to what its user is known by.
func (s *sessions) teach(u *userOf, now *sighting, device string) {
	for i := range u.fields {
		if now.fields[i] != "" && s.owns(now, i) {
			u.fields[i].meet(now.fields[i], now.at)
			s.def.stats.Dropped += int64(u.fields[i].trim(maxValues))
		}
	}
	if device != "" {
		u.devices.meet(device, now.at)
		s.def.stats.Dropped += int64(u.devices.trim(maxDevices))
	}
}

// remember puts a sighting among those of the session.
func (s *sessions) remember(k *sessionOf, now sighting, mark int64) {
	for i := range k.seen {
		if v := &k.seen[i]; slices.Equal(v.fields, now.fields) && v.address == now.address && v.network == now.network &&
			v.place == now.place && v.foreign == now.foreign && v.trusted == now.trusted {
			if now.before(&v.entry) < 0 {
				now.until = max(now.until, v.until)
				k.seen = slices.Delete(k.seen, i, i+1)
				break
			}
			v.until = max(v.until, now.until)
			return
		}
	}
	at, _ := slices.BinarySearchFunc(k.seen, now, func(a, b sighting) int { return a.before(&b.entry) })
	k.seen = slices.Insert(k.seen, at, now)
	if len(k.seen) > stretched(maxSightings, k.last, mark) {
		k.seen = slices.Delete(k.seen, 0, 1)
		s.def.stats.Dropped++
	}
}

// hit says what changed, from the sighting before.
func (s *sessions) hit(o *observation, k *sessionOf, now *sighting, changed []int) Hit {
	var names, was, is []string
	values := map[string]string{}
	for _, i := range changed {
		old := k.neighbour(now, func(v *sighting) bool { return v.fields[i] != "" && v.until >= now.at-s.def.span }).fields[i]
		names, was, is = append(names, s.def.Fields[i]), append(was, old), append(is, now.fields[i])
		values["previous."+s.def.Fields[i]] = old
	}
	before := k.neighbour(now, func(v *sighting) bool { return v.until >= now.at-s.def.span })
	maps.Copy(values, map[string]string{
		"count": strconv.Itoa(len(changed)), "changed": strings.Join(names, ", "), "previous": strings.Join(was, ", "), "value": strings.Join(is, ", "),
		"from": before.place, "to": now.place, "previous_address": before.address, "address": now.address,
		"previous_network": before.network, "network": now.network,
	})
	return o.together([]entry{before.entry, now.entry}, values)
}
