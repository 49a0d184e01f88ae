package cli

import (
	"context"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/alert"
	"github.com/nightjar-sec/nightjar/internal/app"
	"github.com/nightjar-sec/nightjar/internal/config"
)

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
			if f.Statuses, err = alert.ParseStatuses(statuses); err != nil {
				return err
			}
			if f.Severities, err = chosenOf("severity", severities, nightjar.Severities()); err != nil {
				return err
			}
			if f.Dispositions, err = chosenOf("disposition", dispositions, alert.Dispositions()); err != nil {
				return err
			}
			if f.Unassigned = f.Assignee == "none"; f.Unassigned {
				f.Assignee = ""
			}
			if f.From, f.To, err = fromTo(from, to); err != nil {
				return err
			}
			if silenced != "" {
				is, err := strconv.ParseBool(silenced)
				if err != nil {
					return usageError("--silenced=false leaves silenced ones out", "--silenced is true or false")
				}
				f.Silenced = &is
			}
			needs := app.AccessRead
			if f.Assignee != "" {
				needs = app.AccessManage // as whatever looks at people
			}
			return within(p, cmd, needs, func(ctx context.Context, a *app.App, _ *config.Config) error {
				if f.Tenants, err = idsOf(ctx, a, tenants); err != nil {
					return err
				}
				if err := settleFilter(ctx, a, &f); err != nil {
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
	cmd.Flags().StringSliceVar(&statuses, "status", nil, "only `new`, acknowledged or closed ones, or open: not closed")
	cmd.Flags().StringSliceVar(&severities, "severity", nil, "only of these, such as `high`,critical")
	cmd.Flags().StringSliceVar(&tenants, "tenant", nil, "only of these tenants, by name or id")
	cmd.Flags().StringVar(&f.Rule, "rule", "", "only of this rule, by `id` or title")
	cmd.Flags().StringVar(&f.Pack, "pack", "", "only of the rules of this `pack`")
	cmd.Flags().StringSliceVar(&dispositions, "disposition", nil, "only those that were closed as `true`, benign or false")
	cmd.Flags().StringVar(&f.Assignee, "assignee", "", "only those of this person, by `name` or id; none: that nobody took")
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
