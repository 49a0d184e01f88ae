package notify_test

import (
	"net/http"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nightjar-sec/nightjar/internal/alert"
	"github.com/nightjar-sec/nightjar/internal/alert/notify/notifytest"
)

// TestATrialThatArrivedSaysSo has the catalog fail after a test message was
// taken, so that what waits cannot be hurried.
func TestATrialThatArrivedSaysSo(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t)
		var well atomic.Bool
		_, c := b.hook("hook", "webhook", func(int, *http.Request, []byte) notifytest.Act {
			if !well.Load() {
				return notifytest.Act{Status: 403, Lost: true}
			}
			_ = b.db.Close() // nothing is kept from here on
			return notifytest.Act{}
		})
		stop := b.run()
		b.change(alert.ChangeOpened, someAlert(1))
		time.Sleep(time.Minute)
		stop()
		well.Store(true)
		if got, err := b.Test(t.Context(), c.ID); err != nil || !got.OK {
			t.Errorf("a message that was taken: %+v, %v", got, err)
		}
	})
}
