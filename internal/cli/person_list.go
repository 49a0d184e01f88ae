package cli

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/nightjar-sec/nightjar/internal/access"
	"github.com/nightjar-sec/nightjar/internal/app"
	"github.com/nightjar-sec/nightjar/internal/config"
)

// personLine is a person as --json prints it (docs/cli-json.md).
type personLine struct {
	ID        string          `json:"id"`
	Name      string          `json:"name"`
	State     string          `json:"state"`
	Grants    []access.Grant  `json:"grants"`
	Created   string          `json:"created"`
	LastLogin string          `json:"last_login,omitempty"`
	Expires   string          `json:"expires,omitempty"`
	Ways      []access.Way    `json:"ways,omitempty"`       // to sign in
	Linked    []access.Linked `json:"identities,omitempty"` // accounts at providers
}

func personOf(p access.Person) personLine {
	l := personLine{ID: p.ID, Name: p.Name, State: "active", Grants: nonNil(p.Grants), Created: formatTime(p.Created), Ways: p.Ways}
	if p.Disabled {
		l.State = "disabled"
	}
	if !p.LastLogin.IsZero() {
		l.LastLogin = formatTime(p.LastLogin)
	}
	return l
}

func newPersonList(p Process) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "list", Short: "List who may use the console", Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return within(p, cmd, app.AccessManage, func(ctx context.Context, a *app.App, _ *config.Config) error {
				lines, err := personLines(ctx, a)
				if err != nil {
					return err
				}
				if asJSON {
					return writeJSON(p, map[string]any{"people": lines})
				}
				if len(lines) == 0 {
					_, err := fmt.Fprintln(p.Stderr, "nobody yet; next: nightjar setup-token makes the token for the first administrator")
					return err
				}
				known, err := a.Known(ctx)
				if err != nil {
					return err
				}
				t := newColumns(p.Stdout, "NAME", "STATE", "ROLES", "SIGNS IN WITH", "LAST SIGN-IN", "ID")
				for _, l := range lines {
					t.row(safe(l.Name), l.State, grantNames(known, l.Grants), wayNames(l), shortText(l.LastLogin), l.ID)
				}
				return t.flush()
			})
		},
	}
	jsonFlag(cmd, &asJSON)
	return withConfig(cmd, false)
}

// wayNames writes the ways in which somebody can sign in.
func wayNames(l personLine) string {
	if len(l.Ways) == 0 {
		return "-"
	}
	var names []string
	for _, w := range l.Ways {
		if w != access.WayProvider {
			names = append(names, string(w))
		}
	}
	for _, i := range l.Linked {
		names = append(names, safe(i.Provider+" as "+cmp.Or(i.Account, i.Subject)))
	}
	return strings.Join(names, ", ")
}

// personLines returns the people, and after them those who are invited.
func personLines(ctx context.Context, a *app.App) ([]personLine, error) {
	lines := []personLine{}
	people, err := a.People().People(ctx)
	if err != nil {
		return nil, err
	}
	linked, err := a.People().AllLinked(ctx)
	if err != nil {
		return nil, err
	}
	for _, person := range people {
		l := personOf(person)
		l.Linked = linked[person.ID]
		lines = append(lines, l)
	}
	waiting, err := a.People().Invitations(ctx)
	if err != nil {
		return nil, err
	}
	for _, i := range waiting {
		if !i.Reset {
			lines = append(lines, personLine{ID: i.ID, Name: i.Name, State: "invited", Grants: nonNil(i.Grants), Created: formatTime(i.Created), Expires: formatTime(i.Expires)})
		}
	}
	return lines, nil
}

// shortText is shortTime of a time that is written out already.
func shortText(text string) string {
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return "never"
	}
	return shortTime(t)
}
