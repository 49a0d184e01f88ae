package notify_test

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/alert"
	"github.com/nightjar-sec/nightjar/internal/alert/notify"
	"github.com/nightjar-sec/nightjar/internal/alert/notify/notifytest"
)

// TestARetryDoesNotReopenWhatIsResolved has the opening of an alert given up,
// and its closing taken. One whose closing was given up too is told of again.
func TestARetryDoesNotReopenWhatIsResolved(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t)
		refuse := func(what ...string) func(int, *http.Request, []byte) notifytest.Act {
			return func(_ int, _ *http.Request, body []byte) notifytest.Act {
				for _, s := range what {
					if strings.Contains(string(body), s) {
						return notifytest.Act{Status: 400, Lost: true}
					}
				}
				return notifytest.Act{}
			}
		}
		h, c := b.hook("hook", "webhook", refuse(`"state":"opened"`, `"alert":"A-0002"`))
		b.routes(oneByOne(c))
		stop := b.run()
		defer stop()
		for i := range 2 {
			a := someAlert(i + 1)
			b.change(alert.ChangeOpened, a)
			time.Sleep(time.Minute)
			a.Status, a.Version = alert.StatusClosed, 2
			b.change(alert.ChangeClosed, a)
			time.Sleep(time.Minute)
		}
		synctest.Wait()
		h.Behave(nil)
		dead := b.deliveries(notify.DeliveryFilter{Status: notify.StatusDead, Alert: "A-0001"})
		if len(dead) != 1 {
			t.Fatalf("given up: %+v", dead)
		}
		if _, err := b.Retry(t.Context(), []string{dead[0].ID}, ""); nightjar.CodeOf(err) != nightjar.CodeConflict {
			t.Errorf("the opening of a closed alert is sent again: %v", err)
		}
		if n, err := b.Retry(t.Context(), nil, c.ID); err != nil || n != 2 {
			t.Errorf("%d are sent again, %v", n, err)
		}
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		if got, want := told(t, h), "A-0001 closed, A-0002 opened, A-0002 closed"; got != want {
			t.Errorf("told: %s, want %s", got, want)
		}
		dead = b.deliveries(notify.DeliveryFilter{Status: notify.StatusDead})
		if now, err := b.Get(t.Context(), c.ID); err != nil || now.Dead != 0 || len(dead) != 1 || !strings.Contains(dead[0].Problem, "superseded") || b.warns.has(nightjar.WarnNotificationLost, "hook") {
			t.Errorf("%+v, given up: %+v, %v", now, dead, err)
		}
	})
}
