package correlate_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/nightjar-sec/nightjar/internal/correlate"
)

const hourly = "more: {type: baseline, rules: [a], group-by: [UserId], condition: {per: 1h, deviations: 4, floor: 20}}"

func measured(h correlate.Hit) string {
	return fmt.Sprintf("%s %s: %s over %s (mean %s, sd %s, %s buckets)", h.Values["bucket"], h.Key[0], h.Values["count"], h.Values["limit"], h.Values["mean"], h.Values["sd"], h.Values["buckets"])
}

// busy is so many events, one a second.
func busy(at time.Duration, many int, pairs ...string) []what {
	var list []what
	for i := range many {
		list = append(list, ev(at+time.Duration(i)*time.Second, pairs...))
	}
	return list
}

// office is the hours of some days: 9 to 17 of a working week that begins on a
// Monday, with so many events each.
func office(from, to, many int, pairs ...string) []what {
	var list []what
	for d := from; d < to; d++ {
		if d%7 >= 5 {
			continue
		}
		for h := range 8 {
			list = append(list, busy(time.Duration(d)*day+time.Duration(h)*hour, many+(d+h)%3, pairs...)...)
		}
	}
	return list
}

func TestMuchMoreThanUsualAlertsOnceInItsHour(t *testing.T) {
	t.Parallel()
	b := setup(t, hourly)
	expect(t, b.feed(measured, office(0, 14, 25)...))
	got := b.feed(measured, office(14, 15, 25)...) // Monday morning after a weekend is usual
	expect(t, got)
	expect(t, b.feed(measured, busy(15*day, 300)...), "2026-01-20 09:00 x: 51 over 50.6 (mean 6.2, sd 11.1, 336 buckets)")
	// What alerted counts as twice its limit at most: the same again alerts again.
	if got := b.feed(measured, busy(15*day+2*hour, 300)...); len(got) != 1 {
		t.Errorf("the second wave gives %v", got)
	}
}

func TestAHitOfABaselineSaysWhatItRestsOn(t *testing.T) {
	t.Parallel()
	b := setup(t, hourly)
	b.feed(measured, office(0, 8, 5)...)
	var hits []correlate.Hit
	for _, e := range busy(8*day+time.Minute, 40) {
		hits = append(hits, b.Observe(b.matches(e.at, "a", e.json()))...)
	}
	if len(hits) != 1 {
		t.Fatalf("%d hits", len(hits))
	}
	h := hits[0]
	if h.Count != 21 || len(h.Events) != 21 || h.First.Sub(start()) != 8*day+time.Minute || h.Last.Sub(h.First) != 20*time.Second || h.Trigger.Ref.ID != h.Events[20].ID {
		t.Errorf("got %+v", h)
	}
}

func TestNothingAlertsUpToTheFloorOrBeforeAWeekHasPassed(t *testing.T) {
	t.Parallel()
	b := setup(t, hourly)
	expect(t, b.feed(measured, append(office(0, 4, 1), busy(6*day, 300)...)...)) // learning
	expect(t, b.feed(measured, busy(20*day, 20)...))
	b = setup(t, hourly)
	b.feed(measured, office(0, 12, 1)...)
	expect(t, b.feed(measured, busy(14*day, 20)...))
	if got := b.feed(measured, busy(14*day+time.Minute, 1)...); len(got) != 1 {
		t.Errorf("above the floor: %v", got)
	}
}

func TestHolidaysAreNotPartOfWhatIsUsual(t *testing.T) {
	t.Parallel()
	b := setup(t, hourly)
	expect(t, b.feed(measured, office(0, 12, 40)...))
	// Three weeks later all is as it was, every day of the first two weeks.
	expect(t, b.feed(measured, office(35, 47, 40)...))
	if got := b.feed(measured, busy(49*day, 300)...); len(got) != 1 {
		t.Errorf("and an attack: %v", got)
	}
}

func TestALastingChangeIsLearnedWithinDays(t *testing.T) {
	t.Parallel()
	b := setup(t, hourly)
	expect(t, b.feed(measured, office(0, 14, 5)...))
	got := b.feed(measured, office(14, 28, 60)...)
	if len(got) == 0 || len(got) > 30 {
		t.Errorf("ten times as much for two weeks gives %d findings", len(got))
	}
	expect(t, b.feed(measured, office(28, 33, 60)...))
}

func TestDistinctValuesAreCountedOnce(t *testing.T) {
	t.Parallel()
	b := setup(t, "more: {type: baseline, rules: [a], group-by: [UserId], condition: {per: 1h, floor: 20, field: nightjar.client}}")
	b.feed(measured, office(0, 10, 1, "client", "c")...)
	expect(t, b.feed(measured, busy(11*day, 300, "client", "one")...))
	var many []what
	for i := range 30 {
		many = append(many, ev(12*day+time.Duration(i)*time.Second, "client", fmt.Sprint("C", i)), ev(12*day+time.Duration(i)*time.Second, "client", fmt.Sprint("c", i)))
	}
	expect(t, b.feed(measured, many...), "2026-01-17 09:00 x: 21 over 20 (mean 0.2, sd 0.4, 288 buckets)")
}

func TestALateEventCountsInItsOwnHour(t *testing.T) {
	t.Parallel()
	b := setup(t, hourly)
	b.feed(measured, office(0, 12, 2)...)
	b.feed(measured, busy(14*day, 15)...)
	b.feed(measured, busy(14*day+5*hour, 15)...)
	expect(t, b.feed(measured, busy(14*day+20*time.Minute, 10)...), "2026-01-19 09:00 x: 21 over 20 (mean 0.7, sd 1.3, 336 buckets)")
	b.feed(measured, ev(16*day, "user", "y"))
	for _, e := range busy(14*day+5*hour, 300) {
		b.Observe(b.matches(e.at, "a", e.json()))
	}
	if b.Stats().Late != 300 {
		t.Errorf("what came too late: %+v", b.Stats())
	}
}

// more is the definition read aloud: of a user's events so far, in order.
func more(events []what, per time.Duration, days, deviations, floor float64, learning time.Duration) []string {
	var got []string
	number := func(at time.Duration) int { return int(start().Add(at).UnixNano() / int64(per)) }
	for _, user := range []string{"x", "y", "z"} {
		counts, limits := map[int]float64{}, map[int]float64{}
		first, last := time.Duration(-1), time.Duration(0)
		for _, e := range events {
			if e.with["user"] != user {
				continue
			}
			if first < 0 || e.at-last > time.Duration(4*days*24)*hour {
				first = e.at
			}
			last = e.at
			n := number(e.at)
			counts[n]++
			var before []float64
			quiet := 0
			most := int(days * 24 * float64(time.Hour) / float64(per))
			idle := int(4 * day / per)
			for i := n - 1; i >= number(first) && len(before) < most; i-- {
				c := counts[i]
				if l, ok := limits[i]; ok {
					c = min(c, l)
				}
				if quiet++; c > 0 || counts[i] > 0 {
					quiet = 0
				}
				if quiet <= idle {
					before = append(before, c)
				}
			}
			mean, sd := 0.0, 0.0
			for _, c := range before {
				mean += c / float64(len(before))
			}
			for _, c := range before {
				sd += (c - mean) * (c - mean) / float64(len(before))
			}
			limit := max(floor, mean+deviations*math.Sqrt(sd))
			if _, fired := limits[n]; !fired && counts[n] > limit && e.at-first >= learning {
				limits[n] = math.Floor(2 * limit)
				got = append(got, fmt.Sprintf("%s %s", user, e.at))
			}
		}
	}
	slices.Sort(got)
	return got
}

func TestBaselinesAreThoseOfTheDefinition(t *testing.T) {
	t.Parallel()
	found := 0
	for seed := range uint64(12) {
		rnd := rand.New(rand.NewPCG(seed, 3))
		var events []what
		at := time.Duration(0)
		for range 600 {
			at += time.Duration(rnd.Int64N(int64([]time.Duration{30 * time.Minute, 5 * time.Minute, 3 * hour}[rnd.IntN(3)])))
			if rnd.IntN(150) == 0 {
				at += time.Duration(rnd.IntN(8)) * day
			}
			events = append(events, ev(at, "user", string(rune('x'+rnd.IntN(3)))))
		}
		correlation := "more: {type: baseline, rules: [a], group-by: [UserId], condition: {per: 1h, deviations: 2.5, floor: 2, days: 3, learning: 1d}}"
		got := setup(t, correlation).feed(func(h correlate.Hit) string { return fmt.Sprintf("%s %s", h.Key[0], h.Trigger.Time.Sub(start())) }, events...)
		slices.Sort(got)
		if want := more(events, hour, 3, 2.5, 2, day); !slices.Equal(got, want) {
			t.Fatalf("seed %d: got\n%v, want\n%v", seed, got, want)
		}
		found += len(got)
		restartsChangeNothing(t, rnd, correlation, shuffled(rnd, events[:300], 20*hour))
		restartsChangeNothing(t, rnd, "more: {type: baseline, rules: [a], group-by: [UserId], condition: {per: 1h, floor: 2, days: 3, learning: 1d, field: UserId}}", shuffled(rnd, events[:200], 20*hour))
	}
	if found < 30 {
		t.Errorf("%d findings are too few to compare", found)
	}
}
