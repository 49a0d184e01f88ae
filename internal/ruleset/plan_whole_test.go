package ruleset_test

import (
	"strings"
	"testing"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/ruleset"
)

func TestAChangeIsOfOneThing(t *testing.T) {
	t.Parallel()
	b := setup(t, files())
	for text, said := range map[string]string{
		"what: mode, rule: spray, pack: signins, value: 'off'":    "not of both",
		"what: mode, rule: gone, pack: gone, value: 'off'":        "not of both",
		"what: mode, value: 'off'":                                "needs a rule, or a pack",
		"what: mode, rule: spray, name: users, value: 'off'":      "a mode has no name",
		"what: severity, rule: gone, name: users, value: low":     "a severity has no name",
		"what: parameter, rule: spray, value: 3":                  "needs its name",
		"what: parameter, rule: gone, value: 3":                   "needs its name",
		"what: parameter, pack: gone, name: users, value: 3":      "a pack has no parameters",
		"what: severity, pack: signins, value: low":               "only rules",
		"what: mode, rule: gone, value: loud":                     "none of on, dry_run and off",
		"what: mode, rule: gone, value: [on]":                     "none of on, dry_run and off",
		"what: severity, rule: gone, value: loud":                 "none of [",
		"what: parameter, rule: gone, name: users, value: {a: b}": "takes a text, number",
		"what: parameter, rule: gone, name: users, value: [[a]]":  "takes a text, number",
		"what: title, rule: gone, value: x":                       `"title" cannot be changed`,
		"rule: spray, value: x":                                   "cannot be changed",
	} {
		_, err := b.Plan(read(t, "changes:\n  - {"+text+"}"), ruleset.Import{By: "ada"})
		if nightjar.CodeOf(err) != nightjar.CodeInvalid || !strings.Contains(err.Error(), "line 2: ") || !strings.Contains(err.Error(), said) {
			t.Errorf("%s: %v", text, err)
		}
	}
	p, err := b.Plan(read(t, `changes:
  - {what: mode, pack: gone, value: "off"}
  - {what: severity, rule: gone, value: low}
  - {what: parameter, rule: gone, name: some, value: [a, 1]}
`), ruleset.Import{By: "ada"})
	if err != nil || len(p.Changes) != 3 || !p.Changes[0].Vanished || !p.Changes[2].Vanished {
		t.Errorf("of rules that are gone: %+v, %v", p.Changes, err)
	}
}
