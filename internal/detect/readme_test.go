package detect_test

import (
	"cmp"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/nightjar-sec/nightjar/internal/ruleset"
)

var update = flag.Bool("update", false, "write rules/README.md anew")

// rules/README.md has one line for each rule that alerts.
func TestTheListOfRulesIsInStep(t *testing.T) {
	t.Parallel()
	set, err := ruleset.Load([]ruleset.Folder{ruleset.Shipped()}, ruleset.Options{})
	if err != nil {
		t.Fatal(err)
	}
	const path = "../../rules/README.md"
	want := ruleList(set)
	got, err := os.ReadFile(path)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	if string(got) == want {
		return
	}
	if !*update {
		t.Fatal("rules/README.md is out of step: go test ./internal/detect -run ListOfRules -update")
	}
	if err := os.WriteFile(path, []byte(want), 0o600); err != nil {
		t.Fatal(err)
	}
}

func ruleList(set *ruleset.Set) string {
	var b strings.Builder
	infos := slices.DeleteFunc(set.Infos(), func(i *ruleset.Info) bool { return !i.Alerts })
	fmt.Fprintf(&b, "# The rules that ship\n\n%d rules that alert, by pack. How rules are written, tested and changed is in [docs/rules.md](../docs/rules.md).\n", len(infos))
	b.WriteString("This list is written by `go test ./internal/detect -run ListOfRules -update`.\n")
	for _, pack := range set.Packs() {
		var rows []string
		for _, i := range infos {
			if i.Pack == pack {
				rows = append(rows, fmt.Sprintf("| [%s](%s) | %s | %s | %s |\n", i.Title, strings.TrimPrefix(i.File, "rules/"), i.Severity, techniques(i.Tags), first(i.Description)))
			}
		}
		if len(rows) > 0 {
			fmt.Fprintf(&b, "\n## %s\n\n| rule | level | ATT&CK | what it finds |\n|---|---|---|---|\n%s", pack, strings.Join(rows, ""))
		}
	}
	return b.String()
}

func techniques(tags []string) string {
	var out []string
	for _, t := range tags {
		if id, ok := strings.CutPrefix(t, "attack.t"); ok && id != "" && id[0] >= '0' && id[0] <= '9' {
			out = append(out, "T"+strings.ToUpper(id))
		}
	}
	return cmp.Or(strings.Join(out, ", "), "-")
}

// first is the first sentence of a description, in one line.
func first(description string) string {
	s := strings.Join(strings.Fields(description), " ")
	if i := strings.Index(s, ". "); i >= 0 {
		s = s[:i+1]
	}
	return strings.ReplaceAll(s, "|", "\\|")
}
