package collect

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	nightjar "github.com/nightjar-sec/nightjar"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func usual() schedule {
	return schedule{overlap: 3 * time.Hour, margin: 5 * time.Minute, reconcile: 24 * time.Hour}
}

func TestFirstPollGoesBackAsFarAsMicrosoftHolds(t *testing.T) {
	t.Parallel()
	l := usual().plan(cursor{}, noon)
	if got, want := l.from(), noon.Add(-nightjar.ContentRetention+5*time.Minute); !got.Equal(want) {
		t.Errorf("lists from %s, want %s", got, want)
	}
	if !l.reconcile || l.gap.Duration() != 0 {
		t.Errorf("a first listing is %+v", l)
	}
	if first := l.windows[0]; !first.To.Equal(noon) || !first.cursor.IsZero() {
		t.Errorf("the newest content comes first and moves no cursor, got %+v", first)
	}
}

func TestConfiguredStartBoundsTheFirstPoll(t *testing.T) {
	t.Parallel()
	s := usual()
	s.start = noon.Add(-2 * time.Hour)
	if l := s.plan(cursor{}, noon); !l.from().Equal(s.start) || len(l.windows) != 1 {
		t.Errorf("lists %+v", l.windows)
	}
	s.start = noon.Add(time.Hour)
	if l := s.plan(cursor{}, noon); len(l.windows) != 0 {
		t.Errorf("a start in the future lists %+v", l.windows)
	}
}

func TestOrdinaryPollListsTheOverlapAgain(t *testing.T) {
	t.Parallel()
	c := cursor{from: noon.Add(-100 * time.Hour), to: noon.Add(-time.Minute), reconciled: noon.Add(-time.Hour)}
	l := usual().plan(c, noon)
	if len(l.windows) != 1 || !l.from().Equal(c.to.Add(-3*time.Hour)) || !l.windows[0].cursor.Equal(noon) {
		t.Errorf("lists %+v", l.windows)
	}
}

func TestOutageBeyondSevenDaysYieldsExactlyTheMissedSpan(t *testing.T) {
	t.Parallel()
	c := cursor{from: noon.Add(-20 * 24 * time.Hour), to: noon.Add(-9 * 24 * time.Hour), reconciled: noon.Add(-9 * 24 * time.Hour)}
	l := usual().plan(c, noon)
	want := Window{From: c.to, To: noon.Add(-nightjar.ContentRetention + 5*time.Minute)}
	if l.gap != want {
		t.Errorf("the gap is %v, want %v", l.gap, want)
	}
	c.to = noon.Add(-6 * 24 * time.Hour)
	if l := usual().plan(c, noon); l.gap.Duration() != 0 {
		t.Errorf("an outage of 6 days leaves a gap: %v", l.gap)
	}
}

func TestCursorInTheFutureIsPulledBack(t *testing.T) {
	t.Parallel()
	c := cursor{from: noon.Add(-100 * time.Hour), to: noon.Add(48 * time.Hour), reconciled: noon.Add(-time.Hour)}
	l := usual().plan(c, noon)
	last := l.windows[len(l.windows)-1]
	if !last.cursor.Equal(noon) || !l.from().Equal(noon.Add(-3*time.Hour)) {
		t.Errorf("lists %+v", l.windows)
	}
}

func TestEveryPlanObeysTheRulesOfTheService(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := usual()
		now := noon.Add(time.Duration(rapid.Int64Range(0, int64(time.Hour)).Draw(t, "now")))
		hours := func(name string) time.Duration {
			return time.Duration(rapid.Int64Range(-1200, 300).Draw(t, name)) * 10 * time.Minute
		}
		var c cursor
		if rapid.Bool().Draw(t, "listed before") {
			c.to = now.Add(hours("to")).Truncate(time.Second)
			c.from = c.to.Add(-time.Hour)
			c.reconciled = now.Add(hours("reconciled"))
		}
		if rapid.Bool().Draw(t, "configured") {
			s.start = now.Add(hours("start"))
		}
		l := s.plan(c, now)
		at := c.to
		if l.gap.Duration() > 0 {
			at = l.gap.To
		}
		for i, w := range l.windows {
			if w.Duration() <= 0 || w.Duration() > 24*time.Hour {
				t.Fatalf("window %v is %s long", w, w.Duration())
			}
			if w.To.After(now) || now.Sub(w.From) > nightjar.ContentRetention {
				t.Fatalf("window %v is out of reach at %s", w, now)
			}
			if w.cursor.IsZero() {
				continue
			}
			if c.to.After(now) {
				at = time.Time{} // it is pulled back
			}
			if !at.IsZero() && w.From.After(at) && !w.From.Equal(ceilSecond(s.start)) {
				t.Fatalf("window %d leaves %s to %s out", i, at, w.From)
			}
			at = w.cursor
		}
		if len(l.windows) > 0 && !at.Equal(l.end) {
			t.Fatalf("the cursor ends at %s, not at %s", at, l.end)
		}
	})
}
