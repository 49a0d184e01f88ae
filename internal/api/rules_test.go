package api

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/access"
	"github.com/nightjar-sec/nightjar/internal/ruleset"
	"github.com/nightjar-sec/nightjar/internal/schedule"
)

const (
	guessing      = "1d3b0b5e-8f7a-4c1b-9c55-2f1d0a6b7c02"
	impersonation = "1d3b0b5e-8f7a-4c1b-9c55-2f1d0a6b7c03"
	inSQL         = "1d3b0b5e-8f7a-4c1b-9c55-2f1d0a6b7c04"
)

// ruleKeeper has the few rules of testdata/rules.
func (b *bundle) ruleKeeper() *ruleset.Keeper {
	b.t.Helper()
	k, err := ruleset.New(b.t.Context(), ruleset.Config{Catalog: b.db, NoShipped: true, Folders: []string{"testdata/rules"}})
	if err != nil {
		b.t.Fatal(err)
	}
	return k
}

// rest forgets how much was asked: it is more than a person has in a minute.
func (b *bundle) rest() {
	b.api.rates.mu.Lock()
	defer b.api.rates.mu.Unlock()
	clear(b.api.rates.buckets)
}

// exerciseRules asks of rules, and changes each thing of them and back.
func (b *bundle) exerciseRules(do doer) {
	const put = http.MethodPut
	b.rest()
	defer b.rest()
	do(200, get, "/api/v1/rules?pack=signins&mode=on&severity=medium&q=guess+t1110&parts=true", nil)
	do(200, get, "/api/v1/rules/"+guessing+"?tenant="+string(contoso), nil)
	do(200, get, "/api/v1/rules/"+inSQL, nil)
	do(404, get, "/api/v1/rules/none", nil)
	do(200, post, "/api/v1/rules/"+guessing+"/mode", map[string]any{"mode": "dry_run", "tenants": []any{contoso}, "reason": "to see"})
	do(400, post, "/api/v1/rules/1d3b0b5e-8f7a-4c1b-9c55-2f1d0a6b7c01/mode", map[string]any{"mode": "off"})
	do(200, post, "/api/v1/rules/"+guessing+"/severity", map[string]any{"severity": "high"})
	do(200, put, "/api/v1/rules/"+guessing+"/parameters", map[string]any{"values": map[string]any{"failures": 30, "window": "1h"}, "tenants": []any{contoso}})
	do(400, put, "/api/v1/rules/"+guessing+"/parameters", map[string]any{"values": map[string]any{"failures": "many"}})
	do(404, put, "/api/v1/rules/"+guessing+"/parameters", map[string]any{"values": map[string]any{"falures": 3}})
	do(200, put, "/api/v1/rules/"+guessing+"/parameters", map[string]any{"values": map[string]any{"window": nil}, "tenants": []any{contoso}})
	var made struct{ ID string }
	except := "/api/v1/rules/" + guessing + "/exceptions"
	do(201, post, except, map[string]any{"where": map[string]any{"UserId|startswith": []any{"svc-"}}, "reason": "services", "tenants": []any{contoso}, "until": "2999-01-01T00:00:00Z"}).into(b.t, &made)
	do(400, post, except, map[string]any{"where": map[string]any{"UserId|sounds": "x"}, "reason": "r"})
	do(200, get, except, nil)
	do(200, get, "/api/v1/rule-changes", nil)
	file := do(200, get, "/api/v1/rule-changes/file", nil)
	do(200, post, "/api/v1/rule-changes", map[string]any{"document": string(file.body)})
	do(200, post, "/api/v1/rule-changes", map[string]any{"document": "changes: [{what: mode, rule: " + guessing + ", value: \"off\"}]", "dry_run": true, "tenants": []any{}})
	do(400, post, "/api/v1/rule-changes", map[string]any{"document": "changes: [{kind: mode}]"})
	do(200, get, "/api/v1/rules/"+guessing, nil)
	do(204, remove, except+"/"+made.ID, nil)
	do(404, remove, except+"/"+made.ID, nil)
	do(200, get, "/api/v1/packs", nil)
	do(200, post, "/api/v1/packs/signins/mode", map[string]any{"mode": "off"})
	do(200, post, "/api/v1/packs/signins/mode", map[string]any{})
	do(404, post, "/api/v1/packs/none/mode", map[string]any{"mode": "off"})
}

func TestAnAnalystOfOneTenantTunesRulesThereAlone(t *testing.T) {
	t.Parallel()
	b := setup(t)
	one := b.person("one", access.RoleAnalyst, contoso)
	other := b.person("other", access.RoleAnalyst, fabrikam)
	path := "/api/v1/rules/" + guessing
	want(t, one, 403, http.MethodPost, path+"/mode", map[string]any{"mode": "off"})
	want(t, one, 404, http.MethodPost, path+"/mode", map[string]any{"mode": "off", "tenants": []any{fabrikam}})
	want(t, one, 200, http.MethodPost, path+"/mode", map[string]any{"mode": "off", "tenants": []any{contoso}})
	want(t, one, 200, http.MethodPut, path+"/parameters", map[string]any{"values": map[string]any{"failures": 99}, "tenants": []any{contoso}})
	var made struct{ ID string }
	want(t, one, 201, http.MethodPost, path+"/exceptions", map[string]any{"where": map[string]any{"UserId": "svc@contoso.com"}, "reason": "r", "tenants": []any{contoso}}).into(t, &made)

	set := b.cfg.Rules.Current()
	if set.Mode(guessing, contoso) != ruleset.Off || set.Mode(guessing, fabrikam) != ruleset.On {
		t.Errorf("modes %s and %s", set.Mode(guessing, contoso), set.Mode(guessing, fabrikam))
	}
	// The other tenant's people neither see nor end what is said of this one.
	var seen ruleDetail
	want(t, other, 200, http.MethodGet, path, nil).into(t, &seen)
	if len(seen.Modes)+len(seen.ExceptionList)+len(seen.Changes)+len(seen.Parameters[0].Tenants) != 0 || seen.Changed {
		t.Errorf("the other tenant sees %+v", seen)
	}
	want(t, other, 404, http.MethodDelete, path+"/exceptions/"+made.ID, nil)
	want(t, one, 200, http.MethodGet, path, nil).into(t, &seen)
	if len(seen.Modes) != 1 || len(seen.ExceptionList) != 1 || len(seen.Changes) != 2 || !seen.Changed {
		t.Errorf("its own people see %+v", seen)
	}
}

// What is said of all tenants may name the people of any: who sees one tenant
// learns that an exception is there, and that a query fails.
func TestWhatIsSaidOfAllTenantsNamesNobodyToWhoSeesOne(t *testing.T) {
	t.Parallel()
	const source = "could not convert 'bob@contoso.com'"
	state := schedule.State{Problem: source}
	b := setup(t, func(c *Config) {
		c.Schedules = func(context.Context) (map[string]schedule.State, error) {
			return map[string]schedule.State{inSQL: state}, nil
		}
	})
	b.cfg.Registry.Set(nightjar.WarnQueryRuleFailing, "", inSQL, map[string]string{"rule": "R", "since": "now", "reason": source})
	where := map[string]any{"UserId": "bob@contoso.com"}
	want(t, b.admin, 201, http.MethodPost, "/api/v1/rules/"+guessing+"/exceptions", map[string]any{"where": where, "reason": "bob is away"})
	want(t, b.admin, 201, http.MethodPost, "/api/v1/rules/"+guessing+"/exceptions", map[string]any{"where": where, "reason": "bob is away", "tenants": []any{contoso, fabrikam}})
	one, all := b.person("one", access.RoleAnalyst, fabrikam), b.person("all", access.RoleViewer, "")
	for _, path := range []string{"/api/v1/rules/" + guessing, "/api/v1/rules/" + guessing + "/exceptions", "/api/v1/rule-changes", "/api/v1/rules/" + inSQL, "/api/v1/health"} {
		if a := want(t, one, 200, http.MethodGet, path, nil); strings.Contains(string(a.body), "bob") {
			t.Errorf("%s shows %s", path, a.body)
		}
		if a := want(t, all, 200, http.MethodGet, path, nil); !strings.Contains(string(a.body), "bob") {
			t.Errorf("%s hides it from who sees all: %s", path, a.body)
		}
	}
	// Of its own tenant it is told why.
	state = schedule.State{Tenants: map[nightjar.TenantID]schedule.State{contoso: {Problem: "bob"}, fabrikam: {Problem: "too slow"}}}
	var rule ruleDetail
	if want(t, one, 200, http.MethodGet, "/api/v1/rules/"+inSQL, nil).into(t, &rule); rule.Schedule.Problem != "too slow" {
		t.Errorf("it is told %q", rule.Schedule.Problem)
	}
}

func TestARuleSaysWhatItAsksAndWhetherItCan(t *testing.T) {
	t.Parallel()
	b := setup(t)
	all := b.person("all", access.RoleViewer, "")
	var rule ruleDetail
	want(t, all, 200, http.MethodGet, "/api/v1/rules/"+impersonation, nil).into(t, &rule)
	if rule.Binding == nil || rule.Binding.Runs || !slices.Equal(rule.Binding.Unbound, []string{"NoSuchField"}) || rule.Runs {
		t.Errorf("binding %+v", rule.Binding)
	}
	if w := rule.Warnings; len(w) != 1 || !w[0].Warning || w[0].Line != 48 || !strings.HasSuffix(w[0].File, "guessing.yml") || w[0].Message != `no source has the field UserIdd that the reason speaks of; did you mean "UserId"?` {
		t.Errorf("warnings %+v", w)
	}
	want(t, all, 200, http.MethodGet, "/api/v1/rules/"+guessing, nil).into(t, &rule)
	if len(rule.Warnings) != 0 {
		t.Errorf("warnings %+v", rule.Warnings)
	}
	if !rule.Runs || len(rule.TestList) != 2 || len(rule.Fields) == 0 || rule.Uses[0] != "failed" || rule.Version == "" {
		t.Errorf("rule %+v", rule)
	}
	var list struct {
		Items  []ruleBody
		Loaded time.Time
	}
	want(t, all, 200, http.MethodGet, "/api/v1/rules", nil).into(t, &list)
	if len(list.Items) != 3 || list.Items[1].Severity != nightjar.SeverityMedium || list.Loaded.IsZero() {
		t.Errorf("listed are %+v", list.Items)
	}
	want(t, all, 403, http.MethodPost, "/api/v1/rules/"+guessing+"/mode", map[string]any{"mode": "off"})
}

// want sends a request and holds its status against the wanted one.
func want(t *testing.T, who *client, status int, method, path string, body any) answer {
	t.Helper()
	a := who.send(method, path, body)
	if a.status != status {
		t.Errorf("%s %s answers %d, want %d: %.300s", method, path, a.status, status, a.body)
	}
	return a
}

// Each change reads all rules anew, which nobody may have done without end.
func TestChangesOfRulesAreFewAtATime(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, path := range []string{"/mode", "/severity", "/test"} {
		one, limited := b.person("one"+path[1:], access.RoleAnalyst, contoso), false
		for range 30 {
			a := one.send(http.MethodPost, "/api/v1/rules/"+guessing+path, map[string]any{"tenants": []any{contoso}})
			limited = limited || a.status == http.StatusTooManyRequests
		}
		if !limited {
			t.Errorf("%s is taken as often as it is asked", path)
		}
	}
}
