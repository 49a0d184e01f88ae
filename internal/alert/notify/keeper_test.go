package notify_test

import (
	"context"
	"fmt"
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
