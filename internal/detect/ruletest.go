package detect

import (
	"fmt"
	"slices"
	"strings"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/normalise"
	"github.com/nightjar-sec/nightjar/internal/ruleset"
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

// testTenant is the tenant of events in tests.
const testTenant = nightjar.TenantID("5f0c5a52-6e1a-4b7e-9d64-0d6f0f6a3c11")

// RunTests runs the tests that a rule has, each with an engine of its own that
// has seen nothing.
func RunTests(set *ruleset.Set, info *ruleset.Info) ([]TestResult, error) {
	var results []TestResult
	for _, t := range info.Tests {
		r := TestResult{Rule: info.Label(), Title: info.Title, Test: t.Name, File: info.File, Line: t.Line}
		e, err := New(Config{Rules: set, TenantName: func(nightjar.TenantID) string { return "contoso" }, Only: []string{info.Label()}})
		if err != nil {
			return nil, fmt.Errorf("test rule %s: %w", info.Label(), err)
		}
		events, err := t.Events()
		if err != nil {
			r.Failures = append(r.Failures, err.Error())
		}
		for i, raw := range events {
			event, err := testEvent(raw, i)
			if err != nil {
				r.Failures = append(r.Failures, fmt.Sprintf("event %d is none: %v", i+1, err))
				continue
			}
			r.Found = append(r.Found, e.Observe(&event)...)
		}
		for _, m := range e.machines {
			if m.failure != nil {
				r.Failures = append(r.Failures, m.failure.Error())
			}
		}
		r.Failures = append(r.Failures, compare(t, r.Found)...)
		results = append(results, r)
	}
	return results, nil
}

// testEvent makes an event of a test what collection would make of it.
func testEvent(t ruleset.TestEvent, index int) (nightjar.Event, error) {
	// Without a tenant any organization may be named in the record.
	e, err := normalise.Record(t.Raw, normalise.Origin{
		Feed: "", ContentID: "test", Index: index, ContentCreated: t.Time, Ingested: t.Time,
	})
	if err != nil {
		return e, err //nolint:wrapcheck // the caller says which event it is
	}
	e.Tenant, e.Seq = testTenant, int64(index+1)
	if t.Place != (nightjar.Place{}) {
		e.Place = t.Place
	}
	return e, nil
}

// compare says how what was found differs from what a test wants.
func compare(t ruleset.Test, found []nightjar.Finding) []string {
	var failures []string
	left := slices.Clone(found)
	for _, want := range t.Alerts {
		i := slices.IndexFunc(left, func(f nightjar.Finding) bool { return len(differences(want, f)) == 0 })
		if i >= 0 {
			left = slices.Delete(left, i, i+1)
			continue
		}
		failure := fmt.Sprintf("line %d: no alert is %s", want.Line, describeExpected(want))
		if len(left) > 0 {
			failure += "; the nearest differs in " + strings.Join(nearest(want, left), ", ")
		}
		failures = append(failures, failure)
	}
	if len(found) != t.Count {
		failures = append(failures, fmt.Sprintf("wanted %s, found %d", plural(int64(t.Count), "alert"), len(found)))
	}
	if len(failures) > 0 {
		for i, f := range found {
			if i == 10 {
				failures = append(failures, fmt.Sprintf("and %d more", len(found)-i))
				break
			}
			failures = append(failures, "found: "+describeFinding(f))
		}
	}
	return failures
}

// differences lists how a finding is not what was expected.
func differences(want ruleset.Expected, f nightjar.Finding) []string {
	var out []string
	if want.Severity != "" && want.Severity != f.Severity {
		out = append(out, fmt.Sprintf("severity: %s, not %s", f.Severity, want.Severity))
	}
	if want.Reason != "" && want.Reason != f.Reason {
		out = append(out, fmt.Sprintf("reason: %q, not %q", f.Reason, want.Reason))
	}
	for _, e := range want.Entities {
		e.Value = canonical(e.Kind, e.Value)
		if !slices.Contains(f.Entities, e) {
			out = append(out, fmt.Sprintf("%s: not %s", e.Kind, e.Value))
		}
	}
	return out
}

func nearest(want ruleset.Expected, found []nightjar.Finding) []string {
	best := differences(want, found[0])
	for _, f := range found[1:] {
		if d := differences(want, f); len(d) < len(best) {
			best = d
		}
	}
	return best
}

func describeExpected(x ruleset.Expected) string {
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

func describeFinding(f nightjar.Finding) string {
	var who []string
	for _, e := range f.Entities {
		who = append(who, fmt.Sprintf("%s %s", e.Kind, e.Value))
	}
	return fmt.Sprintf("%s, %s: %s [%s]", timeWords(f.Time), f.Severity, f.Reason, strings.Join(who, ", "))
}
