package ruleset

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/sigma"
)

// maxTestEvents bounds the events of one test, and its rows.
const maxTestEvents = 100_000

// TestStart is when the events of tests begin: a Monday morning.
func TestStart() time.Time { return time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC) }

// TestTenant is whose events those of tests are.
func TestTenant() nightjar.Tenant {
	return nightjar.Tenant{ID: "5f0c5a52-6e1a-4b7e-9d64-0d6f0f6a3c11", Name: "contoso"}
}

// Test is an example of a rule: what happens, and the alerts that it must give.
type Test struct {
	Name string
	Line int
	// Size is how many events, rows and warnings there are.
	Size int
	// Asked is the end of the span that the question is about, of a rule with a
	// query; Warnings are what holds, of a rule of warnings.
	Asked    time.Time
	Warnings []TestWarning
	// Count is how many alerts there must be; Alerts says of some what they are.
	Count  int
	Alerts []Expected

	drafts []draft
	rows   []rowDraft
}

// testKeys are the keys of a test of such a rule.
func testKeys(kind Kind) []string {
	switch kind {
	case Query:
		return []string{"name", "rows", "events", "asked", "alerts"}
	case Warning:
		return []string{"name", "warnings", "alerts"}
	default:
		return []string{"name", "events", "alerts"}
	}
}

func readTests(m sigma.Entry, kind Kind, shapes map[string]shape) ([]Test, error) {
	var tests []Test
	for _, n := range m.Value.Content {
		list, err := sigma.Entries(n)
		if err != nil {
			return nil, err
		}
		t := Test{Line: n.Line, Count: -1}
		for _, e := range list {
			if err := t.read(e, kind, shapes); err != nil {
				return nil, err
			}
		}
		for _, d := range t.drafts {
			t.Size += d.repeat
		}
		for _, r := range t.rows {
			t.Size += r.repeat
		}
		t.Size += len(t.Warnings)
		switch {
		case t.Name == "":
			return nil, sigma.Invalid(n.Line, "a test needs a name")
		case t.Count < 0:
			return nil, sigma.Invalid(n.Line, "test %q does not say which alerts it wants; alerts: 0 for none", t.Name)
		case kind == Query && t.Asked.IsZero():
			return nil, sigma.Invalid(n.Line, "test %q does not say when the question is asked; asked: 5m for a span that ends five minutes after the test's start", t.Name)
		case slices.ContainsFunc(tests, func(o Test) bool { return o.Name == t.Name }):
			return nil, sigma.Invalid(n.Line, "two tests are called %q", t.Name)
		}
		tests = append(tests, t)
	}
	return tests, nil
}

func (t *Test) read(e sigma.Entry, kind Kind, shapes map[string]shape) (err error) {
	keys := testKeys(kind)
	if !slices.Contains(keys, e.Key) {
		if slices.Contains(slices.Concat(testKeys(Query), testKeys(Warning)), e.Key) {
			return sigma.Invalid(e.Line, "a test of a rule of the kind %s has no %s; it has %s", kind, e.Key, strings.Join(keys, ", "))
		}
		return unknown(e, "a test", keys)
	}
	switch e.Key {
	case "name":
		t.Name, err = e.Text()
	case "events":
		t.drafts, err = readDrafts(e, kind, shapes)
	case "rows":
		t.rows, err = readRows(e)
	case "asked":
		var offset time.Duration
		offset, err = span(e)
		t.Asked = TestStart().Add(offset)
	case "warnings":
		t.Warnings, err = readWarnings(e)
	case "alerts":
		err = t.readAlerts(e)
	}
	return err
}

func sortedKeys(m map[string]any) []string { return slices.Sorted(maps.Keys(m)) }
