package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/nightjar-sec/nightjar/internal/app"
	"github.com/nightjar-sec/nightjar/internal/config"
)

func newRuleExport(p Process) *cobra.Command {
	var tenants []string
	cmd := &cobra.Command{
		Use: "export", Short: "Write what was changed of rules here as YAML", Args: noArguments,
		Long: `Writes modes, severities, parameters and exceptions as YAML on standard output, for a
repository of yours. nightjar rule import takes it back. With --tenant it has only what is
for these tenants alone.`,
		Example: `  nightjar rule export > changes.yml`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return within(p, cmd, app.AccessRead, func(ctx context.Context, a *app.App, _ *config.Config) error {
				ids, err := idsOf(ctx, a, tenants)
				if err != nil {
					return err
				}
				keeper, err := a.Rules(ctx)
				if err != nil {
					return err
				}
				text, err := keeper.Current().Changes().Of(ids).YAML()
				if err != nil {
					return err
				}
				_, err = p.Stdout.Write(text)
				return err
			})
		},
	}
	cmd.Flags().StringSliceVar(&tenants, "tenant", nil, "only what is for these tenants, by name or id")
	return withConfig(cmd, false)
}
