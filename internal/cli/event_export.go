package cli

import (
	"bufio"
	"context"

	"github.com/spf13/cobra"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/app"
	"github.com/nightjar-sec/nightjar/internal/config"
	"github.com/nightjar-sec/nightjar/internal/journal"
)

func newEventExport(p Process) *cobra.Command {
	var (
		tenant, from, to string
		tables           []string
		raw              bool
	)
	cmd := &cobra.Command{
		Use: "export", Short: "Print every stored event, one a line", Args: noArguments,
		Long: `Prints the stored events of a tenant, each exactly once. With --raw a line is the
record as Microsoft sent it, byte for byte; without it, an object of Nightjar's columns.
The order is that of the files, not of time.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			span, err := parseSpan(from, to)
			if err != nil {
				return err
			}
			chosen, err := parseTables(tables)
			if err != nil {
				return err
			}
			return within(p, cmd, app.AccessRead, func(ctx context.Context, a *app.App, _ *config.Config) error {
				t, err := oneTenant(ctx, a, tenant)
				if err != nil {
					return err
				}
				out := bufio.NewWriterSize(p.Stdout, 1<<16)
				write := newEventWriter(p.jsonTo(out), t, raw)
				progress := newProgress(p)
				defer progress.end()
				count := 0
				filter := journal.ExportFilter{Tenant: t.ID, Tables: chosen, From: span.From, To: span.To}
				err = a.Journal().Export(ctx, filter, func(e nightjar.Event) error {
					if count++; count%10_000 == 0 {
						progress.say("%s exported", counted(count, "event"))
					}
					return write(e)
				})
				if err != nil {
					return err
				}
				return out.Flush()
			})
		},
	}
	cmd.Flags().StringVar(&tenant, "tenant", "", "name or id of the tenant; needed when there are several")
	cmd.Flags().BoolVar(&raw, "raw", false, "print the records as received, byte for byte")
	cmd.Flags().StringVar(&from, "from", "", "earliest event `time`, inclusive")
	cmd.Flags().StringVar(&to, "to", "", "latest event `time`, exclusive")
	cmd.Flags().StringSliceVar(&tables, "table", nil, "only these tables; left out, all but collectors_out")
	return withConfig(cmd, false)
}

func parseSpan(from, to string) (span app.Span, err error) {
	for _, part := range []struct {
		flag, text string
		into       *timeValue
	}{{"--from", from, (*timeValue)(&span.From)}, {"--to", to, (*timeValue)(&span.To)}} {
		if part.text == "" {
			continue
		}
		if err := part.into.parse(part.text); err != nil {
			return span, usageError("e.g. "+part.flag+" 2026-11-20T08:00:00Z", "%s: %v", part.flag, err)
		}
	}
	if !span.From.IsZero() && !span.To.IsZero() && !span.From.Before(span.To) {
		return span, usageError("give an earlier --from", "--from is not before --to")
	}
	return span, nil
}

// parseTables returns the tables named; none means all that hold records.
func parseTables(names []string) ([]nightjar.Table, error) {
	known := append(nightjar.WorkloadTables(), nightjar.TableCollectorsOut)
	if len(names) == 0 {
		return nightjar.WorkloadTables(), nil
	}
	var out []nightjar.Table
	for _, name := range names {
		if nightjar.Table(name) == nightjar.TableManagement {
			out = append(out, nightjar.WorkloadTables()...)
			continue
		}
		found := false
		for _, t := range known {
			if string(t) == name {
				out, found = append(out, t), true
			}
		}
		if !found {
			return nil, usageError("docs/tables.md lists them, e.g. azure_ad, exchange, management", "unknown table %q", name)
		}
	}
	return out, nil
}
