package correlate

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/nightjar-sec/nightjar/internal/sigma"
)

// sessions says when a session goes on with so many fields changed at once: an
// event whose values of them neither the session had within the timespan, nor
// its user is known by.
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
	swept  int64
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
	s.learn.begin(o.at)
	now, foreign := s.sighting(o)
	user, known := s.user(o)
	device := o.first("nightjar.device")
	trusted := device != "" && user.devices.settled(device, o.at)
	row := s.keys.get(o.key)
	k := &row.value
	if len(k.seen) == 0 || o.mark-k.last > s.retention() {
		*k = sessionOf{last: o.at, fired: never}
	}
	k.last = max(k.last, o.at)
	s.prune(k, o.mark)

	var changed []int
	for i := range s.def.Fields {
		if now.fields[i] != "" && !(foreign && s.ofIP[i]) && s.differs(k, i, &now) && !user.fields[i].settled(now.fields[i], o.at) {
			changed = append(changed, i)
		}
	}
	before := k.neighbour(&now)
	if before != nil {
		copied := *before
		before = &copied
	}
	s.remember(k, now)
	if known {
		s.teach(user, &now, foreign, device)
	}
	s.def.stats.Forgotten += limitTable(s.keys, s.def.limits.MaxKeys) + limitTable(s.users, s.def.limits.MaxKeys)
	since := user.since
	if len(changed) < s.def.Own.Changed || before == nil || trusted || !s.learn.over(s.def.Own, since, o.at) {
		return nil
	}
	if k.fired != never && max(o.at-k.fired, k.fired-o.at) <= s.def.span {
		return nil
	}
	k.fired = o.at
	return []Hit{s.hit(o, k, before, &now, changed)}
}

// sighting reads what an event says of its session, and whether its address is
// one that people come through.
func (s *sessions) sighting(o *observation) (now sighting, foreign bool) {
	now = sighting{entry: o.entry(), until: o.at, address: o.first("nightjar.client_ip"), network: o.first("nightjar.network")}
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
	return now, shared || relayed(now.network)
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

// differs reports whether the session had other values of a field within the
// timespan, before or after, and never this one.
func (s *sessions) differs(k *sessionOf, field int, now *sighting) bool {
	others := false
	for i := range k.seen {
		v := &k.seen[i]
		if v.fields[field] == "" || v.until < now.at-s.def.span || v.at > now.at+s.def.span {
			continue
		}
		if sigma.Fold(v.fields[field]) == sigma.Fold(now.fields[field]) {
			return false
		}
		others = true
	}
	return others
}

// neighbour is the sighting before an event, or when it is the first the one after.
func (k *sessionOf) neighbour(now *sighting) *sighting {
	var best *sighting
	for i := range k.seen {
		if v := &k.seen[i]; v.at <= now.at || best == nil {
			best = v
		}
	}
	return best
}

// teach adds what an event shows to what its user is known by.
func (s *sessions) teach(u *userOf, now *sighting, foreign bool, device string) {
	for i := range u.fields {
		if now.fields[i] != "" && !(foreign && s.ofIP[i]) {
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
func (s *sessions) remember(k *sessionOf, now sighting) {
	for i := range k.seen {
		if v := &k.seen[i]; slices.Equal(v.fields, now.fields) && v.address == now.address && v.network == now.network && v.place == now.place {
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
	if len(k.seen) > maxSightings {
		k.seen = slices.Delete(k.seen, 0, 1)
		s.def.stats.Dropped++
	}
}

// hit says what changed, from the sighting before.
func (s *sessions) hit(o *observation, k *sessionOf, before, now *sighting, changed []int) Hit {
	var names, was, is []string
	values := map[string]string{}
	late := before.at > now.at // it came in after the one that it stands before
	for _, i := range changed {
		names = append(names, s.def.Fields[i])
		old, fresh := k.valueBefore(i, now), now.fields[i]
		if late {
			old, fresh = fresh, old
		}
		was, is = append(was, old), append(is, fresh)
		values["previous."+s.def.Fields[i]] = old
	}
	if late {
		before, now = now, before
	}
	maps.Copy(values, map[string]string{
		"count": strconv.Itoa(len(changed)), "changed": strings.Join(names, ", "), "previous": strings.Join(was, ", "), "value": strings.Join(is, ", "),
		"from": before.place, "to": now.place, "previous_address": before.address, "address": now.address,
		"previous_network": before.network, "network": now.network,
	})
	return o.together([]entry{before.entry, now.entry}, values)
}

// valueBefore is the value of a field that the session had before an event, or
// when it had none the one after.
func (k *sessionOf) valueBefore(field int, now *sighting) string {
	best := ""
	for i := range k.seen {
		v := &k.seen[i]
		if v.fields[field] != "" && v.fields[field] != now.fields[field] && (v.at <= now.at || best == "") {
			best = v.fields[field]
		}
	}
	return best
}
