package correlate_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/nightjar-sec/nightjar/internal/correlate"
)

const newCountry = "new: {type: new_terms, rules: [a], group-by: [UserId], timespan: 14d, condition: {field: nightjar.country}}"

// told writes when a hit was and what it says of values.
func told(h correlate.Hit) string {
	return fmt.Sprintf("%s %s: %s, not %s", h.Time.Sub(start()), h.Key[0], h.Values["value"], h.Values["previous"])
}

func TestACountryIsNewOnceAndOnlyAfterTheUserWasLearned(t *testing.T) {
	t.Parallel()
	expect(t, setup(t, newCountry).feed(told,
		ev(0, "country", "DE"), ev(2*day, "country", "FR"), ev(6*day, "country", "DE"), // the first week is for learning
		ev(8*day, "country", "de"), ev(8*day, "country", "CH"), ev(9*day, "country", "CH"), ev(9*day),
		ev(17*day, "country", "FR"), // not seen for 15 days
	), "192h0m0s x: CH, not DE, FR", "408h0m0s x: FR, not CH, DE")
}

func TestTheFirstWeekOfANewEmployeeAndOfANewTenantIsSilent(t *testing.T) {
	t.Parallel()
	b := setup(t, newCountry)
	expect(t, b.feed(told, ev(0, "country", "DE"), ev(30*day, "user", "new", "country", "DE"), ev(31*day, "user", "new", "country", "US"), ev(36*day, "user", "new", "country", "GB"),
		ev(37*day, "user", "new", "country", "BR")), "888h0m0s new: BR, not GB, US, DE")
}

func TestScopeTenantLearnsForAllKeysAtOnce(t *testing.T) {
	t.Parallel()
	b := setup(t, "new: {type: new_terms, rules: [a], group-by: [UserId], timespan: 14d, condition: {field: nightjar.country, scope: tenant}}")
	expect(t, b.feed(told, ev(0, "country", "DE"), ev(6*day, "user", "y", "country", "FR"), ev(7*day, "user", "z", "country", "RU")), "168h0m0s z: RU, not ")
}

// What nobody in the tenant ever did is not learned when somebody does it: the
// tenant has long shown what is normal.
func TestScopeTenantLearnsOfEventsOfAnyKind(t *testing.T) {
	t.Parallel()
	b := setup(t, "new: {type: new_terms, rules: [a], group-by: [UserId], timespan: 14d, condition: {field: nightjar.country, scope: tenant}}")
	for at := time.Duration(0); at < 9*day; at += day {
		b.Advance(contoso, start().Add(at), time.Time{}) // of a kind that the rule does not match
	}
	expect(t, b.feed(told, ev(9*day, "country", "RU")), "216h0m0s x: RU, not ")
}

func TestWhoReturnsFromHolidayIsKnownAndAnIntruderInASleepingAccountIsNot(t *testing.T) {
	t.Parallel()
	const first = "240h0m0s x: DE, not FR"
	for name, c := range map[string]struct {
		country string
		after   time.Duration
		want    []string
	}{
		"home again after three weeks":   {"DE", 21 * day, []string{first}},
		"where he once was too":          {"FR", 21 * day, []string{first}},
		"somebody else, after so long":   {"RU", 21 * day, []string{first, "744h0m0s x: RU, not DE, FR"}},
		"after four timespans, the same": {"RU", 56 * day, []string{first, "1584h0m0s x: RU, not DE, FR"}},
		"then all is learned anew":       {"RU", 57 * day, []string{first}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t, newCountry)
			got := b.feed(told, ev(0, "country", "FR"), ev(10*day, "country", "DE"))
			// Others go on, so that time passes and what has expired is let go of.
			for at := 10 * day; at < 10*day+c.after; at += day {
				b.feed(told, ev(at, "user", "other", "country", "DE"))
			}
			expect(t, append(got, b.feed(told, ev(10*day+c.after, "country", c.country))...), c.want...)
		})
	}
}

func TestPairsOfValuesAreNewTogether(t *testing.T) {
	t.Parallel()
	b := setup(t, "new: {type: new_terms, rules: [a], group-by: [UserId], timespan: 14d, learning: 1d, condition: {field: [nightjar.country, nightjar.client]}}")
	expect(t, b.feed(told,
		ev(0, "country", "DE", "client", "outlook"), ev(hour, "country", "FR", "client", "chrome"), ev(2*day, "country", "DE", "client", "Outlook"),
		ev(2*day, "country", "DE", "client", "chrome"), ev(2*day, "country", "DE"),
	), "48h0m0s x: DE, chrome, not DE, outlook, FR, chrome")
}

func TestALateEventIsNewOnlyWhenNothingSpeaksForIt(t *testing.T) {
	t.Parallel()
	b := setup(t, newCountry)
	expect(t, b.feed(told, ev(0, "country", "DE"), ev(180*hour, "country", "CH"), ev(179*hour, "country", "CH"), ev(178*hour, "country", "AT"),
		ev(167*hour, "country", "BR")), // still of the first week
		"180h0m0s x: CH, not DE", "178h0m0s x: AT, not CH, DE")
}

func TestAKeyWithMoreValuesThanCanBeKeptCallsNoneNew(t *testing.T) {
	t.Parallel()
	b := setup(t, newCountry)
	b.cfg.MaxTerms = 500
	b.start()
	b.feed(told, ev(0, "country", "first"))
	for i := range 500 {
		b.feed(told, ev(time.Duration(i+1)*time.Second, "country", fmt.Sprint("c", i)))
	}
	if got := b.Stats().Dropped; got != 51 {
		t.Errorf("%d values were let go of and said so, not 51", got)
	}
	// The first was let go of and is not new; what comes when all is over is.
	expect(t, b.feed(told, ev(8*day, "country", "c0"), ev(8*day, "country", "first"), ev(20*day, "country", "c0"), ev(20*day, "country", "other")),
		"480h0m0s x: other, not c0, first")
}

// terms is the definition read aloud, over all events so far.
func terms(events []what, span, learning time.Duration) []string {
	var got []string
	for i, e := range events {
		user := e.with["user"]
		mine := events[:0:0]
		for _, other := range events[:i] {
			if other.with["user"] == user {
				if len(mine) > 0 && other.at-mine[len(mine)-1].at > 4*span {
					mine = nil
				}
				mine = append(mine, other)
			}
		}
		if len(mine) == 0 || e.at-mine[len(mine)-1].at > 4*span {
			if learning == 0 {
				got = append(got, fmt.Sprintf("%s %s", e.at, e.with["country"]))
			}
			continue
		}
		// What was known after each event, in turn.
		known := map[string]time.Duration{}
		for k := 0; k <= len(mine); k++ {
			at := e.at
			if k < len(mine) {
				at = mine[k].at
			}
			if k > 0 && at-mine[k-1].at <= span {
				for v, last := range known {
					if at-last > span {
						delete(known, v)
					}
				}
			}
			if k < len(mine) {
				known[mine[k].with["country"]] = at
			}
		}
		if _, ok := known[e.with["country"]]; !ok && e.at-mine[0].at >= learning {
			got = append(got, fmt.Sprintf("%s %s", e.at, e.with["country"]))
		}
	}
	return got
}

// travellers are random events of three people, in order.
func travellers(rnd *rand.Rand, many int, step time.Duration, countries ...string) []what {
	var events []what
	at := time.Duration(0)
	for range many {
		at += time.Duration(rnd.Int64N(int64(step)))
		if rnd.IntN(40) == 0 {
			at += time.Duration(rnd.IntN(9)) * day // a pause of all
		}
		events = append(events, ev(at, "user", string(rune('x'+rnd.IntN(3))), "country", countries[rnd.IntN(len(countries))]))
	}
	return events
}

func TestNewTermsAreThoseOfTheDefinition(t *testing.T) {
	t.Parallel()
	for seed := range uint64(20) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		events := travellers(rnd, 120, 8*hour, "DE", "DE", "DE", "FR", "US", "CN")
		days := time.Duration(rnd.IntN(4)) * day
		correlation := fmt.Sprintf("new: {type: new_terms, rules: [a], group-by: [UserId], timespan: 2d, learning: %dd, condition: {field: nightjar.country}}", days/day)
		got := setup(t, correlation).feed(func(h correlate.Hit) string {
			return fmt.Sprintf("%s %s", h.Time.Sub(start()), h.Values["value"])
		}, events...)
		if want := terms(events, 2*day, days); !slices.Equal(got, want) {
			t.Fatalf("seed %d: got %v, want %v", seed, got, want)
		}
		restartsChangeNothing(t, rnd, correlation, shuffled(rnd, events, 20*hour))
	}
}

func TestTheOrderOfArrivalDoesNotDecideWhatIsNew(t *testing.T) {
	t.Parallel()
	correlation := "new: {type: new_terms, rules: [a], group-by: [UserId], timespan: 90d, learning: 0d, condition: {field: nightjar.country}}"
	say := func(h correlate.Hit) string { return h.Key[0] + h.Values["value"] }
	for seed := range uint64(20) {
		rnd := rand.New(rand.NewPCG(seed, 2))
		events := travellers(rnd, 100, hour, "DE", "FR", "US", "CN")
		want, got := setup(t, correlation).feed(say, events...), setup(t, correlation).feed(say, shuffled(rnd, events, 20*hour)...)
		slices.Sort(want)
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Fatalf("seed %d: got %v, want %v", seed, got, want)
		}
	}
}
