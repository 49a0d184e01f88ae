package notify_test

import (
	"net/http"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nightjar-sec/nightjar/internal/alert"
	"github.com/nightjar-sec/nightjar/internal/alert/notify"
	"github.com/nightjar-sec/nightjar/internal/alert/notify/notifytest"
)

// TestWhoRepairsAChannelNeedNotWait has what waits go at once when somebody
// tried the channel with success, or has it sent again, by the console or a
// command of another process.
func TestWhoRepairsAChannelNeedNotWait(t *testing.T) {
	t.Parallel()
	for name, ask := range map[string]func(t *testing.T, n *notify.Notifier, channel, delivery string) error{
		"tried": func(t *testing.T, n *notify.Notifier, channel, _ string) error {
			_, err := n.Test(t.Context(), channel)
			return err
		},
		"sent again": func(t *testing.T, n *notify.Notifier, _, delivery string) error {
			_, err := n.Retry(t.Context(), []string{delivery}, "")
			return err
		},
		"all sent again": func(t *testing.T, n *notify.Notifier, channel, _ string) error {
			_, err := n.Retry(t.Context(), nil, channel)
			return err
		},
		"changed": func(t *testing.T, n *notify.Notifier, channel, _ string) error {
			most := 12
			_, err := n.Change(t.Context(), channel, notify.ChannelChange{PerMinute: &most})
			return err
		},
	} {
		for who, own := range map[string]bool{"here": true, "elsewhere": false} {
			t.Run(name+" "+who, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					b := setup(t)
					var well atomic.Bool
					h, c := b.hook("hook", "webhook", func(int, *http.Request, []byte) notifytest.Act {
						if well.Load() {
							return notifytest.Act{}
						}
						return notifytest.Act{Status: 403, Lost: true}
					})
					stop := b.run()
					defer stop()
					b.change(alert.ChangeOpened, someAlert(1))
					time.Sleep(20 * time.Minute)
					for before := h.Asked(); h.Asked() == before; {
						time.Sleep(time.Second)
					}
					well.Store(true)
					by := b.Notifier
					if !own {
						var err error
						if by, err = notify.New(b.cfg); err != nil {
							t.Fatal(err)
						}
					}
					if err := ask(t, by, c.ID, b.deliveries(notify.DeliveryFilter{})[0].ID); err != nil {
						t.Fatal(err)
					}
					time.Sleep(5 * time.Second)
					if d := b.deliveries(notify.DeliveryFilter{})[0]; d.Status != notify.StatusSent {
						t.Errorf("five seconds later it is %s, next at %s", d.Status, d.Next)
					}
				})
			})
		}
	}
}

// TestWhatOneChannelIsToldEndsNoPauseOfAnother has a receiver ask for ten
// minutes of rest, while routes and other channels change and are tried again.
func TestWhatOneChannelIsToldEndsNoPauseOfAnother(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t)
		tired := map[string]string{"Retry-After": "600"}
		h, c := b.hook("hook", "webhook", func(int, *http.Request, []byte) notifytest.Act {
			return notifytest.Act{Status: 429, Lost: true, Header: tired}
		})
		_, other := b.hook("other", "webhook", nil)
		b.routes(oneByOne(c))
		stop := b.run()
		defer stop()
		for i := range 2 {
			b.change(alert.ChangeOpened, someAlert(i+1))
			time.Sleep(10 * time.Second)
		}
		before, most := h.Asked(), 12
		b.routes(oneByOne(c, other))
		if _, err := b.Change(t.Context(), other.ID, notify.ChannelChange{PerMinute: &most}); err != nil {
			t.Fatal(err)
		}
		if _, err := b.Retry(t.Context(), nil, other.ID); err != nil {
			t.Fatal(err)
		}
		b.change(alert.ChangeOpened, someAlert(3))
		time.Sleep(time.Minute)
		if after := h.Asked(); after != before {
			t.Errorf("it was asked %d times more", after-before)
		}
	})
}
