package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/nightjar-sec/nightjar/internal/app"
	"github.com/nightjar-sec/nightjar/internal/config"
)

func newJournal(p Process) *cobra.Command {
	return noun("journal", "Verify, compact, back up and restore what is stored",
		newJournalVerify(p), newJournalCompact(p), newJournalRetention(p), newJournalBackup(p), newJournalRestore(p))
}

func newJournalCompact(p Process) *cobra.Command {
	var tenants []string
	cmd := &cobra.Command{
		Use: "compact", Short: "Merge the files of each table and day now", Args: noArguments,
		Long: `Merges the files of each table and day into one. "nightjar serve" does so by and by; this
does it at once and needs the data folder for itself.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return within(p, cmd, app.AccessCollect, func(ctx context.Context, a *app.App, _ *config.Config) error {
				chosen, err := tenantsNamed(ctx, a, tenants)
				if err != nil {
					return err
				}
				for _, t := range chosen {
					r, err := a.Journal().Compact(ctx, t.ID)
					if err != nil {
						return err
					}
					fmt.Fprintf(p.Stdout, "%s: %s became %d, %s, %s\n", t.Name, counted(r.Before, "file"), r.After, counted(r.Events, "event"), counted(r.Bytes, "byte"))
				}
				return nil
			})
		},
	}
	cmd.Flags().StringSliceVar(&tenants, "tenant", nil, "only these tenants, by name or id")
	return withConfig(cmd, false)
}

func newJournalRetention(p Process) *cobra.Command {
	cmd := &cobra.Command{
		Use: "retention", Short: "Drop what is older than retention allows now", Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return within(p, cmd, app.AccessCollect, func(ctx context.Context, a *app.App, c *config.Config) error {
				if c.Retention.Default == 0 && len(c.Retention.Tables) == 0 {
					_, err := fmt.Fprintln(p.Stdout, "retention keeps everything for ever; nothing was dropped")
					return err
				}
				return a.Journal().ApplyRetention(ctx)
			})
		},
	}
	return withConfig(cmd, false)
}
