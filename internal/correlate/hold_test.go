package correlate_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

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
				b.Release(contoso, now, now)
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
		b.Release(contoso, began, began.Add(time.Duration(days)*day))
		if got := short(b.Advance(contoso, began.Add(time.Duration(days)*day), time.Time{})); got != "" {
			t.Errorf("after %d days: %s", days, got)
		}
	}
	b.Release(contoso, began, began.Add(9*day))
	if got := short(b.Advance(contoso, began.Add(9*day), time.Time{})); got == "" {
		t.Error("after nine days, of which Microsoft keeps seven, nothing is decided")
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
	b.Release(contoso, now, now)
	expect(t, b.feed(told, ev(7*day+hour, "country", "FR"), ev(7*day+2*hour, "country", "BR")), "170h0m0s x: BR, not FR, DE")
}
