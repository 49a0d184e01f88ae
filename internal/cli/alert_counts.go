package cli

import (
	"context"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/app"
	"github.com/nightjar-sec/nightjar/internal/config"
)

// severityCount is how many alerts wait of a severity, named as the API names it.
type severityCount struct {
	Severity nightjar.Severity `json:"severity"`
	Count    int64             `json:"count"`
}

func newAlertCounts(p Process) *cobra.Command {
	var (
		tenants []string
		asJSON  bool
	)
	cmd := &cobra.Command{
		Use: "counts", Short: "Count the alerts that wait for people", Args: noArguments,
		Long: `Counts the alerts that are new and acknowledged, which together are the open ones, those by
severity, all without silenced ones, and those that are silenced.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return within(p, cmd, app.AccessRead, func(ctx context.Context, a *app.App, _ *config.Config) error {
				ids, err := idsOf(ctx, a, tenants)
				if err != nil {
					return err
				}
				n, err := a.Alerts().Count(ctx, ids, "")
				if err != nil {
					return err
				}
				if asJSON {
					severities := []severityCount{}
					for _, s := range n.Severities {
						severities = append(severities, severityCount(s))
					}
					return writeJSON(p, map[string]any{"new": n.New, "acknowledged": n.Acknowledged, "silenced": n.Silenced, "severities": severities})
				}
				t := newColumns(p.Stdout, "WHAT", "ALERTS")
				t.row("new", strconv.FormatInt(n.New, 10))
				t.row("acknowledged", strconv.FormatInt(n.Acknowledged, 10))
				t.row("open", strconv.FormatInt(n.New+n.Acknowledged, 10))
				for _, s := range n.Severities {
					t.row("  "+string(s.Severity), strconv.FormatInt(s.Count, 10))
				}
				t.row("silenced", strconv.FormatInt(n.Silenced, 10))
				return t.flush()
			})
		},
	}
	cmd.Flags().StringSliceVar(&tenants, "tenant", nil, "only of these tenants, by name or id")
	formatFlags(cmd, &asJSON)
	return withConfig(cmd, false)
}
