package ruleset

import (
	"maps"
	"slices"
	"strconv"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/sigma"
)

// maxTestEvents bounds the events of one test.
const maxTestEvents = 100_000

// TestStart is when the events of tests begin: a Monday morning.
func TestStart() time.Time { return time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC) }

// Test is an example of a rule: events, and the alerts that they must give.
type Test struct {
	Name string
	Line int
	// Size is how many events there are.
	Size int
	// Count is how many alerts there must be; Alerts says of some what they are.
	Count  int
	Alerts []Expected

	drafts []draft
}

// TestEvent is one event of a test, as Microsoft would deliver it.
type TestEvent struct {
	Raw   []byte
	Time  time.Time
	Place nightjar.Place // of its address
}

// Expected is an alert that a test wants; what is empty may be anything.
type Expected struct {
	Line     int
	Severity nightjar.Severity
	Reason   string
	Entities []nightjar.Entity
}

func readTests(m sigma.Entry, shapes map[string]shape) ([]Test, error) {
	var tests []Test
	for _, n := range m.Value.Content {
		list, err := sigma.Entries(n)
		if err != nil {
			return nil, err
		}
		t := Test{Line: n.Line, Count: -1}
		for _, e := range list {
			switch e.Key {
			case "name":
				t.Name, err = e.Text()
			case "events":
				t.drafts, err = readDrafts(e, shapes)
				for _, d := range t.drafts {
					t.Size += d.repeat
				}
			case "alerts":
				err = t.readAlerts(e)
			default:
				err = unknown(e, "a test", []string{"name", "events", "alerts"})
			}
			if err != nil {
				return nil, err
			}
		}
		switch {
		case t.Name == "":
			return nil, sigma.Invalid(n.Line, "a test needs a name")
		case t.Count < 0:
			return nil, sigma.Invalid(n.Line, "test %q does not say which alerts it wants; alerts: 0 for none", t.Name)
		case slices.ContainsFunc(tests, func(o Test) bool { return o.Name == t.Name }):
			return nil, sigma.Invalid(n.Line, "two tests are called %q", t.Name)
		}
		tests = append(tests, t)
	}
	return tests, nil
}

// readAlerts reads a number of alerts, or a list of what they are.
func (t *Test) readAlerts(m sigma.Entry) error {
	if len(m.Value.Content) == 0 {
		if m.Value.Kind == yaml.SequenceNode {
			t.Count = 0
			return nil
		}
		s, err := m.Text()
		if err != nil {
			return err
		}
		if t.Count, err = strconv.Atoi(s); err != nil || t.Count < 0 {
			return sigma.Invalid(m.Line, "alerts is a number, or a list of alerts; not %q", s)
		}
		return nil
	}
	for _, n := range m.Value.Content {
		list, err := sigma.Entries(n)
		if err != nil {
			return err
		}
		x := Expected{Line: n.Line}
		for _, e := range list {
			var s string
			switch e.Key {
			case "severity":
				s, err = e.Text()
				if x.Severity = nightjar.Severity(s); err == nil && x.Severity.Rank() < 0 {
					err = sigma.Invalid(e.Line, "severity %q is none%s", s, meant(s, sigma.Levels()))
				}
			case "reason":
				x.Reason, err = e.Text()
			case "entities":
				var entities []Entity
				entities, err = readEntities(e)
				for _, wanted := range entities {
					for _, value := range wanted.Fields {
						x.Entities = append(x.Entities, nightjar.Entity{Kind: wanted.Kind, Value: value})
					}
				}
			default:
				err = unknown(e, "an expected alert", []string{"severity", "reason", "entities"})
			}
			if err != nil {
				return err
			}
		}
		t.Alerts = append(t.Alerts, x)
	}
	t.Count = len(t.Alerts)
	return nil
}

func sortedKeys(m map[string]any) []string { return slices.Sorted(maps.Keys(m)) }
