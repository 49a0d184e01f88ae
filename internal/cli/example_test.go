package cli

import (
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/nightjar-sec/nightjar/internal/ruleset"
)

// Whoever copies an example must not be told that there is no such rule.
func TestExamplesNameRulesAndParametersThatShip(t *testing.T) {
	t.Parallel()
	set, err := ruleset.Load([]ruleset.Folder{ruleset.Shipped()}, ruleset.Options{})
	if err != nil {
		t.Fatal(err)
	}
	id := regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`)
	param := regexp.MustCompile(`--param ([a-z_]+)=`)
	named := 0
	var walk func(cmd *cobra.Command)
	walk = func(cmd *cobra.Command) {
		for _, kid := range cmd.Commands() {
			walk(kid)
		}
		for line := range strings.Lines(cmd.Example) {
			if !strings.Contains(line, "nightjar rule ") {
				continue
			}
			rule := id.FindString(line)
			info := set.Info(rule)
			if rule != "" && info == nil {
				t.Errorf("there is no rule %s: %s", rule, line)
				continue
			}
			if p := param.FindStringSubmatch(line); p != nil && info != nil {
				if _, ok := info.Parameter(p[1]); !ok {
					t.Errorf("%s has no parameter %s: %s", info.Title, p[1], line)
				}
				named++
			}
		}
	}
	walk(newRoot(Process{}))
	if named == 0 {
		t.Error("no example sets a parameter")
	}
}
