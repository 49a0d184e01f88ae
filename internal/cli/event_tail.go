package cli

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/app"
	"github.com/nightjar-sec/nightjar/internal/clock"
	"github.com/nightjar-sec/nightjar/internal/config"
)

const (
	// tailPause is how often the catalog is asked for new commits.
	tailPause = 500 * time.Millisecond
	tailBatch = 5000
)

func newEventTail(p Process) *cobra.Command {
	var (
		tenants, tables []string
		asJSON          bool
		recent          int
	)
	cmd := &cobra.Command{
		Use: "tail", Short: "Print events as they arrive", Args: noArguments,
		Long: `Prints each event once it is stored, until ctrl-C. It needs a running "nightjar serve".`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			chosen, err := parseTables(tables)
			if err != nil {
				return err
			}
			return within(p, cmd, app.AccessRead, func(ctx context.Context, a *app.App, _ *config.Config) error {
				watched, err := tenantsNamed(ctx, a, tenants)
				if err != nil {
					return err
				}
				names := namesOf(watched)
				if recent == 0 {
					fmt.Fprintln(p.Stderr, `waiting for what "nightjar serve" stores from now on; ctrl-C ends`)
				}
				return tail(ctx, a, p, int64(recent), asJSON, func(e nightjar.Event) (string, bool) {
					name, ok := names[e.Tenant]
					return name, ok && slices.Contains(chosen, e.Table)
				})
			})
		},
	}
	cmd.Flags().StringSliceVar(&tenants, "tenant", nil, "only these tenants, by name or id")
	cmd.Flags().StringSliceVar(&tables, "table", nil, "only these tables; left out, all but collectors_out")
	cmd.Flags().IntVar(&recent, "recent", 0, "begin with the events of so many `commits` before now")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object a line (docs/cli-json.md)")
	return withConfig(cmd, false)
}

// tail prints what wanted accepts; it ends with ctx.
func tail(ctx context.Context, a *app.App, p Process, recent int64, asJSON bool, wanted func(nightjar.Event) (name string, ok bool)) error {
	last, err := a.Journal().LastSeq(ctx)
	if err != nil {
		return err
	}
	reader := a.Journal().ReaderAfter(max(0, last-recent))
	out := bufio.NewWriter(p.Stdout)
	enc := json.NewEncoder(p.jsonTo(out))
	enc.SetEscapeHTML(false)
	for {
		events, _, err := reader.Next(ctx, tailBatch)
		if err != nil {
			return err
		}
		for _, e := range events {
			name, ok := wanted(e)
			if !ok {
				continue
			}
			if asJSON {
				l := lineOf(e, name)
				l.Raw = nil
				if err := enc.Encode(l); err != nil {
					return err
				}
				continue
			}
			if _, err := fmt.Fprintln(out, tailLine(e, name)); err != nil {
				return err
			}
		}
		if err := out.Flush(); err != nil {
			return err
		}
		if len(events) == 0 {
			// Real time, whatever clock the journal goes by: a person watches.
			if clock.Real().Sleep(ctx, tailPause) != nil {
				return &silentError{exitInterrupted} // ctrl-C is how a tail ends
			}
		}
	}
}

func namesOf(tenants []nightjar.Tenant) map[nightjar.TenantID]string {
	names := make(map[nightjar.TenantID]string, len(tenants))
	for _, t := range tenants {
		names[t.ID] = t.Name
	}
	return names
}

func tailLine(e nightjar.Event, tenant string) string {
	address := ""
	if e.ClientIP.IsValid() {
		address = e.ClientIP.String()
	}
	return fmt.Sprintf("%s  %-10s %-10s %-28s %-40s %-15s %s", e.Time.UTC().Format("2006-01-02 15:04:05"),
		cell(tenant), e.Table, cell(e.Operation), cell(e.UserID), address, cell(e.Result))
}
