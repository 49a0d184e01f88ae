package correlate_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/nightjar-sec/nightjar/internal/correlate"
)

const moved = "moved: {type: session_anomaly, rules: [a], group-by: [nightjar.session_id], timespan: 8h, condition: {fields: [nightjar.asn, nightjar.client_ip, nightjar.client], changed: 2}}"

func change(h correlate.Hit) string {
	v := h.Values
	return fmt.Sprintf("%s at %s: %s: %s -> %s", h.Key[0], h.Time.Sub(start()), v["changed"], v["previous"], v["value"])
}

// on is an event of a session.
func on(at time.Duration, session, asn, address, client string, pairs ...string) what {
	return ev(at, append([]string{"session", session, "asn", asn, "address", address, "client", client}, pairs...)...)
}

// week lets a user be known: at home, on the phone's network and in an office.
func week(user string) []what {
	return []what{
		on(0, "s-home", "3320", "198.51.100.1", "chrome", "user", user, "device", "laptop"), on(day, "s-phone", "20940", "198.51.100.2", "outlook", "user", user),
		on(3*day, "s-home2", "3320", "198.51.100.1", "chrome", "user", user, "device", "laptop"), on(7*day, "s-phone2", "20940", "198.51.100.2", "outlook", "user", user),
	}
}

func TestASessionThatGoesOnInADataCentreIsSaid(t *testing.T) {
	t.Parallel()
	b := setup(t, moved)
	b.feed(change, week("x")...)
	hits := b.feed(inFull)
	expect(t, hits)
	first := on(8*day, "s1", "3320", "198.51.100.1", "chrome", "country", "DE", "city", "Berlin", "network", "user")
	b.feed(change, first)
	stolen := on(8*day+20*time.Minute, "s1", "14061", "203.0.113.9", "axios", "country", "NL", "city", "Amsterdam", "network", "hosting")
	found := b.Observe(b.matches(stolen.at, "a", stolen.json()))
	if len(found) != 1 {
		t.Fatalf("%d hits", len(found))
	}
	for name, want := range map[string]string{
		"changed": "nightjar.asn, nightjar.client_ip, nightjar.client", "count": "3", "previous": "3320, 198.51.100.1, chrome", "value": "14061, 203.0.113.9, axios",
		"from": "Berlin, DE", "to": "Amsterdam, NL", "previous_address": "198.51.100.1", "address": "203.0.113.9", "previous_network": "user", "network": "hosting",
		"previous.nightjar.asn": "3320",
	} {
		if got := found[0].Values[name]; got != want {
			t.Errorf("%s is %q, not %q", name, got, want)
		}
	}
	if h := found[0]; h.Count != 2 || h.Last.Sub(h.First) != 20*time.Minute || h.Trigger.Ref.ID != h.Events[1].ID {
		t.Errorf("got %+v", h)
	}
	// The intruder and his victim go on side by side: said once in the timespan.
	expect(t, b.feed(change, on(8*day+30*time.Minute, "s1", "3320", "198.51.100.1", "chrome"), on(8*day+40*time.Minute, "s1", "14061", "203.0.113.10", "python")))
}

// A session that lasts for days is compared with what it was an hour ago, and
// what is always the same takes no place of what is not.
func TestASessionOfDaysIsRemembered(t *testing.T) {
	t.Parallel()
	b := setup(t, moved)
	b.feed(change, week("x")...)
	for at := 8 * day; at <= 8*day+32*hour; at += 30 * time.Minute {
		expect(t, b.feed(change, on(at, "s", "3320", "198.51.100.1", "chrome")))
	}
	if n := b.Stats().Dropped; n != 0 {
		t.Errorf("%d sightings that are alike were let go of", n)
	}
	expect(t, b.feed(change, on(8*day+32*hour+20*time.Minute, "s", "14061", "203.0.113.9", "axios")),
		"s at 224h20m0s: nightjar.asn, nightjar.client_ip, nightjar.client: 3320, 198.51.100.1, chrome -> 14061, 203.0.113.9, axios")
}

func TestWhatIsNoTheftOfASession(t *testing.T) {
	t.Parallel()
	for name, events := range map[string][]what{
		"from the office to the train":       {on(8*day, "s", "3320", "198.51.100.1", "outlook"), on(8*day+hour, "s", "20940", "198.51.100.2", "outlook")},
		"one field alone":                    {on(8*day, "s", "3320", "198.51.100.1", "chrome"), on(8*day+hour, "s", "3320", "198.51.100.99", "chrome")},
		"another session":                    {on(8*day, "s", "3320", "198.51.100.1", "chrome"), on(8*day+hour, "t", "14061", "203.0.113.9", "axios")},
		"longer ago than the timespan":       {on(8*day, "s", "3320", "198.51.100.1", "chrome"), on(8*day+9*hour, "s", "14061", "203.0.113.9", "axios")},
		"a service of Microsoft's":           {on(8*day, "s", "3320", "198.51.100.1", "chrome"), on(8*day+hour, "s", "8075", "203.0.113.9", "chrome", "network", "microsoft_service")},
		"through a relay":                    {on(8*day, "s", "3320", "198.51.100.1", "chrome"), on(8*day+hour, "s", "13335", "203.0.113.9", "chrome", "network", "relay")},
		"a known device somewhere new":       {on(8*day, "s", "3320", "198.51.100.1", "chrome"), on(8*day+hour, "s", "64500", "203.0.113.9", "chrome", "device", "laptop")},
		"the first week of a new employee":   {on(8*day, "s", "3320", "198.51.100.1", "chrome", "user", "new"), on(8*day+hour, "s", "14061", "203.0.113.9", "axios", "user", "new")},
		"a field that the session never had": {ev(8*day, "session", "s", "asn", "3320"), on(8*day+hour, "s", "14061", "203.0.113.9", "axios")},
	} {
		b := setup(t, moved)
		b.feed(change, week("x")...)
		if got := b.feed(change, events...); len(got) > 0 {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestASessionRoamsThroughTheGatewayOfMany(t *testing.T) {
	t.Parallel()
	b := setup(t, moved)
	events := week("x")
	for i := range 5 {
		user := fmt.Sprint("u", i)
		events = append(append(events, on(0, "g"+user, "64501", "192.0.2.1", "chrome", "user", user)), week(user)...)
	}
	slices.SortStableFunc(events, func(a, b what) int { return int(a.at - b.at) })
	b.feed(change, events...)
	expect(t, b.feed(change, on(8*day, "s", "3320", "198.51.100.1", "edge"), on(8*day+hour, "s", "64501", "192.0.2.1", "edge")))
	expect(t, b.feed(change, on(9*day, "t", "3320", "198.51.100.1", "edge"), on(9*day+hour, "t", "64501", "192.0.2.2", "edge")),
		"t at 217h0m0s: nightjar.asn, nightjar.client_ip: 3320, 198.51.100.1 -> 64501, 192.0.2.2")
}

func TestWhatAnIntruderBroughtDoesNotVouchForHimAtOnce(t *testing.T) {
	t.Parallel()
	b := setup(t, moved)
	b.feed(change, week("x")...)
	expect(t, b.feed(change, on(8*day, "own", "14061", "203.0.113.9", "axios"), // a session of his own: another rule's business
		on(8*day+hour, "s", "3320", "198.51.100.1", "chrome"), on(8*day+2*hour, "s", "14061", "203.0.113.9", "axios")),
		"s at 194h0m0s: nightjar.asn, nightjar.client_ip, nightjar.client: 3320, 198.51.100.1, chrome -> 14061, 203.0.113.9, axios")
}

func TestATheftThatIsKnownBeforeItsVictimIsSaidOnceHeIs(t *testing.T) {
	t.Parallel()
	b := setup(t, moved)
	b.feed(change, week("x")...)
	expect(t, b.feed(change, on(8*day+hour, "s", "14061", "203.0.113.9", "axios"), on(8*day, "s", "3320", "198.51.100.1", "chrome")),
		"s at 193h0m0s: nightjar.asn, nightjar.client_ip, nightjar.client: 3320, 198.51.100.1, chrome -> 14061, 203.0.113.9, axios")
}

func TestAnEventWithoutAUserIsJudgedByItsSessionOnceTheTenantIsLearned(t *testing.T) {
	t.Parallel()
	b := setup(t, moved)
	expect(t, b.feed(change, on(0, "s", "1", "198.51.100.1", "a", "user", ""), on(hour, "s", "2", "198.51.100.2", "b", "user", "")))
	expect(t, b.feed(change, on(8*day, "t", "1", "198.51.100.1", "a", "user", ""), on(8*day+hour, "t", "2", "198.51.100.2", "b", "user", "")),
		"t at 193h0m0s: nightjar.asn, nightjar.client_ip, nightjar.client: 1, 198.51.100.1, a -> 2, 198.51.100.2, b")
}

// thefts is the definition read aloud, without gateways, devices and learning.
func thefts(events []what, span time.Duration) []string {
	var got []string
	fired := map[string]time.Duration{}
	for i, e := range events {
		session := e.with["session"]
		changed, earlier := 0, false
		for _, field := range []string{"asn", "address", "client"} {
			others, same, own := false, false, false
			for _, before := range events[:i] {
				value := before.with[field] == e.with[field]
				if before.with["session"] == session && e.at-before.at <= span {
					others, same, earlier = others || !value, same || value, true
				}
				if before.with["user"] == e.with["user"] && value && e.at-before.at >= day {
					own = true
				}
			}
			if others && !same && !own {
				changed++
			}
		}
		if at, was := fired[session]; changed < 2 || !earlier || was && e.at-at <= span {
			continue
		}
		fired[session] = e.at
		got = append(got, fmt.Sprintf("%s %s %d", session, e.at, changed))
	}
	return got
}

func TestSessionsAreThoseOfTheDefinition(t *testing.T) {
	t.Parallel()
	found := 0
	correlation := "moved: {type: session_anomaly, rules: [a], group-by: [nightjar.session_id], timespan: 8h, condition: {fields: [nightjar.asn, nightjar.client_ip, nightjar.client], changed: 2, learning: 0d, shared: 0}}"
	say := func(h correlate.Hit) string {
		return fmt.Sprintf("%s %s %s", h.Key[0], h.Time.Sub(start()), h.Values["count"])
	}
	for seed := range uint64(15) {
		rnd := rand.New(rand.NewPCG(seed, 5))
		var events []what
		at := time.Duration(0)
		for range 150 {
			at += time.Duration(rnd.Int64N(int64(hour)))
			user := rnd.IntN(3)
			events = append(events, on(at, fmt.Sprint("s", user, rnd.IntN(2), int(at/(12*hour))), fmt.Sprint(1+rnd.IntN(20)), fmt.Sprint("198.51.100.", rnd.IntN(30)), fmt.Sprint("c", rnd.IntN(4)), "user", fmt.Sprint("u", user)))
		}
		got := setup(t, correlation).feed(say, events...)
		if want := thefts(events, 8*hour); !slices.Equal(got, want) {
			t.Fatalf("seed %d: got\n%v, want\n%v", seed, got, want)
		}
		found += len(got)
		late := shuffled(rnd, events, 20*hour)
		restartsChangeNothing(t, rnd, correlation, late)
		// A session that is said in order is said in any order.
		which := func(h correlate.Hit) string { return h.Key[0] }
		inOrder, inAny := setup(t, correlation).feed(which, events...), setup(t, correlation).feed(which, late...)
		for _, session := range inOrder {
			if !slices.Contains(inAny, session) {
				t.Fatalf("seed %d: %s is said in order and not when events are late", seed, session)
			}
		}
		restartsChangeNothing(t, rnd, moved, shuffled(rnd, events, 20*hour))
	}
	if found < 50 {
		t.Errorf("%d findings are too few to compare", found)
	}
}
