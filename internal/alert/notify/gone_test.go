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

// TestNobodyIsWarnedOfAChannelThatIsGone has another process, as a command is,
// rename a failing channel and then remove it.
func TestNobodyIsWarnedOfAChannelThatIsGone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t, func(c *notify.Config) { c.LookEvery = time.Minute })
		_, hook := b.hook("hook", "webhook", func(int, *http.Request, []byte) notifytest.Act { return notifytest.Act{Status: 500, Lost: true} })
		stop := b.run()
		defer stop()
		b.change(alert.ChangeOpened, someAlert(1))
		time.Sleep(time.Hour)
		if !b.warns.has(nightjar.WarnNotifierFailing, "hook") {
			t.Fatal("nobody is warned of a channel that fails")
		}
		command := b.cfg
		command.Warnings = nil
		elsewhere, err := notify.New(command)
		if err != nil {
			t.Fatal(err)
		}
		name := "another"
		if _, err := elsewhere.Change(t.Context(), hook.ID, notify.ChannelChange{Name: &name}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		if b.warns.has(nightjar.WarnNotifierFailing, "hook") || !b.warns.has(nightjar.WarnNotifierFailing, name) {
			t.Errorf("of a channel that has another name people are warned by %v", b.warns)
		}
		if _, err := elsewhere.Remove(t.Context(), hook.ID); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		if b.warns.has(nightjar.WarnNotifierFailing, name) {
			t.Error("people are warned of a channel that was removed")
		}
	})
}
