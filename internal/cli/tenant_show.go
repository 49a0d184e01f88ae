package cli

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"github.com/nightjar-sec/nightjar/internal/app"
	"github.com/nightjar-sec/nightjar/internal/config"
)

func newTenantShow(p Process) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "show TENANT", Short: "Show one tenant's connection", Args: exactArguments(1, "the name or id of one tenant"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return within(p, cmd, app.AccessManage, func(ctx context.Context, a *app.App, _ *config.Config) error {
				c, err := a.Connections().Show(ctx, args[0])
				if err != nil {
					return err
				}
				l := connectionOf(c)
				if asJSON {
					return writeJSON(p, l)
				}
				t := newColumns(p.Stdout, "NAME", l.Name)
				t.row("ID", string(l.ID))
				t.row("CLOUD", l.Cloud)
				t.row("CLIENT ID", l.ClientID)
				t.row("CREDENTIAL", string(l.Credential.Kind))
				t.row("EXPIRES", expiry(c))
				if l.Credential.Thumbprint != "" {
					t.row("THUMBPRINT", l.Credential.Thumbprint)
				}
				t.row("FEEDS", strings.Join(l.Feeds, ", "))
				t.row("ORIGIN", origin(c))
				t.row("SINCE", shortTime(c.Created))
				return t.flush()
			})
		},
	}
	jsonFlag(cmd, &asJSON)
	return withConfig(cmd, false)
}
