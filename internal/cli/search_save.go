package cli

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/app"
	"github.com/nightjar-sec/nightjar/internal/config"
	"github.com/nightjar-sec/nightjar/internal/saved"
)

// searchFlags are those of search save.
type searchFlags struct {
	sql, words, table, last, from, to string
	filters, tenants                  []string
}

func newSearchSave(p Process) *cobra.Command {
	var f searchFlags
	cmd := &cobra.Command{
		Use: "save NAME", Short: "Keep a search or a query for all people", Args: exactArguments(1, "one name for the search"),
		Long: `Keeps words and filters, or SQL with --sql, under a name. The command line's searches are
shared: all people who may read events find them in the console. One of that name that the
command line saved before is replaced.

In SQL {{from}} and {{to}} stand for the span.`,
		Example: `    nightjar search save "Failed sign-ins" --table azure_ad --filter operation:is:UserLoginFailed --last 24h
    nightjar search save "Rules by user" --sql "SELECT user_id, count(*) AS n FROM exchange WHERE operation = 'New-InboxRule' AND time >= {{from}} GROUP BY user_id ORDER BY n DESC LIMIT 20" --last 7d`,
		RunE: func(cmd *cobra.Command, args []string) error {
			d, err := f.definition(p)
			if err != nil {
				return err
			}
			return within(p, cmd, app.AccessManage, func(ctx context.Context, a *app.App, _ *config.Config) error {
				if len(f.tenants) > 0 {
					chosen, err := tenantsNamed(ctx, a, f.tenants)
					if err != nil {
						return err
					}
					for _, t := range chosen {
						d.Tenants = append(d.Tenants, t.ID)
					}
				}
				return keepSearch(ctx, p, a, saved.Search{Name: args[0], Shared: true, Definition: d})
			})
		},
	}
	cmd.Flags().StringVar(&f.sql, "sql", "", "`SQL` in place of words and filters; - reads it from standard input")
	cmd.Flags().StringVar(&f.words, "words", "", "`words` that each record has, as on the search screen")
	cmd.Flags().StringVar(&f.table, "table", "", "`table` that is searched; left out, management")
	cmd.Flags().StringArrayVar(&f.filters, "filter", nil, "`FIELD:OPERATOR:VALUE`, e.g. operation:is:UserLoggedIn; may be given more than once")
	cmd.Flags().StringSliceVar(&f.tenants, "tenant", nil, "only these tenants, by name or id")
	cmd.Flags().StringVar(&f.last, "last", "", "`span` that ends when it is asked, e.g. 24h or 7d")
	cmd.Flags().StringVar(&f.from, "from", "", "`time` at which the span begins, with --to")
	cmd.Flags().StringVar(&f.to, "to", "", "`time` at which it ends")
	return withConfig(cmd, false)
}

func (f searchFlags) definition(p Process) (saved.Definition, error) {
	d := saved.Definition{Kind: saved.KindSearch, Query: f.words, Table: nightjar.Table(f.table)}
	if d.Table == "" {
		d.Table = nightjar.TableManagement
	}
	var err error
	if d.Filters, err = readFilters(f.filters); err != nil {
		return d, err
	}
	if f.sql != "" {
		if f.words != "" || f.table != "" || len(f.filters) > 0 {
			return d, usageError("write them into the SQL", "--sql does not go with --words, --table and --filter")
		}
		d.Kind, d.Table = saved.KindSQL, ""
		if d.Query, err = queryText(p, f.sql); err != nil {
			return d, err
		}
	}
	if f.last != "" {
		span, err := config.ParseDuration(f.last)
		if err != nil || span < time.Second {
			return d, usageError("e.g. --last 24h", "--last %s is not a span", f.last)
		}
		d.Last = int64(span / time.Second)
	}
	for flag, end := range map[string]*time.Time{f.from: &d.From, f.to: &d.To} {
		if flag == "" {
			continue
		}
		if *end, err = config.ParseTime(flag); err != nil {
			return d, usageError("e.g. --from 2026-11-20T08:00:00Z --to 2026-11-20T09:00:00Z", "%q is not a time", flag)
		}
	}
	return d, nil
}

// keepSearch saves a search in place of the command line's own of that name.
func keepSearch(ctx context.Context, p Process, a *app.App, s saved.Search) error {
	store, err := a.Saved()
	if err != nil {
		return err
	}
	v := keeper(p)
	list, err := store.List(ctx, v)
	if err != nil {
		return err
	}
	save := store.Create
	for _, old := range list {
		if old.Owner == "" && old.Name == s.Name {
			s.ID, save = old.ID, store.Change
		}
	}
	detail := map[string]string{"kind": string(s.Kind), "shared": strconv.FormatBool(s.Shared)}
	err = a.Audit().Do(ctx, nightjar.AuditEntry{Actor: operator(p).Actor(), Action: nightjar.ActionSearchSave, Target: s.Name, Detail: detail}, func(ctx context.Context) error {
		_, err := save(ctx, v, s)
		return err
	})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(p.Stdout, "saved %s\n", safe(s.Name))
	return err
}
