package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/app"
	"github.com/nightjar-sec/nightjar/internal/config"
	"github.com/nightjar-sec/nightjar/internal/query"
)

// maxQueryText bounds SQL from standard input.
const maxQueryText = 1 << 20

func newQuery(p Process) *cobra.Command {
	var (
		format, timeout string
		tenants         []string
		maxRows         int64
		exact, check    bool
	)
	cmd := &cobra.Command{
		Use: "query SQL", Short: "Ask a question in SQL", Args: exactArguments(1, "the SQL as one argument, or - to read it from standard input"),
		Long: `Answers SQL over the stored events. docs/sql.md names the tables, columns and functions.
The query runs in a process of its own that sees the events of the chosen tenants and
nothing else, within limits of memory, time and rows.

In CSV, text cells that a spreadsheet would run as a formula get an apostrophe in front;
--csv-exact leaves them as they are.`,
		Example: `    nightjar query "SELECT operation, count(*) AS n FROM management GROUP BY operation ORDER BY n DESC LIMIT 10"
    nightjar query --format ndjson "SELECT time, user_id, raw FROM exchange ORDER BY time DESC LIMIT 100"`,
		RunE: func(cmd *cobra.Command, args []string) error {
			sql, err := queryText(p, args[0])
			if err != nil {
				return err
			}
			if maxRows < 0 {
				return usageError("e.g. --max-rows 1000", "--max-rows %d is not a number of rows", maxRows)
			}
			limits := query.Limits{Rows: maxRows}
			if timeout != "" {
				if limits.Wall, err = config.ParseDuration(timeout); err != nil || limits.Wall <= 0 {
					return usageError("e.g. --timeout 30s", "--timeout %s is not a duration", timeout)
				}
			}
			out, err := newAnswer(format, p, exact)
			if err != nil {
				return err
			}
			return within(p, cmd, app.AccessRead, func(ctx context.Context, a *app.App, _ *config.Config) error {
				chosen, err := tenantsNamed(ctx, a, tenants)
				if err != nil {
					return err
				}
				if len(tenants) == 0 {
					chosen = append(chosen, app.Installation()) // the table audit
				}
				stats, err := runQuery(ctx, a, sql, chosen, limits, out, check)
				if err == nil && !check && stats.Rows == 0 && format == "table" {
					fmt.Fprintln(p.Stderr, "0 rows")
				}
				return inFlags(err)
			})
		},
	}
	cmd.Flags().StringVar(&format, "format", "table", "`form` of the answer: table, csv, ndjson or parquet")
	cmd.Flags().StringSliceVar(&tenants, "tenant", nil, "only these tenants, by name or id")
	cmd.Flags().StringVar(&timeout, "timeout", "", "longest `time` for this query; left out, query.timeout")
	cmd.Flags().Int64Var(&maxRows, "max-rows", 0, "most `rows` of the answer; left out, query.rows")
	cmd.Flags().BoolVar(&exact, "csv-exact", false, "leave CSV cells that begin like a formula as they are")
	cmd.Flags().BoolVar(&check, "check", false, "only say whether the query is allowed")
	return withConfig(cmd, false)
}

func queryText(p Process, argument string) (string, error) {
	if argument != "-" {
		return argument, nil
	}
	text, err := readWhole(p.Stdin, standardInput, maxQueryText, "ask it as several queries")
	if err != nil {
		return "", err
	}
	if strings.TrimSpace(string(text)) == "" {
		return "", usageError("echo 'SELECT …' | nightjar query -", "standard input holds no query")
	}
	return string(text), nil
}

func runQuery(ctx context.Context, a *app.App, sql string, tenants []nightjar.Tenant, limits query.Limits, out answer, check bool) (query.Stats, error) {
	// One query a process: a spare worker would only be started to be ended.
	engine, err := a.Query(-1)
	if err != nil {
		return query.Stats{}, err
	}
	defer engine.Close()
	if check {
		return query.Stats{}, engine.Check(ctx, sql)
	}
	stats, err := engine.Run(ctx, query.Request{SQL: sql, Tenants: tenants, Limits: limits}, out)
	// What came before the failure is shown: it is true as far as it goes.
	return stats, errors.Join(err, out.Close())
}

// inFlags makes the hint of a limit name the flag that raises it in place of
// the key of the configuration.
func inFlags(err error) error {
	e, ok := errors.AsType[*nightjar.Error](err)
	if !ok || e.Code != nightjar.CodeLimit {
		return err
	}
	flags := strings.NewReplacer("query.rows", "--max-rows", "query.timeout", "--timeout", "query.memory", "--query-memory", "query.bytes", "--query-bytes")
	named := *e
	named.Hint = flags.Replace(e.Hint)
	return &named
}
