package notify_test

import (
	"context"
	"errors"
	"net/http"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/alert/notify"
	"github.com/nightjar-sec/nightjar/internal/alert/notify/notifytest"
	"github.com/nightjar-sec/nightjar/internal/secret"
)

// TestTheHeartBeatsWhileAllIsWell stops when something is not, and warns when
// the monitor does not answer.
func TestTheHeartBeatsWhileAllIsWell(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t)
		var ill, deaf atomic.Bool
		h := &notifytest.Hook{Answer: func(int, *http.Request, []byte) notifytest.Act {
			if deaf.Load() {
				return notifytest.Act{Status: 503, Lost: true}
			}
			return notifytest.Act{}
		}}
		h.Serve(b.net.Listen("example.com:443"), b.net.TLS())
		defer h.Close()
		heart, err := notify.NewHeartbeat(notify.HeartbeatConfig{
			URL: secret.New("https://example.com/ping/secret"), Every: 5 * time.Minute, Environment: b.Environment(), Warnings: b.warns,
			Healthy: func(context.Context) error {
				if ill.Load() {
					return errors.New("detection is behind")
				}
				return nil
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() {
			defer close(done)
			_ = heart.Run(ctx) // says only that it was stopped
		}()
		hour := func() int {
			before := len(h.Seen())
			time.Sleep(time.Hour)
			synctest.Wait()
			return len(h.Seen()) - before
		}
		time.Sleep(time.Minute)
		if n := hour(); n != 12 || h.Seen()[0].Method != http.MethodGet {
			t.Errorf("%d beats an hour", n)
		}
		ill.Store(true)
		if n := hour(); n != 0 {
			t.Errorf("%d beats while detection is behind", n)
		}
		ill.Store(false)
		deaf.Store(true)
		if n := hour(); n != 0 || !b.warns.has(nightjar.WarnHeartbeatFailing, "") {
			t.Error("nobody is warned that the monitor does not answer")
		}
		deaf.Store(false)
		if n := hour(); n != 12 || b.warns.has(nightjar.WarnHeartbeatFailing, "") {
			t.Errorf("%d beats, and a warning that stays", n)
		}
		stop()
		<-done
		time.Sleep(10 * time.Second) // until connections have said goodbye
	})
}
