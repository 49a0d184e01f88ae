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

// riskLine is an entity of alert risk --json, named as the API names it.
type riskLine struct {
	Tenant   string            `json:"tenant"`
	TenantID nightjar.TenantID `json:"tenant_id"`
	Entity   nightjar.Entity   `json:"entity"`
	Score    float64           `json:"score"`
	Level    nightjar.Severity `json:"level"`
	Alerts   int               `json:"alerts"`
	Tactics  []string          `json:"tactics"`
	Last     string            `json:"last"`
	Reasons  []riskPoints      `json:"reasons"`
}

type riskPoints struct {
	Alert    string            `json:"alert"`
	Title    string            `json:"title"`
	Severity nightjar.Severity `json:"severity"`
	Points   float64           `json:"points"`
}

func newAlertRisk(p Process) *cobra.Command {
	var (
		f              alert.RiskFilter
		tenants, kinds []string
		asJSON         bool
	)
	cmd := &cobra.Command{
		Use: "risk", Short: "List whom the alerts of the last week say most against", Args: noArguments,
		Long: `Lists users, addresses and whatever else alerts are about, the highest score first, with
what each alert counts. Alerts that were closed as benign or false, and silenced ones, count
nothing; docs/alerts.md has the formula.`,
		Example: "    nightjar alert risk --kind user --limit 10\n    nightjar alert risk --tenant contoso --format json",
		RunE: func(cmd *cobra.Command, _ []string) error {
			var err error
			if f.Kinds, err = chosenOf("kind", kinds, nightjar.EntityKinds()); err != nil {
				return err
			}
			return within(p, cmd, app.AccessRead, func(ctx context.Context, a *app.App, _ *config.Config) error {
				if f.Tenants, err = idsOf(ctx, a, tenants); err != nil {
					return err
				}
				found, err := a.Alerts().Risks(ctx, f)
				if err != nil {
					return err
				}
				known, err := a.Known(ctx)
				if err != nil {
					return err
				}
				return printRisks(p, found, known, asJSON)
			})
		},
	}
	cmd.Flags().StringSliceVar(&tenants, "tenant", nil, "only in these tenants, by name or id")
	cmd.Flags().StringSliceVar(&kinds, "kind", nil, "only of these kinds, such as `user`,address")
	cmd.Flags().StringVar(&f.Entity, "entity", "", "only this `kind:value`, or value")
	cmd.Flags().IntVar(&f.Limit, "limit", 100, "at most so many, up to 1000")
	formatFlags(cmd, &asJSON)
	return withConfig(cmd, false)
}

func riskLines(found []alert.Risk, tenants []nightjar.Tenant) []riskLine {
	names := map[nightjar.TenantID]string{}
	for _, t := range tenants {
		names[t.ID] = t.Name
	}
	lines := make([]riskLine, len(found))
	for i, r := range found {
		name, known := names[r.Tenant]
		if !known {
			name = string(r.Tenant)
		}
		lines[i] = riskLine{
			Tenant: name, TenantID: r.Tenant, Entity: r.Entity, Score: r.Score, Level: r.Level, Alerts: r.Alerts,
			Tactics: append([]string{}, r.Tactics...), Last: formatTime(r.Last), Reasons: make([]riskPoints, len(r.Reasons)),
		}
		for n, reason := range r.Reasons {
			lines[i].Reasons[n] = riskPoints(reason)
		}
	}
	return lines
}

func printRisks(p Process, found []alert.Risk, tenants []nightjar.Tenant, asJSON bool) error {
	lines := riskLines(found, tenants)
	if asJSON {
		return writeJSON(p, map[string]any{"entities": lines})
	}
	if len(lines) == 0 {
		_, err := fmt.Fprintln(p.Stderr, "no alert of the last seven days says anything against anybody")
		return err
	}
	t := newColumns(p.Stdout, "SCORE", "LEVEL", "KIND", "VALUE", "TENANT", "ALERTS", "LAST", "WHY")
	for i, l := range lines {
		var why []string
		for _, r := range l.Reasons {
			why = append(why, fmt.Sprintf("%s %.1f", r.Title, r.Points))
		}
		t.row(strconv.FormatFloat(l.Score, 'f', 1, 64), string(l.Level), string(l.Entity.Kind), safe(oneLine(l.Entity.Value)), safe(l.Tenant),
			strconv.Itoa(l.Alerts), shortTime(found[i].Last), safe(oneLine(strings.Join(why, ", "))))
	}
	return t.flush()
}
