package cli

import (
	"context"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/alert"
	"github.com/nightjar-sec/nightjar/internal/app"
	"github.com/nightjar-sec/nightjar/internal/config"
	"github.com/nightjar-sec/nightjar/internal/query"
	"github.com/nightjar-sec/nightjar/internal/search"
)

func newAlertShow(p Process) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "show ID", Short: "Show an alert with all that helps to decide what it is", Args: exactArguments(1, "the id of one alert"),
		Long: `Shows what the console's page shows: the reason, the latest findings, what was normal for whom
it is about in the 30 days before, related alerts, the incident, the rule with its tests and
how good it has been, what to do next, and what people did.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return within(p, cmd, app.AccessRead, func(ctx context.Context, a *app.App, _ *config.Config) error {
				one, err := caseOf(ctx, a, args[0])
				if err != nil {
					return err
				}
				if asJSON {
					return writeJSON(p, one)
				}
				return one.print(p)
			})
		},
	}
	formatFlags(cmd, &asJSON)
	return withConfig(cmd, false)
}

// alertCase is an alert with all that is told of it, as --json prints it.
type alertCase struct {
	Alert    alertLine      `json:"alert"`
	Findings []alertFinding `json:"findings"`
	// Normal is absent when it cannot be asked; NormalProblem says why.
	Normal        *search.Normality `json:"normal,omitempty"`
	NormalProblem string            `json:"normal_problem,omitempty"`
	Related       []alertLine       `json:"related"`
	Incident      *incidentLine     `json:"incident,omitempty"`
	// Rule is absent when it is gone, or when its file cannot be read;
	// RuleProblem says where that may be.
	Rule        *alertRule      `json:"rule,omitempty"`
	RuleProblem string          `json:"rule_problem,omitempty"`
	Exception   *alertException `json:"exception,omitempty"`
	History     []historyItem   `json:"history"`
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

// alertException would have kept an alert that was false from opening.
type alertException struct {
	Rule   string            `json:"rule"`
	Tenant nightjar.TenantID `json:"tenant"`
	Where  []exceptionField  `json:"where"`
	Reason string            `json:"reason,omitempty"`
}

type exceptionField struct {
	Field string `json:"field"`
	Value string `json:"value"`
}

func caseOf(ctx context.Context, a *app.App, id string) (*alertCase, error) {
	one, err := a.Alerts().Get(ctx, nil, id)
	if err != nil {
		return nil, err
	}
	out := &alertCase{Alert: alertLineOf(one), Findings: []alertFinding{}, History: []historyItem{}}
	tenant := app.Installation()
	if one.Tenant != nightjar.Installation {
		if tenant, err = tenantOf(ctx, a, one.Tenant); err != nil {
			return nil, err
		}
	}
	out.Alert.TenantName = tenant.Name
	findings, _, err := a.Alerts().Findings(ctx, nil, one.ID, "", search.NormalFindings)
	if err != nil {
		return nil, err
	}
	// They come as they were recorded, which after a backlog is not their order.
	slices.SortStableFunc(findings, func(x, y alert.Recorded) int { return y.Time.Compare(x.Time) })
	var evidence []nightjar.EventRef
	for _, f := range findings {
		out.Findings = append(out.Findings, alertFinding{f.ID, formatTime(f.Time), f.Reason, f.Count, f.Values, append([]nightjar.EventRef{}, f.Events...)})
		evidence = append(evidence, f.Events...)
	}
	history, err := a.Alerts().History(ctx, nil, one.ID)
	if err != nil {
		return nil, err
	}
	for _, h := range history {
		out.History = append(out.History, historyItem{formatTime(h.Time), h.Actor.Name, h.Action, h.Was, h.Became, h.Comment})
	}
	related, err := a.Alerts().Related(ctx, one)
	if err != nil {
		return nil, err
	}
	out.Related = alertLinesOf(related)
	if one.Incident != "" {
		incident, _, _, err := a.Alerts().Incident(ctx, nil, one.Incident)
		if err != nil {
			return nil, err
		}
		line := incidentLineOf(incident)
		out.Incident = &line
	}
	if out.Exception, err = proposalOf(ctx, a, one); err != nil {
		return nil, err
	}
	if out.Rule, out.RuleProblem, err = ruleOf(ctx, a, one); err != nil {
		return nil, err
	}
	// The rest is told also where events cannot be read.
	switch normal, err := normalOf(ctx, a, one, evidence); {
	case context.Cause(ctx) != nil:
		return nil, context.Cause(ctx)
	case err != nil:
		out.NormalProblem = err.Error()
	default:
		out.Normal = &normal
	}
	return out, nil
}

// proposalOf is the exception that an alert suggests which was closed as false.
func proposalOf(ctx context.Context, a *app.App, one alert.Alert) (*alertException, error) {
	if one.Status != alert.StatusClosed || one.Disposition != alert.DispositionFalse {
		return nil, nil //nolint:nilnil // it suggests none
	}
	e, found, err := a.Alerts().Propose(ctx, one)
	if err != nil || !found {
		return nil, err
	}
	out := &alertException{Rule: e.Rule, Tenant: e.Tenant, Reason: e.Reason}
	for _, w := range e.Where {
		out.Where = append(out.Where, exceptionField(w))
	}
	return out, nil
}

// command is what makes the exception.
func (e *alertException) command() string {
	parts := []string{"nightjar rule except " + e.Rule + " --tenant " + string(e.Tenant)}
	for _, w := range e.Where {
		parts = append(parts, "--where "+quoted(w.Field+"="+strings.ReplaceAll(w.Value, ",", `\,`)))
	}
	return strings.Join(append(parts, "--reason … --until …"), " ")
}

// normalOf asks what was normal for whom an alert is about, as the API does.
func normalOf(ctx context.Context, a *app.App, one alert.Alert, evidence []nightjar.EventRef) (search.Normality, error) {
	q, err := search.AskNormal(one.Entities, one.First, evidence)
	if err != nil {
		return search.Normality{}, err
	}
	before, now := search.NormalRows{}, search.NormalRows{}
	if q.Entity == nil {
		return q.Answer(before, now), nil
	}
	tenant := app.Installation()
	if one.Tenant != nightjar.Installation {
		if tenant, err = tenantOf(ctx, a, one.Tenant); err != nil {
			return search.Normality{}, err
		}
	}
	engine, err := a.Query(-1)
	if err != nil {
		return search.Normality{}, err
	}
	defer engine.Close()
	for _, ask := range []struct {
		sql  string
		rows search.NormalRows
	}{{q.Before, before}, {q.Evidence, now}} {
		if ask.sql == "" {
			continue
		}
		if _, err := engine.Run(ctx, query.Request{SQL: ask.sql, Tenants: []nightjar.Tenant{tenant}, Limits: query.Limits{Rows: search.NormalRowsMost}}, ask.rows); err != nil {
			return search.Normality{}, err
		}
	}
	return q.Answer(before, now), nil
}

func tenantOf(ctx context.Context, a *app.App, id nightjar.TenantID) (nightjar.Tenant, error) {
	known, err := a.Known(ctx)
	if err != nil {
		return nightjar.Tenant{}, err
	}
	for _, t := range known {
		if t.ID == id {
			return t, nil
		}
	}
	return nightjar.Tenant{ID: id, Name: string(id)}, nil
}
