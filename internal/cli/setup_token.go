package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/app"
	"github.com/nightjar-sec/nightjar/internal/config"
)

func newSetupToken(p Process) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "setup-token", Short: "Make the token for the first administrator", Args: noArguments,
		Long: `Makes a token with which the first administrator is set up in the console, in place of any
made before. It is good for one use within an hour. Once there is an administrator, others
come by invitation.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return within(p, cmd, app.AccessManage, func(ctx context.Context, a *app.App, c *config.Config) error {
				token, err := a.People().Bootstrap(ctx)
				if err != nil {
					return err
				}
				if token.IsZero() {
					return &nightjar.Error{
						Code: nightjar.CodeConflict, Message: "there is an administrator already",
						Hint: "for a new person: nightjar person invite NAME --grant admin; for one who cannot sign in: nightjar person reset NAME",
					}
				}
				if asJSON {
					return writeJSON(p, map[string]string{"token": token.Reveal(), "console": consoleAddress(c)})
				}
				fmt.Fprintf(p.Stderr, "a setup token, good for one use within an hour at %s:\n", consoleAddress(c))
				_, err = fmt.Fprintln(p.Stdout, token.Reveal())
				return err
			})
		},
	}
	jsonFlag(cmd, &asJSON)
	return withConfig(cmd, false)
}
