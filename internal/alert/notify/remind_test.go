package notify_test

import (
	"net/http"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/alert"
	"github.com/nightjar-sec/nightjar/internal/alert/notify"
	"github.com/nightjar-sec/nightjar/internal/alert/notify/notifytest"
)

// reminders counts those that a receiver took, and returns the last of them.
func reminders(t *testing.T, h *notifytest.Hook) (n int, last notify.Notice) {
	t.Helper()
	for _, p := range h.Seen() {
		for _, notice := range bodyOf(t, p).Notices {
			if notice.State == notify.StateReminder {
				n, last = n+1, notice
			}
		}
	}
	return n, last
}

// remindedHourly runs a notifier with one receiver, whose route reminds each
// hour and is otherwise as shape makes it. The bubble begins at midnight of a
// Saturday.
func remindedHourly(t *testing.T, shape func(*notify.Route), act func(t *testing.T, b *bundle, h *notifytest.Hook)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t, func(c *notify.Config) { c.LookEvery = time.Minute })
		h, c := b.hook("hook", "webhook", nil)
		r := oneByOne(c)
		r.RepeatSeconds = 3600
		shape(&r)
		b.routes(r)
		stop := b.run()
		defer stop()
		act(t, b, h)
	})
}

// atNight keeps a route quiet from one until seven.
func atNight(r *notify.Route) { r.Quiet = &notify.Quiet{From: "01:00", To: "07:00", Zone: "UTC"} }

// TestRemindersWaitForTheMorning has one in place of those of the whole night,
// with the counts of the morning.
func TestRemindersWaitForTheMorning(t *testing.T) {
	t.Parallel()
	remindedHourly(t, atNight, func(t *testing.T, b *bundle, h *notifytest.Hook) {
		time.Sleep(30 * time.Minute)
		a := someAlert(1)
		b.change(alert.ChangeOpened, a)
		time.Sleep(6 * time.Hour)
		a.Count = 77
		b.change(alert.ChangeUpdated, a)
		if n, _ := reminders(t, h); n != 0 {
			t.Fatalf("in quiet hours %d reminders came", n)
		}
		time.Sleep(45 * time.Minute)
		if n, last := reminders(t, h); n != 1 || last.Count != 77 || last.Round != 1 {
			t.Errorf("in the morning %d reminders came, the last %+v", n, last)
		}
		time.Sleep(time.Hour)
		if n, _ := reminders(t, h); n != 2 {
			t.Errorf("an hour later there are %d reminders", n)
		}
	})
}

// TestRemindersOfWhatTurnsCriticalDoNotWaitForTheMorning raises an alert in the
// night whose reminder was put off until the morning.
func TestRemindersOfWhatTurnsCriticalDoNotWaitForTheMorning(t *testing.T) {
	t.Parallel()
	remindedHourly(t, atNight, func(t *testing.T, b *bundle, h *notifytest.Hook) {
		time.Sleep(30 * time.Minute)
		a := someAlert(1)
		b.change(alert.ChangeOpened, a)
		time.Sleep(90 * time.Minute)
		a.Severity, a.Version = nightjar.SeverityCritical, 2
		b.change(alert.ChangeRaised, a)
		time.Sleep(150 * time.Minute)
		if n, _ := reminders(t, h); n != 2 {
			t.Errorf("of an alert that is critical since 02:00 %d reminders came by 04:30, want 2", n)
		}
	})
}

// TestRemindersDoNotPileUp has a receiver fail for hours.
func TestRemindersDoNotPileUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t, func(c *notify.Config) { c.LookEvery = time.Minute })
		var well atomic.Bool
		h, c := b.hook("hook", "webhook", func(int, *http.Request, []byte) notifytest.Act {
			if well.Load() {
				return notifytest.Act{}
			}
			return notifytest.Act{Status: 503, Lost: true}
		})
		r := oneByOne(c)
		r.RepeatSeconds = 3600
		b.routes(r)
		stop := b.run()
		defer stop()
		b.change(alert.ChangeOpened, someAlert(1))
		time.Sleep(6*time.Hour + 5*time.Minute)
		well.Store(true)
		time.Sleep(30 * time.Minute)
		if n, _ := reminders(t, h); n != 0 || len(h.Seen()) != 1 {
			t.Errorf("after hours of failures %d messages came, %d reminders among them, of an alert that nobody had heard of", len(h.Seen()), n)
		}
		time.Sleep(time.Hour)
		if n, _ := reminders(t, h); n != 1 {
			t.Errorf("an hour later there are %d reminders", n)
		}
	})
}

// TestRemindersFollowTheRoutes lowers the severity of an alert below what the
// route asks for that reminds of it.
func TestRemindersFollowTheRoutes(t *testing.T) {
	t.Parallel()
	grave := func(r *notify.Route) { r.Severities = []nightjar.Severity{nightjar.SeverityHigh} }
	remindedHourly(t, grave, func(t *testing.T, b *bundle, h *notifytest.Hook) {
		a := someAlert(1)
		b.change(alert.ChangeOpened, a)
		time.Sleep(90 * time.Minute)
		a.Severity, a.Version = nightjar.SeverityLow, 2
		b.change(alert.ChangeUpdated, a)
		time.Sleep(4 * time.Hour)
		if n, _ := reminders(t, h); n != 1 {
			t.Errorf("of an alert that is low by now %d reminders came", n)
		}
		a.Severity, a.Version = nightjar.SeverityHigh, 3
		b.change(alert.ChangeRaised, a)
		time.Sleep(90 * time.Minute)
		if n, _ := reminders(t, h); n != 2 {
			t.Errorf("when it is high again there are %d reminders", n)
		}
	})
}

// TestAnAlertThatIsReopenedIsRemindedOfAgain counts its rounds anew, and does
// not take its first reminder for the one of before.
func TestAnAlertThatIsReopenedIsRemindedOfAgain(t *testing.T) {
	t.Parallel()
	remindedHourly(t, func(*notify.Route) {}, func(t *testing.T, b *bundle, h *notifytest.Hook) {
		a := someAlert(1)
		b.change(alert.ChangeOpened, a)
		time.Sleep(150 * time.Minute)
		a.Status, a.Disposition, a.Version = alert.StatusClosed, alert.DispositionFalse, 2
		b.change(alert.ChangeClosed, a)
		time.Sleep(3 * time.Hour)
		if n, _ := reminders(t, h); n != 2 {
			t.Fatalf("until it was closed %d reminders came", n)
		}
		a.Status, a.Disposition, a.Version = alert.StatusNew, "", 3
		b.change(alert.ChangeReopened, a)
		time.Sleep(90 * time.Minute)
		if n, last := reminders(t, h); n != 3 || last.Round != 1 {
			t.Errorf("since it was reopened there are %d reminders, the last %+v", n, last)
		}
	})
}
