package alert

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/catalog"
)

// shelf stores each event once by its id, as the journal does.
type shelf struct {
	b      *bundle
	events map[string]nightjar.Event
	times  map[string]int
	fails  error
}

func (s *shelf) StoreEvents(ctx context.Context, tenant nightjar.TenantID, events []nightjar.Event, also func(context.Context, bun.Tx) error) error {
	err := s.b.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error { return errors.Join(also(ctx, tx), s.fails) })
	if err != nil {
		return err
	}
	for _, e := range events {
		if e.Tenant != tenant {
			return errors.New("an event of another tenant")
		}
		s.events[e.ID] = e
		s.times[e.ID]++
	}
	return nil
}

func TestFindingsAreCopiedOnceAndAlertsInEachState(t *testing.T) {
	t.Parallel()
	b := setup(t)
	s := &shelf{b: b, events: map[string]nightjar.Event{}, times: map[string]int{}}
	c, err := NewCopier(CopierConfig{Keeper: b.keeper, Store: s})
	if err != nil {
		t.Fatal(err)
	}
	foreign := finding("r-spray", "anna@fabrikam.com", 0)
	foreign.Tenant, foreign.Fingerprint, foreign.ID = fabrikam, "f", "foreign-finding"
	b.record(finding("r-spray", "anna@contoso.com", 0), foreign, finding("r-spray", "anna@contoso.com", 1))
	s.fails = errors.New("disk full")
	if err := c.Copy(t.Context()); !errors.Is(err, s.fails) || len(s.events) != 0 {
		t.Fatal(err)
	}
	s.fails = nil
	for range 2 {
		if err := c.Copy(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if len(s.events) != 5 {
		t.Fatalf("%d events", len(s.events))
	}
	b.change(Request{Action: ActionClose, IDs: []string{b.all()[0].ID}, Disposition: DispositionTrue})
	b.record(finding("r-spray", "anna@contoso.com", -5)) // late, after closing
	if err := c.Copy(t.Context()); err != nil {
		t.Fatal(err)
	}
	states := 0
	for id, e := range s.events {
		if s.times[id] != 1 {
			t.Errorf("%s is stored %d times", id, s.times[id])
		}
		if strings.HasPrefix(id, "alert:"+b.all()[0].ID) {
			states++
			if !e.Time.Equal(monday) {
				t.Errorf("a state of the alert is of %s", e.Time)
			}
		}
	}
	if states != 2 {
		t.Errorf("%d states", states)
	}
}

func TestOnlyWhatIsLongOverAndCopiedIsForgotten(t *testing.T) {
	t.Parallel()
	b := setup(t)
	tried := finding("r-mail", "anna@contoso.com", 0)
	tried.DryRun = true
	b.record(finding("r-spray", "anna@contoso.com", 0), finding("r-spray", "ben@contoso.com", 0), tried)
	b.change(Request{Action: ActionClose, IDs: []string{b.all()[0].ID}, Disposition: DispositionTrue})
	age := func(statement string) {
		t.Helper()
		if _, err := b.db.NewRaw(statement, catalog.Micros(time.Now().Add(-400*day))).Exec(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	age("UPDATE alert_alerts SET closed = ? WHERE closed > 0")
	age("UPDATE alert_findings SET recorded = ?")
	left := func() (alerts, findings int) {
		t.Helper()
		if err := b.keeper.Prune(t.Context()); err != nil {
			t.Fatal(err)
		}
		kept, err := readFindings(t.Context(), b.db, sqlFindingsAfter, 0, 10)
		if err != nil {
			t.Fatal(err)
		}
		return len(b.all()), len(kept)
	}
	if alerts, findings := left(); alerts != 2 || findings != 3 {
		t.Errorf("%d alerts and %d findings are left that were not copied", alerts, findings)
	}
	c, err := NewCopier(CopierConfig{Keeper: b.keeper, Store: &shelf{b: b, events: map[string]nightjar.Event{}, times: map[string]int{}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Copy(t.Context()); err != nil {
		t.Fatal(err)
	}
	if alerts, findings := left(); alerts != 1 || findings != 1 || b.all()[0].Status != StatusNew {
		t.Errorf("%d alerts and %d findings are left", alerts, findings)
	}
}
