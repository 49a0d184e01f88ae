package cli

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/nightjar-sec/nightjar/internal/alert"
	"github.com/nightjar-sec/nightjar/internal/app"
	"github.com/nightjar-sec/nightjar/internal/config"
)

// qualityDays is how far alert quality looks back, as the API does.
const qualityDays = 90

// qualityLine is a rule of alert quality --json, named as the API names it.
type qualityLine struct {
	Rule        string        `json:"rule"`
	Title       string        `json:"title"`
	Alerts      int64         `json:"alerts"`
	Open        int64         `json:"open"`
	True        int64         `json:"true"`
	Benign      int64         `json:"benign"`
	False       int64         `json:"false"`
	FalseRatio  *float64      `json:"false_ratio,omitempty"`
	Acknowledge float64       `json:"acknowledge_seconds,omitempty"`
	Close       float64       `json:"close_seconds,omitempty"`
	Verdict     alert.Verdict `json:"verdict"`
	Why         string        `json:"why"`
}

func qualityLineOf(q alert.Quality) qualityLine {
	l := qualityLine{
		Rule: q.Rule, Title: q.Title, Alerts: q.Alerts, Open: q.Open, True: q.True, Benign: q.Benign, False: q.False,
		Acknowledge: q.Acknowledge.Seconds(), Close: q.Close.Seconds(), Verdict: q.Verdict, Why: q.Why,
	}
	if q.Judged() > 0 {
		l.FalseRatio = &q.FalseRatio
	}
	return l
}

func newAlertQuality(p Process) *cobra.Command {
	var (
		tenants        []string
		rule, from, to string
		asJSON         bool
	)
	cmd := &cobra.Command{
		Use: "quality", Short: "Say of each rule what people said of its alerts", Args: noArguments,
		Long: `Counts of each rule that alerted how many alerts were closed as true, benign and false, the
share of false ones, and says whether to keep, tune or retire it. Without --from it counts
what was opened in the last 90 days.`,
		Example: "    nightjar alert quality\n    nightjar alert quality --tenant contoso --from 2026-11-01 --format json",
		RunE: func(cmd *cobra.Command, _ []string) error {
			begin, end, err := fromTo(from, to)
			if err != nil {
				return err
			}
			return within(p, cmd, app.AccessRead, func(ctx context.Context, a *app.App, _ *config.Config) error {
				ids, err := idsOf(ctx, a, tenants)
				if err != nil {
					return err
				}
				of := alert.Filter{Rule: rule}
				if err := settleFilter(ctx, a, &of); err != nil {
					return err
				}
				if begin.IsZero() {
					begin = a.Clock().Now().Add(-qualityDays * 24 * time.Hour)
				}
				found, err := a.Alerts().Qualities(ctx, ids, of.Rule, begin, end)
				if err != nil {
					return err
				}
				return printQualities(p, found, asJSON)
			})
		},
	}
	cmd.Flags().StringSliceVar(&tenants, "tenant", nil, "only of these tenants, by name or id")
	cmd.Flags().StringVar(&rule, "rule", "", "only this rule, by `id` or title")
	cmd.Flags().StringVar(&from, "from", "", "only alerts opened at or after this `time`")
	cmd.Flags().StringVar(&to, "to", "", "only alerts opened before this `time`")
	formatFlags(cmd, &asJSON)
	return withConfig(cmd, false)
}

func printQualities(p Process, found []alert.Quality, asJSON bool) error {
	if asJSON {
		lines := make([]qualityLine, len(found))
		for i, q := range found {
			lines[i] = qualityLineOf(q)
		}
		return writeJSON(p, map[string]any{"rules": lines})
	}
	if len(found) == 0 {
		_, err := fmt.Fprintln(p.Stderr, "no rule alerted")
		return err
	}
	t := newColumns(p.Stdout, "RULE", "ALERTS", "OPEN", "TRUE", "BENIGN", "FALSE", "FALSE %", "VERDICT", "TITLE")
	for _, q := range found {
		share := "-"
		if q.Judged() > 0 {
			share = strconv.FormatFloat(q.FalseRatio*100, 'f', 0, 64)
		}
		n := func(n int64) string { return strconv.FormatInt(n, 10) }
		t.row(safe(q.Rule), n(q.Alerts), n(q.Open), n(q.True), n(q.Benign), n(q.False), share, string(q.Verdict), safe(oneLine(q.Title)))
	}
	return t.flush()
}
