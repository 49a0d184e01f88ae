package ruleset

import (
	"fmt"
	"slices"
	"strings"

	"github.com/nightjar-sec/nightjar"
)

// TestResult is how one test of a rule went.
type TestResult struct {
	Rule  string // label
	Title string
	Test  string
	File  string
	Line  int
	// Failures says what was expected and what came; none means that it passed.
	Failures []string
	Found    []nightjar.Finding
}

// Result is that of a test of the rule which is not run yet.
func (i *Info) Result(t Test) TestResult {
	return TestResult{Rule: i.Label(), Title: i.Title, Test: t.Name, File: i.File, Line: t.Line}
}

// Canonical writes the value of an entity so that equal ones are equal.
type Canonical func(kind nightjar.EntityKind, value string) string

// Compare adds to the failures how what was found differs from what the test
// wants. canonical is that of whoever found it.
func (r *TestResult) Compare(t Test, canonical Canonical) {
	var failures []string
	left := slices.Clone(r.Found)
	for _, want := range t.Alerts {
		i := slices.IndexFunc(left, func(f nightjar.Finding) bool { return len(want.differences(f, canonical)) == 0 })
		if i >= 0 {
			left = slices.Delete(left, i, i+1)
			continue
		}
		failure := fmt.Sprintf("line %d: no alert is %s", want.Line, want)
		if len(left) > 0 {
			failure += "; the nearest differs in " + strings.Join(want.nearest(left, canonical), ", ")
		}
		failures = append(failures, failure)
	}
	if len(r.Found) != t.Count {
		wanted := fmt.Sprintf("%d alerts", t.Count)
		if t.Count == 1 {
			wanted = "1 alert"
		}
		failures = append(failures, fmt.Sprintf("wanted %s, found %d", wanted, len(r.Found)))
	}
	if len(failures) > 0 {
		for i, f := range r.Found {
			if i == 10 {
				failures = append(failures, fmt.Sprintf("and %d more", len(r.Found)-i))
				break
			}
			failures = append(failures, "found: "+describe(f))
		}
	}
	r.Failures = append(r.Failures, failures...)
}

// differences lists how a finding is not what was expected.
func (x Expected) differences(f nightjar.Finding, canonical Canonical) []string {
	var out []string
	if x.Severity != "" && x.Severity != f.Severity {
		out = append(out, fmt.Sprintf("severity: %s, not %s", f.Severity, x.Severity))
	}
	if x.Reason != "" && x.Reason != f.Reason {
		out = append(out, fmt.Sprintf("reason: %q, not %q", f.Reason, x.Reason))
	}
	for _, e := range x.Entities {
		e.Value = canonical(e.Kind, e.Value)
		if !slices.Contains(f.Entities, e) {
			out = append(out, fmt.Sprintf("%s: not %s", e.Kind, e.Value))
		}
	}
	return out
}

func (x Expected) nearest(found []nightjar.Finding, canonical Canonical) []string {
	best := x.differences(found[0], canonical)
	for _, f := range found[1:] {
		if d := x.differences(f, canonical); len(d) < len(best) {
			best = d
		}
	}
	return best
}

// String describes what is expected.
func (x Expected) String() string {
	var parts []string
	if x.Severity != "" {
		parts = append(parts, "of severity "+string(x.Severity))
	}
	if x.Reason != "" {
		parts = append(parts, fmt.Sprintf("with the reason %q", x.Reason))
	}
	for _, e := range x.Entities {
		parts = append(parts, fmt.Sprintf("about %s %s", e.Kind, e.Value))
	}
	if len(parts) == 0 {
		return "there"
	}
	return strings.Join(parts, ", ")
}

func describe(f nightjar.Finding) string {
	var who []string
	for _, e := range f.Entities {
		who = append(who, fmt.Sprintf("%s %s", e.Kind, e.Value))
	}
	return fmt.Sprintf("%s, %s: %s [%s]", f.Time.UTC().Format("2006-01-02 15:04:05 UTC"), f.Severity, f.Reason, strings.Join(who, ", "))
}
