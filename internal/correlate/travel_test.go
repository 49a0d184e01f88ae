package correlate_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/nightjar-sec/nightjar/internal/correlate"
)

const (
	tooFast = "fast: {type: impossible_travel, rules: [a], group-by: [UserId], timespan: 1d, condition: {kilometres: 500, speed: 900}}"
	atOnce  = "fast: {type: impossible_travel, rules: [a], group-by: [UserId], timespan: 1d, learning: 0d}"
)

// way writes a journey as a sentence would.
func way(h correlate.Hit) string {
	v := h.Values
	return fmt.Sprintf("%s: %s to %s, %s km in %s min, %s km/h", h.Key[0], v["from"], v["to"], v["kilometres"], v["minutes"], v["speed"])
}

func TestPlacesTooFarApartForTheTimeAreSaidWithWayAndSpeed(t *testing.T) {
	t.Parallel()
	b := setup(t, tooFast)
	expect(t, b.feed(way, in(0, "Berlin"), in(8*day, "Berlin"), in(8*day+90*time.Minute, "Sydney")), "x: Berlin, DE to Sydney, AU, 16095 km in 90 min, 10597 km/h")
	expect(t, b.feed(way, in(20*day, "Sydney"), in(21*day-time.Hour, "Berlin"))) // by aeroplane
}

func TestAHitOfTravelSaysWhatASentenceNeeds(t *testing.T) {
	t.Parallel()
	b := setup(t, atOnce)
	b.feed(way, in(0, "Berlin", "address", "198.51.100.1", "network", "user", "device", "d1"))
	b.feed(way, in(time.Minute, "Munich", "address", "203.0.113.9", "network", "tor"))
	e := in(30*time.Minute, "Chicago", "address", "198.51.100.2", "device", "")
	hits := b.Observe(b.matches(e.at, "a", e.json()))
	if len(hits) != 1 {
		t.Fatalf("%d hits", len(hits))
	}
	h := hits[0]
	for name, want := range map[string]string{
		"from_city": "Berlin", "from_country": "DE", "to_city": "Chicago", "to_country": "US", "previous_address": "198.51.100.1", "address": "198.51.100.2",
		"previous": "Berlin, DE", "value": "Chicago, US", "minutes": "30", "basis": "cities", "passed": "tor 203.0.113.9", "previous_network": "user", "previous_device": "d1",
	} {
		if h.Values[name] != want {
			t.Errorf("%s is %q, not %q", name, h.Values[name], want)
		}
	}
	if h.Count != 2 || len(h.Events) != 2 || h.Last.Sub(h.First) != 30*time.Minute || h.Trigger.Ref.ID != h.Events[1].ID {
		t.Errorf("got %+v", h)
	}
}

func TestWhatIsNoTravel(t *testing.T) {
	t.Parallel()
	for name, events := range map[string][]what{
		"the first week of a new employee": {in(0, "Berlin"), in(6*day, "Berlin"), in(6*day+hour, "Sydney")},
		"near places":                      {in(8*day, "Berlin"), in(8*day+time.Minute, "Munich")},
		"time enough":                      {in(8*day, "Berlin"), in(8*day+19*hour, "Sydney")},
		"mobile beside the desktop":        {in(8*day, "Berlin"), in(8*day+time.Second, "Munich", "client", "phone"), in(8*day+2*time.Second, "Berlin"), in(8*day+3*time.Second, "Munich", "client", "phone")},
		"another user":                     {in(8*day, "Berlin"), in(8*day, "Sydney", "user", "y")},
		"through a VPN":                    {in(8*day, "Berlin"), in(8*day+hour, "Sydney", "network", "vpn")},
		"from a VPN home":                  {in(8*day, "Sydney", "network", "vpn"), in(8*day+hour, "Berlin")},
		"through Tor":                      {in(8*day, "Berlin"), in(8*day+hour, "Sydney", "network", "tor")},
		"from a data centre":               {in(8*day, "Berlin"), in(8*day+hour, "Sydney", "network", "hosting")},
		"through a relay":                  {in(8*day, "Berlin"), in(8*day+hour, "Sydney", "network", "relay")},
		"through a security service":       {in(8*day, "Berlin"), in(8*day+hour, "Sydney", "network", "proxy_sse")},
		"by satellite":                     {in(8*day, "Berlin"), in(8*day+hour, "Sydney", "network", "satellite")},
		"from Azure":                       {in(8*day, "Berlin"), in(8*day+hour, "Sydney", "network", "azure_tenant")},
		"a service of Microsoft's":         {in(8*day, "Berlin"), in(8*day+hour, "Sydney", "network", "microsoft_service")},
		"the proxy of AD FS":               {in(8*day, "Berlin"), in(8*day+hour, "Sydney", "network", "adfs_proxy")},
		"a private address":                {in(8*day, "Berlin"), in(8*day+hour, "Sydney", "network", "private")},
		"no address":                       {in(8*day, "Berlin"), in(8*day+hour, "Sydney", "network", "invalid")},
		"one address that was moved":       {in(8*day, "Berlin", "address", "198.51.100.9"), in(8*day+hour, "Sydney", "address", "198.51.100.9")},
		"one device":                       {in(8*day, "Berlin", "device", "d"), in(8*day+hour, "Sydney", "device", "d")},
		"two known devices":                {in(6*day, "Berlin", "device", "d"), in(6*day, "Berlin", "device", "e"), in(8*day, "Berlin", "device", "d"), in(8*day+hour, "Sydney", "device", "e")},
		"no place":                         {in(8*day, "Berlin"), ev(8*day+hour, "address", "198.51.100.77")},
		"longer ago than the timespan":     {in(8*day, "Berlin"), in(9*day+hour, "Sydney")},
		"neighbours":                       {ev(8*day, "country", "DE", "address", "1"), ev(8*day, "country", "FR", "address", "2")},
		"little between them":              {ev(8*day, "country", "DE", "address", "1"), ev(8*day, "country", "GB", "address", "2")},
		"a country that nobody knows":      {ev(8*day, "country", "DE", "address", "1"), ev(8*day, "country", "ZZ", "address", "2")},
		"the middle of a country":          {ev(8*day, "country", "US", "lat", "37.7", "lon", "-97.8", "address", "1"), in(8*day, "Chicago", "address", "2")},
		"coordinates of nowhere":           {in(8*day, "Berlin"), in(8*day+hour, "Chicago", "lat", "0", "lon", "0", "country", "DE")},
	} {
		b := setup(t, tooFast)
		first := ev(0)
		if name == "the first week of a new employee" {
			first = ev(0, "user", "other")
		}
		if got := b.feed(way, append([]what{first}, events...)...); len(got) > 0 {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestOneSafeSideIsNotEnough(t *testing.T) {
	t.Parallel()
	b := setup(t, tooFast)
	expect(t, b.feed(way, in(0, "Berlin", "device", "d"), in(8*day, "Berlin", "device", "d"), in(8*day+hour, "Sydney")), "x: Berlin, DE to Sydney, AU, 16095 km in 60 min, 15895 km/h")
	b = setup(t, tooFast)
	// A device that came an hour ago vouches for nothing.
	if got := b.feed(way, in(0, "Berlin", "device", "d"), in(8*day, "Berlin", "device", "d"), in(8*day+hour, "Sydney", "device", "stolen")); len(got) != 1 {
		t.Errorf("a new device: %v", got)
	}
}

func TestPlacesOfWhichOnlyTheCountryIsKnownAreComparedWithCare(t *testing.T) {
	t.Parallel()
	b := setup(t, atOnce)
	expect(t, b.feed(way, ev(0, "country", "DE", "address", "1"), ev(hour, "country", "us", "address", "2")), "x: DE to US, 5040 km in 60 min, 5040 km/h")
	b = setup(t, atOnce)
	expect(t, b.feed(way, in(0, "Berlin"), ev(6*hour, "country", "US", "address", "2"))) // 840 km/h at least
	b = setup(t, atOnce)
	expect(t, b.feed(way, in(0, "Chicago"), ev(10*time.Minute, "country", "RU", "address", "2")), "x: Chicago, US to RU, 720 km in 10 min, 4320 km/h")
}

func TestTheGatewayOfManyIsNoPlaceAndThatOfFiveVictimsIs(t *testing.T) {
	t.Parallel()
	b := setup(t, tooFast)
	home := func(at time.Duration, user string) what {
		return in(at, "Berlin", "user", user, "address", "home of "+user)
	}
	gateway := func(at time.Duration, user string) what {
		return in(at, "Chicago", "user", user, "address", "192.0.2.1")
	}
	var events []what
	for i := range 6 {
		user := fmt.Sprint("u", i)
		events = append(events, home(0, user), gateway(2*day, user))
	}
	slices.SortStableFunc(events, func(a, b what) int { return int(a.at - b.at) })
	b.feed(way, events...)
	expect(t, b.feed(way, home(8*day, "u1"), gateway(8*day+hour, "u1"), home(8*day+2*hour, "u1"))) // from home and through the gateway
	// Somebody takes over six accounts within an hour, whose people are in the office: each is said.
	var victims []what
	for i := range 6 {
		at := 9*day + time.Duration(i)*time.Minute
		user := fmt.Sprint("u", i)
		victims = append(victims, gateway(at, user), in(at+time.Second, "Sydney", "user", user, "address", "192.0.2.66"))
	}
	if got := b.feed(way, victims...); len(got) != 6 {
		t.Errorf("of six victims %d are said", len(got))
	}
}

func TestAWayThatIsMadeEveryDayIsAHabit(t *testing.T) {
	t.Parallel()
	b := setup(t, tooFast)
	flip := func(d int) []what {
		at := time.Duration(d) * day
		return []what{in(at, "Berlin"), in(at+time.Minute, "Chicago"), in(at+2*time.Minute, "Berlin"), in(at+3*time.Minute, "Chicago")}
	}
	for d := range 7 {
		expect(t, b.feed(way, flip(d)...))
	}
	expect(t, b.feed(way, flip(8)...))
	// Other places are no habit of his.
	if got := b.feed(way, in(8*day+hour, "Sydney")); len(got) != 1 {
		t.Errorf("somewhere else: %v", got)
	}
	// Who begins with it once he is known is said once a timespan, on three days.
	b = setup(t, tooFast)
	b.feed(way, in(0, "Berlin"))
	var got []int
	for d := 10; d < 16; d++ {
		got = append(got, len(b.feed(way, flip(d)...)))
	}
	if !slices.Equal(got, []int{1, 1, 1, 0, 0, 0}) {
		t.Errorf("findings by day: %v", got)
	}
}

func TestALateEventIsComparedWithItsNeighboursInTime(t *testing.T) {
	t.Parallel()
	b := setup(t, atOnce)
	expect(t, b.feed(way, in(0, "Berlin"), in(10*hour, "Berlin")))
	expect(t, b.feed(way, in(hour, "Sydney")), "x: Berlin, DE to Sydney, AU, 16095 km in 60 min, 15895 km/h")
	b = setup(t, atOnce)
	expect(t, b.feed(way, in(10*hour, "Berlin"), in(9*hour, "Sydney")), "x: Sydney, AU to Berlin, DE, 16095 km in 60 min, 15895 km/h")
}

func TestTheShortestWayMayCrossTheDateLine(t *testing.T) {
	t.Parallel()
	b := setup(t, atOnce)
	expect(t, b.feed(way, in(0, "Suva"), in(2*hour, "Apia"))) // 1,150 km, and not 38,000
}

// tooFastOnes is the definition read aloud for places with coordinates.
func tooFastOnes(events []what) []string {
	var got []string
	last := map[string]what{}
	fired := map[string]time.Duration{}
	days := map[string]map[int64]bool{}
	for _, e := range events {
		user := e.with["user"]
		before, ok := last[user]
		last[user] = e
		if !ok || before.with["address"] == e.with["address"] || e.at-before.at > day {
			continue
		}
		read := func(w what, name string) float64 {
			f, _ := strconv.ParseFloat(w.with[name], 64)
			return f * math.Pi / 180
		}
		lat1, lat2, dLon := read(before, "lat"), read(e, "lat"), read(e, "lon")-read(before, "lon")
		km := 6371 * math.Acos(math.Sin(lat1)*math.Sin(lat2)+math.Cos(lat1)*math.Cos(lat2)*math.Cos(dLon))
		if km-200 < 500 || (km-200)/max(e.at-before.at, time.Minute).Hours() <= 900 {
			continue
		}
		places := []string{before.with["country"], e.with["country"]}
		slices.Sort(places)
		detour := fmt.Sprint(user, places)
		if days[detour] == nil {
			days[detour] = map[int64]bool{}
		}
		days[detour][start().Add(e.at).Unix()/86400] = true
		if at, was := fired[detour]; len(days[detour]) > 3 || was && e.at-at <= day {
			continue
		}
		fired[detour] = e.at
		got = append(got, fmt.Sprintf("%s %s %s", user, e.with["city"], e.at))
	}
	return got
}

func TestTravelIsThatOfTheDefinition(t *testing.T) {
	t.Parallel()
	found := 0
	for seed := range uint64(15) {
		rnd := rand.New(rand.NewPCG(seed, 4))
		var events []what
		at := time.Duration(0)
		for range 150 {
			at += time.Duration(rnd.Int64N(int64(6 * hour)))
			city := []string{"Berlin", "Berlin", "Munich", "London", "Chicago", "Sydney"}[rnd.IntN(6)]
			events = append(events, in(at, city, "user", string(rune('x'+rnd.IntN(3))), "address", city+fmt.Sprint(rnd.IntN(3))))
		}
		say := func(h correlate.Hit) string {
			return fmt.Sprintf("%s %s %s", h.Key[0], h.Values["to_city"], h.Time.Sub(start()))
		}
		got := setup(t, atOnce).feed(say, events...)
		if want := tooFastOnes(events); !slices.Equal(got, want) {
			t.Fatalf("seed %d: got\n%v, want\n%v", seed, got, want)
		}
		found += len(got)
		mixed := shuffled(rnd, events, 20*hour)
		restartsChangeNothing(t, rnd, atOnce, mixed)
		// Whoever is said in order is said in any order.
		who := func(h correlate.Hit) string { return h.Key[0] }
		inOrder, late := setup(t, atOnce).feed(who, events...), setup(t, atOnce).feed(who, mixed...)
		for _, user := range inOrder {
			if !slices.Contains(late, user) {
				t.Fatalf("seed %d: %s is said in order and not when events are late", seed, user)
			}
		}
	}
	if found < 50 {
		t.Errorf("%d findings are too few to compare", found)
	}
}
