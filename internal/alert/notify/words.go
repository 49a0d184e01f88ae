package notify

import (
	"fmt"
	"strings"
	"time"
)

// Words says in a few words what happened to an alert.
func (n Notice) Words() string {
	switch n.State {
	case StateOpened:
		return "New alert"
	case StateRaised:
		return fmt.Sprintf("Raised from %s to %s", n.Was, n.Severity)
	case StateAcknowledged:
		return "Acknowledged" + by(n.By)
	case StateReopened:
		return "Reopened" + by(n.By)
	case StateClosed:
		if n.Disposition != "" {
			return fmt.Sprintf("Closed as %s%s", n.Disposition, by(n.By))
		}
		return "Closed" + by(n.By)
	case StateReminder:
		return "Still open"
	}
	return string(n.State)
}

func by(name string) string {
	if name == "" {
		return ""
	}
	return " by " + OneLine(name)
}

// Fact is a name and a value of a notice, for people.
type Fact struct{ Name, Value string }

// Facts are what people want to know of a notice beside its title and reason.
func (n Notice) Facts() []Fact {
	tenant := n.TenantName
	if tenant == "" {
		tenant = string(n.Tenant)
	}
	facts := []Fact{{"Severity", string(n.Severity)}, {"Tenant", tenant}}
	for _, e := range n.Entities {
		kind := string(e.Kind)
		if kind != "" {
			kind = strings.ToUpper(kind[:1]) + kind[1:]
		}
		facts = append(facts, Fact{kind, OneLine(e.Value)})
	}
	facts = append(facts, Fact{"Events", span(n)})
	if n.Assignee != "" {
		facts = append(facts, Fact{"Assigned to", OneLine(n.Assignee)})
	}
	if n.Comment != "" {
		facts = append(facts, Fact{"Comment", OneLine(n.Comment)})
	}
	facts = append(facts, Fact{"Alert", n.Alert})
	return facts
}

func span(n Notice) string {
	const form = "2006-01-02 15:04:05 UTC"
	first, last := n.First.UTC().Format(form), n.Last.UTC().Format(form)
	if n.First.Truncate(time.Second).Equal(n.Last.Truncate(time.Second)) {
		return fmt.Sprintf("%d, at %s", n.Count, first)
	}
	return fmt.Sprintf("%d, from %s to %s", n.Count, first, last)
}

// Subject is the message in one line.
func (m Message) Subject() string {
	if m.Test {
		return "Test message of Nightjar"
	}
	if len(m.Notices) == 1 {
		n := m.Notices[0]
		return OneLine(fmt.Sprintf("[%s] %s: %s", n.Severity, n.Words(), n.Title))
	}
	counts := map[State]int{}
	for _, n := range m.Notices {
		counts[n.State]++
	}
	var parts []string
	for _, s := range States() {
		if counts[s] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", counts[s], s))
		}
	}
	return fmt.Sprintf("[%s] %d alerts: %s", m.Severity(), len(m.Notices), strings.Join(parts, ", "))
}

// Preface is what people should know of the message itself; "" when nothing.
func (m Message) Preface() string {
	switch {
	case m.Test:
		return "This channel works. Somebody asked Nightjar to try it; there is no alert."
	case m.Repeated:
		return "You may have this message already: Nightjar or the connection was interrupted while it was sent."
	default:
		return ""
	}
}

// More says how many notices a sink left out.
func More(n int) string { return fmt.Sprintf("and %d more", n) }
