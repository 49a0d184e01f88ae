package ruleset

import (
	"strconv"

	"go.yaml.in/yaml/v3"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/sigma"
)

// Expected is an alert that a test wants; what is empty may be anything.
type Expected struct {
	Line     int
	Severity nightjar.Severity
	Reason   string
	Entities []nightjar.Entity
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
			if err := x.read(e); err != nil {
				return err
			}
		}
		t.Alerts = append(t.Alerts, x)
	}
	t.Count = len(t.Alerts)
	return nil
}

func (x *Expected) read(e sigma.Entry) error {
	switch e.Key {
	case "severity":
		s, err := e.Text()
		if x.Severity = nightjar.Severity(s); err == nil && x.Severity.Rank() < 0 {
			err = sigma.Invalid(e.Line, "severity %q is none%s", s, meant(s, sigma.Levels()))
		}
		return err
	case "reason":
		var err error
		x.Reason, err = e.Text()
		return err
	case "entities":
		entities, err := readEntities(e)
		for _, wanted := range entities {
			for _, value := range wanted.Fields {
				x.Entities = append(x.Entities, nightjar.Entity{Kind: wanted.Kind, Value: value})
			}
		}
		return err
	default:
		return unknown(e, "an expected alert", []string{"severity", "reason", "entities"})
	}
}
