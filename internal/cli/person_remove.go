package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/app"
	"github.com/nightjar-sec/nightjar/internal/config"
)

func newPersonRemove(p Process) *cobra.Command {
	var yes, asJSON bool
	cmd := &cobra.Command{
		Use: "remove NAME", Short: "Forget somebody", Args: exactArguments(1, "the name or id of one person"),
		Long: `Forgets a person with credentials, sessions and API tokens, or withdraws an invitation. What
the person did stays in the audit log. Without --yes it only says what it would do.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return within(p, cmd, app.AccessManage, func(ctx context.Context, a *app.App, _ *config.Config) error {
				lines, err := personLines(ctx, a)
				if err != nil {
					return err
				}
				found, err := personNamed(lines, args[0])
				if err != nil {
					return err
				}
				if !yes {
					_, err = fmt.Fprintf(p.Stdout, "would forget %s (%s). Add --yes to do it.\n", safe(found.Name), found.State)
					return err
				}
				remove := a.People().Remove
				if found.State == "invited" {
					remove = a.People().Uninvite
				}
				if err := remove(ctx, operator(p), found.ID); err != nil {
					return err
				}
				if asJSON {
					return writeJSON(p, found)
				}
				_, err = fmt.Fprintf(p.Stdout, "%s is forgotten\n", safe(found.Name))
				return err
			})
		},
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "do it")
	jsonFlag(cmd, &asJSON)
	return withConfig(cmd, false)
}

func personNamed(lines []personLine, ref string) (personLine, error) {
	for _, l := range lines {
		if l.ID == ref || strings.EqualFold(l.Name, ref) {
			return l, nil
		}
	}
	return personLine{}, &nightjar.Error{Code: nightjar.CodeNotFound, Message: fmt.Sprintf("there is nobody %.80q", ref), Hint: "nightjar person list says who there is"}
}
