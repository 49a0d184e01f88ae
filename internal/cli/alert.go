package cli

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/alert"
	"github.com/nightjar-sec/nightjar/internal/app"
	"github.com/nightjar-sec/nightjar/internal/config"
)

func newAlert(p Process) *cobra.Command {
	return noun("alert", "List alerts and decide about them", newAlertList(p), newAlertShow(p), newAlertAck(p), newAlertAssign(p), newAlertComment(p), newAlertClose(p), newAlertReopen(p), newAlertSeverity(p),
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
	Entities     []nightjar.Entity `json:"entities"`
	Tags         []string          `json:"tags"`
	Incident     string            `json:"incident"`
	Previous     string            `json:"previous,omitempty"`
	Silence      string            `json:"silence,omitempty"`
	Inhibitor    string            `json:"inhibitor,omitempty"`
	Version      int64             `json:"version"`
}

func alertLineOf(a alert.Alert) alertLine {
	l := alertLine{
		ID: a.ID, Tenant: a.Tenant, Rule: a.Rule, Pack: a.Pack, Title: a.Title, Severity: a.Severity, RuleSeverity: a.RuleSeverity, Reason: a.Reason,
		Status: a.Status, Disposition: a.Disposition, Assignee: a.AssigneeName, Findings: a.Findings, Count: a.Count, First: formatTime(a.First), Last: formatTime(a.Last),
		Opened: formatTime(a.Opened), Changed: formatTime(a.Changed), Entities: []nightjar.Entity{}, Tags: []string{}, Incident: a.Incident, Previous: a.Previous,
		Silence: a.Silence, Inhibitor: a.Inhibitor, Version: a.Version,
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
	cmd.Flags().StringVar(&f.Assignee, "assignee", "", "only those of the person with this `id`")
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

func newAlertShow(p Process) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "show ID", Short: "Show an alert, its latest findings and what people did", Args: exactArguments(1, "the id of one alert"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return within(p, cmd, app.AccessRead, func(ctx context.Context, a *app.App, _ *config.Config) error {
				one, err := a.Alerts().Get(ctx, nil, args[0])
				if err != nil {
					return err
				}
				findings, _, err := a.Alerts().Findings(ctx, nil, one.ID, "", 10)
				if err != nil {
					return err
				}
				history, err := a.Alerts().History(ctx, nil, one.ID)
				if err != nil {
					return err
				}
				return printAlert(p, one, findings, history, asJSON)
			})
		},
	}
	formatFlags(cmd, &asJSON)
	return withConfig(cmd, false)
}

// alertFinding is a finding as --json prints it.
type alertFinding struct {
	ID     string              `json:"id"`
	Time   string              `json:"time"`
	Reason string              `json:"reason"`
	Count  int64               `json:"count"`
	Values map[string]string   `json:"values,omitempty"`
	Events []nightjar.EventRef `json:"events"`
}

// historyItem is what happened to an alert, as --json prints it.
type historyItem struct {
	Time    string              `json:"time"`
	Who     string              `json:"who"`
	Action  alert.HistoryAction `json:"action"`
	Was     string              `json:"was,omitempty"`
	Became  string              `json:"became,omitempty"`
	Comment string              `json:"comment,omitempty"`
}

func printAlert(p Process, a alert.Alert, findings []alert.Recorded, history []alert.HistoryEntry, asJSON bool) error {
	if asJSON {
		found, did := []alertFinding{}, []historyItem{}
		for _, f := range findings {
			found = append(found, alertFinding{f.ID, formatTime(f.Time), f.Reason, f.Count, f.Values, f.Events})
		}
		for _, h := range history {
			did = append(did, historyItem{formatTime(h.Time), h.Actor.Name, h.Action, h.Was, h.Became, h.Comment})
		}
		return writeJSON(p, map[string]any{"alert": alertLineOf(a), "findings": found, "history": did})
	}
	var about []string
	for _, e := range a.Entities {
		about = append(about, string(e.Kind)+" "+e.Value)
	}
	t := newColumns(p.Stdout, a.ID, safe(oneLine(a.Title)))
	for _, line := range [][2]string{
		{"reason", a.Reason},
		{"severity", string(a.Severity)},
		{"status", strings.TrimSpace(string(a.Status) + " " + string(a.Disposition))},
		{"assignee", a.AssigneeName},
		{"about", strings.Join(about, ", ")},
		{"events", fmt.Sprintf("%d in %d findings, %s to %s", a.Count, a.Findings, shortTime(a.First), shortTime(a.Last))},
		{"rule", a.Rule},
		{"tags", strings.Join(a.Tags, " ")},
		{"incident", a.Incident},
		{"previous", a.Previous},
		{"silenced by", strings.TrimSpace(a.Silence + " " + a.Inhibitor)},
	} {
		if line[1] != "" {
			t.row(line[0], safe(oneLine(line[1])))
		}
	}
	if err := t.flush(); err != nil {
		return err
	}
	t = newColumns(p.Stdout, "\nTIME", "WHO", "WHAT", "")
	for _, h := range history {
		t.row(shortTime(h.Time), safe(oneLine(h.Actor.Name)), string(h.Action), safe(oneLine(strings.TrimSpace(h.Became+" "+h.Comment))))
	}
	for _, f := range findings {
		var ids []string
		for _, e := range f.Events[:min(len(f.Events), 3)] {
			ids = append(ids, e.ID)
		}
		t.row(shortTime(f.Time), "", "finding", safe(oneLine(f.Reason+" ("+strings.Join(ids, ", ")+")")))
	}
	return t.flush()
}
