package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/app"
	"github.com/nightjar-sec/nightjar/internal/config"
	"github.com/nightjar-sec/nightjar/internal/connect"
)

func newTenantRemove(p Process) *cobra.Command {
	var yes, asJSON bool
	cmd := &cobra.Command{
		Use: "remove TENANT", Short: "Stop collecting a tenant and forget its credential", Args: exactArguments(1, "the name or id of one tenant"),
		Long: `Stops the collection of a tenant and forgets its sealed credential for good. The events that
are stored stay. Without --yes it only says what it would do.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return within(p, cmd, app.AccessManage, func(ctx context.Context, a *app.App, _ *config.Config) error {
				c, err := a.Connections().Show(ctx, args[0])
				if err != nil {
					return err
				}
				if !yes {
					_, err = fmt.Fprintf(p.Stdout, "would stop collecting %s (%s) and forget its %s; its events stay. Add --yes to do it.\n", c.Name, c.ID, c.Credential.Kind)
					return err
				}
				var removed connect.Removed
				err = audited(ctx, p, a, nightjar.ActionConnectionRemove, c.Tenant, func(ctx context.Context) (err error) {
					removed, err = a.Connections().Remove(ctx, args[0])
					return err
				})
				if err != nil {
					return err
				}
				if asJSON {
					return writeJSON(p, map[string]any{
						"id": removed.Connection.ID, "name": removed.Connection.Name, "forgotten": nonNil(removed.Forgotten), "kept": nonNil(removed.Kept),
					})
				}
				fmt.Fprintf(p.Stdout, "%s (%s) is no longer collected\n", removed.Connection.Name, removed.Connection.ID)
				for _, f := range removed.Forgotten {
					fmt.Fprintln(p.Stdout, "forgotten: "+f)
				}
				for _, k := range removed.Kept {
					fmt.Fprintln(p.Stdout, "kept: "+k)
				}
				return nil
			})
		},
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "do it")
	jsonFlag(cmd, &asJSON)
	return withConfig(cmd, false)
}

// nonNil makes an empty list print as [].
func nonNil[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
