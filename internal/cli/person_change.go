package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/nightjar-sec/nightjar/internal/app"
	"github.com/nightjar-sec/nightjar/internal/config"
)

func newPersonGrant(p Process) *cobra.Command {
	var (
		grants []string
		asJSON bool
	)
	cmd := &cobra.Command{
		Use: "grant NAME", Short: "Replace what somebody may do", Args: exactArguments(1, "the name or id of one person"),
		Long:    `Replaces all roles of a person by those given. It holds from the person's next click on.`,
		Example: "    nightjar person grant ada --grant admin",
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(grants) == 0 {
				return usageError("to take everything away, use nightjar person disable", "person grant needs --grant")
			}
			return within(p, cmd, app.AccessManage, func(ctx context.Context, a *app.App, _ *config.Config) error {
				list, err := parseGrants(ctx, a, grants)
				if err != nil {
					return err
				}
				return changePerson(ctx, p, a, args[0], asJSON, "may do what was given", func(id string) error {
					return a.People().SetGrants(ctx, operator(p), id, list)
				})
			})
		},
	}
	cmd.Flags().StringArrayVar(&grants, "grant", nil, grantUsage)
	jsonFlag(cmd, &asJSON)
	return withConfig(cmd, false)
}

func newPersonDisable(p Process) *cobra.Command {
	return personVerb(p, "disable NAME", "Keep somebody out, and end all sessions", `Ends all sessions of a person and refuses sign-ins and API tokens until "nightjar person enable".`,
		"is kept out", func(ctx context.Context, a *app.App, id string) error {
			return a.People().Disable(ctx, operator(p), id)
		})
}

func newPersonEnable(p Process) *cobra.Command {
	return personVerb(p, "enable NAME", "Let somebody in again who was disabled", "",
		"may sign in again", func(ctx context.Context, a *app.App, id string) error { return a.People().Enable(ctx, operator(p), id) })
}

func personVerb(p Process, use, short, long, done string, do func(ctx context.Context, a *app.App, id string) error) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: use, Short: short, Long: long, Args: exactArguments(1, "the name or id of one person"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return within(p, cmd, app.AccessManage, func(ctx context.Context, a *app.App, _ *config.Config) error {
				return changePerson(ctx, p, a, args[0], asJSON, done, func(id string) error { return do(ctx, a, id) })
			})
		},
	}
	jsonFlag(cmd, &asJSON)
	return withConfig(cmd, false)
}

func changePerson(ctx context.Context, p Process, a *app.App, ref string, asJSON bool, done string, do func(id string) error) error {
	person, err := a.People().Person(ctx, ref)
	if err != nil {
		return err
	}
	if err := do(person.ID); err != nil {
		return err
	}
	if person, err = a.People().Person(ctx, person.ID); err != nil {
		return err
	}
	if asJSON {
		return writeJSON(p, personOf(person))
	}
	_, err = fmt.Fprintf(p.Stdout, "%s %s\n", safe(person.Name), done)
	return err
}
