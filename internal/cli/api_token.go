package cli

import (
	"context"
	"strings"
	"time"

	"github.com/spf13/cobra"

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
