package alert

import (
	"strings"
	"testing"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/audit"
)

func ada() Who {
	return Who{Actor: nightjar.Actor{ID: "p-ada", Name: "Ada", Kind: nightjar.ActorPerson}}
}

func (b *bundle) change(q Request) []Alert {
	b.t.Helper()
	out, err := b.keeper.Change(b.t.Context(), ada(), q)
	if err != nil {
		b.t.Fatal(err)
	}
	return out
}

func TestAnAlertLivesFromNewToClosedAndWhatPeopleDidIsRemembered(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.record(finding("r-spray", "anna@contoso.com", 0))
	id := b.all()[0].ID
	ids := []string{id}
	b.change(Request{Action: ActionAcknowledge, IDs: ids})
	b.change(Request{Action: ActionAssign, IDs: ids, Assignee: "p-ada", AssigneeName: "Ada"})
	b.change(Request{Action: ActionComment, IDs: ids, Comment: "called her"})
	b.change(Request{Action: ActionAcknowledge, IDs: ids}) // is so already
	a := b.change(Request{Action: ActionClose, IDs: ids, Disposition: DispositionTrue, Comment: "it was not her"})[0]
	if a.Status != StatusClosed || a.Disposition != DispositionTrue || a.Closed.IsZero() || a.Acknowledged.IsZero() || a.AssigneeName != "Ada" || a.Version != 5 {
		t.Errorf("%+v", a)
	}
	if got := b.out.kinds(); got != "opened acknowledged assigned commented closed " {
		t.Errorf("told of %s", got)
	}
	lines, err := b.keeper.History(t.Context(), nil, id)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, l := range lines {
		got = append(got, string(l.Action)+":"+l.Actor.Name+":"+l.Comment)
	}
	if want := "opened:Nightjar: acknowledged:Ada: assigned:Ada: commented:Ada:called her closed:Ada:it was not her"; strings.Join(got, " ") != want {
		t.Errorf("remembered is %s", strings.Join(got, " "))
	}
	entries, err := b.audit.List(t.Context(), audit.Filter{})
	if err != nil || len(entries) != 4 || entries[0].Action != nightjar.ActionAlertClose || entries[0].Target != id || entries[0].Tenant != contoso || entries[0].Detail["became"] != "true" {
		t.Errorf("on record are %+v, %v", entries, err)
	}
}

func TestAFindingAfterClosingOpensAnAlertThatLinksTheEarlierOne(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.record(finding("r-spray", "anna@contoso.com", 0))
	first := b.all()[0]
	b.change(Request{Action: ActionClose, IDs: []string{first.ID}, Disposition: DispositionBenign})
	b.record(finding("r-spray", "anna@contoso.com", 1))
	all := b.all()
	if len(all) != 2 || all[1].Previous != first.ID || all[1].Status != StatusNew || all[0].Status != StatusClosed || all[0].Findings != 1 {
		t.Fatalf("%+v", all)
	}
	// The events share an hour and a user: one incident.
	if all[1].Incident != all[0].Incident {
		t.Errorf("incidents %s and %s", all[0].Incident, all[1].Incident)
	}
}

func TestSomebodyElsesChangeIsNotOverwritten(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.record(finding("r-spray", "anna@contoso.com", 0), finding("r-spray", "ben@contoso.com", 0))
	seen := b.all()
	b.change(Request{Action: ActionAcknowledge, IDs: []string{seen[1].ID}})
	b.record(finding("r-spray", "anna@contoso.com", 1)) // counting up is no change that a person decides on
	both := Request{
		Action: ActionClose, Disposition: DispositionFalse, IDs: []string{seen[0].ID, seen[1].ID},
		Versions: map[string]int64{seen[0].ID: seen[0].Version, seen[1].ID: seen[1].Version},
	}
	if _, err := b.keeper.Change(t.Context(), ada(), both); nightjar.CodeOf(err) != nightjar.CodeConflict {
		t.Fatalf("the change is overwritten: %v", err)
	}
	if now := b.all(); now[0].Status != StatusNew || now[1].Status != StatusAcknowledged {
		t.Errorf("of two alerts one was closed: %s, %s", now[0].Status, now[1].Status)
	}
	both.Versions[seen[1].ID]++
	b.change(both)
	// One whose severity rose is not closed by somebody who has not seen it.
	f := finding("r-spray", "carl@contoso.com", 2)
	b.record(f)
	carl := b.all()[2]
	f.ID, f.Severity = f.ID+"x", nightjar.SeverityCritical
	b.record(f)
	_, err := b.keeper.Change(t.Context(), ada(), Request{Action: ActionClose, Disposition: DispositionFalse, IDs: []string{carl.ID}, Versions: map[string]int64{carl.ID: carl.Version}})
	if nightjar.CodeOf(err) != nightjar.CodeConflict {
		t.Errorf("a critical alert is closed unseen: %v", err)
	}
}

func TestWhatIsAskedWronglyIsRefusedWithAWord(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.record(finding("r-spray", "anna@contoso.com", 0))
	ids := []string{b.all()[0].ID}
	for name, q := range map[string]Request{
		"no such action":         {Action: "burn", IDs: ids},
		"no alerts":              {Action: ActionAcknowledge},
		"an empty comment":       {Action: ActionComment, IDs: ids, Comment: "  "},
		"without disposition":    {Action: ActionClose, IDs: ids},
		"an unknown disposition": {Action: ActionClose, IDs: ids, Disposition: "maybe"},
		"informational":          {Action: ActionSeverity, IDs: ids, Severity: nightjar.SeverityInformational},
		"a novel":                {Action: ActionComment, IDs: ids, Comment: strings.Repeat("a", maxComment+1)},
	} {
		if _, err := b.keeper.Change(t.Context(), ada(), q); nightjar.CodeOf(err) != nightjar.CodeInvalid || nightjar.HintOf(err) == "" {
			t.Errorf("%s: %v", name, err)
		}
	}
	who := ada()
	who.Tenants = []nightjar.TenantID{fabrikam}
	if _, err := b.keeper.Change(t.Context(), who, Request{Action: ActionAcknowledge, IDs: ids}); nightjar.CodeOf(err) != nightjar.CodeNotFound {
		t.Errorf("an alert of a foreign tenant: %v", err)
	}
	b.change(Request{Action: ActionClose, IDs: ids, Disposition: DispositionFalse})
	if _, err := b.keeper.Change(t.Context(), ada(), Request{Action: ActionAcknowledge, IDs: ids}); nightjar.CodeOf(err) != nightjar.CodeConflict {
		t.Errorf("a closed one: %v", err)
	}
	if a := b.change(Request{Action: ActionReopen, IDs: ids})[0]; a.Status != StatusNew || a.Disposition != "" || !a.Closed.IsZero() {
		t.Errorf("reopened: %+v", a)
	}
}

func TestASeverityThatAPersonSetStaysUntilItIsGivenBack(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.record(finding("r-spray", "anna@contoso.com", 0))
	ids := []string{b.all()[0].ID}
	b.change(Request{Action: ActionSeverity, IDs: ids, Severity: nightjar.SeverityLow})
	f := finding("r-spray", "anna@contoso.com", 1)
	f.Severity = nightjar.SeverityHigh
	b.record(f)
	if a := b.all()[0]; a.Severity != nightjar.SeverityLow || a.SeverityBy != "Ada" || a.RuleSeverity != nightjar.SeverityHigh {
		t.Errorf("%+v", a)
	}
	if a := b.change(Request{Action: ActionSeverity, IDs: ids})[0]; a.Severity != nightjar.SeverityHigh || a.SeverityBy != "" {
		t.Errorf("given back: %+v", a)
	}
	if got := b.out.kinds(); got != "opened updated updated raised " {
		t.Errorf("told of %s", got)
	}
}

// TestTheSeverityOfAClosedAlertIsNobodysAlarm: what ended elsewhere, such as an
// incident of an on-call service, must not begin again.
func TestTheSeverityOfAClosedAlertIsNobodysAlarm(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.record(finding("r-spray", "anna@contoso.com", 0))
	ids := []string{b.all()[0].ID}
	b.change(Request{Action: ActionClose, IDs: ids, Disposition: DispositionTrue})
	if a := b.change(Request{Action: ActionSeverity, IDs: ids, Severity: nightjar.SeverityCritical})[0]; a.Severity != nightjar.SeverityCritical || a.Status != StatusClosed {
		t.Errorf("%+v", a)
	}
	if got := b.out.kinds(); got != "opened closed updated " {
		t.Errorf("told of %s", got)
	}
}

// TestClosingAgainSaysWhatItOverturns: two people may judge one alert, and the
// second has to learn of the first.
func TestClosingAgainSaysWhatItOverturns(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.record(finding("r-spray", "anna@contoso.com", 0))
	ids := []string{b.all()[0].ID}
	closes := func(as Disposition) Alert {
		return b.change(Request{Action: ActionClose, IDs: ids, Disposition: as})[0]
	}
	first := closes(DispositionTrue)
	same := closes(DispositionTrue)
	other := closes(DispositionFalse)
	if first.Former != "" || same.Former != DispositionTrue || same.Version != first.Version || other.Former != DispositionTrue || other.Disposition != DispositionFalse {
		t.Errorf("it was closed before as %q, %q and %q; versions %d, %d and %d", first.Former, same.Former, other.Former, first.Version, same.Version, other.Version)
	}
	if a := b.change(Request{Action: ActionReopen, IDs: ids})[0]; a.Former != "" {
		t.Errorf("opened again: %q", a.Former)
	}
	lines, err := b.keeper.History(t.Context(), nil, ids[0])
	if err != nil || len(lines) != 4 {
		t.Fatalf("remembered is %+v, %v", lines, err)
	}
	if l := lines[2]; l.Action != HistoryClosed || l.Was != "true" || l.Became != "false" {
		t.Errorf("remembered is %+v", l)
	}
}
