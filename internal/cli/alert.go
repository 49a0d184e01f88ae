package cli

import (
	"context"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/alert"
	"github.com/nightjar-sec/nightjar/internal/app"
)

func newAlert(p Process) *cobra.Command {
	return noun("alert", "List alerts and decide about them", newAlertList(p), newAlertCounts(p), newAlertShow(p), newAlertAck(p), newAlertAssign(p), newAlertComment(p), newAlertClose(p), newAlertReopen(p), newAlertSeverity(p),
		newAlertRisk(p), newAlertQuality(p))
}

// alertLine is an alert as --json prints it (docs/cli-json.md).
type alertLine struct {
	ID           string            `json:"id"`
	Tenant       nightjar.TenantID `json:"tenant"`
	TenantName   string            `json:"tenant_name,omitempty"` // of alert show
	Rule         string            `json:"rule"`
	Pack         string            `json:"pack,omitempty"`
	Title        string            `json:"title"`
	Severity     nightjar.Severity `json:"severity"`
	RuleSeverity nightjar.Severity `json:"rule_severity"`
	SeverityBy   string            `json:"severity_by,omitempty"`
	Reason       string            `json:"reason"`
	Status       alert.Status      `json:"status"`
	Disposition  alert.Disposition `json:"disposition,omitempty"`
	Former       alert.Disposition `json:"former_disposition,omitempty"` // of alert close
	Assignee     string            `json:"assignee,omitempty"`
	Findings     int64             `json:"findings"`
	Count        int64             `json:"count"`
	First        string            `json:"first"`
	Last         string            `json:"last"`
	Opened       string            `json:"opened"`
	Changed      string            `json:"changed"`
	Acknowledged string            `json:"acknowledged,omitempty"`
	Closed       string            `json:"closed,omitempty"`
	Entities     []nightjar.Entity `json:"entities"`
	Tags         []string          `json:"tags"`
	Tactics      []string          `json:"tactics"`
	Techniques   []string          `json:"techniques"`
	Incident     string            `json:"incident"`
	Previous     string            `json:"previous,omitempty"`
	Silence      string            `json:"silence,omitempty"`
	Inhibitor    string            `json:"inhibitor,omitempty"`
	Version      int64             `json:"version"`
}

func alertLineOf(a alert.Alert) alertLine {
	l := alertLine{
		ID: a.ID, Tenant: a.Tenant, Rule: a.Rule, Pack: a.Pack, Title: a.Title, Severity: a.Severity, RuleSeverity: a.RuleSeverity, SeverityBy: a.SeverityBy, Reason: a.Reason,
		Status: a.Status, Disposition: a.Disposition, Former: a.Former, Assignee: a.AssigneeName, Findings: a.Findings, Count: a.Count, First: formatTime(a.First), Last: formatTime(a.Last),
		Opened: formatTime(a.Opened), Changed: formatTime(a.Changed), Entities: []nightjar.Entity{}, Tags: []string{}, Tactics: append([]string{}, alert.Tactics(a.Tags)...), Techniques: append([]string{}, alert.Techniques(a.Tags)...), Incident: a.Incident, Previous: a.Previous,
		Silence: a.Silence, Inhibitor: a.Inhibitor, Version: a.Version,
	}
	if !a.Acknowledged.IsZero() {
		l.Acknowledged = formatTime(a.Acknowledged)
	}
	if !a.Closed.IsZero() {
		l.Closed = formatTime(a.Closed)
	}
	l.Entities, l.Tags = append(l.Entities, a.Entities...), append(l.Tags, a.Tags...)
	return l
}

func alertLinesOf(all []alert.Alert) []alertLine {
	lines := make([]alertLine, len(all))
	for i, a := range all {
		lines[i] = alertLineOf(a)
	}
	return lines
}

// formatFlags lets an answer be chosen in both of the ways that people know.
func formatFlags(cmd *cobra.Command, asJSON *bool) {
	jsonFlag(cmd, asJSON)
	cmd.Flags().Func("format", "`table` or json", func(s string) error {
		switch s {
		case "json", "table":
			*asJSON = s == "json"
			return nil
		default:
			return fmt.Errorf("%q is neither table nor json", s)
		}
	})
}

// decider is the command line as alerts know those who decide about them.
func decider(p Process) alert.Who { return alert.Who{Actor: operator(p).Actor()} }

// idsOf are the ids of tenants that were named; nil for all.
func idsOf(ctx context.Context, a *app.App, names []string) ([]nightjar.TenantID, error) {
	if len(names) == 0 {
		return nil, nil
	}
	known, err := a.Known(ctx)
	if err != nil {
		return nil, err
	}
	// What is about Nightjar itself is of a tenant of its own.
	known = append(known, app.Installation())
	ids := make([]nightjar.TenantID, len(names))
	for i, name := range names {
		t, err := tenantNamed(known, name)
		if err != nil {
			return nil, err
		}
		ids[i] = t.ID
	}
	return ids, nil
}

func printAlerts(p Process, found []alert.Alert, next string, asJSON bool) error {
	if asJSON {
		out := map[string]any{"alerts": alertLinesOf(found)}
		if next != "" {
			out["next"] = next
		}
		return writeJSON(p, out)
	}
	if len(found) == 0 {
		_, err := fmt.Fprintln(p.Stderr, "no alert fits")
		return err
	}
	t := newColumns(p.Stdout, "ID", "OPENED", "LAST", "SEVERITY", "STATUS", "FINDINGS", "ASSIGNEE", "REASON")
	for _, a := range found {
		status := string(a.Status)
		if a.Disposition != "" {
			status += " " + string(a.Disposition)
		}
		if a.Suppressed() {
			status += " silenced"
		}
		t.row(a.ID, shortTime(a.Opened), shortTime(a.Last), string(a.Severity), status, strconv.FormatInt(a.Findings, 10), safe(oneLine(a.AssigneeName)), safe(oneLine(a.Reason)))
	}
	if err := t.flush(); err != nil || next == "" {
		return err
	}
	_, err := fmt.Fprintf(p.Stderr, "there are more: --cursor %s\n", next)
	return err
}
