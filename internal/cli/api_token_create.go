package cli

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/nightjar-sec/nightjar/internal/access"
	"github.com/nightjar-sec/nightjar/internal/app"
	"github.com/nightjar-sec/nightjar/internal/config"
)

func newTokenCreate(p Process) *cobra.Command {
	var (
		person, expires string
		scopes, grants  []string
		asJSON          bool
	)
	cmd := &cobra.Command{
		Use: "create NAME", Short: "Make an API token", Args: exactArguments(1, "one name for the token"),
		Long: `Makes an API token for a person and shows it once. It does what its scopes name, for the
tenants of its grants, and never more than its owner can at the moment it is used.`,
		Example: "    nightjar token create export-job --person ada --scope event.read --scope event.export --grant analyst@contoso --expires 90d",
		RunE: func(cmd *cobra.Command, args []string) error {
			if person == "" || len(scopes) == 0 {
				return usageError(strings.TrimSpace(cmd.Example), "token create needs --person and --scope")
			}
			return within(p, cmd, app.AccessManage, func(ctx context.Context, a *app.App, _ *config.Config) error {
				spec := access.TokenSpec{Name: args[0], Person: person}
				for _, s := range scopes {
					spec.Scopes = append(spec.Scopes, access.Permission(s))
				}
				var err error
				if spec.Expires, err = tokenEnd(expires, a.People().Now()); err != nil {
					return err
				}
				if len(grants) > 0 {
					if spec.Grants, err = parseGrants(ctx, a, grants); err != nil {
						return err
					}
				}
				token, info, err := a.People().CreateToken(ctx, operator(p), spec)
				if err != nil {
					return err
				}
				if asJSON {
					l := tokenLineOf(info, a.People().Now())
					l.Token = token.Reveal()
					return writeJSON(p, l)
				}
				fmt.Fprintf(p.Stderr, "an API token of %s until %s; it is not shown again:\n", safe(info.Owner), shortTime(info.Expires))
				_, err = fmt.Fprintln(p.Stdout, token.Reveal())
				return err
			})
		},
	}
	cmd.Flags().StringVar(&person, "person", "", "`NAME` or id of the owner")
	cmd.Flags().StringArrayVar(&scopes, "scope", nil, "`PERMISSION` that the token has; may be given more than once")
	cmd.Flags().StringArrayVar(&grants, "grant", nil, "`ROLE[@TENANT]` that the token has at most; left out, all that its owner has now")
	cmd.Flags().StringVar(&expires, "expires", "90d", "`day` or span after which it ends, at most a year")
	jsonFlag(cmd, &asJSON)
	return withConfig(cmd, false)
}

// tokenEnd reads a day, a time or a span from now.
func tokenEnd(text string, now time.Time) (time.Time, error) {
	if d, err := config.ParseDuration(text); err == nil {
		return now.Add(d), nil
	}
	t, err := config.ParseTime(text)
	if err != nil {
		return t, usageError("e.g. --expires 90d or --expires 2027-06-30", "--expires: %q is neither a day nor a span", text)
	}
	return t, nil
}
