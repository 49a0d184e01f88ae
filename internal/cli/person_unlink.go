package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/access"
	"github.com/nightjar-sec/nightjar/internal/app"
	"github.com/nightjar-sec/nightjar/internal/config"
)

func newPersonUnlink(p Process) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "unlink NAME ACCOUNT", Short: "Take an account at a provider from somebody", Args: exactArguments(2, "the name or id of one person, and an account as person list shows it"),
		Long: `Unlinks an account at a provider of identities from a person, and ends the person's sessions.
The last way in is not taken: reset makes a link for another one, disable keeps somebody out.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return within(p, cmd, app.AccessManage, func(ctx context.Context, a *app.App, _ *config.Config) error {
				person, err := a.People().Person(ctx, args[0])
				if err != nil {
					return err
				}
				list, err := a.People().LinkedOf(ctx, person.ID)
				if err != nil {
					return err
				}
				found, err := linkedNamed(list, args[1])
				if err != nil {
					return err
				}
				if err := a.People().Unlink(ctx, operator(p), person.ID, found.ID); err != nil {
					return err
				}
				if asJSON {
					return writeJSON(p, found)
				}
				_, err = fmt.Fprintf(p.Stdout, "%s does not sign in as %s at %s any more\n", safe(person.Name), safe(found.Account), found.Provider)
				return err
			})
		},
	}
	jsonFlag(cmd, &asJSON)
	return withConfig(cmd, false)
}

// linkedNamed finds an identity by its id, or by an account that one alone has.
func linkedNamed(list []access.Linked, ref string) (access.Linked, error) {
	var found []access.Linked
	for _, l := range list {
		if l.ID == ref || strings.EqualFold(l.Account, ref) {
			found = append(found, l)
		}
	}
	switch len(found) {
	case 0:
		return access.Linked{}, &nightjar.Error{Code: nightjar.CodeNotFound, Message: fmt.Sprintf("no account %.80q is linked", ref), Hint: "nightjar person list shows the accounts"}
	case 1:
		return found[0], nil
	}
	return access.Linked{}, &nightjar.Error{Code: nightjar.CodeInvalid, Message: fmt.Sprintf("several accounts are named %.80q", ref), Hint: "give the id that nightjar person list --json shows"}
}
