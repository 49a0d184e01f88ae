package cli

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/app"
	"github.com/nightjar-sec/nightjar/internal/collect"
	"github.com/nightjar-sec/nightjar/internal/config"
)

func newCoverage(p Process) *cobra.Command {
	var (
		tenant, from, to, failOn string
		hours, asJSON            bool
	)
	cmd := &cobra.Command{
		Use: "coverage", Short: "Say what is stored, missing and lost", Args: noArguments,
		Long: `Says for each feed of a tenant how far its content was listed, what of it is stored,
waits, or is lost, and names the gaps. By default it covers the seven days that Microsoft
holds; --from and --to choose other content time.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if failOn != "" && failOn != "gap" {
				return usageError("--fail-on gap", "unknown finding %q", failOn)
			}
			span, err := parseSpan(from, to)
			if err != nil {
				return err
			}
			return within(p, cmd, app.AccessRead, func(ctx context.Context, a *app.App, _ *config.Config) error {
				t, err := oneTenant(ctx, a, tenant)
				if err != nil {
					return err
				}
				c, err := a.Coverage(ctx, t.ID, span)
				if err != nil {
					return err
				}
				if asJSON {
					err = writeJSON(p, c)
				} else {
					err = printCoverage(p, t, c, hours)
				}
				if err == nil && failOn == "gap" {
					return gapFindings(c)
				}
				return err
			})
		},
	}
	cmd.Flags().StringVar(&tenant, "tenant", "", "name or id of the tenant; needed when there are several")
	cmd.Flags().StringVar(&from, "from", "", "begin of the content `time`")
	cmd.Flags().StringVar(&to, "to", "", "end of the content `time`")
	cmd.Flags().BoolVar(&hours, "hours", false, "also print each hour")
	cmd.Flags().StringVar(&failOn, "fail-on", "", "end with exit code 3 when there is a `gap` or lost content")
	jsonFlag(cmd, &asJSON)
	return withConfig(cmd, false)
}

func printCoverage(p Process, t nightjar.Tenant, c collect.Coverage, hours bool) error {
	fmt.Fprintf(p.Stdout, "%s (%s), content of %s to %s\n\n", t.Name, t.ID, shortTime(c.From), shortTime(c.To))
	table := newColumns(p.Stdout, "FEED", "LISTED TO", "BLOBS", "DONE", "WAITING", "QUARANTINED", "LOST", "STORED", "DUPLICATES", "FILTERED", "GAPS")
	for _, f := range c.Feeds {
		listed := shortTime(f.ListedTo)
		table.row(string(f.Feed), listed, number(f.Total.Listed), number(f.Total.Done), number(f.Total.Pending), number(f.Total.Quarantined),
			number(f.Total.Lost), number(f.Total.Stored), number(f.Total.Duplicates), number(f.Total.Filtered), strconv.Itoa(len(f.Gaps)))
		if !hours {
			continue
		}
		for _, h := range f.Hours {
			table.row("  "+shortTime(h.Hour), "", number(h.Listed), number(h.Done), number(h.Pending), number(h.Quarantined),
				number(h.Lost), number(h.Stored), number(h.Duplicates), number(h.Filtered), "")
		}
	}
	if err := table.flush(); err != nil {
		return err
	}
	for _, f := range c.Feeds {
		for _, g := range f.Gaps {
			fmt.Fprintf(p.Stdout, "gap in %s: %s\n", f.Feed, safe(describeGap(g)))
		}
		for _, q := range f.Quarantine {
			fmt.Fprintf(p.Stdout, "quarantine of %s: %s (%s)\n", f.Feed, q.Path, safe(q.Reason))
		}
	}
	return nil
}

func gapFindings(c collect.Coverage) error {
	var gaps int
	var lost int64
	for _, f := range c.Feeds {
		gaps += len(f.Gaps)
		lost += f.Total.Lost
	}
	if gaps == 0 && lost == 0 {
		return nil
	}
	return &findingsError{counted(gaps, "gap") + " and " + counted(lost, "lost blob")}
}

func shortTime(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return t.UTC().Format("2006-01-02 15:04")
}

func describeGap(g collect.Gap) string {
	why := map[collect.GapReason]string{
		collect.GapOutage:   "left Microsoft's seven days before it could be listed",
		collect.GapExpired:  "was listed and expired before it could be fetched",
		collect.GapMissing:  "was listed, and Microsoft says that it does not exist",
		collect.GapDisabled: "the subscription did not run",
	}[g.Reason]
	if why == "" {
		why = string(g.Reason)
	}
	if g.ContentID != "" {
		return fmt.Sprintf("content %s of %s: %s", g.ContentID, shortTime(g.From), why)
	}
	return fmt.Sprintf("%s to %s: %s", shortTime(g.From), shortTime(g.To), why)
}
