package cli

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/app"
	"github.com/nightjar-sec/nightjar/internal/ruleset"
)

// exceptionLine is an exception of rule exceptions --json.
type exceptionLine struct {
	ID      string         `json:"id"`
	Rule    string         `json:"rule"`
	Title   string         `json:"title"`
	Where   map[string]any `json:"where"`
	Tenants []string       `json:"tenants"` // names; none: all
	Owner   string         `json:"owner"`
	Reason  string         `json:"reason"`
	Created string         `json:"created"`
	Until   string         `json:"until,omitempty"`
	Active  bool           `json:"active"`
	// Vanished says that there is no such rule any more.
	Vanished bool   `json:"vanished"`
	Warning  string `json:"warning,omitempty"` // it makes the rule blind
}

func newRuleExceptions(p Process) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "exceptions [ID...]", Short: "List what is taken away from rules, by whom, why and until when",
		Long: `Lists the exceptions of all rules, or of the rules with these ids. Those that have ended stand
at the end; those of a rule that is gone are listed too.`,
		Example: `  nightjar rule exceptions
  nightjar rule exceptions 19de2c3e-26f3-4973-ac09-64f8ee2df1fd --json`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return installed(p, cmd, func(ctx context.Context, a *app.App, set *ruleset.Set) error {
				var (
					tenants []nightjar.Tenant
					now     time.Time
				)
				if a != nil {
					var err error
					if tenants, err = a.Known(ctx); err != nil {
						return err
					}
					now = a.Clock().Now()
				}
				lines, err := exceptionLines(set, args, tenants, now)
				if err != nil {
					return err
				}
				return printExceptions(p, lines, asJSON)
			})
		},
	}
	formatFlags(cmd, &asJSON)
	return withConfig(cmd, false)
}

// exceptionLines are the exceptions of the rules with some ids, or of all;
// those in force come first.
func exceptionLines(set *ruleset.Set, ids []string, tenants []nightjar.Tenant, now time.Time) ([]exceptionLine, error) {
	names := map[nightjar.TenantID]string{}
	for _, t := range tenants {
		names[t.ID] = t.Name
	}
	all := set.Changes().Exceptions
	for _, id := range ids {
		if set.Info(id) == nil && !slices.ContainsFunc(all, func(e ruleset.Exception) bool { return e.Rule == id }) {
			return nil, set.Missing(id, "nightjar rule list names them")
		}
	}
	lines := []exceptionLine{}
	for _, e := range all {
		if len(ids) > 0 && !slices.Contains(ids, e.Rule) {
			continue
		}
		l := exceptionLine{
			ID: e.ID, Rule: e.Rule, Title: e.Title, Where: e.Where, Tenants: []string{}, Owner: e.Owner, Reason: e.Reason,
			Created: formatTime(e.Created), Active: e.Active(now), Vanished: set.Info(e.Rule) == nil, Warning: e.Warning(now),
		}
		if !e.Until.IsZero() {
			l.Until = formatTime(e.Until)
		}
		for _, t := range e.Tenants {
			l.Tenants = append(l.Tenants, cmp.Or(names[t], string(t)))
		}
		lines = append(lines, l)
	}
	slices.SortStableFunc(lines, func(a, b exceptionLine) int {
		switch {
		case a.Active == b.Active:
			return 0
		case a.Active:
			return -1
		default:
			return 1
		}
	})
	return lines, nil
}

func printExceptions(p Process, lines []exceptionLine, asJSON bool) error {
	if asJSON {
		return writeJSON(p, map[string]any{"exceptions": lines})
	}
	if len(lines) == 0 {
		_, err := fmt.Fprintln(p.Stderr, "no exception is made")
		return err
	}
	t := newColumns(p.Stdout, "ID", "RULE", "WHERE", "TENANTS", "OWNER", "UNTIL", "REASON")
	for _, l := range lines {
		until := cmp.Or(l.Until, "-")
		if !l.Active {
			until += " (ended)"
		}
		title := cmp.Or(l.Title, l.Rule)
		if l.Vanished {
			title += " (gone)"
		}
		t.row(l.ID, safe(oneLine(title)), safe(oneLine(whereText(l.Where))), safe(cmp.Or(strings.Join(l.Tenants, ", "), "all")), safe(oneLine(l.Owner)), until, safe(oneLine(l.Reason)))
	}
	return t.flush()
}

// whereText writes a selection as --where takes it.
func whereText(where map[string]any) string {
	var parts []string
	for _, field := range slices.Sorted(maps.Keys(where)) {
		var values []string
		switch v := where[field].(type) {
		case []any:
			for _, one := range v {
				values = append(values, strings.ReplaceAll(fmt.Sprint(one), ",", `\,`))
			}
		default:
			values = append(values, fmt.Sprint(v))
		}
		parts = append(parts, field+"="+strings.Join(values, ","))
	}
	return strings.Join(parts, " ")
}
