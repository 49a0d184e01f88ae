package cli

import (
	"errors"
	"fmt"
	"log/slog"

	"github.com/spf13/cobra"

	"github.com/nightjar-sec/nightjar/internal/app"
	"github.com/nightjar-sec/nightjar/internal/secret"
)

func newServe(p Process) *cobra.Command {
	cmd := &cobra.Command{
		Use: "serve", Short: "Collect every tenant until told to stop", Args: noArguments,
		Long: `Collects the tenants of the configuration and those added with "nightjar tenant add",
maintains the journal, and serves the console and its API on the listen address, beside /livez, /readyz, /healthz and /metrics.
As long as there is no administrator it prints, on a terminal, a link that sets up the first one.
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
			o.Console = func(address string, setup func() (secret.Value, error)) { tellConsole(p, o.Logger, address, setup) }
			a, err := app.Open(cmd.Context(), o, app.AccessCollect)
			if err != nil {
				return err
			}
			return errors.Join(a.Serve(cmd.Context()), a.Close())
		},
	}
	return withConfig(cmd, true)
}

// tellConsole says where the console is. The setup token goes to a terminal
// alone: what is not one is a log, where a token must not be.
func tellConsole(p Process, log *slog.Logger, address string, setup func() (secret.Value, error)) {
	switch {
	case !p.Terminal && setup != nil:
		log.Warn("there is no administrator yet", "console", address+"/setup", "hint", "nightjar setup-token prints what it asks for")
	case !p.Terminal:
	case setup == nil:
		fmt.Fprintf(p.Stderr, "The console is at %s\n", address)
	default:
		token, err := setup()
		if err != nil {
			log.Error("no setup token can be made", "error", err)
			return
		}
		fmt.Fprintf(p.Stderr, "\nThere is no administrator yet. Set up the first one, within an hour, at\n\n    %s/setup#%s\n\n", address, token.Reveal())
	}
}
