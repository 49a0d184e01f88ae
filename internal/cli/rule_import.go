package cli

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/spf13/cobra"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/app"
	"github.com/nightjar-sec/nightjar/internal/config"
	"github.com/nightjar-sec/nightjar/internal/ruleset"
)

func newRuleImport(p Process) *cobra.Command {
	var (
		tenants        []string
		dryRun, asJSON bool
	)
	cmd := &cobra.Command{
		Use: "import FILE", Short: "Replace what was changed of rules here by a file", Args: exactArguments(1, "a file that rule export wrote, or -"),
		Long: `Replaces all modes, severities, parameters and exceptions by those of the file: what is not in
it is taken back. Those of rules that are not there are kept and named. --dry-run says what
would be done. With --tenant only what is for these tenants alone is replaced, and the file
may have nothing else than that and what is in force.`,
		Example: `  nightjar rule import changes.yml --dry-run
  nightjar rule import changes.yml`,
		RunE: func(cmd *cobra.Command, args []string) error {
			changes, err := readRuleChanges(p, args[0])
			if err != nil {
				return err
			}
			access := app.AccessManage
			if dryRun {
				access = app.AccessRead
			}
			return within(p, cmd, access, func(ctx context.Context, a *app.App, _ *config.Config) error {
				ids, err := idsOf(ctx, a, tenants)
				if err != nil {
					return err
				}
				keeper, err := a.Rules(ctx)
				if err != nil {
					return err
				}
				who, now := operator(p), a.Clock().Now()
				plan, err := keeper.Plan(changes, ruleset.Import{By: who.Name, Tenants: ids, Restore: true})
				if err != nil {
					return err
				}
				if len(plan.Beyond) > 0 {
					return usageError("name all tenants that it is for, or none", "the file changes something for tenants that --tenant does not name, or for all")
				}
				if !dryRun {
					err := a.Audit().DoAll(ctx, plan.Entries(who.Actor(), netip.Addr{}), func(ctx context.Context) error { return keeper.Apply(ctx, plan) })
					if err != nil {
						return err
					}
					for _, f := range keeper.Current().Faults {
						if f.Warning && f.Line == 0 {
							printFault(p, f)
						}
					}
				}
				for _, one := range plan.Exceptions {
					if one.Action != ruleset.Remove {
						warnWide(p, one.Exception, now)
					}
				}
				if asJSON {
					return writeJSON(p, importLineOf(plan, !dryRun, now))
				}
				if dryRun {
					return printPlan(p, importLineOf(plan, false, now))
				}
				_, err = fmt.Fprintln(p.Stdout, importedText(plan))
				return err
			})
		},
	}
	cmd.Flags().StringSliceVar(&tenants, "tenant", nil, "replace only what is for these tenants, by name or id")
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "only say what would be done")
	jsonFlag(cmd, &asJSON)
	return withConfig(cmd, false)
}

func readRuleChanges(p Process, path string) (ruleset.Changes, error) {
	const hint = "import tenant by tenant: nightjar rule export --tenant writes what is for one, and rule import --tenant takes it"
	var data []byte
	var err error
	if path == "-" {
		path = standardInput
		data, err = readWhole(p.Stdin, path, ruleset.MaxChanges, hint)
	} else {
		data, err = readWholeFile(path, ruleset.MaxChanges, hint)
	}
	if _, told := errors.AsType[*nightjar.Error](err); err != nil && !told {
		err = &nightjar.Error{Code: nightjar.CodeNotFound, Message: path + " cannot be read", Hint: "name a file that nightjar rule export wrote, or - for standard input", Err: err}
	}
	if err != nil {
		return ruleset.Changes{}, err
	}
	return ruleset.ReadChanges(data)
}

// importLine is rule import --json, named as the API names it.
type importLine struct {
	Applied    bool                  `json:"applied"`
	Unchanged  int                   `json:"unchanged"`
	Changes    []plannedChangeLine   `json:"changes"`
	Exceptions []plannedExceptionRow `json:"exceptions"`
}

type plannedChangeLine struct {
	Action ruleset.Action `json:"action"`
	Was    any            `json:"was,omitempty"`
	Change ruleChangeLine `json:"change"`
}

type ruleChangeLine struct {
	Rule     string            `json:"rule"`
	Pack     string            `json:"pack,omitempty"`
	Title    string            `json:"title"`
	What     ruleset.What      `json:"what"`
	Name     string            `json:"name,omitempty"`
	Tenant   nightjar.TenantID `json:"tenant,omitempty"` // id; absent: all
	Value    any               `json:"value"`
	Reason   string            `json:"reason,omitempty"`
	By       string            `json:"by"`
	Time     string            `json:"time"`
	Vanished bool              `json:"vanished"`
}

type plannedExceptionRow struct {
	Action    ruleset.Action       `json:"action"`
	Was       *plannedExceptionOne `json:"was,omitempty"`
	Exception plannedExceptionOne  `json:"exception"`
}

type plannedExceptionOne struct {
	ID       string              `json:"id"`
	Rule     string              `json:"rule"`
	Title    string              `json:"title"`
	Where    map[string]any      `json:"where"`
	Tenants  []nightjar.TenantID `json:"tenants"` // ids; none: all
	Owner    string              `json:"owner"`
	Reason   string              `json:"reason"`
	Created  string              `json:"created"`
	Until    string              `json:"until,omitempty"`
	Vanished bool                `json:"vanished"`
	Warning  string              `json:"warning,omitempty"`
}

func importLineOf(plan ruleset.Plan, applied bool, now time.Time) importLine {
	out := importLine{Applied: applied, Unchanged: plan.Unchanged, Changes: []plannedChangeLine{}, Exceptions: []plannedExceptionRow{}}
	for _, one := range plan.Changes {
		c := one.Change
		out.Changes = append(out.Changes, plannedChangeLine{one.Action, one.Was, ruleChangeLine{
			c.Rule, c.Pack, c.Title, c.What, c.Name, c.Tenant, c.Value, c.Reason, c.By, formatTime(c.Time), one.Vanished,
		}})
	}
	for _, one := range plan.Exceptions {
		row := plannedExceptionRow{Action: one.Action, Exception: plannedExceptionOf(one.Exception, one.Vanished, now)}
		if one.Was != nil {
			was := plannedExceptionOf(*one.Was, one.Vanished, now)
			row.Was = &was
		}
		out.Exceptions = append(out.Exceptions, row)
	}
	return out
}

func plannedExceptionOf(e ruleset.Exception, vanished bool, now time.Time) plannedExceptionOne {
	out := plannedExceptionOne{e.ID, e.Rule, e.Title, e.Where, append([]nightjar.TenantID{}, e.Tenants...), e.Owner, e.Reason, formatTime(e.Created), "", vanished, e.Warning(now)}
	if !e.Until.IsZero() {
		out.Until = formatTime(e.Until)
	}
	return out
}
