package cli

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/alert"
	"github.com/nightjar-sec/nightjar/internal/app"
	"github.com/nightjar-sec/nightjar/internal/config"
)

func newIncident(p Process) *cobra.Command {
	return noun("incident", "Show alerts that belong together", newIncidentList(p), newIncidentShow(p))
}

// incidentLine is an incident as --json prints it (docs/cli-json.md).
type incidentLine struct {
	ID       string            `json:"id"`
	Tenant   nightjar.TenantID `json:"tenant"`
	Title    string            `json:"title"`
	Severity nightjar.Severity `json:"severity"`
	Alerts   int64             `json:"alerts"`
	Open     int64             `json:"open"`
	First    string            `json:"first"`
	Last     string            `json:"last"`
	Tactics  []string          `json:"tactics"`

	Status     string         `json:"status"` // open while one of its alerts is
	Findings   int64          `json:"findings"`
	Opened     string         `json:"opened"`
	Techniques []string       `json:"techniques"`
	Entities   []involvedLine `json:"entities"`
}

// involvedLine is whom alerts of an incident are about.
type involvedLine struct {
	nightjar.Entity
	Alerts int64 `json:"alerts"`
}

func incidentLineOf(i alert.Incident) incidentLine {
	l := incidentLine{
		ID: i.ID, Tenant: i.Tenant, Title: i.Title, Severity: i.Severity, Alerts: i.Alerts, Open: i.Open, First: formatTime(i.First), Last: formatTime(i.Last),
		Tactics: append([]string{}, i.Tactics...), Status: "open", Findings: i.Findings, Opened: formatTime(i.Opened),
		Techniques: append([]string{}, alert.Techniques(i.Tags)...), Entities: []involvedLine{},
	}
	if i.Open == 0 {
		l.Status = "closed"
	}
	for _, e := range i.Entities {
		l.Entities = append(l.Entities, involvedLine(e))
	}
	return l
}

func newIncidentList(p Process) *cobra.Command {
	var (
		f            alert.IncidentFilter
		open, closed bool
		asJSON       bool
		tenants      []string
	)
	cmd := &cobra.Command{
		Use: "list", Short: "List incidents, the newest first", Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if open && closed {
				return usageError("leave both out for all", "--open and --closed are two things")
			}
			if open || closed {
				f.Open = &open
			}
			return within(p, cmd, app.AccessRead, func(ctx context.Context, a *app.App, _ *config.Config) (err error) {
				if f.Tenants, err = idsOf(ctx, a, tenants); err != nil {
					return err
				}
				found, next, err := a.Alerts().Incidents(ctx, f)
				if err != nil {
					return err
				}
				return printIncidents(p, found, next, asJSON)
			})
		},
	}
	cmd.Flags().BoolVar(&open, "open", false, "only those with an alert that is not closed")
	cmd.Flags().BoolVar(&closed, "closed", false, "only those whose alerts are all closed")
	cmd.Flags().BoolVar(&f.Several, "several", false, "only those of more than one alert")
	cmd.Flags().StringSliceVar(&tenants, "tenant", nil, "only of these tenants, by name or id")
	cmd.Flags().IntVar(&f.Limit, "limit", 100, "at most so many, up to 200")
	cmd.Flags().StringVar(&f.Cursor, "cursor", "", "go on where the `cursor` of the page before ends")
	formatFlags(cmd, &asJSON)
	return withConfig(cmd, false)
}

func printIncidents(p Process, found []alert.Incident, next string, asJSON bool) error {
	if asJSON {
		lines := []incidentLine{}
		for _, i := range found {
			lines = append(lines, incidentLineOf(i))
		}
		out := map[string]any{"incidents": lines}
		if next != "" {
			out["next"] = next
		}
		return writeJSON(p, out)
	}
	if len(found) == 0 {
		_, err := fmt.Fprintln(p.Stderr, "no incident fits")
		return err
	}
	t := newColumns(p.Stdout, "ID", "LAST", "SEVERITY", "ALERTS", "OPEN", "TACTICS", "TITLE")
	for _, i := range found {
		t.row(i.ID, shortTime(i.Last), string(i.Severity), strconv.FormatInt(i.Alerts, 10), strconv.FormatInt(i.Open, 10), strings.Join(i.Tactics, " "), safe(oneLine(i.Title)))
	}
	if err := t.flush(); err != nil || next == "" {
		return err
	}
	_, err := fmt.Fprintf(p.Stderr, "there are more: --cursor %s\n", next)
	return err
}

func newIncidentShow(p Process) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "show ID", Short: "Show an incident, its alerts and what happened when", Args: exactArguments(1, "the id of one incident"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return within(p, cmd, app.AccessRead, func(ctx context.Context, a *app.App, _ *config.Config) error {
				one, alerts, moments, err := a.Alerts().Incident(ctx, nil, args[0])
				if err != nil {
					return err
				}
				if asJSON {
					return writeJSON(p, map[string]any{"incident": incidentLineOf(one), "alerts": alertLinesOf(alerts), "timeline": timelineOf(moments)})
				}
				if err := printIncidents(p, []alert.Incident{one}, "", false); err != nil {
					return err
				}
				t := newColumns(p.Stdout, "\nTIME", "ALERT", "WHO", "WHAT")
				for _, m := range moments {
					t.row(shortTime(m.Time), m.Alert, safe(oneLine(m.Actor)), safe(oneLine(m.Text)))
				}
				return t.flush()
			})
		},
	}
	formatFlags(cmd, &asJSON)
	return withConfig(cmd, false)
}

// momentLine is what happened in an incident, as --json prints it.
type momentLine struct {
	Time  string `json:"time"`
	Alert string `json:"alert"`
	Who   string `json:"who,omitempty"`
	Text  string `json:"text"`

	Kind     string            `json:"kind"`               // finding, or change: what people did
	Severity nightjar.Severity `json:"severity,omitempty"` // of a finding
	Events   int64             `json:"events,omitempty"`
}

func timelineOf(moments []alert.Moment) []momentLine {
	out := make([]momentLine, len(moments))
	for i, m := range moments {
		out[i] = momentLine{formatTime(m.Time), m.Alert, m.Actor, m.Text, "change", m.Severity, m.Events}
		if m.Finding {
			out[i].Kind = "finding"
		}
	}
	return out
}
