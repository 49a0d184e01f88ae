package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/nightjar-sec/nightjar/internal/app"
	"github.com/nightjar-sec/nightjar/internal/config"
	"github.com/nightjar-sec/nightjar/internal/connect"
)

func newTenantCheck(p Process) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "check TENANT", Short: "Try a tenant's connection and name what is wrong", Args: exactArguments(1, "the name or id of one tenant"),
		Long: `Tries the connection step by step: settings, network, clock, sign-in, permissions, API,
auditing, subscriptions, expiry. It changes nothing. When something is wrong it names the
cause and the click that repairs it, and ends with exit code 4 for credentials and
permissions, 5 when some feeds work and others do not, 1 otherwise.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return within(p, cmd, app.AccessManage, func(ctx context.Context, a *app.App, _ *config.Config) error {
				report, err := a.Connections().Check(ctx, args[0])
				if err != nil {
					return err
				}
				if asJSON {
					err = writeJSON(p, report)
				} else {
					err = printReport(p, report)
				}
				if err != nil {
					return err
				}
				return report.Err()
			})
		},
	}
	jsonFlag(cmd, &asJSON)
	return withConfig(cmd, false)
}

func printReport(p Process, r connect.Report) error {
	fmt.Fprintf(p.Stdout, "%s (%s) in %s\n\n", r.Tenant, r.TenantID, r.Cloud)
	for _, s := range r.Steps {
		fmt.Fprintf(p.Stdout, "%-8s %s\n", strings.ToUpper(string(s.Status)), s.Title)
		if s.Detail != "" {
			fmt.Fprintf(p.Stdout, "         %s\n", safe(s.Detail))
		}
		if s.Remedy != "" && s.Status != connect.StepOK {
			fmt.Fprintf(p.Stdout, "         → %s\n", safe(s.Remedy))
		}
	}
	if len(r.Permissions) > 0 {
		fmt.Fprintf(p.Stdout, "\ngranted: %s\n", safe(strings.Join(r.Permissions, ", ")))
	}
	for _, m := range r.Missing {
		fmt.Fprintf(p.Stdout, "missing: %s, which %s\n", m.Permission, m.Cost)
	}
	if len(r.Excess) > 0 {
		fmt.Fprintf(p.Stdout, "more than needed: %s\n", safe(strings.Join(r.Excess, ", ")))
	}
	if r.OK {
		_, err := fmt.Fprintf(p.Stdout, "\n%s\n", r.Summary)
		return err
	}
	return nil
}
