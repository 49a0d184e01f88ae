package health

import (
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write the generated parts of docs/ anew")

// TestHealthPageIsInStep keeps docs/health.md equal to the registry and to the
// metrics that the source registers.
func TestHealthPageIsInStep(t *testing.T) {
	t.Parallel()
	const path = "../../docs/health.md"
	page, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want := string(page)
	for name, part := range map[string]string{
		"tenant warnings": warningTable(tenantWarnings()), "machine warnings": warningTable(machineWarnings()), "metrics": metricTable(t),
	} {
		begin, end := "<!-- generated: "+name+" -->\n", "<!-- end: "+name+" -->\n"
		before, rest, ok := strings.Cut(want, begin)
		_, after, closed := strings.Cut(rest, end)
		if !ok || !closed {
			t.Fatalf("docs/health.md has no part for %s", name)
		}
		want = before + begin + part + end + after
	}
	if want == string(page) {
		return
	}
	if !*update {
		t.Fatal("docs/health.md is out of step: run make docs")
	}
	if err := os.WriteFile(path, []byte(want), 0o600); err != nil {
		t.Fatal(err)
	}
}

func warningTable(warnings []Warning) string {
	var b strings.Builder
	b.WriteString("\n")
	for _, w := range warnings {
		fmt.Fprintf(&b, "### `%s` — %s\n\n**%s.** %s\n\nWhat to do: %s\n", w.Code, w.Title, w.Severity, placeholders(w.Text), w.Remedy)
		var notes []string
		if w.VisibleAfter > 0 {
			notes = append(notes, "shown once it has lasted "+words(w.VisibleAfter))
		}
		var parents []string
		for _, p := range w.DependsOn {
			parents = append(parents, "`"+string(p)+"`")
		}
		if len(parents) > 0 {
			notes = append(notes, "hidden while one of these explains it: "+strings.Join(parents, ", "))
		}
		if len(notes) > 0 {
			fmt.Fprintf(&b, "\n*%s.*\n", strings.Join(notes, "; "))
		}
		b.WriteString("\n")
	}
	return b.String()
}

func words(d time.Duration) string { return fmt.Sprintf("%d minutes", int(d.Minutes())) }

var placeholder = regexp.MustCompile(`\{(\w+)\}`)

func placeholders(s string) string { return placeholder.ReplaceAllString(s, "*$1*") }

// Metrics are found where they are registered: by Name and Help of an Opts
// literal, or by the first two strings of a call.
var metricForms = []*regexp.Regexp{
	regexp.MustCompile(`Name:\s*"(nightjar_\w+)",\s*Help:\s*"((?:[^"\\]|\\.)*)"`),
	regexp.MustCompile(`\("(nightjar_\w+)",\s*"((?:[^"\\]|\\.)*)"`),
}

func metricTable(t *testing.T) string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		source, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, form := range metricForms {
			for _, m := range form.FindAllStringSubmatch(string(source), -1) {
				if help, twice := found[m[1]]; twice && help != m[2] {
					t.Errorf("%s is registered with two meanings", m[1])
				}
				found[m[1]] = strings.ReplaceAll(m[2], `\"`, `"`)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for n := range found {
		names = append(names, n)
	}
	slices.Sort(names)
	var b strings.Builder
	b.WriteString("| metric | what it says |\n|---|---|\n")
	for _, n := range names {
		fmt.Fprintf(&b, "| `%s` | %s |\n", n, found[n])
	}
	return b.String()
}
