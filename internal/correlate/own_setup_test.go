package correlate_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nightjar-sec/nightjar/internal/correlate"
)

const (
	day  = 24 * time.Hour
	hour = time.Hour
)

// what is an event at a time; fields are user, session, country, city, lat,
// lon, address, asn, network, device and client, by their first letters.
type what struct {
	at   time.Duration
	with map[string]string
}

func ev(at time.Duration, pairs ...string) what {
	w := what{at, map[string]string{"user": "x"}}
	for i := 0; i < len(pairs); i += 2 {
		w.with[pairs[i]] = pairs[i+1]
	}
	return w
}

// cities are places that tests name.
func cities() map[string][3]string {
	return map[string][3]string{
		"Berlin": {"DE", "52.52", "13.40"}, "Munich": {"DE", "48.14", "11.58"}, "Sydney": {"AU", "-33.87", "151.21"},
		"Chicago": {"US", "41.88", "-87.63"}, "London": {"GB", "51.51", "-0.13"}, "Auckland": {"NZ", "-36.85", "174.76"}, "Suva": {"FJ", "-18.14", "178.44"}, "Apia": {"WS", "-13.83", "-171.77"},
	}
}

// in makes an event in a city.
func in(at time.Duration, city string, pairs ...string) what {
	c := cities()[city]
	return ev(at, append([]string{"city", city, "country", c[0], "lat", c[1], "lon", c[2], "address", fmt.Sprintf("198.51.100.%d", city[0])}, pairs...)...)
}

func (w what) json() string {
	var enriched []string
	names := map[string]string{"address": "client_ip", "session": "session_id"}
	for _, key := range slices.Sorted(maps.Keys(w.with)) {
		name, v := key, w.with[key]
		if names[key] != "" {
			name = names[key]
		}
		if key != "lat" && key != "lon" && key != "asn" {
			v = fmt.Sprintf("%q", v)
		}
		enriched = append(enriched, fmt.Sprintf("%q:%s", name, v))
	}
	return fmt.Sprintf(`"UserId":%q,"nightjar":{%s}`, w.with["user"], strings.Join(enriched, ","))
}

// feed feeds events and returns all hits, each in the words of say. It fails
// when one came too late to count: then a test says less than it seems to.
func (b *bench) feed(say func(correlate.Hit) string, events ...what) []string {
	b.t.Helper()
	var got []string
	late := b.Stats().Late
	defer func() {
		if b.Stats().Late != late {
			b.t.Errorf("%d events came too late", b.Stats().Late-late)
		}
	}()
	for _, e := range events {
		for _, h := range b.Observe(b.matches(e.at, "a", e.json())) {
			got = append(got, say(h))
		}
	}
	return got
}

// inFull writes all of a hit.
func inFull(h correlate.Hit) string {
	return fmt.Sprint(h.Correlation.Name, h.Key, h.First, h.Last, h.Time, h.Count, h.Events, h.Values, h.Trigger.Ref)
}

// restartsChangeNothing feeds events to two correlators, one of which is
// written out and read again now and then.
func restartsChangeNothing(t *testing.T, rnd *rand.Rand, correlation string, events []what) {
	t.Helper()
	one, two := setup(t, correlation), setup(t, correlation)
	for i, e := range events {
		if rnd.IntN(7) == 0 {
			two.restart()
		}
		first, second := one.feed(inFull, e), two.feed(inFull, e)
		if !slices.Equal(first, second) {
			t.Fatalf("event %d, %+v: %v, and after a restart %v", i, e, first, second)
		}
	}
	if keys := one.Stats().Keys; keys == 0 {
		t.Error("nothing was remembered, so nothing was compared")
	}
}

// shuffled returns the events as they may come in when each is up to late
// behind the newest.
func shuffled(rnd *rand.Rand, events []what, late time.Duration) []what {
	type arrival struct {
		what
		at time.Duration
	}
	list := make([]arrival, 0, len(events))
	for _, e := range events {
		list = append(list, arrival{e, e.at + time.Duration(rnd.Int64N(int64(late)))})
	}
	slices.SortStableFunc(list, func(a, b arrival) int { return int(a.at - b.at) })
	out := make([]what, len(list))
	for i := range list {
		out[i] = list[i].what
	}
	return out
}
