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

// TestWhatBeganOnAChannelEndsThere has somebody find that an alert is less grave
// than the route to the people on call asks for, take it up and close it.
func TestWhatBeganOnAChannelEndsThere(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t)
		on, oncall := b.hook("oncall", "pagerduty", nil)
		post, mail := b.hook("mail", "slack", nil)
		other, others := b.hook("others", "webhook", nil)
		urgent, rest, never := oneByOne(oncall), oneByOne(mail), oneByOne(others)
		urgent.Name, urgent.Severities = "urgent", []nightjar.Severity{nightjar.SeverityCritical}
		never.Name, never.Tenants = "never", []nightjar.TenantID{fabrikam}
		b.routes(urgent, never, rest)
		stop := b.run()
		defer stop()
		step := func(kind alert.ChangeKind, a alert.Alert, wantOnCall, wantMail int) {
			t.Helper()
			b.change(kind, a)
			time.Sleep(2 * time.Minute)
			if len(on.Seen()) != wantOnCall || len(post.Seen()) != wantMail {
				t.Errorf("%s: %d and %d messages, want %d and %d", kind, len(on.Seen()), len(post.Seen()), wantOnCall, wantMail)
			}
		}
		a := someAlert(1)
		a.Severity = nightjar.SeverityCritical
		step(alert.ChangeOpened, a, 1, 0)
		a.Severity, a.Version = nightjar.SeverityLow, 2
		step(alert.ChangeUpdated, a, 1, 0)
		if hits, err := b.Try(t.Context(), notify.Notice{State: notify.StateClosed, Alert: a.ID, Severity: a.Severity, Tenant: a.Tenant}, nil); err != nil || len(hits) != 2 || hits[1].Route != "urgent" {
			t.Errorf("that it is closed would be told by %+v, %v", hits, err)
		}
		a.Status, a.Version = alert.StatusAcknowledged, 3
		step(alert.ChangeAcknowledged, a, 2, 0)
		a.Status, a.Disposition, a.Version = alert.StatusClosed, alert.DispositionBenign, 4
		step(alert.ChangeClosed, a, 3, 1)
		if n := len(other.Seen()); n != 0 {
			t.Errorf("who was never told of it is told %d times", n)
		}
		// Opened again, it goes where its severity belongs.
		a.Status, a.Disposition, a.Version = alert.StatusNew, "", 5
		step(alert.ChangeReopened, a, 3, 2)
	})
}

// TestNobodyHearsOfTheEndWhoIsOutOfTheRoutes has a channel leave the routes.
func TestNobodyHearsOfTheEndWhoIsOutOfTheRoutes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t)
		_, first := b.hook("first", "webhook", nil)
		_, second := b.hook("second", "webhook", nil)
		b.routes(oneByOne(first))
		stop := b.run()
		defer stop()
		a := someAlert(1)
		b.change(alert.ChangeOpened, a)
		time.Sleep(time.Minute)
		b.routes(oneByOne(second))
		a.Status, a.Disposition, a.Version = alert.StatusClosed, alert.DispositionBenign, 2
		b.change(alert.ChangeClosed, a)
		time.Sleep(time.Minute)
		var got []string
		for _, d := range b.deliveries(notify.DeliveryFilter{Alert: a.ID}) {
			got = append(got, d.Channel)
		}
		if len(got) != 2 || got[0] != second.ID || got[1] != first.ID {
			t.Errorf("%v, want %s told of the opening, %s of the end", got, first.ID, second.ID)
		}
	})
}

// TestWhatIsToldOfTheEndIsAsTheRouteHasIt has one channel in the routes of two
// tenants, the first of which tells it of openings alone.
func TestWhatIsToldOfTheEndIsAsTheRouteHasIt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t)
		h, c := b.hook("hook", "webhook", nil)
		_, quiet := b.hook("quiet", "webhook", nil)
		first, other, below := oneByOne(c), oneByOne(c), oneByOne(quiet)
		first.Name, first.Tenants, first.States = "contoso", []nightjar.TenantID{contoso}, []notify.State{notify.StateOpened}
		first.Severities = []nightjar.Severity{nightjar.SeverityHigh}
		other.Name, other.Tenants = "fabrikam", []nightjar.TenantID{fabrikam}
		below.Name = "below"
		b.routes(first, other, below)
		stop := b.run()
		defer stop()
		for i, severity := range []nightjar.Severity{nightjar.SeverityHigh, nightjar.SeverityLow} {
			a := someAlert(i + 1)
			b.change(alert.ChangeOpened, a)
			time.Sleep(time.Minute)
			a.Severity, a.Version = severity, 2
			b.change(alert.ChangeUpdated, a)
			a.Status, a.Disposition, a.Version = alert.StatusClosed, alert.DispositionBenign, 3
			b.change(alert.ChangeClosed, a)
			time.Sleep(time.Minute)
			if n := len(h.Seen()); n != i+1 {
				t.Errorf("of %d alerts, the last of which is %s, %d messages came", i+1, severity, n)
			}
		}
	})
}

// TestNoRetryReopensWhatEndedElsewhere has a channel give up the opening of an
// alert that no route of it takes any more when it is closed.
func TestNoRetryReopensWhatEndedElsewhere(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t)
		h, oncall := b.hook("oncall", "webhook", func(_ int, _ *http.Request, body []byte) notifytest.Act {
			if strings.Contains(string(body), `"state":"opened"`) {
				return notifytest.Act{Status: 400, Lost: true}
			}
			return notifytest.Act{}
		})
		_, mail := b.hook("mail", "webhook", nil)
		urgent, rest := oneByOne(oncall), oneByOne(mail)
		urgent.Name, urgent.Severities = "urgent", []nightjar.Severity{nightjar.SeverityCritical}
		b.routes(urgent, rest)
		stop := b.run()
		defer stop()
		a := someAlert(1)
		a.Severity = nightjar.SeverityCritical
		b.change(alert.ChangeOpened, a)
		time.Sleep(time.Minute)
		a.Severity, a.Version = nightjar.SeverityLow, 2
		b.change(alert.ChangeUpdated, a)
		a.Status, a.Disposition, a.Version = alert.StatusClosed, alert.DispositionBenign, 3
		b.change(alert.ChangeClosed, a)
		time.Sleep(time.Minute)
		h.Behave(nil)
		if n, err := b.Retry(t.Context(), nil, oncall.ID); n != 0 || err != nil {
			t.Errorf("the opening of a closed alert is sent again %d times, %v", n, err)
		}
		time.Sleep(time.Minute)
		if seen := h.Seen(); len(seen) != 1 || bodyOf(t, seen[0]).Notices[0].State != notify.StateClosed {
			t.Errorf("%d messages came of an alert that is closed, want its end", len(seen))
		}
	})
}
