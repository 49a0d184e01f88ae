package notify_test

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/alert"
	"github.com/nightjar-sec/nightjar/internal/alert/notify"
)

// at has a bubble's clock show a time; bubbles begin at 2000-01-01 00:00 UTC.
func at(t *testing.T, when time.Time) {
	t.Helper()
	time.Sleep(time.Until(when))
}

// TestRoutesAreAskedInOrder says where alerts of several sorts go.
func TestRoutesAreAskedInOrder(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, soc := b.hook("soc", "webhook", nil)
	_, oncall := b.hook("oncall", "webhook", nil)
	_, exchange := b.hook("exchange", "webhook", nil)
	try := func(n notify.Notice) string {
		t.Helper()
		if n.State == "" {
			n.State = notify.StateOpened
		}
		hits, err := b.Try(t.Context(), n, nil)
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, h := range hits {
			if h.Notified {
				names = append(names, h.Route)
			}
		}
		return strings.Join(names, ",")
	}
	if got := try(notify.Notice{Severity: "low"}); got != "everything" {
		t.Errorf("before routes were saved: %q", got)
	}
	b.routes(
		notify.Route{Name: "urgent", Severities: []nightjar.Severity{"high", "critical"}, Channels: []string{oncall.ID}, Continue: true},
		notify.Route{Name: "mail", Packs: []string{"exchange"}, Tags: []string{"attack.T1114*"}, Channels: []string{exchange.ID}},
		notify.Route{Name: "nobody", Tenants: []nightjar.TenantID{fabrikam}},
		notify.Route{Name: "rest", Channels: []string{soc.ID}, States: []notify.State{notify.StateOpened}},
	)
	for _, c := range []struct {
		notice notify.Notice
		want   string
	}{
		{notify.Notice{Severity: "high", Tenant: contoso}, "urgent,rest"},
		{notify.Notice{Severity: "low", Tenant: contoso}, "rest"},
		{notify.Notice{Severity: "low", Tenant: contoso, State: notify.StateClosed}, ""},
		{notify.Notice{Severity: "critical", Pack: "exchange", Tags: []string{"attack.t1114.003"}}, "urgent,mail"},
		{notify.Notice{Severity: "low", Pack: "exchange", Tags: []string{"attack.t1110"}}, "rest"},
		{notify.Notice{Severity: "low", Tenant: fabrikam}, ""},
		{notify.Notice{Severity: "high", Tenant: fabrikam, State: notify.StateClosed}, "urgent"},
	} {
		if got := try(c.notice); got != c.want {
			t.Errorf("%+v goes to %q, want %q", c.notice, got, c.want)
		}
	}
	// Of a channel that is removed the routes no longer speak.
	if _, err := b.Remove(t.Context(), oncall.ID); err != nil {
		t.Fatal(err)
	}
	if got := try(notify.Notice{Severity: "high", Tenant: contoso}); got != "rest" {
		t.Errorf("after the channel is gone: %q", got)
	}
	for _, r := range []notify.Route{
		{Name: "x", Channels: []string{"c-none"}},
		{Name: ""},
		{Name: "x", Severities: []nightjar.Severity{"huge"}},
		{Name: "x", GroupBy: "moon"},
		{Name: "x", RepeatSeconds: 5},
		{Name: "x", Quiet: &notify.Quiet{From: "22:00", To: "7:00", Zone: "UTC"}},
		{Name: "x", Quiet: &notify.Quiet{From: "22:00", To: "07:00", Zone: "Nowhere/City"}},
	} {
		if _, err := b.SaveRoutes(t.Context(), notify.Routes{Version: 2, Routes: []notify.Route{r}}); nightjar.CodeOf(err) != nightjar.CodeInvalid {
			t.Errorf("%+v is taken: %v", r, err)
		}
	}
}

// TestTheFirstGoesAtOnceAndTheOthersTogether is grouping: a storm of alerts of
// one rule is two messages, the first of which is not late.
func TestTheFirstGoesAtOnceAndTheOthersTogether(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t)
		h, c := b.hook("hook", "webhook", nil)
		b.routes(notify.Route{Name: "all", Channels: []string{c.ID}})
		stop := b.run()
		defer stop()
		synctest.Wait()
		for i := range 40 {
			b.change(alert.ChangeOpened, someAlert(i))
			time.Sleep(100 * time.Millisecond)
			synctest.Wait()
			if i == 0 && len(h.Seen()) != 1 {
				t.Fatal("the first waits")
			}
		}
		other := someAlert(99)
		other.Rule = "rule-2"
		b.change(alert.ChangeOpened, other)
		time.Sleep(100 * time.Millisecond)
		synctest.Wait()
		if len(h.Seen()) != 2 {
			t.Fatalf("an alert of another rule waits: %d messages", len(h.Seen()))
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		seen := h.Seen()
		if len(seen) != 3 || len(bodyOf(t, seen[2]).Notices) != 39 {
			t.Fatalf("%d messages", len(seen))
		}
		if n := times(bodies(h)); len(n) != 41 {
			t.Errorf("%d alerts were told of", len(n))
		}
	})
}

// TestMoreThanAChannelTakesIsOneDigest holds a channel to its messages a
// minute, and says in the last how many more there are.
func TestMoreThanAChannelTakesIsOneDigest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t)
		h, c := b.hook("chat", "slack", nil)
		few := 3
		if _, err := b.Change(t.Context(), c.ID, notify.ChannelChange{PerMinute: &few}); err != nil {
			t.Fatal(err)
		}
		b.routes(oneByOne(c))
		stop := b.run()
		defer stop()
		synctest.Wait()
		for i := range 72 {
			b.change(alert.ChangeOpened, someAlert(i))
			time.Sleep(100 * time.Millisecond)
		}
		synctest.Wait()
		if n := h.Asked(); n != few {
			t.Errorf("%d messages in the first minute", n)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		seen := bodies(h)
		if len(seen) != few+1 || !strings.Contains(seen[few], "72 alerts") && !strings.Contains(seen[few], "69 alerts: 69 opened") || !strings.Contains(seen[few], "and 57 more") {
			t.Fatalf("%d messages, the last: %.300s", len(seen), seen[len(seen)-1])
		}
		if list := b.deliveries(notify.DeliveryFilter{}); list[0].More != 49 || len(list[0].Notices) != 20 {
			t.Errorf("the delivery shows %d and %d more", len(list[0].Notices), list[0].More)
		}
	})
}

// TestQuietHoursHoldBackAllButWhatIsCritical is a night in Berlin.
func TestQuietHoursHoldBackAllButWhatIsCritical(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t, func(c *notify.Config) { c.LookEvery = time.Minute })
		h, c := b.hook("hook", "webhook", nil)
		b.routes(notify.Route{Name: "all", Channels: []string{c.ID}, Quiet: &notify.Quiet{From: "22:00", To: "07:00", Zone: "Europe/Berlin"}})
		stop := b.run()
		defer stop()
		at(t, time.Date(2000, 1, 3, 21, 30, 0, 0, time.UTC)) // 22:30 in Berlin
		night := someAlert(1)
		b.change(alert.ChangeOpened, night)
		second := someAlert(2)
		second.Rule = "rule-2"
		b.change(alert.ChangeOpened, second)
		time.Sleep(time.Hour)
		synctest.Wait()
		if len(h.Seen()) != 0 {
			t.Fatal("somebody is woken")
		}
		night.Severity = nightjar.SeverityCritical
		b.change(alert.ChangeRaised, night)
		time.Sleep(time.Second)
		synctest.Wait()
		seen := h.Seen()
		if len(seen) != 1 || len(bodyOf(t, seen[0]).Notices) != 2 || bodyOf(t, seen[0]).Notices[1].State != notify.StateRaised {
			t.Fatalf("of what turned critical %d messages came: %s", len(seen), bodies(h))
		}
		at(t, time.Date(2000, 1, 4, 5, 59, 0, 0, time.UTC))
		synctest.Wait()
		if len(h.Seen()) != 1 {
			t.Fatal("the night ends early")
		}
		time.Sleep(2 * time.Minute) // 07:01 in Berlin
		synctest.Wait()
		if n := times(bodies(h)); len(h.Seen()) != 2 || n[second.ID] != 1 {
			t.Fatalf("in the morning: %v", n)
		}
	})
}

// TestQuietHoursEndByTheZonesClock covers midnight, days, and the nights in
// which clocks are changed.
func TestQuietHoursEndByTheZonesClock(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, c := b.hook("hook", "webhook", nil)
	for _, q := range []struct {
		now, want string
		quiet     notify.Quiet
	}{
		{"2026-11-22T20:59:00Z", "", notify.Quiet{From: "22:00", To: "07:00", Zone: "Europe/Berlin"}},
		{"2026-11-22T21:00:00Z", "2026-11-23T06:00:00Z", notify.Quiet{From: "22:00", To: "07:00", Zone: "Europe/Berlin"}},
		{"2026-11-23T05:59:59Z", "2026-11-23T06:00:00Z", notify.Quiet{From: "22:00", To: "07:00", Zone: "Europe/Berlin"}},
		{"2026-11-23T06:00:00Z", "", notify.Quiet{From: "22:00", To: "07:00", Zone: "Europe/Berlin"}},
		{"2026-03-29T00:30:00Z", "2026-03-29T05:00:00Z", notify.Quiet{From: "22:00", To: "07:00", Zone: "Europe/Berlin"}}, // the hour from 2 to 3 is left out
		{"2026-10-25T00:30:00Z", "2026-10-25T06:00:00Z", notify.Quiet{From: "22:00", To: "07:00", Zone: "Europe/Berlin"}}, // it comes twice
		{"2026-11-21T12:00:00Z", "2026-11-21T17:00:00Z", notify.Quiet{From: "09:00", To: "17:00", Zone: "UTC", Days: []string{"sat"}}},
		{"2026-11-22T12:00:00Z", "", notify.Quiet{From: "09:00", To: "17:00", Zone: "UTC", Days: []string{"sat"}}},
		{"2026-11-22T03:00:00Z", "2026-11-22T06:00:00Z", notify.Quiet{From: "20:00", To: "06:00", Zone: "UTC", Days: []string{"sat"}}}, // began on Saturday
	} {
		now, err := time.Parse(time.RFC3339, q.now)
		if err != nil {
			t.Fatal(err)
		}
		hits, err := b.Try(t.Context(), notify.Notice{State: notify.StateOpened, Severity: "high", Time: now}, []notify.Route{{Name: "r", Channels: []string{c.ID}, Quiet: &q.quiet}})
		if err != nil || len(hits) != 1 {
			t.Fatal(hits, err)
		}
		got := ""
		if !hits[0].Due.IsZero() {
			got = hits[0].Due.Format(time.RFC3339)
		}
		if got != q.want {
			t.Errorf("at %s with %+v it is quiet until %q, want %q", q.now, q.quiet, got, q.want)
		}
	}
}

// TestAnAlertThatNobodyTakesUpIsRemindedOf counts up what it tells, and ends
// when somebody acknowledges.
func TestAnAlertThatNobodyTakesUpIsRemindedOf(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t, func(c *notify.Config) { c.LookEvery = time.Minute })
		h, c := b.hook("hook", "webhook", nil)
		b.routes(notify.Route{Name: "all", Channels: []string{c.ID}, RepeatSeconds: 4 * 3600})
		stop := b.run()
		defer stop()
		a := someAlert(1)
		b.change(alert.ChangeOpened, a)
		for i := range 100 {
			a.Count = int64(i)
			b.change(alert.ChangeUpdated, a)
		}
		time.Sleep(9 * time.Hour)
		synctest.Wait()
		seen := h.Seen()
		if len(seen) != 3 {
			t.Fatalf("in nine hours %d messages came", len(seen))
		}
		if n := bodyOf(t, seen[2]).Notices[0]; n.State != notify.StateReminder || n.Count != 99 || n.Round != 2 {
			t.Errorf("the second reminder is %+v", n)
		}
		a.Status, a.Version = alert.StatusAcknowledged, 2
		b.change(alert.ChangeAcknowledged, a)
		time.Sleep(24 * time.Hour)
		synctest.Wait()
		if n := len(h.Seen()); n != 4 { // a webhook is told of acknowledging too
			t.Errorf("after somebody took it up there are %d messages", n)
		}
	})
}

// TestThatAChannelFailsIsNotSaidThroughItAlone tells of a channel, and of
// something else that has its name.
func TestThatAChannelFailsIsNotSaidThroughItAlone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t)
		_, oncall := b.hook("oncall", "webhook", nil)
		_, soc := b.hook("soc", "webhook", nil)
		_, off := b.hook("off", "webhook", nil)
		_, customer := b.hook("customer", "webhook", nil)
		_, nobodys := b.hook("nobodys", "webhook", nil)
		no := false
		if _, err := b.Change(t.Context(), off.ID, notify.ChannelChange{Enabled: &no}); err != nil {
			t.Fatal(err)
		}
		first, night, theirs := oneByOne(oncall), oneByOne(soc, off), oneByOne(customer)
		night.Name, night.Severities = "night", []nightjar.Severity{nightjar.SeverityCritical}
		theirs.Name, theirs.Tenants = "theirs", []nightjar.TenantID{contoso}
		b.routes(first, night, theirs)
		stop := b.run()
		defer stop()
		failing := func(n int, tenant nightjar.TenantID, name string) alert.Alert {
			a := someAlert(n)
			a.Tenant, a.Entities = tenant, []nightjar.Entity{{Kind: nightjar.EntityCollector, Value: name}}
			return a
		}
		for n, c := range []struct {
			alert alert.Alert
			want  []string
		}{
			{failing(1, nightjar.Installation, "oncall"), []string{oncall.ID, soc.ID}},
			{failing(2, nightjar.Installation, "soc"), []string{oncall.ID}},
			{failing(4, nightjar.Installation, nobodys.Name), []string{oncall.ID}},
			{failing(3, contoso, "oncall"), []string{oncall.ID}},
		} {
			b.change(alert.ChangeOpened, c.alert)
			time.Sleep(time.Minute)
			var got []string
			for _, d := range b.deliveries(notify.DeliveryFilter{Alert: c.alert.ID}) {
				got = append(got, d.Channel)
			}
			slices.Sort(got)
			slices.Sort(c.want)
			if !slices.Equal(got, c.want) {
				t.Errorf("%d goes to %v, want %v", n, got, c.want)
			}
		}
	})
}
