package notify_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/alert"
	"github.com/nightjar-sec/nightjar/internal/alert/notify"
	"github.com/nightjar-sec/nightjar/internal/alert/notify/notifytest"
)

// TestRemindersGoWhereTheAlertGoesNow lowers an alert into another route that
// reminds too, through another channel and in another rhythm.
func TestRemindersGoWhereTheAlertGoesNow(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t, func(c *notify.Config) { c.LookEvery = time.Minute })
		before, oncall := b.hook("oncall", "webhook", nil)
		after, soc := b.hook("soc", "webhook", nil)
		urgent, rest := oneByOne(oncall), oneByOne(soc)
		urgent.Name, urgent.RepeatSeconds, urgent.Severities = "urgent", 3600, []nightjar.Severity{nightjar.SeverityCritical}
		rest.RepeatSeconds = 2 * 3600
		b.routes(urgent, rest)
		stop := b.run()
		defer stop()
		a := someAlert(1)
		a.Severity = nightjar.SeverityCritical
		b.change(alert.ChangeOpened, a)
		time.Sleep(90 * time.Minute)
		a.Severity, a.Version = nightjar.SeverityHigh, 2
		b.change(alert.ChangeUpdated, a)
		time.Sleep(5 * time.Hour)
		if n, _ := reminders(t, before); n != 1 {
			t.Errorf("who was told while it was critical has %d reminders, want 1", n)
		}
		if n, last := reminders(t, after); n != 2 || last.Round != 3 {
			t.Errorf("whose it is now has %d reminders, want 2, the last %+v", n, last)
		}
	})
}

// TestRemindersOutliveTheirRoute has a new route take the alerts of another, to
// the same channel.
func TestRemindersOutliveTheirRoute(t *testing.T) {
	t.Parallel()
	var old notify.Route
	remindedHourly(t, func(r *notify.Route) { old = *r }, func(t *testing.T, b *bundle, h *notifytest.Hook) {
		b.change(alert.ChangeOpened, someAlert(1))
		time.Sleep(time.Minute)
		first := old
		first.Name = "first"
		b.routes(first, old)
		time.Sleep(3 * time.Hour)
		if n, _ := reminders(t, h); n != 3 {
			t.Errorf("in three hours %d reminders came, want 3", n)
		}
	})
}

// TestNobodyIsRemindedWhoLeftTheRoute takes a channel out of a route, which
// keeps another.
func TestNobodyIsRemindedWhoLeftTheRoute(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t, func(c *notify.Config) { c.LookEvery = time.Minute })
		left, one := b.hook("one", "webhook", nil)
		stayed, two := b.hook("two", "webhook", nil)
		both, alone := oneByOne(one, two), oneByOne(two)
		both.RepeatSeconds, alone.RepeatSeconds = 3600, 3600
		b.routes(both)
		stop := b.run()
		defer stop()
		b.change(alert.ChangeOpened, someAlert(1))
		time.Sleep(time.Minute)
		b.routes(alone)
		time.Sleep(3 * time.Hour)
		goes, _ := reminders(t, left)
		stays, _ := reminders(t, stayed)
		if goes != 0 || stays != 3 {
			t.Errorf("who left has %d reminders and who stayed %d, want none and 3", goes, stays)
		}
	})
}
