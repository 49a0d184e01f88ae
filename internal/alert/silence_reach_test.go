package alert

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/audit"
)

// expire lets a silence be over by itself.
func (b *bundle) expire(id string) {
	b.t.Helper()
	if _, err := b.db.ExecContext(b.t.Context(), `UPDATE alert_silences SET starts = 1, expires = 2 WHERE id = ?`, id); err != nil {
		b.t.Fatal(err)
	}
}

func TestANewSilenceLeavesAlertsAloneThatItIsNotFor(t *testing.T) {
	t.Parallel()
	b := setup(t)
	old := b.silence(Silence{Matchers: spray()})
	b.record(ofFabrikam(finding("r-spray", "zoe@fabrikam.com", 0)), finding("r-spray", "anna@contoso.com", 0))
	b.expire(old.ID)
	b.record(finding("r-mail", "ben@contoso.com", 0))
	b.silence(Silence{Matchers: []Matcher{{MatchRule, []string{"r-mail"}}}, Tenants: []nightjar.TenantID{contoso}})
	all := b.all()
	if all[0].Silence != old.ID || all[1].Silence != old.ID || !all[2].Suppressed() || b.out.kinds() != "opened " {
		t.Errorf("silenced by %q, %q and %q, told of %s", all[0].Silence, all[1].Silence, all[2].Silence, b.out.kinds())
	}
}

func TestANewSilenceTakesOverWhatAnEarlierOneLeft(t *testing.T) {
	t.Parallel()
	b := setup(t)
	old := b.silence(Silence{Matchers: spray()})
	b.record(finding("r-spray", "anna@contoso.com", 0))
	b.expire(old.ID)
	s := b.silence(Silence{Matchers: spray()})
	if a := b.all()[0]; a.Silence != s.ID || b.out.kinds() != "" {
		t.Errorf("silenced by %q, told of %s", a.Silence, b.out.kinds())
	}
}

func TestWhatASilencedAlertHidIsToldOf(t *testing.T) {
	t.Parallel()
	lockout := []Matcher{{MatchRule, []string{"r-lockout"}}}
	for name, hush := range map[string]func(b *bundle){
		"by a silence": func(b *bundle) { b.silence(Silence{Matchers: spray()}) },
		"by its severity": func(b *bundle) {
			b.silence(Silence{Matchers: append(spray(), Matcher{MatchSeverity, []string{"low"}})})
			b.change(Request{Action: ActionSeverity, IDs: []string{b.all()[0].ID}, Severity: nightjar.SeverityLow})
		},
		"with its next finding": func(b *bundle) {
			b.silence(Silence{Matchers: append(spray(), Matcher{MatchSeverity, []string{"high"}})})
			f := finding("r-spray", "anna@contoso.com", 5)
			f.Severity = nightjar.SeverityHigh
			b.record(finding("r-lockout", "anna@contoso.com", 4), f)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			b.silence(Silence{Kind: KindInhibition, Sources: spray(), Matchers: lockout})
			b.record(finding("r-spray", "anna@contoso.com", 0))
			b.record(finding("r-lockout", "anna@contoso.com", 1))
			if all := b.all(); all[1].Inhibitor != all[0].ID {
				t.Fatalf("%+v", all)
			}
			hush(b)
			all := b.all()
			opened := 0
			for _, c := range b.out.told {
				if c.Kind == ChangeOpened && c.Alert.ID == all[1].ID {
					opened++
				}
			}
			if !all[0].Suppressed() || all[1].Suppressed() || !all[1].Notified || opened != 1 {
				t.Errorf("the source is hidden by %q, the other by %q, told of %s", all[0].Silence, all[1].Silence, b.out.kinds())
			}
		})
	}
}

func TestTheEndOfASilenceTellsOfSourcesFirst(t *testing.T) {
	t.Parallel()
	b := setup(t)
	lockout := []Matcher{{MatchRule, []string{"r-lockout"}}}
	s := b.silence(Silence{Matchers: []Matcher{{MatchEntity, []string{"user:anna@*"}}}})
	b.record(finding("r-lockout", "anna@contoso.com", 0))
	b.record(finding("r-spray", "anna@contoso.com", 1))
	b.silence(Silence{Kind: KindInhibition, Sources: spray(), Matchers: lockout})
	if _, err := b.keeper.EndSilence(t.Context(), ada(), s.ID); err != nil {
		t.Fatal(err)
	}
	if all := b.all(); all[1].Suppressed() || all[0].Inhibitor != all[1].ID || b.out.kinds() != "opened " {
		t.Errorf("%+v, told of %s", all, b.out.kinds())
	}
}

func TestAReopenedAlertIsNotKeptQuietByWhatIsOver(t *testing.T) {
	t.Parallel()
	b := setup(t)
	s := b.silence(Silence{Matchers: spray()})
	b.record(finding("r-spray", "anna@contoso.com", 0))
	ids := []string{b.all()[0].ID}
	b.change(Request{Action: ActionClose, IDs: ids, Disposition: DispositionFalse})
	if _, err := b.keeper.EndSilence(t.Context(), ada(), s.ID); err != nil {
		t.Fatal(err)
	}
	if a := b.change(Request{Action: ActionReopen, IDs: ids})[0]; a.Suppressed() || !a.Notified || b.out.kinds() != "opened " {
		t.Errorf("silenced by %q, told of %q", a.Silence, b.out.kinds())
	}
	b.change(Request{Action: ActionClose, IDs: ids, Disposition: DispositionFalse})
	s = b.silence(Silence{Matchers: spray()})
	if a := b.change(Request{Action: ActionReopen, IDs: ids})[0]; a.Silence != s.ID {
		t.Errorf("a silence that began meanwhile does not keep it quiet: %+v", a)
	}
}

func (b *bundle) silences(n int, owner string, tenants ...nightjar.TenantID) {
	b.t.Helper()
	err := b.db.InTx(b.t.Context(), func(ctx context.Context, tx bun.Tx) error {
		for i := range n {
			_, err := tx.NewRaw(sqlInsertSilence, fmt.Sprintf("S-%s-%d", owner, i), "silence", owner, "Eve", "r", encoded(tenants), encoded(spray()), "[]", "[]", 1, 1, time.Now().Add(time.Hour).UnixMicro()).Exec(ctx)
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.t.Fatal(err)
	}
}

func TestSilencesOfOneTenantDoNotUseUpThoseOfAnother(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.silences(maxOwned, "p-eve", contoso)
	b.silences(maxSilences-maxOwned, "p-mallory", contoso)
	b.silence(Silence{Matchers: spray(), Tenants: []nightjar.TenantID{fabrikam}})
	b.silence(Silence{Matchers: spray()})
	soon := time.Now().Add(time.Hour)
	full := Silence{Kind: KindSilence, Matchers: spray(), Reason: "r", Expires: soon, Tenants: []nightjar.TenantID{fabrikam, contoso}}
	if _, err := b.keeper.Silence(t.Context(), ada(), full); nightjar.CodeOf(err) != nightjar.CodeLimit || nightjar.HintOf(err) == "" {
		t.Errorf("one more for a tenant that has enough: %v", err)
	}
	eve := Who{Actor: nightjar.Actor{ID: "p-eve", Name: "Eve", Kind: nightjar.ActorPerson}}
	full.Tenants = []nightjar.TenantID{fabrikam}
	if _, err := b.keeper.Silence(t.Context(), eve, full); nightjar.CodeOf(err) != nightjar.CodeLimit {
		t.Errorf("one more of somebody who has enough: %v", err)
	}
}

func TestTheRecordOfASilenceSaysForWhomAndBecauseOfWhat(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.silence(Silence{Kind: KindInhibition, Sources: spray(), Matchers: []Matcher{{MatchRule, []string{"r-lockout"}}}, Shared: []nightjar.EntityKind{nightjar.EntityUser}, Tenants: []nightjar.TenantID{contoso, fabrikam}})
	entries, err := b.audit.List(t.Context(), audit.Filter{})
	if err != nil || len(entries) != 1 {
		t.Fatalf("%+v, %v", entries, err)
	}
	d := entries[0].Detail
	if !strings.Contains(d["tenants"], string(contoso)) || !strings.Contains(d["tenants"], string(fabrikam)) || !strings.Contains(d["sources"], "r-spray") || !strings.Contains(d["shared"], "user") {
		t.Errorf("%v", d)
	}
}
