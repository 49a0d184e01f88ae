package cli

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/nightjar-sec/nightjar/internal/app"
)

func newServe(p Process) *cobra.Command {
	cmd := &cobra.Command{
		Use: "serve", Short: "Collect every tenant until told to stop", Args: noArguments,
		Long: `Collects the tenants of the configuration and those added with "nightjar tenant add",
maintains the journal, and answers /livez, /readyz, /healthz and /metrics on the listen address.
It stops in order on SIGINT or SIGTERM; at kill -9 it loses nothing either.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := load(p, cmd)
			if err != nil {
				return err
			}
			o, err := options(p, c)
			if err != nil {
				return err
			}
			a, err := app.Open(cmd.Context(), o, app.AccessCollect)
			if err != nil {
				return err
			}
			return errors.Join(a.Serve(cmd.Context()), a.Close())
		},
	}
	return withConfig(cmd, true)
}
