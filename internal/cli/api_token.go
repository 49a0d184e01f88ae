package cli

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/access"
	"github.com/nightjar-sec/nightjar/internal/app"
	"github.com/nightjar-sec/nightjar/internal/config"
)

func newToken(p Process) *cobra.Command {
	return noun("token", "Make and revoke API tokens", newTokenCreate(p), newTokenList(p), newTokenRevoke(p))
}

// tokenLine is an API token as --json prints it (docs/cli-json.md).
type tokenLine struct {
	ID       string              `json:"id"`
	Name     string              `json:"name"`
	Owner    string              `json:"owner"`
	State    string              `json:"state"`
	Scopes   []access.Permission `json:"scopes"`
	Grants   []access.Grant      `json:"grants"`
	Created  string              `json:"created"`
	Expires  string              `json:"expires"`
	LastUsed string              `json:"last_used,omitempty"`
	Token    string              `json:"token,omitempty"`
}

func tokenLineOf(t access.TokenInfo, now time.Time) tokenLine {
	l := tokenLine{
		ID: t.ID, Name: t.Name, Owner: t.Owner, State: "active", Scopes: nonNil(t.Scopes), Grants: nonNil(t.Grants),
		Created: formatTime(t.Created), Expires: formatTime(t.Expires),
	}
	switch {
	case !t.Revoked.IsZero():
		l.State = "revoked"
	case !t.Expires.After(now):
		l.State = "expired"
	}
	if !t.LastUsed.IsZero() {
		l.LastUsed = formatTime(t.LastUsed)
	}
	return l
}

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

func newTokenList(p Process) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "list", Short: "List the API tokens, without their text", Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return within(p, cmd, app.AccessManage, func(ctx context.Context, a *app.App, _ *config.Config) error {
				list, err := a.People().Tokens(ctx, operator(p))
				if err != nil {
					return err
				}
				lines := []tokenLine{}
				for _, t := range list {
					lines = append(lines, tokenLineOf(t, a.People().Now()))
				}
				if asJSON {
					return writeJSON(p, map[string]any{"tokens": lines})
				}
				known, err := a.Known(ctx)
				if err != nil {
					return err
				}
				t := newColumns(p.Stdout, "NAME", "OWNER", "STATE", "SCOPES", "GRANTS", "EXPIRES", "LAST USED", "ID")
				for _, l := range lines {
					t.row(safe(l.Name), safe(l.Owner), l.State, scopeNames(l.Scopes), grantNames(known, l.Grants), shortText(l.Expires), shortText(l.LastUsed), l.ID)
				}
				return t.flush()
			})
		},
	}
	jsonFlag(cmd, &asJSON)
	return withConfig(cmd, false)
}

func scopeNames(scopes []access.Permission) string {
	parts := make([]string, len(scopes))
	for i, s := range scopes {
		parts[i] = string(s)
	}
	return strings.Join(parts, " ")
}

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
