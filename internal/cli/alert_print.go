package cli

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/nightjar-sec/nightjar/internal/search"
)

// shownValues is how many usual values of a field a line has.
const shownValues = 5

// print writes all that is told of an alert, what it is first.
func (c *alertCase) print(p Process) error {
	for _, part := range []func(Process) error{c.printFacts, c.printFindings, c.printNormal, c.printRelated, c.printRule, c.printSteps, c.printHistory} {
		if err := part(p); err != nil {
			return err
		}
	}
	return nil
}

func (c *alertCase) printFacts(p Process) error {
	a := c.Alert
	var about []string
	for _, e := range a.Entities {
		about = append(about, string(e.Kind)+" "+e.Value)
	}
	severity, incident, silenced := string(a.Severity), a.Incident, a.Silence
	if a.SeverityBy != "" {
		severity += fmt.Sprintf(" (set by %s; the rule says %s)", a.SeverityBy, a.RuleSeverity)
	}
	if i := c.Incident; i != nil {
		incident += fmt.Sprintf(" (%s: %s, %d open)", i.Title, counted(i.Alerts, "alert"), i.Open)
	}
	if a.Inhibitor != "" {
		silenced += " while " + a.Inhibitor + " is open"
	}
	t := newColumns(p.Stdout, a.ID, safe(oneLine(a.Title)))
	for _, line := range [][2]string{
		{"reason", a.Reason},
		{"severity", severity},
		{"status", strings.TrimSpace(string(a.Status) + " " + string(a.Disposition))},
		{"assignee", a.Assignee},
		{"about", strings.Join(about, ", ")},
		{"events", fmt.Sprintf("%d in %s, %s to %s", a.Count, counted(a.Findings, "finding"), a.First, a.Last)},
		{"rule", a.Rule},
		{"pack", a.Pack},
		{"tenant", tenantText(a.TenantName, string(a.Tenant))},
		{"att&ck", strings.Join(slices.Concat(a.Tactics, a.Techniques), " ")},
		{"incident", incident},
		{"previous", a.Previous},
		{"silenced by", silenced},
	} {
		if line[1] != "" {
			t.row(line[0], safe(oneLine(line[1])))
		}
	}
	if e := c.Exception; e != nil {
		t.row("not again", safe(oneLine(e.command())))
	}
	return t.flush()
}

// tenantText names a tenant, and its id where the name is another.
func tenantText(name, id string) string {
	if name == "" || name == id {
		return id
	}
	return name + " (" + id + ")"
}

func (c *alertCase) printFindings(p Process) error {
	t := newColumns(p.Stdout, "\nEVIDENCE", "COUNT", "REASON", "EVENTS")
	for _, f := range c.Findings {
		var ids []string
		for _, e := range f.Events[:min(len(f.Events), 3)] {
			ids = append(ids, strings.TrimSpace(e.Operation+" "+e.ID))
		}
		if more := len(f.Events) - len(ids); more > 0 {
			ids = append(ids, fmt.Sprintf("and %d more", more))
		}
		t.row(f.Time, strconv.FormatInt(f.Count, 10), safe(oneLine(f.Reason)), safe(oneLine(strings.Join(ids, ", "))))
	}
	return t.flush()
}

func (c *alertCase) printNormal(p Process) error {
	switch {
	case c.Normal == nil:
		_, err := fmt.Fprintln(p.Stderr, safe(oneLine("what is normal here cannot be said: "+c.NormalProblem)))
		return err
	case c.Normal.Entity == nil:
		_, err := fmt.Fprintln(p.Stdout, "\nWhat is normal here: it is about nobody whose events can be told.")
		return err
	}
	n := c.Normal
	head := fmt.Sprintf("\nWhat is normal here: %s %s had %s on %d of the 30 days before.", n.Entity.Kind, n.Entity.Value, counted(n.Total, "event"), n.Days)
	if _, err := fmt.Fprintln(p.Stdout, safe(head)); err != nil {
		return err
	}
	t := newColumns(p.Stdout, "FIELD", "NEW HERE", "USUAL")
	for _, f := range n.Fields {
		found := "-"
		switch {
		case f.Cut:
			found = "(too many values to say)"
		case len(f.New) > 0:
			found = strings.Join(f.New, ", ")
		}
		t.row(f.Text, safe(oneLine(found)), safe(oneLine(usual(f))))
	}
	return t.flush()
}

func usual(f search.NormalOfField) string {
	var out []string
	for _, v := range f.Values[:min(len(f.Values), shownValues)] {
		out = append(out, fmt.Sprintf("%s (%d)", v.Value, v.Count))
	}
	switch more := f.Distinct - len(out); {
	case f.Cut:
		out = append(out, fmt.Sprintf("and more than %d more", more))
	case more > 0:
		out = append(out, fmt.Sprintf("and %d more", more))
	}
	if len(out) == 0 {
		return "-"
	}
	return strings.Join(out, ", ")
}

func (c *alertCase) printRelated(p Process) error {
	if len(c.Related) == 0 {
		return nil
	}
	t := newColumns(p.Stdout, "\nRELATED", "LAST", "SEVERITY", "STATUS", "REASON")
	for _, a := range c.Related {
		status := strings.TrimSpace(string(a.Status) + " " + string(a.Disposition))
		if a.ID == c.Alert.Previous {
			status += " (the one before)"
		}
		t.row(a.ID, a.Last, string(a.Severity), status, safe(oneLine(a.Reason)))
	}
	return t.flush()
}

func (c *alertCase) printRule(p Process) error {
	r := c.Rule
	if r == nil {
		text := "The rule is not there any more."
		if c.RuleProblem != "" {
			text = "The rule cannot be shown: " + c.RuleProblem
		}
		_, err := fmt.Fprintln(p.Stdout, "\n"+safe(oneLine(text)))
		return err
	}
	lines := []string{"", fmt.Sprintf("The rule: %s (%s)", r.Title, strings.ReplaceAll(string(r.Mode), "_", " "))}
	for line := range strings.Lines(r.Description) {
		lines = append(lines, "  "+strings.TrimSpace(line))
	}
	for _, f := range r.FalsePositives {
		lines = append(lines, "  may also be: "+oneLine(f))
	}
	for _, t := range r.TestList {
		lines = append(lines, fmt.Sprintf("  test: %s (%s, %s)", oneLine(t.Name), counted(t.Events, "event"), counted(t.Alerts, "alert")))
	}
	if q := r.Quality; q != nil {
		lines = append(lines, fmt.Sprintf("  in %d days: %d true, %d benign, %d false; %s: %s", qualityDays, q.True, q.Benign, q.False, q.Verdict, oneLine(q.Why)))
	}
	_, err := fmt.Fprintln(p.Stdout, safe(strings.Join(lines, "\n")))
	return err
}

func (c *alertCase) printSteps(p Process) error {
	if c.Rule == nil || len(c.Rule.Response) == 0 {
		return nil
	}
	lines := []string{"", "What to do next:"}
	for i, step := range c.Rule.Response {
		lines = append(lines, fmt.Sprintf("  %d. %s", i+1, oneLine(step)))
	}
	_, err := fmt.Fprintln(p.Stdout, safe(strings.Join(lines, "\n")))
	return err
}

func (c *alertCase) printHistory(p Process) error {
	t := newColumns(p.Stdout, "\nTIME", "WHO", "WHAT", "")
	for _, h := range c.History {
		text := h.Became
		if h.Was != "" {
			text += " (was " + h.Was + ")"
		}
		t.row(h.Time, safe(oneLine(h.Who)), string(h.Action), safe(oneLine(strings.TrimSpace(text+" "+h.Comment))))
	}
	return t.flush()
}
