package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/app"
	"github.com/nightjar-sec/nightjar/internal/config"
	"github.com/nightjar-sec/nightjar/internal/detect"
	"github.com/nightjar-sec/nightjar/internal/ruleset"
)

// backtestAnswer is rule backtest --format json.
type backtestAnswer struct {
	Events int64 `json:"events"`
	// Questions is how many spans rules in SQL were asked about.
	Questions int64          `json:"questions"`
	Findings  int64          `json:"findings"`
	Seconds   float64        `json:"seconds"`
	Rate      float64        `json:"events_per_second"`
	Rules     []backtestRule `json:"rules"`
}

type backtestRule struct {
	Rule     string            `json:"rule"`
	Title    string            `json:"title"`
	Severity nightjar.Severity `json:"severity"`
	Findings int64             `json:"findings"`
	Alerts   int64             `json:"alerts"`
	Days     map[string]int64  `json:"days"`
	Samples  []findingLine     `json:"samples"`
	Failure  string            `json:"failure,omitempty"`
}

// findingLine is one finding as scripts read it.
type findingLine struct {
	ID       string              `json:"id"`
	Tenant   nightjar.TenantID   `json:"tenant"`
	Rule     string              `json:"rule"`
	Title    string              `json:"title"`
	Severity nightjar.Severity   `json:"severity"`
	Time     time.Time           `json:"time"`
	First    time.Time           `json:"first"`
	Last     time.Time           `json:"last"`
	Count    int64               `json:"count"`
	Reason   string              `json:"reason"`
	Entities []nightjar.Entity   `json:"entities"`
	Events   []nightjar.EventRef `json:"events"`
	// Commit is that of the event that was seen last.
	Commit int64 `json:"commit"`
}

func findingLineOf(f nightjar.Finding) findingLine {
	return findingLine{
		ID: f.ID, Tenant: f.Tenant, Rule: f.Rule, Title: f.Title, Severity: f.Severity, Time: f.Time, First: f.First, Last: f.Last,
		Count: f.Count, Reason: f.Reason, Entities: append([]nightjar.Entity{}, f.Entities...), Events: f.Events, Commit: f.Seq,
	}
}

func newRuleBacktest(p Process) *cobra.Command {
	var (
		paths, ids, tenants []string
		from, to, format    string
		samples             int
	)
	cmd := &cobra.Command{
		Use: "backtest", Short: "Ask rules of everything that is stored", Args: noArguments,
		Long: `Runs rules over the journal with the engine that watches it, and says how often each
would have alerted, on which days and on what. Nothing is recorded and nobody is told.
It works beside a running nightjar serve. Rules that are switched off are asked too.
Rules in SQL that are asked on a schedule take a question for each span, so they are
asked when --rule names them; what came too late for the schedule is there all the same.
Rules about warnings are not asked. How many were left out is said on standard error.`,
		Example: `  nightjar rule backtest
  nightjar rule backtest --rules my-rules/ --from 2026-11-01 --limit 3
  nightjar rule backtest --rule 6b0e0b52-52f0-4d0e-9c53-8d1c1f8d5a01 --format ndjson
  nightjar rule backtest --rule 0b8f3a52-6f0e-4b0c-8d51-0a5f4b3c9e03 --from 2026-11-01`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if !slices.Contains([]string{"text", "json", "ndjson"}, format) {
				return usageError("--format text, json or ndjson", "--format %q is not known", format)
			}
			cfg := detect.BacktestConfig{Samples: samples}
			var err error
			if cfg.From, err = dayOrTime(from); err != nil {
				return err
			}
			if cfg.To, err = dayOrTime(to); err != nil {
				return err
			}
			if !cfg.To.IsZero() && !cfg.From.Before(cfg.To) {
				return usageError("give --from before --to", "the span is empty")
			}
			if samples < 0 {
				return usageError("e.g. --limit 3", "--limit %d is not a number of findings", samples)
			}
			return within(p, cmd, app.AccessRead, func(ctx context.Context, a *app.App, _ *config.Config) error {
				chosen, err := rulesToTry(ctx, p, a, paths, ids)
				if err != nil {
					return err
				}
				cfg.Rules = chosen.set
				if len(ids) == 0 { // else questions are meant
					asked := len(chosen.infos)
					chosen.infos = slices.DeleteFunc(chosen.infos, func(i *ruleset.Info) bool { return i.Scheduled != nil })
					saySkipped(p, asked-len(chosen.infos))
				} else {
					saySkipped(p, len(slices.DeleteFunc(slices.Clone(chosen.infos), func(i *ruleset.Info) bool { return i.Kind != ruleset.Warning })))
				}
				if len(ids) > 0 || len(paths) > 0 {
					cfg.Only = append([]string{}, chosen.labels()...)
				}
				return backtest(ctx, p, a, cfg, tenants, format)
			})
		},
	}
	cmd.Flags().StringArrayVar(&paths, "rules", nil, "`file or folder` with rules; those of this installation when not given")
	cmd.Flags().StringArrayVar(&ids, "rule", nil, "only the rule with this `id`, name or title; may be repeated")
	cmd.Flags().StringArrayVar(&tenants, "tenant", nil, "only events of this `tenant`, by name or id; may be repeated")
	cmd.Flags().StringVar(&from, "from", "", "only findings at or after this `time`, e.g. 2026-11-01")
	cmd.Flags().StringVar(&to, "to", "", "only findings before this `time`")
	cmd.Flags().IntVar(&samples, "limit", 5, "how many findings of each rule are shown")
	cmd.Flags().StringVar(&format, "format", "text", "`text`, json, or ndjson: one line a finding")
	return withConfig(cmd, false)
}

// rulesToTry are those of the paths, or those of this installation, as they are
// changed here, also those that are switched off.
func rulesToTry(ctx context.Context, p Process, a *app.App, paths, ids []string) (chosenRules, error) {
	if len(paths) > 0 {
		return chooseRules(p, paths, ids)
	}
	keeper, err := a.Rules(ctx)
	if err != nil {
		return chosenRules{}, err
	}
	set, err := detect.Tried(keeper.Current(), ruleset.Options{Now: a.Clock().Now()})
	if err != nil {
		return chosenRules{}, err
	}
	return pick(set, ids)
}

// saySkipped says on standard error how many rules a backtest does not ask,
// because no event answers them.
func saySkipped(p Process, skipped int) {
	if skipped > 0 {
		fmt.Fprintf(p.Stderr, "%s left out, asked of no event: scheduled in SQL and not named with --rule, or about warnings\n", counted(skipped, "rule"))
	}
}

// dayOrTime reads a day or a moment in UTC; "" is none.
func dayOrTime(s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04", time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, usageError("e.g. 2026-11-01 or 2026-11-01T08:00:00Z", "%q is no time", s)
}

func backtest(ctx context.Context, p Process, a *app.App, cfg detect.BacktestConfig, tenants []string, format string) error {
	all, err := a.Known(ctx)
	if err != nil {
		return err
	}
	names := map[nightjar.TenantID]string{}
	for _, t := range all {
		names[t.ID] = t.Name
	}
	if len(tenants) > 0 {
		meant, err := tenantsNamed(ctx, a, tenants)
		if err != nil {
			return err
		}
		for _, t := range meant {
			cfg.Tenants = append(cfg.Tenants, t.ID)
		}
	}
	cfg.TenantName = func(id nightjar.TenantID) string {
		if name, ok := names[id]; ok {
			return name
		}
		return string(id)
	}
	progress := newProgress(p)
	cfg.Progress = func(b detect.BacktestProgress) {
		asked := counted(b.Events, "event") + " asked"
		if b.Questions > 0 {
			asked = fmt.Sprintf("%s of %d", counted(b.Questions, "question"), b.Of)
		}
		progress.say("%s, %s so far", asked, counted(b.Findings, "finding"))
	}
	if format == "ndjson" {
		lines := json.NewEncoder(p.Stdout)
		lines.SetEscapeHTML(false)
		cfg.Found = func(f nightjar.Finding) error { return lines.Encode(findingLineOf(f)) }
	}
	report, err := a.Backtest(ctx, cfg)
	progress.end()
	if err != nil {
		return err
	}
	switch format {
	case "ndjson":
		return nil
	case "json":
		return writeJSON(p, answerOf(report))
	default:
		return printBacktest(p, report)
	}
}

func answerOf(r detect.BacktestReport) backtestAnswer {
	answer := backtestAnswer{Events: r.Events, Questions: r.Questions, Findings: r.Findings, Seconds: r.Took.Seconds(), Rules: []backtestRule{}}
	if r.Took > 0 {
		answer.Rate = float64(r.Events) / r.Took.Seconds()
	}
	for _, one := range r.Rules {
		line := backtestRule{
			Rule: one.Rule, Title: one.Title, Severity: one.Severity, Findings: one.Findings, Alerts: one.Alerts,
			Days: map[string]int64{}, Samples: []findingLine{}, Failure: one.Failure,
		}
		for _, d := range one.Days {
			line.Days[d.Day.Format(time.DateOnly)] = d.Findings
		}
		for _, f := range one.Samples {
			line.Samples = append(line.Samples, findingLineOf(f))
		}
		answer.Rules = append(answer.Rules, line)
	}
	return answer
}

func printBacktest(p Process, r detect.BacktestReport) error {
	silent := 0
	for _, one := range r.Rules {
		if one.Failure != "" {
			fmt.Fprintf(p.Stdout, "%s is out of order: %s\n", safe(one.Title), safe(one.Failure))
		}
		if one.Findings == 0 {
			silent++
			continue
		}
		fmt.Fprintf(p.Stdout, "%s (%s, %s): %s, about %s\n", safe(one.Title), one.Severity, one.Rule, counted(one.Findings, "finding"), counted(one.Alerts, "alert"))
		fmt.Fprint(p.Stdout, "  by day:")
		for i, d := range one.Days {
			if i == 31 {
				fmt.Fprintf(p.Stdout, " and %s more", counted(len(one.Days)-i, "day"))
				break
			}
			fmt.Fprintf(p.Stdout, " %s %d", d.Day.Format(time.DateOnly), d.Findings)
		}
		fmt.Fprintln(p.Stdout)
		for _, f := range one.Samples {
			fmt.Fprintf(p.Stdout, "  %s  %s\n", f.Time.UTC().Format(time.RFC3339), safe(f.Reason))
		}
	}
	answer := answerOf(r)
	asked := counted(r.Events, "event")
	if r.Questions > 0 {
		asked += " and " + counted(r.Questions, "question")
	}
	_, err := fmt.Fprintf(p.Stdout, "%s, %s of %s that found something, %s that found nothing; %.1f s, %.0f events/s\n",
		asked, counted(r.Findings, "finding"), counted(len(r.Rules)-silent, "rule"), counted(silent, "rule"), answer.Seconds, answer.Rate)
	return err
}
