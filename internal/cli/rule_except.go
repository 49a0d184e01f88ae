package cli

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/app"
	"github.com/nightjar-sec/nightjar/internal/config"
	"github.com/nightjar-sec/nightjar/internal/ruleset"
)

func newRuleExcept(p Process) *cobra.Command {
	var (
		where, tenants     []string
		reason, until, end string
	)
	cmd := &cobra.Command{
		Use: "except ID", Short: "Take events away from a rule, without touching its file", Args: exactArguments(1, "the id of a rule"),
		Long: `Makes an exception: events that fit all of --where no longer count for the rule. A field
may have Sigma's modifiers, and a value several texts parted by commas, of which one must fit;
a comma that belongs to a text is written \,.
Of a correlation the events are taken from the rules that it rests on, for it alone.
--end takes an exception away; rule exceptions lists them.`,
		Example: `  nightjar rule except 19de2c3e-26f3-4973-ac09-64f8ee2df1fd --where UserId=svc@contoso.com --reason "the backup" --until 2027-01-01
  nightjar rule except 19de2c3e-26f3-4973-ac09-64f8ee2df1fd --where 'ClientIP|cidr=192.0.2.0/24' --reason "the office" --tenant contoso
  nightjar rule except 19de2c3e-26f3-4973-ac09-64f8ee2df1fd --end E-1f2e3d4c5b6a`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if end == "" && (len(where) == 0 || reason == "") {
				return usageError("e.g. --where UserId=svc@contoso.com --reason \"the backup\"", "%s needs --where and --reason", cmd.CommandPath())
			}
			e := ruleset.Exception{Rule: args[0], Where: map[string]any{}, Reason: reason}
			for _, text := range where {
				field, value, ok := strings.Cut(text, "=")
				if !ok || field == "" {
					return usageError("e.g. --where UserId=svc@contoso.com", "--where %q is not FIELD=VALUE", text)
				}
				var list []any
				for _, one := range parted(value) {
					list = append(list, strings.TrimSpace(one))
				}
				e.Where[field] = list
			}
			if until != "" {
				var err error
				if e.Until, err = config.ParseTime(until); err != nil {
					return usageError("e.g. --until 2027-01-01T00:00:00Z", "--until %q is not a time", until)
				}
			}
			return within(p, cmd, app.AccessManage, func(ctx context.Context, a *app.App, _ *config.Config) error {
				if end != "" {
					return endException(ctx, p, a, args[0], end)
				}
				if len(tenants) > 0 {
					chosen, err := tenantsNamed(ctx, a, tenants)
					if err != nil {
						return err
					}
					for _, t := range chosen {
						e.Tenants = append(e.Tenants, t.ID)
					}
				}
				return addException(ctx, p, a, e)
			})
		},
	}
	cmd.Flags().StringArrayVar(&where, "where", nil, "`FIELD=VALUE`, e.g. UserId=svc@contoso.com; may be given more than once")
	cmd.Flags().StringVar(&reason, "reason", "", "why")
	cmd.Flags().StringVar(&until, "until", "", "`time` at which it ends; left out, it does not")
	cmd.Flags().StringSliceVar(&tenants, "tenant", nil, "only in these tenants, by name or id")
	cmd.Flags().StringVar(&end, "end", "", "take away the exception with this `id`")
	return withConfig(cmd, false)
}

func addException(ctx context.Context, p Process, a *app.App, e ruleset.Exception) error {
	keeper, err := a.Rules(ctx)
	if err != nil {
		return err
	}
	if e.ID, err = keeper.ExceptionID(); err != nil {
		return err
	}
	who := operator(p)
	e.Owner = who.Name
	entry := e.Entry()
	entry.Actor = who.Actor()
	if err := a.Audit().Do(ctx, entry, func(ctx context.Context) (err error) {
		e, err = keeper.Except(ctx, e)
		return err
	}); err != nil {
		return err
	}
	warnWide(p, e, a.Clock().Now())
	_, err = fmt.Fprintf(p.Stdout, "exception %s of %s\n", e.ID, safe(e.Title))
	return err
}

// warnWide says on standard error that an exception makes its rule blind.
func warnWide(p Process, e ruleset.Exception, now time.Time) {
	if said := e.Warning(now); said != "" {
		fmt.Fprintln(p.Stderr, safe(oneLine(fmt.Sprintf("warning: exception %s of %s: %s", e.ID, cmp.Or(e.Title, e.Rule), said))))
	}
}

func endException(ctx context.Context, p Process, a *app.App, rule, id string) error {
	keeper, err := a.Rules(ctx)
	if err != nil {
		return err
	}
	e, found := keeper.Current().Exception(id)
	if !found || e.Rule != rule {
		return &nightjar.Error{Code: nightjar.CodeNotFound, Message: fmt.Sprintf("the rule has no exception %q", id), Hint: "nightjar rule exceptions lists them"}
	}
	entry := e.EndEntry()
	entry.Actor = operator(p).Actor()
	if err := a.Audit().Do(ctx, entry, func(ctx context.Context) error { return keeper.EndException(ctx, id) }); err != nil {
		return err
	}
	_, err = fmt.Fprintf(p.Stdout, "ended %s\n", id)
	return err
}
