package api

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/access"
	"github.com/nightjar-sec/nightjar/internal/alert"
	"github.com/nightjar-sec/nightjar/internal/journal"
	"github.com/nightjar-sec/nightjar/internal/query"
	"github.com/nightjar-sec/nightjar/internal/search"
)

// sprayRule and lockRule are rules whose findings every bundle begins with.
const (
	sprayRule = "spray-rule"
	lockRule  = "lock-rule"
)

// findings keeps alerts of both tenants and of Nightjar itself.
func (b *bundle) findings() *alert.Keeper {
	b.t.Helper()
	keeper, err := alert.New(alert.Config{Catalog: b.db, Audit: b.audit, Pack: func(string) string { return "signins" }})
	if err != nil {
		b.t.Fatal(err)
	}
	var all []nightjar.Finding
	for id, name := range map[nightjar.TenantID]string{contoso: "contoso", fabrikam: "fabrikam", nightjar.Installation: "installation"} {
		user := "anna@" + string(id[:4]) + ".example"
		for n := range 3 {
			at := morning.Add(time.Duration(10+n) * time.Minute)
			f := nightjar.Finding{
				Tenant: id, Rule: sprayRule, Version: "v1", Title: "Spray of " + name, Severity: nightjar.SeverityHigh, Reason: user + " failed from 198.51.100.7",
				Tags: []string{"attack.t1110.003", "attack.credential-access"}, Time: at, Count: 2,
				Entities: []nightjar.Entity{{Kind: nightjar.EntityUser, Value: user}, {Kind: nightjar.EntityAddress, Value: "198.51.100.7"}},
				Events:   []nightjar.EventRef{{ID: fmt.Sprintf("%s-%02d", id[:4], 10+n), Table: nightjar.TableAzureAD, Time: at, Operation: "UserLoggedIn"}},
				Values:   map[string]string{"UserId": user, "count": "2"},
			}
			if n == 2 {
				f.Rule, f.Severity, f.Title = lockRule, nightjar.SeverityLow, "Lock-out of "+name
			}
			f.ID = nightjar.FindingID(string(id), f.Rule, fmt.Sprint(n))
			f.Fingerprint = nightjar.Fingerprint(id, f.Rule, f.Entities[:1])
			all = append(all, f)
		}
	}
	if err := b.db.InTx(b.t.Context(), func(ctx context.Context, tx bun.Tx) error { return keeper.Record(ctx, tx, all) }); err != nil {
		b.t.Fatal(err)
	}
	return keeper
}

type alertList struct {
	Items []alertBody
	Next  string
}

// alertOf returns the alert of a tenant and rule.
func (b *bundle) alertOf(tenant nightjar.TenantID, rule string) alertBody {
	b.t.Helper()
	var got alertList
	b.admin.send(get, "/api/v1/alerts?rule="+rule, nil).into(b.t, &got)
	for _, a := range got.Items {
		if a.TenantID == tenant {
			return a
		}
	}
	b.t.Fatalf("no alert of %s in %s", rule, tenant)
	return alertBody{}
}

func (b *bundle) exerciseAlerts(do doer) {
	one := b.alertOf(contoso, sprayRule)
	at := "/api/v1/alerts/" + one.ID
	do(200, get, "/api/v1/alerts?status=new&severity=high&entity=user:anna@1111.example&silenced=false&q=spray&limit=1&sort=severity&tenant="+string(contoso), nil)
	do(200, get, "/api/v1/alerts/counts", nil)
	do(200, get, "/api/v1/alerts/quality?from=2026-11-01T00:00:00Z", nil)
	do(200, get, at, nil)
	do(200, get, at+"/findings?limit=1", nil)
	do(200, get, at+"/history", nil)
	do(200, get, at+"/normal", nil)
	do(200, get, at+"/related", nil)
	do(200, get, "/api/v1/incidents?status=open&several=true&limit=5", nil)
	do(200, get, "/api/v1/incidents/"+one.Incident, nil)
	do(200, get, "/api/v1/entities/risk?kind=user&kind=address", nil)
	change := func(more map[string]any) map[string]any { return with(map[string]any{"ids": []any{one.ID}}, more) }
	do(200, post, "/api/v1/alerts/change", change(map[string]any{"action": "acknowledge", "versions": map[string]any{one.ID: one.Version}}))
	do(409, post, "/api/v1/alerts/change", change(map[string]any{"action": "close", "disposition": "false", "versions": map[string]any{one.ID: one.Version}}))
	do(200, post, "/api/v1/alerts/change", change(map[string]any{"action": "assign", "assignee": "me"}))
	do(200, post, "/api/v1/alerts/change", change(map[string]any{"action": "comment", "comment": "called her"}))
	do(200, post, "/api/v1/alerts/change", change(map[string]any{"action": "severity", "severity": "medium"}))
	do(200, post, "/api/v1/alerts/change", change(map[string]any{"action": "close", "disposition": "false", "comment": "a test"}))
	do(200, get, at, nil)
	do(200, post, "/api/v1/alerts/change", change(map[string]any{"action": "reopen"}))
	do(404, get, "/api/v1/alerts/none", nil)
	do(404, get, "/api/v1/incidents/none", nil)
	quiet := map[string]any{"kind": "silence", "tenants": []any{contoso}, "matchers": []any{map[string]any{"field": "rule", "values": []any{sprayRule}}}}
	do(200, post, "/api/v1/silences/preview", quiet)
	var made struct{ ID string }
	do(201, post, "/api/v1/silences", with(quiet, map[string]any{"reason": "a test", "expires": time.Now().Add(time.Hour).UTC().Format(time.RFC3339)})).into(b.t, &made)
	do(400, post, "/api/v1/silences", map[string]any{"kind": "silence", "matchers": []any{}, "reason": "r", "expires": "2026-11-01T00:00:00Z"})
	do(200, get, "/api/v1/silences?state=active", nil)
	do(200, post, "/api/v1/silences/"+made.ID+"/end", nil)
	do(409, post, "/api/v1/silences/"+made.ID+"/end", nil)
}

// TestAnAlertClosedAsFalseProposesAnException follows an alert from the queue
// to the exception that would have kept it from opening.
func TestAnAlertClosedAsFalseProposesAnException(t *testing.T) {
	t.Parallel()
	b := setup(t)
	one := b.alertOf(contoso, sprayRule)
	if one.Findings != 2 || one.Count != 4 || one.Tactics[0] != "credential-access" || one.Techniques[0] != "T1110.003" || one.Incident == "" {
		t.Errorf("%+v", one)
	}
	var got alertList
	a := b.admin.send(post, "/api/v1/alerts/change", map[string]any{"ids": []any{one.ID}, "action": "close", "disposition": "false", "comment": "the scanner"})
	a.into(t, &got)
	e := got.Items[0].Exception
	if e == nil || e.Rule != sprayRule || e.TenantID != contoso || len(e.Where) != 1 || e.Where[0] != (fieldBody{"UserId", "anna@1111.example"}) || e.Reason != "the scanner" {
		t.Errorf("%s", a.body)
	}
}

// TestAnalystsDecideAboutTheirTenantsAlone has an analyst of one tenant reach
// for alerts and silences of others.
func TestAnalystsDecideAboutTheirTenantsAlone(t *testing.T) {
	t.Parallel()
	b := setup(t)
	analyst, viewer := b.token(access.RoleAnalyst, contoso), b.token(access.RoleViewer, contoso)
	own, foreign := b.alertOf(contoso, sprayRule), b.alertOf(fabrikam, sprayRule)
	ours := b.alertOf(nightjar.Installation, sprayRule)
	var got alertList
	analyst.send(get, "/api/v1/alerts", nil).into(t, &got)
	if len(got.Items) != 2 || got.Items[0].TenantID != contoso || got.Items[1].TenantID != contoso {
		t.Errorf("the queue shows %+v", got.Items)
	}
	acknowledge := func(who *client, ids ...any) answer {
		return who.send(post, "/api/v1/alerts/change", map[string]any{"ids": ids, "action": "acknowledge"})
	}
	for _, id := range []string{foreign.ID, ours.ID} {
		for _, path := range []string{"", "/findings", "/history", "/normal", "/related"} {
			if a := analyst.send(get, "/api/v1/alerts/"+id+path, nil); a.code() != "not_found" {
				t.Errorf("%s%s: %s", id, path, a.body)
			}
		}
		if a := acknowledge(analyst, own.ID, id); a.code() != "not_found" {
			t.Errorf("acknowledging %s: %s", id, a.body)
		}
	}
	if a := analyst.send(get, "/api/v1/incidents/"+foreign.Incident, nil); a.code() != "not_found" {
		t.Errorf("a foreign incident: %s", a.body)
	}
	if now := b.alertOf(contoso, sprayRule); now.Status != alert.StatusNew {
		t.Error("half of a change was made")
	}
	if a := acknowledge(viewer, own.ID); a.code() != "forbidden" {
		t.Errorf("a viewer decides: %s", a.body)
	}
	if a := acknowledge(analyst, own.ID); a.status != http.StatusOK {
		t.Errorf("an analyst does not: %s", a.body)
	}
	quiet := map[string]any{
		"kind": "silence", "reason": "maintenance at fabrikam", "expires": time.Now().Add(time.Hour).UTC().Format(time.RFC3339),
		"matchers": []any{map[string]any{"field": "rule", "values": []any{sprayRule}}, map[string]any{"field": "entity", "values": []any{"user:anna@2222.example", "user:anna@1111.example"}}},
	}
	if a := analyst.send(post, "/api/v1/silences", quiet); a.code() != "forbidden" {
		t.Errorf("a silence for all tenants: %s", a.body)
	}
	var made struct{ ID string }
	b.admin.send(post, "/api/v1/silences", quiet).into(t, &made)
	if a := analyst.send(get, "/api/v1/silences", nil); !strings.Contains(string(a.body), made.ID) || (strings.Contains(string(a.body), "fabrikam") || strings.Contains(string(a.body), "2222")) {
		t.Errorf("a silence for all tenants is shown as %s", a.body)
	}
	if a := analyst.send(post, "/api/v1/silences/"+made.ID+"/end", nil); a.code() != "forbidden" {
		t.Errorf("an analyst of one tenant ends it: %s", a.body)
	}
	if a := analyst.send(post, "/api/v1/silences", with(quiet, map[string]any{"tenants": []any{contoso}})); a.status != http.StatusCreated {
		t.Errorf("a silence for the own tenant: %s", a.body)
	}
	for _, path := range []string{"/api/v1/incidents", "/api/v1/entities/risk", "/api/v1/alerts/quality?from=2026-01-01T00:00:00Z", "/api/v1/alerts/counts"} {
		if a := analyst.send(get, path, nil); a.status != http.StatusOK || strings.Contains(string(a.body), "fabrikam") || strings.Contains(string(a.body), "installation") {
			t.Errorf("%s: %s", path, a.body)
		}
	}
}

// TestWhatIsNormalIsSaidOfTheTimeBefore compares an alert's events with those
// of the month before, however few rows people may ask for.
func TestWhatIsNormalIsSaidOfTheTimeBefore(t *testing.T) {
	t.Parallel()
	b := setup(t, func(c *Config) {
		engine, err := query.New(query.Config{Journal: c.Journal, WorkerCommand: []string{os.Args[0], "query-worker"}, Limits: query.Limits{Rows: 2}})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(engine.Close)
		c.Engine = engine
	})
	// One sign-in from elsewhere, and a finding about it.
	strange := events(contoso)[19]
	strange.ID, strange.Time, strange.Place.Country, strange.AppID = "strange", morning.Add(15*time.Minute), "RU", "tool"
	if _, err := b.cfg.Journal.Append(t.Context(), journal.Batch{Tenant: contoso, Sources: []journal.Source{{Events: []nightjar.Event{strange}}}}); err != nil {
		t.Fatal(err)
	}
	f := nightjar.Finding{
		ID: "strange-finding", Tenant: contoso, Rule: "strange-rule", Title: "Strange", Severity: nightjar.SeverityHigh, Fingerprint: "strange", Time: strange.Time,
		Entities: []nightjar.Entity{{Kind: nightjar.EntityAddress, Value: "203.0.113.1"}, {Kind: nightjar.EntityUser, Value: "anna@1111.example"}},
		Events:   []nightjar.EventRef{{ID: "strange", Table: nightjar.TableAzureAD, Time: strange.Time}},
	}
	if err := b.db.InTx(t.Context(), func(ctx context.Context, tx bun.Tx) error { return b.cfg.Alerts.Record(ctx, tx, []nightjar.Finding{f}) }); err != nil {
		t.Fatal(err)
	}
	var got search.Normality
	a := b.admin.send(get, "/api/v1/alerts/"+b.alertOf(contoso, "strange-rule").ID+"/normal", nil)
	a.into(t, &got)
	if got.Entity == nil || got.Entity.Value != "anna@1111.example" || got.Total != 15 || got.Days != 1 || len(got.Fields) != 7 {
		t.Fatalf("%s", a.body)
	}
	said := map[string]string{}
	for _, f := range got.Fields {
		said[f.Field] = fmt.Sprint(f.Values, f.New)
	}
	before := morning.Add(14 * time.Minute)
	if said["country"] != fmt.Sprint([]search.NormalValue{{Value: "NL", Count: 15, Last: before}}, []string{"RU"}) || said["application"] != "[] [tool]" || said["hour"] != fmt.Sprint([]search.NormalValue{{Value: "08", Count: 15, Last: before}}, []string{}) {
		t.Errorf("%v", said)
	}
}

// TestAFilterThatNamesNothingIsRefused asks for alerts by what does not exist:
// an empty list would say that there is nothing to do.
func TestAFilterThatNamesNothingIsRefused(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for query, want := range map[string]string{
		"status=New":        `did you mean \"new\"?`,
		"severity=hihg":     `there is no severity \"hihg\"`,
		"rule=spray-rle":    `there is no rule`,
		"pack=nopack":       `there is no pack`,
		"assignee=nobody":   `there is nobody`,
		"disposition=benin": `did you mean \"benign\"?`,
		"incident=I-none":   `incident`,
		"tenant=nightjr":    `there is no tenant`,
		"from=2026-11-20T00:00:00Z&to=2026-11-19T00:00:00Z": `from is not before to`,
	} {
		if a := b.admin.send(get, "/api/v1/alerts?"+query, nil); a.status != http.StatusBadRequest && a.status != http.StatusNotFound || !strings.Contains(string(a.body), want) {
			t.Errorf("%s: %d %s", query, a.status, a.body)
		}
	}
	if a := b.admin.send(get, "/api/v1/alerts/quality?rule=nope", nil); a.code() != "invalid" {
		t.Errorf("quality: %s", a.body)
	}
	for query, want := range map[string]int{
		"status=open": 6, "status=closed": 0, "assignee=root": 0, "rule=" + sprayRule + "&tenant=contoso": 1, "tenant=nightjar": 2, "tenant=nightjar&tenant=" + string(contoso): 4,
	} {
		var got alertList
		b.admin.send(get, "/api/v1/alerts?"+query, nil).into(t, &got)
		if len(got.Items) != want {
			t.Errorf("%s: %d alerts, want %d", query, len(got.Items), want)
		}
	}
}

// TestAFilterByPersonTellsNotWhoHasAnAccount asks for alerts of people of whom
// the caller sees none.
func TestAFilterByPersonTellsNotWhoHasAnAccount(t *testing.T) {
	t.Parallel()
	b := setup(t)
	bob, ann := b.person("bobby", access.RoleAnalyst, fabrikam), b.person("annie", access.RoleAnalyst, contoso)
	theirs := b.alertOf(fabrikam, sprayRule)
	want(t, bob, 200, post, "/api/v1/alerts/change", map[string]any{"ids": []any{theirs.ID}, "action": "assign", "assignee": "me"})
	id := b.alertOf(fabrikam, sprayRule).Assignee
	ask := func(who *client, assignee string) string {
		a := who.send(get, "/api/v1/alerts?assignee="+assignee, nil)
		said, _, _ := strings.Cut(string(a.body), `,"request_id"`)
		return fmt.Sprint(a.status, " ", strings.ReplaceAll(said, assignee, "X"))
	}
	nobody := ask(ann, "eve")
	for _, assignee := range []string{"bobby", id, "root"} {
		if got := ask(ann, assignee); got != nobody || !strings.HasPrefix(got, "400") {
			t.Errorf("%s: %s, and nobody: %s", assignee, got, nobody)
		}
	}
	for who, assignee := range map[*client]string{ann: "annie", bob: id, b.admin: "annie"} {
		if got := ask(who, assignee); !strings.HasPrefix(got, "200") {
			t.Errorf("%s: %s", assignee, got)
		}
	}
	own := b.alertOf(contoso, sprayRule)
	want(t, b.admin, 200, post, "/api/v1/alerts/change", map[string]any{"ids": []any{own.ID}, "action": "assign", "assignee": id})
	if got := ask(ann, "bobby"); !strings.HasPrefix(got, "200") {
		t.Errorf("whose alert she sees: %s", got)
	}
}

// TestWhatIsAboutNightjarIsOfATenantOfItsOwn asks for it by its id, as the
// console does for the rule of such an alert.
func TestWhatIsAboutNightjarIsOfATenantOfItsOwn(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id := "tenant=" + string(nightjar.Installation)
	some := b.token(access.RoleAnalyst, contoso)
	for _, path := range []string{"/api/v1/rules?", "/api/v1/alerts?", "/api/v1/alerts/counts?", "/api/v1/alerts/quality?", "/api/v1/incidents?", "/api/v1/entities/risk?"} {
		if a := b.admin.send(get, path+id, nil); a.status != http.StatusOK || strings.Contains(string(a.body), "Spray of contoso") {
			t.Errorf("%s: %d %s", path, a.status, a.body)
		}
		if a := some.send(get, path+id, nil); a.code() != "not_found" {
			t.Errorf("an analyst of one tenant asks %s: %s", path, a.body)
		}
	}
	quiet := map[string]any{"kind": "silence", "tenants": []any{nightjar.Installation}, "matchers": []any{map[string]any{"field": "rule", "values": []any{sprayRule}}}}
	if a := b.admin.send(post, "/api/v1/silences/preview", quiet); !strings.Contains(strings.ReplaceAll(string(a.body), " ", ""), `"hidden":1,`) {
		t.Errorf("a silence for Nightjar itself: %s", a.body)
	}
	if a := some.send(post, "/api/v1/silences/preview", quiet); a.code() != "not_found" {
		t.Errorf("an analyst of one tenant asks of a silence for Nightjar itself: %s", a.body)
	}
	if a := b.admin.send(get, "/api/v1/events/0?"+id, nil); a.status == http.StatusOK {
		t.Errorf("an event of Nightjar itself: %s", a.body)
	}
}

// TestASilenceSaysAtOnceWhatItHides, and what does not exist is told of by its
// list, not by a command.
func TestASilenceSaysAtOnceWhatItHides(t *testing.T) {
	t.Parallel()
	b := setup(t)
	var made silenceBody
	b.admin.send(post, "/api/v1/silences", map[string]any{
		"kind": "silence", "reason": "r", "expires": time.Now().Add(time.Hour).UTC().Format(time.RFC3339), "matchers": []any{map[string]any{"field": "rule", "values": []any{sprayRule}}},
	}).into(t, &made)
	if made.Hides != 3 {
		t.Errorf("it hides %d", made.Hides)
	}
	for path, want := range map[string]string{"/api/v1/alerts/A-none": "GET /api/v1/alerts lists what there is", "/api/v1/incidents/I-none": "GET /api/v1/incidents lists what there is"} {
		if a := b.admin.send(get, path, nil); a.code() != "not_found" || !strings.Contains(string(a.body), want) {
			t.Errorf("%s: %s", path, a.body)
		}
	}
}

func TestClosingAgainAnswersWhatItOverturns(t *testing.T) {
	t.Parallel()
	b := setup(t)
	one := b.alertOf(contoso, sprayRule)
	for _, step := range []struct{ as, former string }{{"true", ""}, {"true", "true"}, {"false", "true"}} {
		a := want(t, b.admin, 200, post, "/api/v1/alerts/change", map[string]any{"ids": []any{one.ID}, "action": "close", "disposition": step.as})
		readContract(t).holds(t, a)
		var got alertList
		if a.into(t, &got); string(got.Items[0].Former) != step.former || string(got.Items[0].Disposition) != step.as {
			t.Errorf("closed as %s: %q before, %q now", step.as, got.Items[0].Former, got.Items[0].Disposition)
		}
	}
	if got := b.alertOf(contoso, sprayRule); got.Former != "" {
		t.Errorf("the list says %q", got.Former)
	}
}
