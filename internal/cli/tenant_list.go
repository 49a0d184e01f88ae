package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/nightjar-sec/nightjar/internal/app"
	"github.com/nightjar-sec/nightjar/internal/config"
	"github.com/nightjar-sec/nightjar/internal/connect"
)

func newTenantList(p Process) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "list", Short: "List the connected tenants", Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return within(p, cmd, app.AccessManage, func(ctx context.Context, a *app.App, _ *config.Config) error {
				list, err := a.Connections().List(ctx)
				if err != nil {
					return err
				}
				if asJSON {
					lines := []connectionLine{}
					for _, c := range list {
						lines = append(lines, connectionOf(c))
					}
					return writeJSON(p, map[string]any{"tenants": lines})
				}
				if len(list) == 0 {
					_, err := fmt.Fprintln(p.Stderr, "no tenant is connected; next: nightjar tenant add (docs/connect.md), or nightjar demo, which needs none")
					return err
				}
				t := newColumns(p.Stdout, "NAME", "ID", "CLOUD", "CREDENTIAL", "EXPIRES", "FEEDS", "ORIGIN")
				for _, c := range list {
					t.row(c.Name, string(c.ID), c.Cloud, string(c.Credential.Kind), expiry(c), shortFeeds(c.Tenant), origin(c))
				}
				return t.flush()
			})
		},
	}
	jsonFlag(cmd, &asJSON)
	return withConfig(cmd, false)
}

func expiry(c connect.Connection) string {
	if c.Credential.Expires.IsZero() {
		return "unknown"
	}
	return c.Credential.Expires.UTC().Format("2006-01-02")
}

func origin(c connect.Connection) string {
	switch {
	case c.Paused && c.Declared:
		return "file, paused"
	case c.Declared:
		return "file"
	case c.Paused:
		return "added, paused"
	}
	return "added"
}
