package notify_test

import (
	"net/http"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/alert"
	"github.com/nightjar-sec/nightjar/internal/alert/notify"
	"github.com/nightjar-sec/nightjar/internal/alert/notify/notifytest"
)

// failingChannel is the n-th alert, about a channel that fails.
func failingChannel(n int, name string) alert.Alert {
	a := someAlert(n)
	a.Tenant, a.Entities = nightjar.Installation, []nightjar.Entity{{Kind: nightjar.EntityCollector, Value: name}}
	return a
}

// told are the channels that have deliveries of an alert, once for each.
func (b *bundle) told(alertID string) []string {
	var out []string
	for _, d := range b.deliveries(notify.DeliveryFilter{Alert: alertID}) {
		out = append(out, d.Channel)
	}
	slices.Sort(out)
	return out
}

func sorted(list ...string) []string {
	slices.Sort(list)
	return list
}

// TestThatTwoChannelsFailTogetherIsSaidThroughAThird tells it of the opening,
// of reminders, and of the end, though both work again by then.
func TestThatTwoChannelsFailTogetherIsSaidThroughAThird(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t, func(c *notify.Config) { c.LookEvery = time.Minute })
		var well atomic.Bool
		broken := func(int, *http.Request, []byte) notifytest.Act {
			if well.Load() {
				return notifytest.Act{}
			}
			return notifytest.Act{Status: 500, Lost: true}
		}
		_, oncall := b.hook("oncall", "webhook", broken)
		_, second := b.hook("second", "webhook", broken)
		h, third := b.hook("third", "webhook", nil)
		first, low := oneByOne(oncall, second), oneByOne(third)
		first.RepeatSeconds = 3600
		low.Name, low.Severities = "low", []nightjar.Severity{nightjar.SeverityLow}
		b.routes(first, low)
		stop := b.run()
		defer stop()
		b.change(alert.ChangeOpened, someAlert(1))
		time.Sleep(3 * time.Minute)
		if seen := len(h.Seen()); seen != 0 {
			t.Fatalf("of an alert that is about no channel the third was told %d times", seen)
		}
		failing := failingChannel(2, "oncall")
		b.change(alert.ChangeOpened, failing)
		time.Sleep(time.Minute)
		if seen := h.Seen(); len(seen) != 1 || bodyOf(t, seen[0]).Notices[0].State != notify.StateOpened {
			t.Fatalf("while both fail the third was told %d times", len(seen))
		}
		time.Sleep(time.Hour)
		if seen := h.Seen(); len(seen) != 2 || bodyOf(t, seen[1]).Notices[0].State != notify.StateReminder {
			t.Fatalf("an hour later the third was told %d times, without a reminder", len(seen))
		}
		well.Store(true)
		time.Sleep(time.Hour - 2*time.Minute)
		failing.Status, failing.Disposition, failing.Version = alert.StatusClosed, alert.DispositionTrue, 2
		b.change(alert.ChangeClosed, failing)
		time.Sleep(2 * time.Hour)
		seen := h.Seen()
		if last := bodyOf(t, seen[len(seen)-1]).Notices[0]; last.State != notify.StateClosed {
			t.Errorf("the last that the third was told is %q, and not that the alert was closed", last.State)
		}
		// Both work: one of them is told, and nobody in its place.
		b.change(alert.ChangeOpened, failingChannel(3, "second"))
		time.Sleep(time.Minute)
		if got, want := b.told("A-0003"), sorted(oncall.ID, second.ID); !slices.Equal(got, want) {
			t.Errorf("while both work %v are told, want %v", got, want)
		}
	})
}

// TestWhoNeverHeardOfItHearsNoLaterState has a channel hear that another fails,
// which alone is told that somebody takes the alert up, or alone is reminded.
func TestWhoNeverHeardOfItHearsNoLaterState(t *testing.T) {
	t.Parallel()
	broken := func(int, *http.Request, []byte) notifytest.Act { return notifytest.Act{Status: 500, Lost: true} }
	for name, later := range map[string]func(b *bundle, a alert.Alert){
		"reminded": func(*bundle, alert.Alert) { time.Sleep(3 * time.Hour) },
		"acknowledged": func(b *bundle, a alert.Alert) {
			a.Status, a.Version = alert.StatusAcknowledged, 2
			b.change(alert.ChangeAcknowledged, a)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := setup(t, func(c *notify.Config) { c.LookEvery = time.Minute })
				_, oncall := b.hook("oncall", "pagerduty", broken)
				chat, soc := b.hook("soc", "slack", nil)
				h, bystander := b.hook("bystander", "webhook", nil)
				first, second, low := oneByOne(oncall), oneByOne(soc), oneByOne(bystander)
				first.Name, first.Continue, first.RepeatSeconds = "first", true, 3600
				low.Name, low.Severities = "low", []nightjar.Severity{nightjar.SeverityLow}
				b.routes(first, second, low)
				stop := b.run()
				defer stop()
				a := failingChannel(1, "oncall")
				b.change(alert.ChangeOpened, a)
				time.Sleep(time.Minute)
				later(b, a)
				time.Sleep(time.Minute)
				if len(chat.Seen()) != 1 || len(h.Seen()) != 0 {
					t.Errorf("the second is told %d times, want once; the bystander %d times, want never", len(chat.Seen()), len(h.Seen()))
				}
			})
		})
	}
}

// TestWhoIsToldOfEndsAloneHearsOfNothing has the only channel that works be in
// a route that does not tell of openings.
func TestWhoIsToldOfEndsAloneHearsOfNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t)
		_, oncall := b.hook("oncall", "webhook", func(int, *http.Request, []byte) notifytest.Act { return notifytest.Act{Status: 500, Lost: true} })
		_, book := b.hook("book", "webhook", nil)
		h, third := b.hook("third", "webhook", nil)
		first, ends, low := oneByOne(oncall), oneByOne(book), oneByOne(third)
		first.Name, first.Continue = "first", true
		ends.States = []notify.State{notify.StateClosed}
		low.Name, low.Severities = "low", []nightjar.Severity{nightjar.SeverityLow}
		b.routes(first, ends, low)
		stop := b.run()
		defer stop()
		b.change(alert.ChangeOpened, failingChannel(1, "oncall"))
		time.Sleep(time.Minute)
		if n := len(h.Seen()); n != 1 {
			t.Errorf("while nobody else hears that it was opened, the third is told %d times", n)
		}
	})
}

// TestNobodyHearsOfTheEndAlone has the only channel fail after the opening was
// told by it: others have nothing to end.
func TestNobodyHearsOfTheEndAlone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t, func(c *notify.Config) { c.LookEvery = time.Minute })
		_, oncall := b.hook("oncall", "webhook", func(n int, _ *http.Request, _ []byte) notifytest.Act {
			if n == 1 {
				return notifytest.Act{}
			}
			return notifytest.Act{Status: 500, Lost: true}
		})
		h, bystander := b.hook("bystander", "webhook", nil)
		b.hook("another", "webhook", nil) // in no route
		first, low := oneByOne(oncall), oneByOne(bystander)
		low.Name, low.Severities = "low", []nightjar.Severity{nightjar.SeverityLow}
		b.routes(first, low)
		stop := b.run()
		defer stop()
		a := failingChannel(1, "another")
		b.change(alert.ChangeOpened, a)
		time.Sleep(time.Minute)
		b.change(alert.ChangeOpened, someAlert(2))
		time.Sleep(time.Minute)
		a.Status, a.Disposition, a.Version = alert.StatusClosed, alert.DispositionBenign, 2
		b.change(alert.ChangeClosed, a)
		time.Sleep(time.Minute)
		if n := len(h.Seen()); n != 0 {
			t.Errorf("who never heard of it is told %d times", n)
		}
	})
}

// TestRoutesThatAreTriedNameWhoStandsIn is about an alert as it would be told.
func TestRoutesThatAreTriedNameWhoStandsIn(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, oncall := b.hook("oncall", "webhook", nil)
	_, soc := b.hook("soc", "webhook", nil)
	first, night := oneByOne(oncall), oneByOne(soc)
	night.Name, night.Severities = "night", []nightjar.Severity{nightjar.SeverityCritical}
	b.routes(first, night)
	for name, want := range map[string][]notify.Hit{
		"oncall":  {{Route: "all", Channels: []string{oncall.ID}, Notified: true}, {Route: "night", Channels: []string{soc.ID}, Notified: true, Instead: true}},
		"soc":     {{Route: "all", Channels: []string{oncall.ID}, Notified: true}},
		"another": {{Route: "all", Channels: []string{oncall.ID}, Notified: true}},
	} {
		one := failingChannel(1, name)
		n, err := notify.Notice{}.Complete(&one, anyRule{})
		if err != nil {
			t.Fatal(err)
		}
		got, err := b.Try(t.Context(), n, nil)
		if err != nil || !slices.EqualFunc(got, want, sameHit) {
			t.Errorf("that %s fails is told by %+v, %v; want %+v", name, got, err, want)
		}
	}
}

func sameHit(a, b notify.Hit) bool {
	return a.Route == b.Route && slices.Equal(a.Channels, b.Channels) && a.Notified == b.Notified && a.Due.Equal(b.Due) && a.Instead == b.Instead
}

// anyRule knows each rule and nothing of it.
type anyRule struct{}

func (anyRule) Rule(ref string) (string, error) { return ref, nil }
func (anyRule) Pack(ref string) (string, error) { return ref, nil }
func (anyRule) Properties(string, nightjar.TenantID) (pack string, tags []string, severity nightjar.Severity) {
	return "", nil, ""
}
