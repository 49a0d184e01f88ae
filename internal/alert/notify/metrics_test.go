package notify_test

import (
	"maps"
	"net/http"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/alert"
	"github.com/nightjar-sec/nightjar/internal/alert/notify"
	"github.com/nightjar-sec/nightjar/internal/alert/notify/notifytest"
)

// measured is what a registry says of a metric, by the values of its labels in
// the order of their names; of a histogram how many there are and their sum.
func measured(t *testing.T, r *prometheus.Registry, name string) map[string]float64 {
	t.Helper()
	families, err := r.Gather()
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]float64{}
	for _, f := range families {
		if f.GetName() != name {
			continue
		}
		for _, m := range f.GetMetric() {
			key := ""
			for _, l := range m.GetLabel() {
				key += l.GetValue() + " "
			}
			switch {
			case m.GetHistogram() != nil:
				out[key+"count"], out[key+"sum"] = float64(m.GetHistogram().GetSampleCount()), m.GetHistogram().GetSampleSum()
			case m.GetGauge() != nil:
				out[key] = m.GetGauge().GetValue()
			default:
				out[key] = m.GetCounter().GetValue()
			}
		}
	}
	return out
}

// TestMetricsOfASinkThatFailsAndWorksAgain goes by the numbers through an hour
// in which the sink takes nothing.
func TestMetricsOfASinkThatFailsAndWorksAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := prometheus.NewRegistry()
		b := setup(t, func(c *notify.Config) { c.Registerer, c.LookEvery = r, time.Minute })
		h, c := b.hook("the name of a channel", "webhook", func(int, *http.Request, []byte) notifytest.Act {
			return notifytest.Act{Status: http.StatusTooManyRequests, Lost: true}
		})
		b.routes(oneByOne(c))
		is := func(when, name, key string, least, most float64) {
			t.Helper()
			all := measured(t, r, name)
			if got, there := all[key]; !there || got < least || got > most {
				t.Errorf("%s %s of %q is %v, want %v to %v: %v", when, name, key, got, least, most, all)
			}
		}
		const deliveries, delay, oldest, waiting = "nightjar_notify_deliveries_total", "nightjar_notify_delay_seconds", "nightjar_notify_oldest_waiting_seconds", "nightjar_notify_messages"
		is("at first", deliveries, "webhook sent ", 0, 0)
		stop := b.run()
		synctest.Wait()
		is("at first", oldest, "webhook ", 0, 0)
		for i := range 3 {
			a := someAlert(i)
			b.change(alert.ChangeOpened, a)
			a.Status, a.Version = alert.StatusClosed, 2
			b.change(alert.ChangeClosed, a)
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		retried := measured(t, r, deliveries)["webhook retried "]
		is("after an hour", deliveries, "webhook retried ", float64(h.Asked()), float64(h.Asked()))
		is("after an hour", deliveries, "webhook sent ", 0, 0)
		is("after an hour", waiting, "webhook waiting ", 6, 6)
		is("after an hour", oldest, "webhook ", 3600-60, 3600)

		h.Behave(nil)
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		is("after it", deliveries, "webhook sent ", 6, 6)
		is("after it", deliveries, "webhook retried ", retried, retried)
		is("after it", deliveries, "webhook dead ", 0, 0)
		is("after it", waiting, "webhook waiting ", 0, 0)
		is("after it", oldest, "webhook ", 0, 0)
		// That an alert was closed is not what a finding did.
		is("after it", delay, "webhook count", 3, 3)
		is("after it", delay, "webhook sum", 3*3600, 3*4200)
		is("after it", "nightjar_notify_notices_total", "opened ", 3, 3)
		stop()
		problems, err := testutil.GatherAndLint(r)
		if err != nil || len(problems) != 0 {
			t.Errorf("lint: %v, %v", problems, err)
		}
	})
}

// TestMetricsOfWhatIsGivenUpAndWhatIsInDoubt counts these apart, and names no channel.
func TestMetricsOfWhatIsGivenUpAndWhatIsInDoubt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := prometheus.NewRegistry()
		b := setup(t, func(c *notify.Config) { c.Registerer, c.RetryFor, c.LookEvery = r, time.Hour, time.Minute })
		_, refusing := b.hook("refusing", "webhook", func(int, *http.Request, []byte) notifytest.Act {
			return notifytest.Act{Status: http.StatusBadRequest, Lost: true}
		})
		_, failing := b.hook("failing", "teams", func(int, *http.Request, []byte) notifytest.Act {
			return notifytest.Act{Status: http.StatusServiceUnavailable, Lost: true}
		})
		_, odd := b.hook("odd", "slack", func(int, *http.Request, []byte) notifytest.Act { return notifytest.Act{Reset: true} })
		hold := notify.DoubtHold
		if _, err := b.Change(t.Context(), odd.ID, notify.ChannelChange{OnDoubt: &hold}); err != nil {
			t.Fatal(err)
		}
		b.routes(oneByOne(refusing, failing, odd))
		stop := b.run()
		b.change(alert.ChangeOpened, someAlert(1))
		time.Sleep(2 * time.Hour)
		synctest.Wait()
		stop()
		got := measured(t, r, "nightjar_notify_deliveries_total")
		if got["teams retried "] < 3 {
			t.Errorf("retried %v times", got["teams retried "])
		}
		for _, key := range slices.Sorted(maps.Keys(got)) {
			want := map[string]float64{"webhook dead ": 1, "teams dead ": 1, "slack doubtful ": 1, "teams retried ": got["teams retried "]}[key]
			if got[key] != want {
				t.Errorf("%s: %v, want %v", key, got[key], want)
			}
		}
		if n := measured(t, r, "nightjar_notify_delay_seconds"); len(n) != 0 {
			t.Errorf("nothing arrived, and took %v", n)
		}
		if got := measured(t, r, "nightjar_notify_messages"); got["webhook dead "] != 1 || got["slack doubtful "] != 1 {
			t.Errorf("left: %v", got)
		}
	})
}

// TestWhatQuietHoursHoldIsNotStuck holds an alert back overnight, and counts
// nothing of a channel that is switched off.
func TestWhatQuietHoursHoldIsNotStuck(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := prometheus.NewRegistry()
		b := setup(t, func(c *notify.Config) { c.Registerer, c.LookEvery = r, 10*time.Minute })
		_, c := b.hook("hook", "webhook", nil)
		route := oneByOne(c)
		// The bubble begins at midnight.
		route.Quiet = &notify.Quiet{From: "00:00", To: "06:00", Zone: "UTC"}
		b.routes(route)
		stop := b.run()
		a := someAlert(1)
		a.Severity = nightjar.SeverityMedium
		b.change(alert.ChangeOpened, a)
		time.Sleep(5 * time.Hour)
		synctest.Wait()
		waits, age := measured(t, r, "nightjar_notify_messages")["webhook waiting "], measured(t, r, "nightjar_notify_oldest_waiting_seconds")["webhook "]
		if waits != 1 || age != 0 {
			t.Errorf("in quiet hours %v wait, since %v s", waits, age)
		}
		off := false
		if _, err := b.Change(t.Context(), c.ID, notify.ChannelChange{Enabled: &off}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(5 * time.Hour)
		synctest.Wait()
		waits, age = measured(t, r, "nightjar_notify_messages")["webhook waiting "], measured(t, r, "nightjar_notify_oldest_waiting_seconds")["webhook "]
		if waits != 1 || age != 0 {
			t.Errorf("of a channel that is off %v wait, since %v s", waits, age)
		}
		stop()
	})
}
