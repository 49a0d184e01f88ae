package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/nightjar-sec/nightjar/internal/app"
	"github.com/nightjar-sec/nightjar/internal/config"
	"github.com/nightjar-sec/nightjar/internal/journal"
)

func newJournalBackup(p Process) *cobra.Command {
	cmd := &cobra.Command{
		Use: "backup FOLDER", Short: "Copy the catalog and every file that it names", Args: exactArguments(1, "the folder to write to"),
		Long: `Writes a consistent backup into a folder, beside a running daemon too. Into the same folder
again it adds only what is new. The key file is not part of it: keep that elsewhere.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return within(p, cmd, app.AccessManage, func(ctx context.Context, a *app.App, _ *config.Config) error {
				r, err := a.Journal().Backup(ctx, args[0])
				if err != nil {
					return err
				}
				_, err = fmt.Fprintf(p.Stdout, "%s holds %s with %s, %s; copied now: %d\n", args[0], counted(r.Files, "file"), counted(r.Events, "event"), counted(r.Bytes, "byte"), r.Copied)
				return err
			})
		},
	}
	return withConfig(cmd, false)
}

func newJournalRestore(p Process) *cobra.Command {
	return &cobra.Command{
		Use: "restore BACKUP FOLDER", Short: "Put a backup into an empty data folder", Args: exactArguments(2, "the backup's folder and the new data folder"),
		Long: `Checks every file of a backup against its checksum and puts it into an empty or absent
folder, which then serves as data_dir. The key file goes back to where key_file says.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			r, err := journal.Restore(cmd.Context(), args[0], args[1])
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(p.Stdout, "%s holds %s with %s; next: nightjar journal verify --data-dir %s\n", args[1], counted(r.Files, "file"), counted(r.Events, "event"), args[1])
			return err
		},
	}
}
