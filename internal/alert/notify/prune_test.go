package notify_test

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nightjar-sec/nightjar/internal/alert"
	"github.com/nightjar-sec/nightjar/internal/alert/notify"
	"github.com/nightjar-sec/nightjar/internal/alert/notify/notifytest"
)

// TestWhatWaitsForAChannelThatIsOffHasABound turns a channel on again after
// some time: what is older than a season is not what people want to hear.
func TestWhatWaitsForAChannelThatIsOffHasABound(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t, func(c *notify.Config) { c.LookEvery = time.Hour })
		h, c := b.hook("hook", "webhook", nil)
		turn := func(on bool) {
			if _, err := b.Change(t.Context(), c.ID, notify.ChannelChange{Enabled: &on}); err != nil {
				t.Fatal(err)
			}
		}
		b.routes(oneByOne(c))
		turn(false)
		b.change(alert.ChangeOpened, someAlert(1))
		time.Sleep(60 * 24 * time.Hour)
		b.change(alert.ChangeOpened, someAlert(2))
		if now, err := b.Get(t.Context(), c.ID); err != nil || now.Waiting != 2 {
			t.Fatalf("after two months %d wait, %v", now.Waiting, err)
		}
		time.Sleep(31 * 24 * time.Hour)
		// It prunes as it begins, and once an hour.
		stop := b.run()
		defer stop()
		time.Sleep(time.Minute)
		turn(true)
		time.Sleep(time.Hour)
		if seen := h.Seen(); len(seen) != 1 || bodyOf(t, seen[0]).Notices[0].Alert != "A-0002" {
			t.Errorf("after three months %d messages come", len(seen))
		}
	})
}

// TestNoOpeningOutlivesItsEnd has a channel go off that refused an opening, and
// the end of that alert wait beside it.
func TestNoOpeningOutlivesItsEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t, func(c *notify.Config) { c.LookEvery = time.Hour })
		h, c := b.hook("hook", "webhook", func(n int, _ *http.Request, _ []byte) notifytest.Act {
			if n == 1 {
				return notifytest.Act{Status: 429, Lost: true}
			}
			return notifytest.Act{}
		})
		turn := func(on bool) {
			if _, err := b.Change(t.Context(), c.ID, notify.ChannelChange{Enabled: &on}); err != nil {
				t.Fatal(err)
			}
		}
		b.routes(oneByOne(c))
		stop := b.run()
		a := someAlert(1)
		b.change(alert.ChangeOpened, a)
		time.Sleep(time.Second)
		turn(false)
		a.Status, a.Disposition, a.Version = alert.StatusClosed, alert.DispositionBenign, 2
		b.change(alert.ChangeClosed, a)
		stop()
		time.Sleep(91 * 24 * time.Hour)
		b.reopen()
		stop = b.run()
		defer stop()
		time.Sleep(time.Minute)
		turn(true)
		time.Sleep(time.Hour)
		if all := b.deliveries(notify.DeliveryFilter{}); len(h.Seen()) != 0 || len(all) != 0 {
			t.Errorf("after three months %d messages come, of %+v", len(h.Seen()), all)
		}
	})
}

// TestWhatWaitedLongIsTriedAsLongAsAllElse has a channel refuse messages that
// was off for a week: one that it refused before, and one that came meanwhile.
func TestWhatWaitedLongIsTriedAsLongAsAllElse(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t, func(c *notify.Config) { c.LookEvery = time.Hour })
		h, c := b.hook("hook", "webhook", func(n int, _ *http.Request, _ []byte) notifytest.Act {
			if n < 5 {
				return notifytest.Act{Status: 429, Lost: true}
			}
			return notifytest.Act{}
		})
		stop := b.run()
		defer stop()
		b.routes(oneByOne(c))
		off, on := false, true
		b.change(alert.ChangeOpened, someAlert(1))
		time.Sleep(time.Second)
		if _, err := b.Change(t.Context(), c.ID, notify.ChannelChange{Enabled: &off}); err != nil {
			t.Fatal(err)
		}
		b.change(alert.ChangeOpened, someAlert(2))
		time.Sleep(7 * 24 * time.Hour)
		if _, err := b.Change(t.Context(), c.ID, notify.ChannelChange{Enabled: &on}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		if len(h.Seen()) != 2 {
			t.Errorf("one was given up: %+v", b.deliveries(notify.DeliveryFilter{}))
		}
	})
}
