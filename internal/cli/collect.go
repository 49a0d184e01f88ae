package cli

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/app"
	"github.com/nightjar-sec/nightjar/internal/collect"
	"github.com/nightjar-sec/nightjar/internal/config"
)

func newCollect(p Process) *cobra.Command {
	var (
		once, settle, asJSON bool
		tenants              []string
		maxWait              string
	)
	cmd := &cobra.Command{
		Use: "collect", Short: "Collect until caught up, and say what came", Args: noArguments,
		Long: `Collects until everything that Microsoft lists up to now is stored, waiting through
throttling and retries up to --max-wait, and prints a summary by tenant and feed. It ends
with exit code 5 when some feed is incomplete: the summary says which and why. Running
it again goes on where it was. "nightjar serve" does the same without end.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if !once {
				return usageError("nightjar collect --once, or nightjar serve to collect without end", "collect needs --once")
			}
			wait, err := config.ParseDuration(maxWait)
			if err != nil || wait <= 0 {
				return usageError("e.g. --max-wait 30m", "--max-wait %s is not a duration", maxWait)
			}
			return within(p, cmd, app.AccessCollect, func(ctx context.Context, a *app.App, _ *config.Config) error {
				o := collect.OnceOptions{MaxWait: wait, Settle: settle}
				for _, name := range tenants {
					conn, err := a.Connections().Show(ctx, name)
					if err != nil {
						return err
					}
					o.Tenants = append(o.Tenants, conn.ID)
				}
				summary, err := collectOnce(ctx, p, a, o)
				return reportCollect(p, summary, asJSON, err)
			})
		},
	}
	cmd.Flags().BoolVar(&once, "once", false, "collect until caught up and end")
	cmd.Flags().StringSliceVar(&tenants, "tenant", nil, "only these tenants, by name or id")
	cmd.Flags().StringVar(&maxWait, "max-wait", "1h", "longest time to wait for being caught up")
	cmd.Flags().BoolVar(&settle, "settle", false, "also wait for the second fetch of young content (half an hour)")
	jsonFlag(cmd, &asJSON)
	return withConfig(cmd, false)
}

func collectOnce(ctx context.Context, p Process, a *app.App, o collect.OnceOptions) (collect.Summary, error) {
	shown := newProgress(p)
	defer shown.end()
	type key struct {
		tenant nightjar.TenantID
		feed   nightjar.Feed
	}
	state := map[key]collect.Progress{}
	o.Progress = func(now collect.Progress) {
		state[key{now.Tenant, now.Feed}] = now
		var pending, stored int64
		var oldest time.Time
		failure := ""
		for _, f := range state {
			pending += f.Pending
			stored += f.Stored
			failure = max(failure, f.Failure) // of several always the same one
			if !f.Oldest.IsZero() && (oldest.IsZero() || f.Oldest.Before(oldest)) {
				oldest = f.Oldest
			}
		}
		line := counted(stored, "event") + " stored, " + counted(pending, "blob") + " to fetch"
		if !oldest.IsZero() {
			line += ", the oldest of " + oldest.Format("2 Jan 15:04")
		}
		if failure != "" {
			line += "; trying again: " + shortFailure(failure)
		}
		shown.say("%s", line)
	}
	return a.CollectOnce(ctx, o)
}

// failureLimit keeps the line of progress on one line of most terminals.
const failureLimit = 100

// shortFailure is what went wrong, fit for one line of progress.
func shortFailure(failure string) string {
	line, _, _ := strings.Cut(safe(failure), "\n")
	if letters := []rune(line); len(letters) > failureLimit {
		return string(letters[:failureLimit-1]) + "…"
	}
	return line
}

// reportCollect prints the summary, also when the run ended with an error.
func reportCollect(p Process, s collect.Summary, asJSON bool, failed error) error {
	if s.Feeds == nil {
		s.Feeds = []collect.FeedSummary{}
	}
	if len(s.Feeds) == 0 && failed != nil {
		return failed
	}
	if asJSON {
		if err := writeJSON(p, s); err != nil {
			return errors.Join(failed, err)
		}
	} else {
		t := newColumns(p.Stdout, "TENANT", "FEED", "LISTED", "FETCHED", "STORED", "DUPLICATES", "FILTERED", "QUARANTINED", "MISSING", "EXPIRED", "GAPS", "STATE")
		for _, f := range s.Feeds {
			state := "complete"
			if !f.Complete {
				state = "incomplete: " + f.Reason
			}
			t.row(f.Name, string(f.Feed), number(f.Listed), number(f.Fetched), number(f.Stored), number(f.Duplicates), number(f.Filtered),
				number(f.Quarantined), number(f.Missing), number(f.Expired), number(f.Gaps), state)
		}
		if err := t.flush(); err != nil {
			return errors.Join(failed, err)
		}
	}
	if failed != nil || s.Complete {
		return failed
	}
	incomplete := 0
	for _, f := range s.Feeds {
		if !f.Complete {
			incomplete++
		}
	}
	return &nightjar.Error{
		Code: nightjar.CodeIncomplete, Message: fmt.Sprintf("%d of %d feeds are incomplete", incomplete, len(s.Feeds)),
		Hint: "the summary names the reasons; running it again goes on where it was",
	}
}

func number(n int64) string { return strconv.FormatInt(n, 10) }
