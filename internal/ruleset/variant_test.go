package ruleset_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/ruleset"
	"github.com/nightjar-sec/nightjar/internal/sigma"
)

const (
	contoso  nightjar.TenantID = "5f0c5a52-6e1a-4b7e-9d64-0d6f0f6a3c11"
	fabrikam nightjar.TenantID = "6f0c5a52-6e1a-4b7e-9d64-0d6f0f6a3c22"
)

func changed(t *testing.T, files map[string]string, c ruleset.Changes) *ruleset.Set {
	t.Helper()
	set, err := ruleset.Load([]ruleset.Folder{folder(files)}, ruleset.Options{Changes: c, Now: time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC)})
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func files() map[string]string {
	return map[string]string{"signins/spray.yml": spray, "shapes/s.yml": shapes}
}

func correlation(t *testing.T, v *ruleset.Variant, label string) *sigma.Correlation {
	t.Helper()
	for _, c := range v.Collection.Correlations {
		if c.Label() == label {
			return c
		}
	}
	t.Fatalf("there is no %s", label)
	return nil
}

func TestATenantHasItsOwnParametersAndAllOthersKeepTheirs(t *testing.T) {
	t.Parallel()
	set := changed(t, files(), ruleset.Changes{Changes: []ruleset.Change{
		{What: ruleset.ChangeParameter, Rule: "spray", Name: "users", Tenant: contoso, Value: int64(40)},
		{What: ruleset.ChangeParameter, Rule: "spray", Name: "window", Value: "30m"},
		{What: ruleset.ChangeParameter, Rule: "spray", Name: "codes", Tenant: contoso, Value: []any{int64(1)}},
	}})
	for _, f := range set.Faults {
		t.Error(f)
	}
	ours, all := set.For(contoso), set.For(fabrikam)
	if c := correlation(t, ours, "spray"); c.Bounds[0].Value != 40 || c.Timespan != 30*time.Minute {
		t.Errorf("contoso has %v in %v", c.Bounds, c.Timespan)
	}
	if c := correlation(t, all, "spray"); c.Bounds[0].Value != 15 || c.Timespan != 30*time.Minute {
		t.Errorf("fabrikam has %v in %v", c.Bounds, c.Timespan)
	}
	if got := matches(t, ours, `{"Operation":"UserLoginFailed","ErrorNumber":1}`); !slices.Equal(got, []string{"base"}) {
		t.Errorf("contoso's rule for one event: %v", got)
	}
	if got := matches(t, all, `{"Operation":"UserLoginFailed","ErrorNumber":1}`); len(got) != 0 {
		t.Errorf("fabrikam's rule for one event: %v", got)
	}
	if ours.Version("spray") == all.Version("spray") || ours.Version("base") == all.Version("base") {
		t.Error("the versions are equal")
	}
	if set.Value(set.Info("spray"), "users", contoso) != int64(40) || set.Value(set.Info("spray"), "users", fabrikam) != int64(15) {
		t.Error("the values are not told")
	}
}

// matches lists the labels of the rules that match an event of the audit log.
func matches(t *testing.T, v *ruleset.Variant, event string) []string {
	t.Helper()
	catalogue, err := sigma.NewCatalogue()
	if err != nil {
		t.Fatal(err)
	}
	e, err := sigma.Decode([]byte(event))
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, i := range sigma.NewPlain(catalogue.Everything(), v.Collection.Rules).Match(e) {
		out = append(out, v.Collection.Rules[i].Label())
	}
	return out
}

// second is a correlation over the same base rule, and the base rule alerts too.
const second = `---
title: Guessing
id: guessing
level: medium
correlation:
  type: event_count
  rules: [base]
  group-by: [UserId]
  timespan: 1h
  condition: {gte: 50}
`

func TestAnExceptionOfACorrelationIsForItAlone(t *testing.T) {
	t.Parallel()
	set := changed(t, map[string]string{"signins/spray.yml": spray + second, "shapes/s.yml": shapes}, ruleset.Changes{Exceptions: []ruleset.Exception{
		{ID: "e1", Rule: "spray", Where: map[string]any{"UserId|endswith": "@test.contoso.com", "ClientIP|cidr": "192.0.2.0/24"}, Tenants: []nightjar.TenantID{contoso}},
		{ID: "e2", Rule: "spray", Where: map[string]any{"UserId": "old@contoso.com"}, Until: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)},
	}})
	for _, f := range set.Faults {
		t.Error(f)
	}
	v := set.For(contoso)
	spray, guessing := correlation(t, v, "spray"), correlation(t, v, "guessing")
	if spray.Rules[0] == guessing.Rules[0] || guessing.Rules[0] != "base" {
		t.Fatalf("spray asks %v, guessing %v", spray.Rules, guessing.Rules)
	}
	const excepted = `{"Operation":"UserLoginFailed","ErrorNumber":50126,"UserId":"a@test.contoso.com","ClientIP":"192.0.2.9"}`
	const half = `{"Operation":"UserLoginFailed","ErrorNumber":50126,"UserId":"a@test.contoso.com","ClientIP":"198.51.100.9"}`
	if got := matches(t, v, excepted); !slices.Equal(got, []string{"base"}) {
		t.Errorf("the excepted event matches %v", got)
	}
	if got := matches(t, v, half); !slices.Equal(got, []string{"base", spray.Rules[0]}) {
		t.Errorf("an event that fits half of the exception matches %v", got)
	}
	if got := matches(t, set.For(fabrikam), excepted); !slices.Equal(got, []string{"base"}) || correlation(t, set.For(fabrikam), "spray").Rules[0] != "failed" {
		t.Errorf("the other tenant has the exception too: %v", got)
	}
	if v.Version("spray") == set.For(fabrikam).Version("spray") || v.Version("guessing") != set.For(fabrikam).Version("guessing") {
		t.Error("versions do not follow what was changed")
	}
}

func TestWhatIsSaidOfARuleAndATenantCountsMost(t *testing.T) {
	t.Parallel()
	set := changed(t, map[string]string{"signins/spray.yml": spray + second, "shapes/s.yml": shapes}, ruleset.Changes{Changes: []ruleset.Change{
		{What: ruleset.ChangeMode, Pack: "signins", Value: "off"},
		{What: ruleset.ChangeMode, Pack: "signins", Tenant: contoso, Value: "on"},
		{What: ruleset.ChangeMode, Rule: "spray", Value: "dry_run"},
		{What: ruleset.ChangeMode, Rule: "spray", Tenant: fabrikam, Value: "on"},
		{What: ruleset.ChangeSeverity, Rule: "spray", Tenant: fabrikam, Value: "low"},
	}})
	for _, c := range []struct {
		label  string
		tenant nightjar.TenantID
		want   ruleset.Mode
	}{
		{"spray", "", ruleset.DryRun},
		{"spray", contoso, ruleset.DryRun},
		{"spray", fabrikam, ruleset.On},
		{"guessing", "", ruleset.Off},
		{"guessing", contoso, ruleset.On},
		{"guessing", fabrikam, ruleset.Off},
		{"base", contoso, ruleset.Off},
	} {
		if got := set.Mode(c.label, c.tenant); got != c.want {
			t.Errorf("%s is %s for %q, want %s", c.label, got, c.tenant, c.want)
		}
	}
	if set.Severity("spray", fabrikam) != nightjar.SeverityLow || set.Severity("spray", contoso) != nightjar.SeverityHigh {
		t.Error("severities do not follow")
	}
}

func TestRulesThatAreOffForEverybodyAreNotAsked(t *testing.T) {
	t.Parallel()
	set := changed(t, map[string]string{"signins/spray.yml": spray + second, "shapes/s.yml": shapes}, ruleset.Changes{Changes: []ruleset.Change{
		{What: ruleset.ChangeMode, Rule: "spray", Value: "off"},
	}})
	v := set.Variants()[0]
	if len(v.Collection.Correlations) != 1 || len(v.Collection.Rules) != 1 {
		t.Errorf("%d correlations and %d rules are asked, want the other one with its part", len(v.Collection.Correlations), len(v.Collection.Rules))
	}
	if set.Info("spray") == nil {
		t.Error("a rule that is off is not known any more")
	}
}

// TestAChangeOfARuleThatVanishedIsSaid stands for an upgrade that drops or
// renames what was changed here: the change stays, and is named.
func TestAChangeOfARuleThatVanishedIsSaid(t *testing.T) {
	t.Parallel()
	set := changed(t, files(), ruleset.Changes{
		Changes: []ruleset.Change{
			{What: ruleset.ChangeMode, Rule: "gone", Title: "What is gone", Value: "off"},
			{What: ruleset.ChangeParameter, Rule: "spray", Name: "usrs", Title: "Spray", Value: int64(1)},
			{What: ruleset.ChangeParameter, Rule: "spray", Name: "users", Title: "Spray", Value: "many"},
			{What: ruleset.ChangeMode, Pack: "siginns", Value: "off"},
		},
		Exceptions: []ruleset.Exception{{ID: "e9", Rule: "gone", Title: "What is gone", Where: map[string]any{"UserId": "x"}}},
	})
	for _, want := range []string{
		`the mode that was changed here for "What is gone" (gone) does nothing: there is no rule "gone"`,
		`has no parameter "usrs"; did you mean "users"?`,
		`users takes a number, not many`,
		`there is no pack "siginns"; did you mean "signins"?`,
		`the exception of "What is gone" (gone) does nothing`,
	} {
		if !slices.ContainsFunc(set.Faults, func(f *sigma.Fault) bool { return f.Warning && strings.Contains(f.String(), want) }) {
			t.Errorf("%q is not said in %v", want, set.Faults)
		}
	}
	if c := correlation(t, set.For(contoso), "spray"); c.Bounds[0].Value != 15 {
		t.Errorf("a value of the wrong type is in force: %v", c.Bounds)
	}
}

func TestAVersionChangesWithWhatARuleAsksAndNotWithItsWords(t *testing.T) {
	t.Parallel()
	version := func(text string) string {
		return changed(t, map[string]string{"signins/spray.yml": text, "shapes/s.yml": shapes}, ruleset.Changes{}).Variants()[0].Version("spray")
	}
	before := version(spray)
	if version(strings.Replace(spray, "{count} users fail", "Many fail", 1)) != before {
		t.Error("another sentence makes another version")
	}
	for _, change := range [][2]string{{"value: 15", "value: 16"}, {"UserLoginFailed, E", "UserLoginFail, E"}, {"timespan: '%window%'", "timespan: 1h"}, {"entities: {address", "entities: {user"}} {
		if !strings.Contains(spray, change[0]) || version(strings.Replace(spray, change[0], change[1], 1)) == before {
			t.Errorf("%v makes no other version", change)
		}
	}
}

func TestAParameterReadsWhatPeopleType(t *testing.T) {
	t.Parallel()
	info := changed(t, files(), ruleset.Changes{}).Info("spray")
	for name, cases := range map[string]map[string]bool{
		"users":  {"30": true, "3.5": true, "many": false, "": false},
		"window": {"15m": true, "2h": true, "15": false, "soon": false},
		"codes":  {"50126, 50053": true, "1": true, "": false},
	} {
		p, _ := info.Parameter(name)
		for typed, ok := range cases {
			if v, err := p.Read(typed); (err == nil) != ok {
				t.Errorf("%s = %q gives %v, %v", name, typed, v, err)
			}
		}
	}
}
