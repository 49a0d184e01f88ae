package alert

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/nightjar-sec/nightjar"
)

func about(f nightjar.Finding, kind nightjar.EntityKind, value string) nightjar.Finding {
	f.Entities = append(slices.Clone(f.Entities), nightjar.Entity{Kind: kind, Value: value})
	return f
}

func (b *bundle) incidents(f IncidentFilter) []Incident {
	b.t.Helper()
	out, _, err := b.keeper.Incidents(b.t.Context(), f)
	if err != nil {
		b.t.Fatal(err)
	}
	return out
}

func TestAlertsAboutTheSameUserAreOneIncidentWithATimeline(t *testing.T) {
	t.Parallel()
	b := setup(t)
	mail := finding("r-mail", "anna@contoso.com", 30)
	mail.Severity, mail.Tags, mail.Reason = nightjar.SeverityHigh, []string{"attack.exfiltration", "attack.t1114.003", "attack.initial_access"}, "a rule forwards"
	b.record(finding("r-spray", "anna@contoso.com", 0), mail, finding("r-spray", "ben@contoso.com", 5), finding("r-lockout", "anna@contoso.com", 3*24*60))
	found := b.incidents(IncidentFilter{})
	if len(found) != 3 || found[2].Alerts != 2 || found[2].Severity != nightjar.SeverityHigh || fmt.Sprint(found[2].Tactics) != "[initial-access credential-access exfiltration]" ||
		found[2].Title != "2 alerts about anna@contoso.com: Title of r-mail" || found[2].Entities[0].Alerts != 2 || !found[2].First.Equal(monday) || !found[2].Last.Equal(mail.Time) {
		t.Fatalf("%+v", found)
	}
	b.change(Request{Action: ActionComment, IDs: []string{b.all()[0].ID}, Comment: "called her"})
	one, alerts, moments, err := b.keeper.Incident(t.Context(), nil, found[2].ID)
	if err != nil || one.Alerts != 2 || len(alerts) != 2 || len(moments) != 3 || moments[1].Text != "a rule forwards" || !moments[1].Finding || moments[2].Actor != "Ada" {
		t.Errorf("%+v, %v", moments, err)
	}
	if got := b.incidents(IncidentFilter{Several: true}); len(got) != 1 {
		t.Errorf("%d of several alerts", len(got))
	}
	closed := false
	if got := b.incidents(IncidentFilter{Open: &closed}); len(got) != 0 {
		t.Errorf("%d are closed", len(got))
	}
	if _, _, _, err := b.keeper.Incident(t.Context(), []nightjar.TenantID{fabrikam}, found[2].ID); nightjar.CodeOf(err) != nightjar.CodeNotFound {
		t.Errorf("fabrikam is shown it: %v", err)
	}
}

func TestAnAlertThatSharesWithTwoIncidentsMakesThemOne(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.record(finding("r-spray", "anna@contoso.com", 0), finding("r-spray", "ben@contoso.com", 1), finding("r-mail", "ben@contoso.com", 2))
	before := b.incidents(IncidentFilter{})
	b.record(about(finding("r-mail", "anna@contoso.com", 3), nightjar.EntityUser, "ben@contoso.com"))
	after := b.incidents(IncidentFilter{})
	if len(before) != 2 || len(after) != 1 || after[0].Alerts != 4 || after[0].ID != before[1].ID {
		t.Fatalf("before %+v, after %+v", before, after)
	}
	if one, _, _, err := b.keeper.Incident(t.Context(), nil, before[0].ID); err != nil || one.ID != after[0].ID {
		t.Errorf("the id that was leads to %s, %v", one.ID, err)
	}
	if list, _, err := b.keeper.List(t.Context(), Filter{Incident: before[0].ID}); err != nil || len(list) != 4 {
		t.Errorf("by the id that was %d alerts are listed, %v", len(list), err)
	}
	for _, a := range b.all() {
		if a.Incident != after[0].ID {
			t.Errorf("%s is in %s", a.ID, a.Incident)
		}
	}
}

func TestAnAddressThatManySharedBringsNobodyTogether(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for n := range 20 {
		b.record(about(finding("r-spray", fmt.Sprintf("user%d@contoso.com", n), n), nightjar.EntityAddress, "198.51.100.7"))
	}
	found := b.incidents(IncidentFilter{})
	if found[len(found)-1].Alerts != hubUsers || len(found) != 20-hubUsers+1 {
		t.Errorf("%d incidents, the first of %d alerts", len(found), found[len(found)-1].Alerts)
	}
	// Other tenants are never brought together.
	f := finding("r-spray", "user1@contoso.com", 1)
	f.ID, f.Tenant, f.Fingerprint = "other", fabrikam, "other"
	b.record(f)
	if got := b.incidents(IncidentFilter{Tenants: []nightjar.TenantID{fabrikam}}); len(got) != 1 || got[0].Alerts != 1 {
		t.Errorf("%+v", got)
	}
}

func TestRiskIsWhatTheLastWeekSaysAgainstSomebody(t *testing.T) {
	t.Parallel()
	b := setup(t)
	now := time.Now()
	add := func(rule, user string, ago time.Duration, s nightjar.Severity, tags ...string) {
		f := finding(rule, user, 0)
		f.ID = nightjar.FindingID(rule, user, ago.String())
		f.Time, f.First, f.Last, f.Severity, f.Tags = now.Add(-ago), now.Add(-ago), now.Add(-ago), s, tags
		f.Fingerprint += ago.String()
		b.record(f)
	}
	add("r-old", "anna@contoso.com", 8*day, nightjar.SeverityCritical)
	add("r-spray", "anna@contoso.com", 0, nightjar.SeverityHigh, "attack.credential-access")
	add("r-spray", "anna@contoso.com", time.Hour, nightjar.SeverityHigh, "attack.credential-access") // of the same rule within a day
	add("r-mail", "anna@contoso.com", 2*day, nightjar.SeverityMedium, "attack.exfiltration", "attack.t1114")
	add("r-spray", "ben@contoso.com", 0, nightjar.SeverityHigh)
	add("r-mail", "carl@contoso.com", 0, nightjar.SeverityCritical)
	all := b.all()
	b.change(Request{Action: ActionClose, IDs: []string{all[4].ID}, Disposition: DispositionTrue})
	b.change(Request{Action: ActionClose, IDs: []string{all[5].ID}, Disposition: DispositionFalse})
	got, err := b.keeper.Risks(t.Context(), RiskFilter{})
	if err != nil || len(got) != 2 {
		t.Fatalf("%+v, %v", got, err)
	}
	// One hour old high: 50·2^(−1/48) = 49.3; a medium one of two days: 10; two
	// tactics: (49.3 + 10) · 1.25 = 74.1. True: 50 · 1.5.
	if got[0].Entity.Value != "ben@contoso.com" || got[0].Score < 74.9 || got[0].Score > 75 || got[1].Score < 74 || got[1].Score > 74.3 || got[1].Alerts != 2 || got[1].Level != nightjar.SeverityHigh || len(got[1].Tactics) != 2 {
		t.Errorf("%+v", got)
	}
	if got, err := b.keeper.Risks(t.Context(), RiskFilter{Entity: "user:Anna@contoso.com", Kinds: []nightjar.EntityKind{nightjar.EntityUser}, Limit: 1}); err != nil || len(got) != 1 || got[0].Entity.Value != "anna@contoso.com" {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestARuleIsJudgedByWhatPeopleSaid(t *testing.T) {
	t.Parallel()
	b := setup(t)
	close := func(rule string, n int, d Disposition) {
		var ids []string
		for i := range n {
			f := finding(rule, fmt.Sprintf("%s%d@contoso.com", d, i), 0)
			b.record(f)
			ids = append(ids, "A-"+f.ID[:12])
		}
		b.change(Request{Action: ActionAcknowledge, IDs: ids})
		b.change(Request{Action: ActionClose, IDs: ids, Disposition: d})
	}
	close("r-good", 4, DispositionTrue)
	close("r-good", 3, DispositionFalse)
	close("r-loud", 3, DispositionBenign)
	close("r-loud", 4, DispositionFalse)
	close("r-bad", 20, DispositionFalse)
	close("r-young", 2, DispositionFalse)
	b.record(finding("r-young", "anna@contoso.com", 0))
	got, err := b.keeper.Qualities(t.Context(), nil, "", time.Time{}, time.Time{})
	if err != nil || len(got) != 4 {
		t.Fatalf("%+v, %v", got, err)
	}
	want := map[string]Verdict{"r-good": VerdictKeep, "r-loud": VerdictTune, "r-bad": VerdictRetire, "r-young": VerdictUnknown}
	for _, q := range got {
		if q.Verdict != want[q.Rule] || q.Why == "" || q.Rule == "r-young" && q.Open != 1 || q.Close < q.Acknowledge {
			t.Errorf("%+v", q)
		}
	}
}

func TestAnIncidentIsNamedAfterWhatBroughtItTogether(t *testing.T) {
	t.Parallel()
	b := setup(t)
	of := func(rule, user string, n int) nightjar.Finding {
		return about(finding(rule, user, n), nightjar.EntityPolicy, "Health records")
	}
	b.record(of("r-spray", "anna@contoso.com", 0), about(of("r-mail", "anna@contoso.com", 1), nightjar.EntityUser, "ben@contoso.com"), of("r-lockout", "ben@contoso.com", 2))
	found := b.incidents(IncidentFilter{})
	if len(found) != 1 || found[0].Entities[0].Kind != nightjar.EntityPolicy || found[0].Title != "3 alerts about anna@contoso.com: Title of r-spray" {
		t.Errorf("%+v", found)
	}
}
