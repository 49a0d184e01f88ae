package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/app"
	"github.com/nightjar-sec/nightjar/internal/config"
)

func newTokenRevoke(p Process) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "revoke ID", Short: "End an API token at once", Args: exactArguments(1, "the id of one token (nightjar token list)"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return within(p, cmd, app.AccessManage, func(ctx context.Context, a *app.App, _ *config.Config) error {
				if err := a.People().RevokeToken(ctx, operator(p), args[0]); err != nil {
					return err
				}
				list, err := a.People().Tokens(ctx, operator(p))
				if err != nil {
					return err
				}
				for _, t := range list {
					if t.ID != args[0] {
						continue
					}
					if asJSON {
						return writeJSON(p, tokenLineOf(t, a.People().Now()))
					}
					_, err := fmt.Fprintf(p.Stdout, "%s of %s is revoked\n", safe(t.Name), safe(t.Owner))
					return err
				}
				return &nightjar.Error{Code: nightjar.CodeNotFound, Message: "the token is gone"}
			})
		},
	}
	jsonFlag(cmd, &asJSON)
	return withConfig(cmd, false)
}
