package correlate_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/correlate"
)

// The days before a tenant was connected arrive in any order, behind an event
// of today.
func TestABacklogCountsAsIfItHadComeInTime(t *testing.T) {
	t.Parallel()
	var all []string
	for _, n := range naives() {
		all = append(all, n.name+": "+n.correlation)
	}
	for _, one := range append(all, later()...) {
		name, _, _ := strings.Cut(one, ":")
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t, one)
			fired, late := 0, int64(0)
			for seed := range uint64(200) {
				r := rand.New(rand.NewPCG(seed, 5))
				b.start()
				list := b.history(r, 10)
				today := &list[len(list)-1]
				today.at = 6 * day
				today.match = b.matches(today.at, "d", user("x"))
				now := start().Add(today.at)
				want := keysOf(b.run(list))
				fired += len(want)
				r.Shuffle(len(list)-1, func(i, j int) { list[i], list[j] = list[j], list[i] })
				arrival := slices.Concat(list[len(list)-1:], list[:len(list)-1])

				b.start()
				var got []correlate.Hit
				b.Hold(contoso, start(), now)
				for i := range arrival {
					if r.IntN(4) == 0 {
						b.restart()
					}
					got = append(got, b.run(arrival[i:i+1])...)
				}
				b.SetHold(contoso, now, now)
				got = append(got, b.Advance(contoso, now, time.Time{})...)
				if !slices.Equal(keysOf(got), want) {
					t.Fatalf("seed %d: %v fire in the order of time, %v of a backlog", seed, want, keysOf(got))
				}
				if n := b.Stats().Late; n != 0 {
					t.Fatalf("seed %d: %d are late", seed, n)
				}
				b.start()
				b.run(arrival)
				late += b.Stats().Late
			}
			if fired < 10 || late < 100 {
				t.Errorf("the histories say too little: %d fired, %d would be late", fired, late)
			}
		})
	}
}

// A backlog that is not heard of again, or lasts for ever, does not stop time
// for ever.
func TestABacklogHoldsTimeForSoLongOnly(t *testing.T) {
	t.Parallel()
	b := setup(t, later()[2])
	began := start()
	pair := func() {
		t.Helper()
		b.start()
		b.Hold(contoso, began, began.Add(2*time.Hour))
		expect(t, []string{b.see(0, "a", user("x")), b.see(time.Minute, "b", user("x")), b.see(2*time.Hour, "d", "")}, "", "", "")
	}
	pair()
	if got := short(b.Advance(contoso, began.Add(25*time.Hour), time.Time{})); got != "" {
		t.Errorf("within a day: %s", got)
	}
	if got := short(b.Advance(contoso, began.Add(27*time.Hour), time.Time{})); got == "" {
		t.Error("a day later nothing is decided")
	}
	pair()
	for days := 1; days <= 8; days++ {
		b.SetHold(contoso, began, began.Add(time.Duration(days)*day))
		if got := short(b.Advance(contoso, began.Add(time.Duration(days)*day), time.Time{})); got != "" {
			t.Errorf("after %d days: %s", days, got)
		}
	}
	b.SetHold(contoso, began, began.Add(9*day))
	if got := short(b.Advance(contoso, began.Add(9*day), time.Time{})); got == "" {
		t.Error("after nine days, of which Microsoft keeps seven, nothing is decided")
	}
	for days := 10; days < 13; days++ { // nor is it held again
		at := time.Duration(days) * day
		b.SetHold(contoso, began, began.Add(at))
		b.see(at, "a", user("x"))
		b.see(at+time.Minute, "b", user("x"))
		if got := short(b.Advance(contoso, began.Add(at+3*hour), time.Time{})); got == "" {
			t.Errorf("on day %d nothing is decided", days)
		}
	}
	// What waits for minutes holds nothing.
	b.start()
	b.Hold(contoso, began, began.Add(30*time.Minute))
	b.see(0, "a", user("x"))
	b.see(time.Minute, "b", user("x"))
	if got := short(b.Advance(contoso, began.Add(30*time.Minute), time.Time{})); got == "" {
		t.Error("half an hour of backlog holds time")
	}
}

// The week before a tenant was connected counts as learned once it is there.
func TestABacklogIsLearned(t *testing.T) {
	t.Parallel()
	b := setup(t, newCountry)
	now := start().Add(6*day + 20*hour)
	b.Hold(contoso, start(), now)
	expect(t, b.feed(told, ev(6*day+20*hour, "country", "DE"), ev(0, "country", "DE"), ev(2*day, "country", "FR"), ev(6*day, "country", "DE")))
	b.SetHold(contoso, now, now)
	expect(t, b.feed(told, ev(7*day+hour, "country", "FR"), ev(7*day+2*hour, "country", "BR")), "170h0m0s x: BR, not FR, DE")
}

// What happens now comes before the week that there is to learn from.
func TestWhatIsNewIsNotJudgedBeforeTheWeekIsThere(t *testing.T) {
	t.Parallel()
	for name, scope := range map[string]string{"key": "", "tenant": ", scope: tenant"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t, "new: {type: new_terms, rules: [a], group-by: [UserId], timespan: 14d, condition: {field: nightjar.country"+scope+"}}")
			b.Hold(contoso, start(), start().Add(7*day+hour/2))
			expect(t, b.feed(told, ev(0, "country", "DE"), ev(7*day+hour/2, "country", "FR"), ev(3*day, "country", "FR"), ev(5*day, "country", "FR")))
		})
	}
	t.Run("baseline", func(t *testing.T) {
		t.Parallel()
		b := setup(t, "usual: {type: baseline, rules: [a], group-by: [UserId], timespan: 14d, condition: {per: 1h, floor: 10, deviations: 3}}")
		busy := func(hours ...int) (list []what) {
			for _, h := range hours {
				for i := range 15 {
					list = append(list, ev(time.Duration(h)*hour+time.Duration(i)*time.Minute))
				}
			}
			return list
		}
		b.Hold(contoso, start(), start().Add(7*day+hour))
		expect(t, b.feed(told, slices.Concat(busy(0), busy(7*24+1), busy(seq(1, 7*24)...))...))
	})
}

// What is more than usual in a backlog names its events, although content of
// today comes in between, and of two hours in turns.
func TestABaselineOfABacklogNamesItsEvents(t *testing.T) {
	t.Parallel()
	b := setup(t, hourly)
	b.feed(measured, office(0, 15, 5)...)
	off, now := 15*day+hour, 17*day
	b.Hold(contoso, start().Add(off), start().Add(now))
	var hits []correlate.Hit
	for i := range 30 {
		for _, at := range []time.Duration{now + time.Duration(i)*time.Minute, off, off + hour} {
			e := ev(at + time.Duration(i)*time.Minute)
			hits = append(hits, b.Observe(b.matches(e.at, "a", e.json()))...)
			b.restart()
		}
	}
	named := 0
	for _, h := range hits {
		named += len(h.Events)
		for _, e := range h.Events {
			if e.Time.Before(h.First) || e.Time.After(h.Last) {
				t.Errorf("an event of %s is named for %s to %s", e.Time, h.First, h.Last)
			}
		}
	}
	if len(hits) != 3 || named < 60 {
		t.Errorf("%d findings name %d events: %s", len(hits), named, short(hits))
	}
	// When time has passed there is no more of it than before.
	b.SetHold(contoso, start().Add(now+hour), start().Add(now+hour))
	b.Advance(contoso, start().Add(now+5*hour), time.Time{})
	b.Advance(contoso, start().Add(now+10*hour), time.Time{})
	if n := b.Stats().Held; n > nightjar.MaxEvidence {
		t.Errorf("%d events are held when the backlog is over", n)
	}
}

// seq counts from one number up to another, which is left out.
func seq(from, to int) (list []int) {
	for n := from; n < to; n++ {
		list = append(list, n)
	}
	return list
}

// A value that was seen within the timespan of what is still to come is not new.
func TestABacklogIsJudgedByWhatItsTimeKnew(t *testing.T) {
	t.Parallel()
	b := setup(t, newCountry)
	expect(t, b.feed(told, ev(0, "country", "DE"), ev(6*day, "country", "FR"), ev(15*day, "country", "DE")), "360h0m0s x: DE, not FR")
	b.Hold(contoso, start().Add(16*day), start().Add(21*day))
	expect(t, b.feed(told, ev(21*day, "country", "DE"), ev(19*day, "country", "FR")))
}

// Ways of a backlog are found as if nothing had come before it: neither by how
// much there is of today, nor by what was found in it.
func TestTravelOfABacklogIsFound(t *testing.T) {
	t.Parallel()
	for name, today := range map[string][]what{
		"a busy day": func() (list []what) {
			for i := range 70 {
				list = append(list, in(6*day+time.Duration(i)*time.Second, "Berlin"))
			}
			return list
		}(),
		"the same way": {in(5*day, "Berlin"), in(5*day+hour, "Sydney")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t, atOnce)
			b.Hold(contoso, start(), start().Add(6*day))
			b.feed(way, today...)
			if got := b.feed(way, in(2*day, "Berlin"), in(2*day+hour, "Sydney")); len(got) != 1 {
				t.Errorf("found %v", got)
			}
		})
	}
}

func TestAHabitIsLearnedOfABacklog(t *testing.T) {
	t.Parallel()
	b := setup(t, tooFast)
	now := start().Add(7*day + hour)
	b.Hold(contoso, start(), now)
	list := []what{in(7*day+hour/2, "Berlin"), in(7*day+hour, "Sydney")}
	for d := range 7 {
		at := time.Duration(d) * day
		list = append(list, in(at, "Berlin"), in(at+hour, "Sydney"), in(at+10*hour, "Berlin"))
	}
	b.feed(way, list...)
	b.SetHold(contoso, now, now)
	expect(t, b.feed(way, in(8*day, "Berlin"), in(8*day+hour, "Sydney")))
}

// A key that has much of today keeps what comes of the days before.
func TestABusyKeyKeepsItsBacklog(t *testing.T) {
	t.Parallel()
	b := setup(t, "pair: {type: temporal, rules: [a, b], group-by: [UserId], timespan: 10m}")
	b.Hold(contoso, start(), start().Add(6*day))
	for i := range 10_001 {
		b.see(6*day-time.Duration(i)*11*time.Second, "a", user("x"))
	}
	if got := b.see(day, "a", user("x")) + b.see(day+time.Minute, "b", user("x")); got == "" {
		t.Error("a pair of the backlog is not found")
	}
	if n := b.Stats().Dropped; n != 0 {
		t.Errorf("%d events were let go of", n)
	}
}

// A machine stops in the middle of a backlog. The one that it finds when it is
// back is another, however long it was off.
func TestABacklogAfterABacklogCounts(t *testing.T) {
	t.Parallel()
	for _, off := range []time.Duration{2 * day, 10 * day} {
		b := setup(t, "pair: {type: temporal, rules: [a, b], group-by: [UserId], timespan: 10m}")
		b.SetHold(contoso, start(), start().Add(3*day))
		b.see(3*day, "d", "")
		back := 3*day + off
		b.Hold(contoso, start().Add(back-2*day), start().Add(back))
		b.see(back, "d", "")
		b.SetHold(contoso, start().Add(back-2*day), start().Add(back))
		at := back - 30*hour
		if got := b.see(at, "a", user("x")) + b.see(at+time.Minute, "b", user("x")); got == "" {
			t.Errorf("after %s off a backlog of 30 hours is not correlated: %+v", off, b.Stats())
		}
	}
}
