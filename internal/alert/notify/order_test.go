package notify_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/alert"
	"github.com/nightjar-sec/nightjar/internal/alert/notify/notifytest"
)

// told are the alerts and states that a webhook got, in order.
func told(t *testing.T, h *notifytest.Hook) string {
	t.Helper()
	var out []string
	for _, p := range h.Seen() {
		for _, n := range bodyOf(t, p).Notices {
			out = append(out, n.Alert+" "+string(n.State))
		}
	}
	return strings.Join(out, ", ")
}

// TestTheMostSevereGoFirst has alerts wait until somebody sends them. One of
// them turned critical: all that waits of it is as urgent, and goes in its order.
func TestTheMostSevereGoFirst(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t)
		h, c := b.hook("pager", "webhook", nil)
		b.routes(oneByOne(c))
		for i, severity := range []nightjar.Severity{"low", "high", "medium", "critical"} {
			a := someAlert(i)
			a.Severity = severity
			b.change(alert.ChangeOpened, a)
		}
		a := someAlert(2)
		a.Severity, a.Version = nightjar.SeverityCritical, 2
		b.change(alert.ChangeRaised, a)
		stop := b.run()
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		stop()
		if got, want := told(t, h), "A-0002 opened, A-0003 opened, A-0002 raised, A-0001 opened, A-0000 opened"; got != want {
			t.Errorf("told: %s, want %s", got, want)
		}
	})
}

// TestASecondRaiseIsTold gives an alert back a severity that it had before.
func TestASecondRaiseIsTold(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t)
		h, c := b.hook("hook", "webhook", nil)
		b.routes(oneByOne(c))
		stop := b.run()
		a := someAlert(1)
		b.change(alert.ChangeOpened, a)
		a.Severity = nightjar.SeverityCritical
		for _, version := range []int64{2, 4, 4} { // 3 lowered it, and the last is told again
			a.Version = version
			b.change(alert.ChangeRaised, a)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		stop()
		if got, want := told(t, h), "A-0001 opened, A-0001 raised, A-0001 raised"; got != want {
			t.Errorf("told: %s, want %s", got, want)
		}
	})
}
