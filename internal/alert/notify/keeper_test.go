package notify_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/uptrace/bun"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/alert"
	"github.com/nightjar-sec/nightjar/internal/alert/notify"
)

// TestFindingsBecomeMessages goes the whole way, from findings that a rule
// makes to what a webhook gets: an alert is told when it opens, when it gets
// worse and when somebody closes it, and not for each finding.
func TestFindingsBecomeMessages(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t)
		h, c := b.hook("hook", "webhook", nil)
		b.routes(oneByOne(c))
		keeper, err := alert.New(alert.Config{Catalog: b.db, Outbox: b.Notifier})
		if err != nil {
			t.Fatal(err)
		}
		stop := b.run()
		synctest.Wait()
		record := func(n int, severity nightjar.Severity, dry bool) {
			t.Helper()
			now := time.Now().UTC()
			f := nightjar.Finding{
				ID: fmt.Sprintf("f-%d", n), Tenant: contoso, Rule: "rule-1", Title: "Forwarding", Severity: severity, Reason: fmt.Sprintf("finding %d", n),
				Entities: []nightjar.Entity{{Kind: nightjar.EntityUser, Value: "anna@contoso.com"}}, Time: now, First: now, Last: now, Count: 1, DryRun: dry,
			}
			f.Fingerprint = nightjar.Fingerprint(f.Tenant, f.Rule, f.Entities)
			if err := b.db.InTx(t.Context(), func(ctx context.Context, tx bun.Tx) error { return keeper.Record(ctx, tx, []nightjar.Finding{f}) }); err != nil {
				t.Fatal(err)
			}
			time.Sleep(100 * time.Millisecond)
			synctest.Wait()
		}
		record(0, nightjar.SeverityMedium, true)
		record(1, nightjar.SeverityMedium, false)
		if n := len(h.Seen()); n != 1 {
			t.Fatalf("after 100 ms %d messages are there", n)
		}
		for i := range 20 {
			record(2+i, nightjar.SeverityMedium, false)
		}
		record(1, nightjar.SeverityMedium, false) // known already
		record(50, nightjar.SeverityHigh, false)
		list, _, err := keeper.List(t.Context(), alert.Filter{})
		if err != nil || len(list) != 1 {
			t.Fatal(list, err)
		}
		stop()
		var got []notify.State
		for _, p := range h.Seen() {
			for _, n := range bodyOf(t, p).Notices {
				got = append(got, n.State)
				if n.Alert != list[0].ID {
					t.Errorf("%s is told of", n.Alert)
				}
			}
		}
		if len(got) != 2 || got[0] != notify.StateOpened || got[1] != notify.StateRaised {
			t.Errorf("told: %v", got)
		}
	})
}

// TestASilenceHoldsRemindersBackAndAClosedAlertIsResolved silences an alert
// that people were told of, ends the silence, silences it again and closes it.
func TestASilenceHoldsRemindersBackAndAClosedAlertIsResolved(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t, func(c *notify.Config) { c.LookEvery = time.Minute })
		h, c := b.hook("pager", "pagerduty", nil)
		b.routes(notify.Route{Name: "all", Channels: []string{c.ID}, GroupBy: notify.GroupNone, RepeatSeconds: 3600})
		keeper, err := alert.New(alert.Config{Catalog: b.db, Outbox: b.Notifier})
		if err != nil {
			t.Fatal(err)
		}
		stop := b.run()
		defer stop()
		passes := func(d time.Duration, want int, what string) {
			t.Helper()
			time.Sleep(d)
			synctest.Wait()
			if n := len(h.Seen()); n != want {
				t.Fatalf("%s there are %d messages, want %d: %s", what, n, want, bodies(h))
			}
		}
		who := alert.Who{Actor: nightjar.Actor{ID: "u-1", Name: "Ada"}}
		silence := func() alert.Silence {
			t.Helper()
			s, err := keeper.Silence(t.Context(), who, alert.Silence{
				Kind: alert.KindSilence, Matchers: []alert.Matcher{{Field: alert.MatchRule, Values: []string{"rule-1"}}}, Reason: "migration", Expires: time.Now().Add(24 * time.Hour),
			})
			if err != nil {
				t.Fatal(err)
			}
			return s
		}
		now := time.Now().UTC()
		f := nightjar.Finding{
			ID: "0123456789abcdef", Tenant: contoso, Rule: "rule-1", Title: "Forwarding", Severity: nightjar.SeverityHigh, Reason: "a finding",
			Entities: []nightjar.Entity{{Kind: nightjar.EntityUser, Value: "anna@contoso.com"}}, Time: now, First: now, Last: now, Count: 1,
		}
		f.Fingerprint = nightjar.Fingerprint(f.Tenant, f.Rule, f.Entities)
		if err := b.db.InTx(t.Context(), func(ctx context.Context, tx bun.Tx) error { return keeper.Record(ctx, tx, []nightjar.Finding{f}) }); err != nil {
			t.Fatal(err)
		}
		passes(90*time.Minute, 2, "after an hour and a half")
		s := silence()
		passes(5*time.Hour, 2, "while it is silenced")
		if _, err := keeper.EndSilence(t.Context(), who, s.ID); err != nil {
			t.Fatal(err)
		}
		passes(61*time.Minute, 3, "after the silence")
		silence()
		list, _, err := keeper.List(t.Context(), alert.Filter{})
		if err != nil || len(list) != 1 {
			t.Fatal(list, err)
		}
		if _, err := keeper.Change(t.Context(), who, alert.Request{Action: alert.ActionClose, IDs: []string{list[0].ID}, Disposition: alert.DispositionBenign}); err != nil {
			t.Fatal(err)
		}
		passes(48*time.Hour, 4, "two days after it was closed")
		if last := bodies(h)[3]; !strings.Contains(last, `"event_action":"resolve"`) {
			t.Errorf("the last message is %s", last)
		}
	})
}
