package ruleset_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/ruleset"
)

// told writes a plan as lines.
func told(p ruleset.Plan) string {
	var out []string
	for _, c := range p.Changes {
		out = append(out, fmt.Sprintf("%s %s%s %s %s: %v to %v", c.Action, c.Change.Rule, c.Change.Pack, c.Change.What, c.Change.Tenant[:min(4, len(c.Change.Tenant))], c.Was, c.Change.Value))
	}
	for _, e := range p.Exceptions {
		out = append(out, fmt.Sprintf("%s %s %v by %s", e.Action, e.Exception.Rule, e.Exception.Where, e.Exception.Owner))
	}
	return strings.Join(out, "\n")
}

func read(t *testing.T, text string) ruleset.Changes {
	t.Helper()
	c, err := ruleset.ReadChanges([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// do plans and applies.
func (b *bench) take(t *testing.T, text string, how ruleset.Import) ruleset.Plan {
	t.Helper()
	p, err := b.Plan(read(t, text), how)
	if err == nil {
		err = b.Apply(t.Context(), p)
	}
	if err != nil {
		t.Fatal(err)
	}
	return p
}

const wanted = `changes:
  - {what: mode, rule: spray, value: dry_run, tenant: 11111111-1111-4111-8111-111111111111, reason: to see, by: eve, time: 2020-01-01T00:00:00Z}
  - {what: parameter, rule: spray, name: users, value: 30}
  - {what: mode, rule: gone, value: "off"}
exceptions:
  - {rule: spray, where: {UserId: [svc@contoso.com]}, owner: eve, reason: a service}
`

func TestAnImportIsPlannedBeforeItIsDone(t *testing.T) {
	t.Parallel()
	b := setup(t, files())
	how := ruleset.Import{By: "ada"}
	p, err := b.Plan(read(t, wanted), how)
	if err != nil || len(b.Current().Changes().Changes) != 0 {
		t.Fatalf("a plan changes %+v, %v", b.Current().Changes(), err)
	}
	want := "add spray mode 1111: <nil> to dry_run\nadd spray parameter : <nil> to 30\nadd gone mode : <nil> to off\nadd spray map[UserId:[svc@contoso.com]] by ada"
	if told(p) != want || !p.Changes[2].Vanished || p.Changes[0].Vanished {
		t.Errorf("planned is\n%s", told(p))
	}
	b.take(t, wanted, how)
	set := b.Current()
	if set.Mode("spray", "11111111-1111-4111-8111-111111111111") != ruleset.DryRun || set.Value(set.Info("spray"), "users", "") != int64(30) {
		t.Errorf("in force is %+v", set.Changes())
	}
	if c := set.Changes().Changes; c[0].By != "ada" || c[0].Time.Year() == 2020 {
		t.Errorf("the file says who changed what and when: %+v", c[0])
	}
	// Once more is nothing, also with the file that an export makes.
	out, err := set.Changes().YAML()
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{wanted, string(out)} {
		if p = b.take(t, text, how); !p.Empty() || p.Unchanged != 4 {
			t.Errorf("again, %d are in force and there is\n%s", p.Unchanged, told(p))
		}
	}
	// What was planned before another change is not done.
	p, err = b.Plan(read(t, "changes: []\nexceptions: []"), how)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Change(t.Context(), "bo", ruleset.Change{What: ruleset.ChangeSeverity, Rule: "spray", Value: "low"}); err != nil {
		t.Fatal(err)
	}
	if err := b.Apply(t.Context(), p); nightjar.CodeOf(err) != nightjar.CodeConflict || len(b.Current().Changes().Changes) != 4 {
		t.Errorf("a plan of before: %v", err)
	}
	if p = b.take(t, "changes: [{what: severity, rule: spray, value: high}]", how); len(p.Changes) != 4 || len(p.Exceptions) != 1 || p.Changes[0].Was != "low" {
		t.Errorf("another file:\n%s", told(p))
	}
	if all := b.Current().Changes(); len(all.Changes) != 1 || len(all.Exceptions) != 0 {
		t.Errorf("left are %+v", all)
	}
	entries := p.Entries(nightjar.Actor{Name: "ada", Kind: nightjar.ActorPerson}, netip.Addr{})
	if len(entries) != 6 || entries[0].Action != nightjar.ActionRuleImport || entries[1].Detail["severity"] != "high" || entries[5].Action != nightjar.ActionRuleExceptEnd {
		t.Errorf("on record are %+v", entries)
	}
}

func TestAnImportForATenantLeavesOthersAlone(t *testing.T) {
	t.Parallel()
	b := setup(t, files())
	const contoso, fabrikam = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"
	b.take(t, `changes:
  - {what: mode, pack: signins, value: dry_run}
  - {what: mode, rule: spray, value: "off", tenant: `+contoso+`}
  - {what: mode, rule: spray, value: "off", tenant: `+fabrikam+`}
exceptions:
  - {rule: spray, where: {UserId: a}, reason: r, tenants: [`+contoso+`]}
  - {id: E-000000000001, rule: spray, where: {UserId: b}, reason: r, tenants: [`+contoso+`, `+fabrikam+`]}
`, ruleset.Import{By: "ada"})
	how := ruleset.Import{By: "bo", Tenants: []nightjar.TenantID{contoso}}
	if own := b.Current().Changes().Of(how.Tenants); len(own.Changes) != 1 || len(own.Exceptions) != 1 {
		t.Errorf("of the tenant alone are %+v", own)
	}
	p := b.take(t, "changes: [{what: mode, pack: signins, value: dry_run}]", how)
	if told(p) != "remove spray mode 1111: off to off\nremove spray map[UserId:a] by ada" || p.Unchanged != 1 {
		t.Errorf("taken back is\n%s", told(p))
	}
	for text, beyond := range map[string]string{
		"changes: [{what: mode, pack: signins, value: 'off'}]":                                                    "[]",
		"changes: [{what: severity, rule: spray, value: low, tenant: " + fabrikam + "}]":                          "[" + fabrikam + "]",
		"exceptions: [{rule: spray, where: {UserId: c}, reason: r}]":                                              "[]",
		"exceptions: [{rule: spray, where: {UserId: c}, reason: r, tenants: [" + contoso + "," + fabrikam + "]}]": "[" + fabrikam + "]",
	} {
		p, err := b.Plan(read(t, text), how)
		if err != nil || len(p.Beyond) != 1 || fmt.Sprint(p.Beyond) != beyond {
			t.Errorf("%s: beyond are %q, %v", text, p.Beyond, err)
		}
		if err := b.Apply(t.Context(), p); err == nil {
			t.Errorf("%s is done", text)
		}
	}
	text := "exceptions: [{id: E-000000000001, rule: spray, where: {UserId: b}, reason: r, tenants: [" + contoso + "]}]"
	if _, err := b.Plan(read(t, text), how); nightjar.CodeOf(err) != nightjar.CodeConflict {
		t.Errorf("an exception of others too: %v", err)
	}
	if left := b.Current().Changes(); len(left.Changes) != 2 || len(left.Exceptions) != 1 {
		t.Errorf("left are %+v", left)
	}
}

func TestAFileThatARuleDoesNotTakeIsRefusedWhole(t *testing.T) {
	t.Parallel()
	b := setup(t, files())
	const fits = "changes: [{what: mode, rule: spray, value: 'off'}, "
	many := strings.Repeat("  - {rule: spray, where: {UserId: x}, reason: r}\n", 1)
	for n := range 200 {
		many += fmt.Sprintf("  - {rule: spray, where: {UserId: u%d}, reason: r}\n", n)
	}
	for name, text := range map[string]string{
		"mode":        fits + "{what: mode, rule: base, value: 'off'}]",
		"parameter":   fits + "{what: parameter, rule: spray, name: users, value: many}]",
		"span":        fits + "{what: parameter, rule: spray, name: window, value: 999999y}]",
		"twice":       fits + "{what: mode, rule: spray, value: 'on'}]",
		"no value":    fits + "{what: severity, rule: spray}]",
		"where":       fits + "]\nexceptions: [{rule: spray, where: {UserId|sounds: x}, reason: r}]",
		"id":          fits + "]\nexceptions: [{id: mine, rule: spray, where: {UserId: x}, reason: r}]",
		"two ids":     fits + "]\nexceptions: [{id: E-000000000001, rule: spray, where: {UserId: x}, reason: r}, {id: E-000000000001, rule: spray, where: {UserId: y}, reason: r}]",
		"a map":       fits + "{what: mode, rule: gone, value: {1: 2}}]",
		"infinite":    fits + "]\nexceptions: [{rule: spray, where: {UserId: .inf}, reason: r}]",
		"no reason":   fits + "]\nexceptions: [{rule: spray, where: {UserId: x}}]",
		"a word":      fits + "{what: mode, rule: spray, vlaue: 'on'}]",
		"empty":       "",
		"two at once": fits + "]\n---\nchanges: []",
		"too many":    fits + "]\nexceptions:\n" + many,
	} {
		changes, err := ruleset.ReadChanges([]byte(strings.ReplaceAll(text, ", ]", "]")))
		if err == nil {
			_, err = b.Plan(changes, ruleset.Import{By: "ada"})
		}
		if code := nightjar.CodeOf(err); code != nightjar.CodeInvalid && (name != "too many" || code != nightjar.CodeLimit) {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err := ruleset.ReadChanges([]byte("changes:\n  - {what: mode, vlaue: x}"))
	if err == nil || !strings.Contains(err.Error(), "line 2: field vlaue not found in a change") {
		t.Errorf("a wrong word is answered %v", err)
	}
}
