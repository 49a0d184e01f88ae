package connect

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/uptrace/bun"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/sim"
)

// book keeps what was recorded in transactions, and refuses when it is full.
type book struct {
	mu      sync.Mutex
	entries []nightjar.AuditEntry
	full    func(nightjar.AuditEntry) bool
}

func (b *book) Append(_ context.Context, _ bun.Tx, e nightjar.AuditEntry) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.full != nil && b.full(e) {
		return errors.New("the disk is full")
	}
	b.entries = append(b.entries, e)
	return nil
}

// lines are the entries in short.
func (b *book) lines() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	var out []string
	for _, e := range b.entries {
		s := fmt.Sprintf("%s %s by %s", e.Action, e.Detail["step"]+e.Detail["credential"], e.Actor.Name)
		if e.Outcome != "" {
			s += " " + string(e.Outcome) + " " + e.Detail["cause"]
		}
		out = append(out, s)
	}
	return out
}

// audited has attempts recorded in a book.
func (o *office) audited() *book {
	b := &book{}
	o.halt()
	o.cfg.Audit, o.cfg.Progress = b, func(context.Context, nightjar.TenantID) (Progress, error) { return arrived(), nil }
	o.run()
	return b
}

func TestEveryStepOfAnAttemptIsRecordedWithItsActor(t *testing.T) {
	const account = "admin@contoso.onmicrosoft.com"
	for name, c := range map[string]struct {
		do   func(t *testing.T, o *office)
		want []string
	}{
		"connected and saved": {func(t *testing.T, o *office) {
			a := o.over(o.consent(ConsentRequest{}, admin).ID)
			if _, err := o.c.SaveConsent(t.Context(), a.ID, "west", kim); err != nil {
				t.Error(err)
			}
		}, []string{
			"connection.consent begin by kim", "connection.consent sign_in by " + account, "connection.consent consent by " + account,
			"connection.add consent by kim", "connection.consent end by kim", "connection.consent save by kim",
		}},
		"connected and cancelled": {func(t *testing.T, o *office) {
			a := o.over(o.consent(ConsentRequest{}, admin).ID)
			if _, err := o.c.CancelConsent(t.Context(), a.ID, kim); err != nil {
				t.Error(err)
			}
		}, []string{
			"connection.consent begin by kim", "connection.consent sign_in by " + account, "connection.consent consent by " + account,
			"connection.add consent by kim", "connection.consent end by kim", "connection.remove  by kim", "connection.consent cancel by kim",
		}},
		"declined": {func(_ *testing.T, o *office) {
			a, b := o.begin(ConsentRequest{})
			o.finish(a, b.Press(admin).Press("Cancel"))
		}, []string{"connection.consent begin by kim", "connection.consent sign_in by  failure consent_declined"}},
		"nobody came back": {func(_ *testing.T, o *office) {
			a, _ := o.begin(ConsentRequest{})
			o.over(a.ID)
		}, []string{"connection.consent begin by kim", "connection.consent end by kim failure consent_expired"}},
	} {
		t.Run(name, func(t *testing.T) {
			consenting(t, sim.Scenario{}, nil, func(t *testing.T, o *office) {
				log := o.audited()
				c.do(t, o)
				if got := log.lines(); !slices.Equal(got, c.want) {
					t.Errorf("recorded\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(c.want, "\n"))
				}
				for _, e := range log.entries {
					if asked := e.Detail["step"] != "end" && e.Action != nightjar.ActionConnectionAdd; asked && e.Address != somewhere {
						t.Errorf("%s names the address %s", e.Action, e.Address)
					}
				}
			})
		})
	}
}

// What cannot be recorded is not done.
func TestNoConnectionIsMadeThatCannotBeRecorded(t *testing.T) {
	consenting(t, sim.Scenario{}, nil, func(t *testing.T, o *office) {
		log := o.audited()
		refused := 0
		log.full = func(e nightjar.AuditEntry) bool {
			if e.Action != nightjar.ActionConnectionAdd || refused == 3 {
				return false
			}
			if refused++; o.list() != "" {
				t.Errorf("connected %q without a record", o.list())
			}
			return true
		}
		a := o.over(o.consent(ConsentRequest{}, admin).ID)
		if a.Status != AttemptConnected || refused != 3 || o.list() != "contoso" {
			t.Errorf("connected %q once there is room, after %d refusals: %+v", o.list(), refused, a)
		}
	})
}
