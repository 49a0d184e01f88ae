package api

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/nightjar-sec/nightjar/internal/access"
	"github.com/nightjar-sec/nightjar/internal/ruleset"
	"github.com/nightjar-sec/nightjar/internal/secret"
)

const changesPath = "/api/v1/rule-changes"

func document(text string, more map[string]any) map[string]any {
	return with(map[string]any{"document": text}, more)
}

// TestRuleChangesGoOutAndComeBack exports, looks at what an import would do,
// and imports.
func TestRuleChangesGoOutAndComeBack(t *testing.T) {
	t.Parallel()
	b := setup(t)
	want(t, b.admin, 200, post, "/api/v1/rules/"+guessing+"/mode", map[string]any{"mode": "dry_run", "tenants": []any{contoso}, "reason": "to see"})
	want(t, b.admin, 201, post, "/api/v1/rules/"+guessing+"/exceptions", map[string]any{"where": map[string]any{"UserId": "svc@contoso.com"}, "reason": "a service"})
	file := want(t, b.admin, 200, get, changesPath+"/file", nil)
	if file.header.Get("Content-Type") != "application/yaml" || !strings.Contains(string(file.body), "svc@contoso.com") {
		t.Errorf("the file is %s", file.body)
	}
	var got importBody
	want(t, b.admin, 200, post, changesPath, document(string(file.body), nil)).into(t, &got)
	if got.Unchanged != 2 || len(got.Changes)+len(got.Exceptions) != 0 || !got.Applied {
		t.Errorf("what is in force is %+v", got)
	}
	other := "changes: [{what: mode, rule: " + guessing + ", value: 'off', tenant: " + string(contoso) + ", by: eve}, {what: mode, rule: gone, value: 'off'}]"
	want(t, b.admin, 200, post, changesPath, document(other, map[string]any{"dry_run": true})).into(t, &got)
	if got.Applied || len(got.Changes) != 2 || got.Changes[0].Action != ruleset.Alter || got.Changes[0].Was != "dry_run" || got.Changes[0].Change.By == "eve" ||
		!got.Changes[1].Change.Vanished || len(got.Exceptions) != 1 || got.Exceptions[0].Action != ruleset.Remove {
		t.Errorf("it would do %+v", got)
	}
	if mode := b.cfg.Rules.Current().Mode(guessing, contoso); mode != ruleset.DryRun {
		t.Errorf("looking at it made the mode %s", mode)
	}
	seen := got.Version
	want(t, b.admin, 200, post, "/api/v1/rules/"+guessing+"/severity", map[string]any{"severity": "low"})
	want(t, b.admin, 409, post, changesPath, document(other, map[string]any{"version": seen}))
	want(t, b.admin, 200, post, changesPath, document(other, map[string]any{"version": seen + 1}))
	if all := b.cfg.Rules.Current().Changes(); len(all.Changes) != 2 || len(all.Exceptions) != 0 || b.cfg.Rules.Current().Mode(guessing, contoso) != ruleset.Off {
		t.Errorf("in force is %+v", all)
	}
	var log struct {
		Items []struct {
			Action, Target string
			Tenant         string
			Detail         map[string]string
		}
	}
	b.admin.send(get, "/api/v1/audit?limit=5", nil).into(t, &log)
	said := ""
	for _, e := range log.Items {
		said += e.Action + " " + e.Detail["import"] + " " + e.Detail["mode"] + "\n"
	}
	if said != "rule.except_end remove \nrule.change remove \nrule.change add off\nrule.change change off\nrule.import  \n" || log.Items[3].Tenant != string(contoso) {
		t.Errorf("on record is\n%s", said)
	}
	want(t, b.admin, 400, post, changesPath, document("", nil))
	want(t, b.admin, 404, post, changesPath, document("changes: [{what: mode, rule: "+guessing+", value: 'off', tenant: "+string(stranger)+"}]", nil))
}

// TestAnImportReachesNoFurtherThanItsCaller has analysts of one tenant import.
func TestAnImportReachesNoFurtherThanItsCaller(t *testing.T) {
	t.Parallel()
	b := setup(t)
	one := b.token(access.RoleAnalyst, contoso)
	of := func(value, tenant string) string {
		if tenant != "" {
			tenant = ", tenant: " + tenant
		}
		return "changes: [{what: mode, rule: " + guessing + ", value: " + value + tenant + "}]"
	}
	want(t, b.admin, 200, post, changesPath, document(of("dry_run", "")+"\nexceptions:\n"+
		"  - {rule: "+guessing+", where: {UserId: bob@fabrikam.com}, reason: bob, tenants: ["+string(fabrikam)+"]}\n"+
		"  - {rule: "+guessing+", where: {UserId: all@fabrikam.com}, reason: all}\n", nil))
	if a := want(t, one, 200, get, changesPath+"/file", nil); strings.Contains(string(a.body), "fabrikam") || !strings.Contains(string(a.body), "dry_run") {
		t.Errorf("it is given %s", a.body)
	}
	if a := want(t, one, 200, get, changesPath+"/file?tenant="+string(contoso), nil); strings.Contains(string(a.body), "dry_run") {
		t.Errorf("of the tenant alone is %s", a.body)
	}
	want(t, one, 403, post, changesPath, document(of("'off'", ""), nil))
	want(t, one, 404, post, changesPath, document(of("'off'", string(fabrikam)), nil))
	want(t, one, 404, post, changesPath, document(of("'off'", string(contoso)), map[string]any{"tenants": []any{fabrikam}}))
	want(t, b.admin, 400, post, changesPath, document(of("'off'", ""), map[string]any{"tenants": []any{contoso}}))
	want(t, b.token(access.RoleViewer, ""), 403, post, changesPath, document(of("dry_run", ""), map[string]any{"dry_run": true}))
	var got importBody
	want(t, one, 200, post, changesPath, document(of("'off'", string(contoso)), nil)).into(t, &got)
	if len(got.Changes) != 1 || len(got.Exceptions) != 0 || got.Changes[0].Action != ruleset.Add {
		t.Errorf("it did %+v", got)
	}
	if all := b.cfg.Rules.Current().Changes(); len(all.Changes) != 2 || len(all.Exceptions) != 2 {
		t.Errorf("in force is %+v", all)
	}
	// One who may change and not read is not shown what is in force.
	who, err := b.access.Session(t.Context(), secret.New(strings.TrimPrefix(b.admin.cookie, "nightjar=")))
	if err != nil {
		t.Fatal(err)
	}
	bearer, _, err := b.access.CreateToken(t.Context(), who, access.TokenSpec{
		Name: "changes", Scopes: []access.Permission{access.PermRuleManage}, Grants: []access.Grant{{Role: access.RoleAnalyst, Tenant: contoso}}, Expires: time.Now().Add(time.Hour),
	})
	if err != nil {
		t.Fatal(err)
	}
	want(t, &client{b: b, bearer: bearer.Reveal()}, 403, post, changesPath, document("changes: []", map[string]any{"dry_run": true}))
}

// TestAnImportThatMakesDetectionBlindNeedsAFreshProof imports with a session
// whose proof is an hour old.
func TestAnImportThatMakesDetectionBlindNeedsAFreshProof(t *testing.T) {
	t.Parallel()
	mode := func(what, value string, tenants ...any) string {
		out := ""
		for _, tenant := range append(tenants, "")[:max(1, len(tenants))] {
			if tenant != "" {
				tenant = fmt.Sprintf(", tenant: %s", tenant)
			}
			out += fmt.Sprintf("  - {what: mode, %s, value: '%s'%s}\n", what, value, tenant)
		}
		return "changes:\n" + out
	}
	rule := "rule: " + guessing
	except := func(tenants string) string {
		return "exceptions: [{" + rule + ", where: {UserId: x}, reason: r, tenants: [" + tenants + "]}]"
	}
	imports(t, []importCase{
		{"off for all", mode(rule, "off"), true},
		{"off for each", mode(rule, "off", contoso, fabrikam), true},
		{"off for one", mode(rule, "dry_run", contoso), false},
		{"on for all", mode(rule, "on"), false},
		{"a pack off for one", mode("pack: signins", "off", contoso), true},
		{"an exception for all", except(""), true},
		{"an exception for one", mode(rule, "on") + except(string(fabrikam)), false},
		{"no exception", mode(rule, "on"), false},
	})
	set := func(what, value string, tenants ...any) string {
		return strings.ReplaceAll(mode(rule, value, tenants...), "what: mode", "what: "+what)
	}
	failures := func(tenants ...any) string {
		return strings.ReplaceAll(set("parameter, name: failures", "30", tenants...), "'", "")
	}
	imports(t, []importCase{
		{"a severity for each", set("severity", "low", contoso, fabrikam), true},
		{"a severity for one", set("severity", "low", contoso), false},
		{"a severity for all", set("severity", "low"), true},
		{"a parameter for all", failures(), true},
		{"something else for each", failures(fabrikam) + strings.TrimPrefix(set("severity", "low", contoso), "changes:\n"), false},
	})
	imports(t, []importCase{
		{"on for all", mode(rule, "on"), false},
		{"on for all once more", mode(rule, "on"), false},
		{"on for all taken back", "changes: []", true},
	})
}

// importCase is a file whose import may ask for a fresh proof.
type importCase struct {
	name, text string
	asks       bool
}

// imports imports each with a proof that is an hour old.
func imports(t *testing.T, cases []importCase) {
	t.Helper()
	b := setup(t, func(c *Config) { c.Demo = false })
	for _, c := range cases {
		b.age(t, "3600000000")
		want(t, b.admin, 200, post, changesPath, document(c.text, map[string]any{"dry_run": true}))
		a := b.admin.send(post, changesPath, document(c.text, nil))
		if c.asks != (a.code() == "step_up") || !c.asks && a.status != 200 {
			t.Errorf("%s: an old proof is answered %d %.200s", c.name, a.status, a.body)
		}
	}
}

// TestAnImportTellsNothingOfTenantsThatAreNotSeen guesses what is in force for
// a tenant that the caller does not see.
func TestAnImportTellsNothingOfTenantsThatAreNotSeen(t *testing.T) {
	t.Parallel()
	b := setup(t)
	const ids = "E-00000000000"
	theirs := "changes: [{what: mode, rule: " + guessing + ", value: 'off', tenant: " + string(fabrikam) + "}]\n"
	except := func(n int, user, tenants string) string {
		return fmt.Sprintf("  - {id: %s%d, rule: %s, where: {UserId: %s}, reason: r, tenants: [%s]}\n", ids, n, guessing, user, tenants)
	}
	inForce := theirs + "exceptions:\n" + except(1, "bob", string(fabrikam)) + except(2, "ann", string(contoso)) + except(3, "all", "")
	want(t, b.admin, 200, post, changesPath, document(inForce, nil))
	one := b.token(access.RoleAnalyst, contoso)
	look := map[string]any{"dry_run": true}
	ask := func(who *client, text string) string {
		t.Helper()
		a := who.send(post, changesPath, document(text, look))
		said, _, _ := strings.Cut(string(a.body), `,"request_id"`)
		return fmt.Sprint(a.status, " ", strings.NewReplacer(string(fabrikam), "T", string(stranger), "T", ids+"1", "E", ids+"9", "E").Replace(said))
	}
	unseen := func(text string) string { return strings.ReplaceAll(text, string(fabrikam), string(stranger)) }
	only := "exceptions:\n"
	for name, pair := range map[string][2]string{
		"a change that is in force":   {theirs, unseen(theirs)},
		"another":                     {strings.Replace(theirs, "off", "on", 1), unseen(theirs)},
		"an exception":                {only + except(1, "bob", string(fabrikam)), unseen(only + except(1, "bob", string(fabrikam)))},
		"its id":                      {only + except(1, "bob", string(contoso)), only + except(9, "bob", string(contoso))},
		"its id and tenants":          {only + except(1, "bob", string(contoso)+","+string(fabrikam)), unseen(only + except(9, "bob", string(contoso)+","+string(fabrikam)))},
		"what one for all takes away": {only + except(3, "all", ""), only + except(3, "some", "")},
		"it without its id":           {strings.ReplaceAll(only+except(3, "all", ""), "id: "+ids+"3, ", ""), strings.ReplaceAll(only+except(3, "some", ""), "id: "+ids+"3, ", "")},
	} {
		is, isNot := ask(one, pair[0]), ask(one, pair[1])
		if is != isNot || is[:1] != "4" {
			t.Errorf("%s is answered\n%s\nand what is not there\n%s", name, is, isNot)
		}
	}
	if got := ask(one, only+except(2, "ann", string(contoso))); !strings.HasPrefix(got, "200") || !strings.Contains(got, `"unchanged":1`) {
		t.Errorf("his own: %s", got)
	}
	// What is in force for a tenant that is gone comes back, and no other.
	many := "changes:\n"
	for n := range 4000 {
		many += fmt.Sprintf("  - {what: parameter, rule: %s, name: failures, value: %d, tenant: 44444444-4444-4444-8444-%012d}\n", guessing, n+2, n)
	}
	if got := ask(b.admin, many); !strings.HasPrefix(got, "404") {
		t.Errorf("thousands of tenants that are not there: %.300s", got)
	}
	if err := b.cfg.Rules.Change(t.Context(), "ada", ruleset.Change{What: ruleset.ChangeMode, Rule: guessing, Tenant: stranger, Value: "off"}); err != nil {
		t.Fatal(err)
	}
	file := want(t, b.admin, 200, get, changesPath+"/file", nil)
	if got := ask(b.admin, string(file.body)); !strings.HasPrefix(got, "200") {
		t.Errorf("the file of it: %s", got)
	}
}
