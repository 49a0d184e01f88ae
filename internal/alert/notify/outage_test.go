package notify_test

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/alert"
	"github.com/nightjar-sec/nightjar/internal/alert/notify"
	"github.com/nightjar-sec/nightjar/internal/alert/notify/notifytest"
	"github.com/nightjar-sec/nightjar/internal/clock"
)

var alertID = regexp.MustCompile(`A-[0-9]{4}`)

// times counts how often each alert is seen in what a sink took.
func times(taken []string) map[string]int {
	out := map[string]int{}
	for _, text := range taken {
		here := map[string]bool{}
		for _, id := range alertID.FindAllString(text, -1) {
			here[id] = true
		}
		for id := range here {
			out[id]++
		}
	}
	return out
}

func bodies(h *notifytest.Hook) []string {
	var out []string
	for _, p := range h.Seen() {
		out = append(out, string(p.Body))
	}
	return out
}

// TestADayOfTroubleLosesAndDoublesNothing has six sinks in trouble for a day,
// each in a way of its own, beside one that is well. All alerts arrive after,
// each once, and the one that is well gets each within a second.
func TestADayOfTroubleLosesAndDoublesNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t, func(c *notify.Config) { c.LookEvery = time.Minute })
		var trouble atomic.Bool
		trouble.Store(true)
		during := func(act notifytest.Act) func(int, *http.Request, []byte) notifytest.Act {
			return func(int, *http.Request, []byte) notifytest.Act {
				if trouble.Load() {
					return act
				}
				return notifytest.Act{}
			}
		}
		well, wellChannel := b.hook("well", "webhook", nil)
		hanging, hangingChannel := b.hook("hanging", "webhook", during(notifytest.Act{Hang: true, Lost: true}))
		broken, brokenChannel := b.hook("broken", "slack", during(notifytest.Act{Status: 500, Lost: true}))
		throttling, throttlingChannel := b.hook("throttling", "teams", during(notifytest.Act{Status: 429, Lost: true, Header: map[string]string{"Retry-After": "600"}}))
		resetting, resettingChannel := b.hook("resetting", "pagerduty", during(notifytest.Act{Reset: true, Lost: true}))
		mail := &notifytest.SMTP{TLS: b.net.TLS()}
		mailChannel := b.add(notify.Channel{Name: "mail", Kind: "email", PerMinute: 6000, Settings: map[string]string{"server": "example.com:587", "from": "nightjar@example.com", "to": "soc@example.com"}}, nil)
		log := &notifytest.Syslog{}
		logChannel := b.add(notify.Channel{Name: "syslog", Kind: "syslog", PerMinute: 6000, Settings: map[string]string{"server": "example.com:6514", "format": "json"}}, nil)
		b.routes(oneByOne(wellChannel, hangingChannel, brokenChannel, throttlingChannel, resettingChannel, mailChannel, logChannel))
		stop := b.run()

		const alerts = 48
		for i := range alerts {
			b.change(alert.ChangeOpened, someAlert(i))
			time.Sleep(time.Second)
			synctest.Wait()
			if seen := len(well.Seen()); seen != i+1 {
				t.Fatalf("a second after alert %d the sink that is well has %d", i, seen)
			}
			time.Sleep(30 * time.Minute)
		}
		if n := hanging.Asked(); n < 48 || n > 1500 {
			t.Errorf("the sink that hangs was asked %d times in a day", n)
		}
		// It asked to be left alone for ten minutes, each time.
		if n := throttling.Asked(); n < 48 || n > 150 {
			t.Errorf("the sink that throttles was asked %d times in a day", n)
		}
		for _, name := range []string{"hanging", "broken", "throttling", "resetting", "mail", "syslog"} {
			if !b.warns.has(nightjar.WarnNotifierFailing, name) {
				t.Errorf("nobody is warned that %s fails", name)
			}
		}
		if b.warns.has(nightjar.WarnNotifierFailing, "well") {
			t.Error("the sink that is well is said to fail")
		}

		trouble.Store(false)
		mail.Serve(b.net.Listen("example.com:587"))
		log.Serve(b.net.Listen("example.com:6514"), b.net.TLS())
		time.Sleep(20 * time.Minute)
		synctest.Wait()
		stop()
		var mails []string
		for _, m := range mail.Seen() {
			mails = append(mails, m.Text)
		}
		mail.Close()
		log.Close()
		for name, taken := range map[string][]string{"well": bodies(well), "hanging": bodies(hanging), "broken": bodies(broken), "throttling": bodies(throttling), "resetting": bodies(resetting), "mail": mails, "syslog": log.Seen()} {
			seen := times(taken)
			for i := range alerts {
				// A card of chat shows the first of many, and says how many more there are.
				if n := seen[someAlert(i).ID]; n > 1 || n == 0 && !strings.Contains(strings.Join(taken, ""), " more") {
					t.Errorf("%s saw %s %d times", name, someAlert(i).ID, n)
				}
			}
		}
		if b.warns.has(nightjar.WarnNotifierFailing, "hanging") || len(b.deliveries(notify.DeliveryFilter{Status: notify.StatusDead})) != 0 {
			t.Error("after all has arrived, something still fails")
		}
	})
}

// TestTheStatesOfAnAlertArriveInOrder opens and closes alerts while the sink
// takes each second request.
func TestTheStatesOfAnAlertArriveInOrder(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t)
		h, c := b.hook("odd", "webhook", func(n int, _ *http.Request, _ []byte) notifytest.Act {
			return notifytest.Act{Status: []int{200, 503}[n%2], Lost: n%2 == 1}
		})
		b.routes(oneByOne(c))
		stop := b.run()
		for i := range 10 {
			a := someAlert(i)
			b.change(alert.ChangeOpened, a)
			a.Severity = nightjar.SeverityCritical
			b.change(alert.ChangeRaised, a)
			a.Status, a.Version = alert.StatusClosed, 2
			b.change(alert.ChangeClosed, a)
		}
		time.Sleep(time.Hour)
		stop()
		got := map[string][]notify.State{}
		for _, p := range h.Seen() {
			for _, n := range bodyOf(t, p).Notices {
				got[n.Alert] = append(got[n.Alert], n.State)
			}
		}
		for i := range 10 {
			if s := got[someAlert(i).ID]; len(s) != 3 || s[0] != notify.StateOpened || s[1] != notify.StateRaised || s[2] != notify.StateClosed {
				t.Errorf("%s arrived as %v", someAlert(i).ID, s)
			}
		}
	})
}

// TestAMessageThatNobodyTakesHoldsUpNoOther has a sink that fails for one
// alert alone, always with 500.
func TestAMessageThatNobodyTakesHoldsUpNoOther(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t, func(c *notify.Config) { c.RetryFor = time.Hour })
		h, c := b.hook("picky", "webhook", func(_ int, _ *http.Request, body []byte) notifytest.Act {
			if strings.Contains(string(body), "A-0000") {
				return notifytest.Act{Status: 500, Lost: true, Body: "cannot eat this: https://example.com/services/T0000/verysecretpath"}
			}
			return notifytest.Act{}
		})
		b.routes(oneByOne(c))
		stop := b.run()
		for i := range 20 {
			b.change(alert.ChangeOpened, someAlert(i))
			time.Sleep(time.Second)
			synctest.Wait()
			if n := len(h.Seen()); n != i {
				t.Fatalf("a second after alert %d there are %d", i, n)
			}
			time.Sleep(time.Minute)
		}
		time.Sleep(2 * time.Hour)
		synctest.Wait()
		dead := b.deliveries(notify.DeliveryFilter{Status: notify.StatusDead})
		if len(dead) != 1 || dead[0].Notices[0].Alert != "A-0000" || dead[0].Attempts < 5 || dead[0].Problem == "" {
			t.Fatalf("given up: %+v", dead)
		}
		if strings.Contains(dead[0].Said, "verysecret") || !strings.Contains(dead[0].Said, "cannot eat this") {
			t.Errorf("it said: %q", dead[0].Said)
		}
		if !b.warns.has(nightjar.WarnNotificationLost, "picky") {
			t.Error("nobody is warned")
		}
		// Once the sink is repaired it can be sent again.
		h.Behave(nil)
		if n, err := b.Retry(t.Context(), nil, c.ID); err != nil || n != 1 {
			t.Fatal(n, err)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if n := times(bodies(h)); n["A-0000"] != 1 || len(n) != 20 {
			t.Errorf("after the retry: %v", n)
		}
		time.Sleep(20 * time.Second)
		synctest.Wait()
		if b.warns.has(nightjar.WarnNotificationLost, "picky") {
			t.Error("the warning stays")
		}
		stop()
	})
}

// TestAWebhookIsSignedAndNamed checks what docs/notify.md promises receivers.
func TestAWebhookIsSignedAndNamed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t)
		h, c := b.hook("hook", "webhook", nil)
		b.routes(oneByOne(c))
		stop := b.run()
		b.change(alert.ChangeOpened, someAlert(7))
		time.Sleep(time.Second)
		stop()
		p := h.Seen()[0]
		body := bodyOf(t, p)
		if want := signature(key, p.Header.Get("Nightjar-Timestamp"), p.Body); p.Header.Get("Nightjar-Signature") != "v1="+want {
			t.Errorf("signature %q, want %q", p.Header.Get("Nightjar-Signature"), want)
		}
		if body.Key == "" || p.Header.Get("Idempotency-Key") != body.Key || body.Version != 1 {
			t.Errorf("the message is %+v, its key %q", body, p.Header.Get("Idempotency-Key"))
		}
		n := body.Notices[0]
		if n.TenantName != "Contoso" || n.Link != "https://nightjar.example.com/alerts/A-0007" || n.Reason != someAlert(7).Reason {
			t.Errorf("the notice is %+v", n)
		}
		var raw map[string]any
		if err := json.Unmarshal(p.Body, &raw); err != nil || raw["severity"] != "high" {
			t.Errorf("%v %v", raw["severity"], err)
		}
	})
}

// TestAWebhookIsSignedAtTheWallsTime runs where time is a rehearsal's: a
// receiver refuses what is signed at another time than its own.
func TestAWebhookIsSignedAtTheWallsTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t, func(c *notify.Config) { c.Clock = clock.Scaled(time.Now().Add(-30*time.Hour), 20) })
		h, c := b.hook("hook", "webhook", nil)
		b.routes(oneByOne(c))
		stop := b.run()
		b.change(alert.ChangeOpened, someAlert(7))
		time.Sleep(time.Second)
		stop()
		at, err := strconv.ParseInt(h.Seen()[0].Header.Get("Nightjar-Timestamp"), 10, 64)
		if away := time.Since(time.Unix(at, 0)); err != nil || away < 0 || away > time.Minute {
			t.Errorf("it was signed %s away: %v", away, err)
		}
	})
}
