package api

import (
	"strings"
	"testing"

	"github.com/nightjar-sec/nightjar/internal/ruleset"
)

// TestALargeExportIsImported sends more than other bodies may have. What is so
// large that reading it would be felt by all is refused before it is read.
func TestALargeExportIsImported(t *testing.T) {
	t.Parallel()
	b := setup(t)
	text := "changes: [{what: mode, rule: " + guessing + ", value: dry_run}]\n"
	comments := func(mib int) string { return strings.Repeat("#"+strings.Repeat(" ", 1022)+"\n", mib<<10) }
	want(t, b.admin, 200, post, changesPath, document(text+comments(3), nil))
	if mode := b.cfg.Rules.Current().Mode(guessing, contoso); mode != ruleset.DryRun {
		t.Errorf("the mode is %s", mode)
	}
	a := want(t, b.admin, 413, post, changesPath, document(text+comments(16), nil))
	if a.code() != "too_large" || !strings.Contains(string(a.body), "16 MiB") || !strings.Contains(string(a.body), "nightjar rule import") {
		t.Errorf("beyond the bound: %.300s", a.body)
	}
	for name, many := range map[string]string{
		"in a line":      "[" + strings.Repeat("a,", 600_000) + "]",
		"in lines":       strings.Repeat("\n  - a", 600_000),
		"in other lines": strings.Repeat("\u0085  -\u00a0", 600_000),
		"in pairs":       "{" + strings.Repeat("a: b, ", 300_000) + "}",
	} {
		a := want(t, b.admin, 413, post, changesPath, document("changes: "+many, nil))
		if !strings.Contains(string(a.body), "524288 parts") || !strings.Contains(string(a.body), "nightjar rule import") {
			t.Errorf("%s: %.300s", name, a.body)
		}
	}
}
