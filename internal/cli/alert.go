package cli

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/alert"
	"github.com/nightjar-sec/nightjar/internal/app"
	"github.com/nightjar-sec/nightjar/internal/config"
)

func newAlert(p Process) *cobra.Command {
	return noun("alert", "List alerts and decide about them", newAlertList(p), newAlertCounts(p), newAlertShow(p), newAlertAck(p), newAlertAssign(p), newAlertComment(p), newAlertClose(p), newAlertReopen(p), newAlertSeverity(p),
		newAlertRisk(p), newAlertQuality(p))
}

// alertLine is an alert as --json prints it (docs/cli-json.md).
type alertLine struct {
	ID           string            `json:"id"`
	Tenant       nightjar.TenantID `json:"tenant"`
	Rule         string            `json:"rule"`
	Pack         string            `json:"pack,omitempty"`
	Title        string            `json:"title"`
	Severity     nightjar.Severity `json:"severity"`
	RuleSeverity nightjar.Severity `json:"rule_severity"`
	SeverityBy   string            `json:"severity_by,omitempty"`
	Reason       string            `json:"reason"`
	Status       alert.Status      `json:"status"`
	Disposition  alert.Disposition `json:"disposition,omitempty"`
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
		Status: a.Status, Disposition: a.Disposition, Assignee: a.AssigneeName, Findings: a.Findings, Count: a.Count, First: formatTime(a.First), Last: formatTime(a.Last),
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
	chosen, err := tenantsNamed(ctx, a, names)
	if err != nil {
		return nil, err
	}
	ids := make([]nightjar.TenantID, len(chosen))
	for i, t := range chosen {
		ids[i] = t.ID
	}
	return ids, nil
}

func newAlertList(p Process) *cobra.Command {
	var (
		f                    alert.Filter
		statuses, severities []string
		dispositions         []string
		tenants              []string
		from, to, silenced   string
		asJSON               bool
	)
	cmd := &cobra.Command{
		Use: "list", Short: "List alerts, the newest first", Args: noArguments,
		Example: "    nightjar alert list --status new --severity high,critical\n    nightjar alert list --entity user:anna@contoso.com --format json",
		RunE: func(cmd *cobra.Command, _ []string) error {
			var err error
			for _, s := range statuses {
				f.Statuses = append(f.Statuses, alert.Status(s))
			}
			for _, s := range severities {
				if nightjar.Severity(s).Rank() < 0 {
					return usageError("low, medium, high or critical", "there is no severity %q", s)
				}
				f.Severities = append(f.Severities, nightjar.Severity(s))
			}
			for _, d := range dispositions {
				if !slices.Contains(alert.Dispositions(), alert.Disposition(d)) {
					return usageError("true, benign or false", "there is no disposition %q", d)
				}
				f.Dispositions = append(f.Dispositions, alert.Disposition(d))
			}
			if f.Unassigned = f.Assignee == "none"; f.Unassigned {
				f.Assignee = ""
			}
			for text, at := range map[string]*time.Time{from: &f.From, to: &f.To} {
				if text == "" {
					continue
				}
				if *at, err = config.ParseTime(text); err != nil {
					return usageError("e.g. --from 2026-11-20", "%v", err)
				}
			}
			if silenced != "" {
				is, err := strconv.ParseBool(silenced)
				if err != nil {
					return usageError("--silenced=false leaves silenced ones out", "--silenced is true or false")
				}
				f.Silenced = &is
			}
			return within(p, cmd, app.AccessRead, func(ctx context.Context, a *app.App, _ *config.Config) error {
				if f.Tenants, err = idsOf(ctx, a, tenants); err != nil {
					return err
				}
				found, next, err := a.Alerts().List(ctx, f)
				if err != nil {
					return err
				}
				return printAlerts(p, found, next, asJSON)
			})
		},
	}
	cmd.Flags().StringSliceVar(&statuses, "status", nil, "only `new`, acknowledged or closed ones")
	cmd.Flags().StringSliceVar(&severities, "severity", nil, "only of these, such as `high`,critical")
	cmd.Flags().StringSliceVar(&tenants, "tenant", nil, "only of these tenants, by name or id")
	cmd.Flags().StringVar(&f.Rule, "rule", "", "only of the rule with this `id`")
	cmd.Flags().StringVar(&f.Pack, "pack", "", "only of the rules of this `pack`")
	cmd.Flags().StringSliceVar(&dispositions, "disposition", nil, "only those that were closed as `true`, benign or false")
	cmd.Flags().StringVar(&f.Assignee, "assignee", "", "only those of the person with this `id`; none: that nobody took")
	cmd.Flags().StringVar(&f.Entity, "entity", "", "only about this `kind:value`, or value")
	cmd.Flags().StringVar(&f.Incident, "incident", "", "only of the incident with this `id`")
	cmd.Flags().StringVar(&f.Text, "text", "", "only those whose title, reason or id has this `text`")
	cmd.Flags().StringVar(&silenced, "silenced", "", "`true` for silenced ones alone, false for the others")
	cmd.Flags().StringVar(&from, "from", "", "earliest `time` of their events, inclusive")
	cmd.Flags().StringVar(&to, "to", "", "latest `time` of their events, exclusive")
	cmd.Flags().BoolVar(&f.BySeverity, "by-severity", false, "the gravest first")
	cmd.Flags().IntVar(&f.Limit, "limit", 100, "at most so many, up to 1000")
	cmd.Flags().StringVar(&f.Cursor, "cursor", "", "go on where the `cursor` of the page before ends")
	formatFlags(cmd, &asJSON)
	return withConfig(cmd, false)
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
	t := newColumns(p.Stdout, "ID", "LAST", "SEVERITY", "STATUS", "FINDINGS", "WHO", "REASON")
	for _, a := range found {
		status := string(a.Status)
		if a.Disposition != "" {
			status += " " + string(a.Disposition)
		}
		if a.Suppressed() {
			status += " silenced"
		}
		t.row(a.ID, shortTime(a.Last), string(a.Severity), status, strconv.FormatInt(a.Findings, 10), safe(oneLine(a.AssigneeName)), safe(oneLine(a.Reason)))
	}
	if err := t.flush(); err != nil || next == "" {
		return err
	}
	_, err := fmt.Fprintf(p.Stderr, "there are more: --cursor %s\n", next)
	return err
}
