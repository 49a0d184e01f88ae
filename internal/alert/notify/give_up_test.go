package notify_test

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/alert"
	"github.com/nightjar-sec/nightjar/internal/alert/notify"
	"github.com/nightjar-sec/nightjar/internal/alert/notify/notifytest"
)

// TestALongOutageGivesUpAllThatIsOld has more wait for a channel than it tries
// in turn, of a kind that takes one alert in a message.
func TestALongOutageGivesUpAllThatIsOld(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t, func(c *notify.Config) { c.LookEvery = time.Hour })
		_, c := b.hook("hook", "pagerduty", func(int, *http.Request, []byte) notifytest.Act { return notifytest.Act{Status: 429, Lost: true} })
		b.routes(oneByOne(c))
		stop := b.run()
		defer stop()
		for i := range 20 {
			b.change(alert.ChangeOpened, someAlert(i+1))
		}
		time.Sleep(71 * time.Hour)
		if now, err := b.Get(t.Context(), c.ID); err != nil || now.Waiting != 20 || now.Dead != 0 {
			t.Errorf("within three days %d wait and %d are dead, %v", now.Waiting, now.Dead, err)
		}
		time.Sleep(25 * time.Hour)
		if now, err := b.Get(t.Context(), c.ID); err != nil || now.Waiting != 0 || now.Dead != 20 {
			t.Errorf("after four days %d wait and %d are dead, %v", now.Waiting, now.Dead, err)
		}
		if !b.warns.has(nightjar.WarnNotificationLost, "hook") {
			t.Error("nobody is warned of what is lost")
		}
	})
}
