package cli

import (
	"context"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/app"
	"github.com/nightjar-sec/nightjar/internal/audit"
	"github.com/nightjar-sec/nightjar/internal/config"
)

func newAuditVerify(p Process) *cobra.Command {
	var (
		expect string
		asJSON bool
	)
	cmd := &cobra.Command{
		Use: "verify", Short: "Check that nobody changed the audit log", Args: noArguments,
		Long: `Walks the audit log from its first entry to its end and checks that each fits the one before.
It names the first that was changed, removed, moved or inserted, and ends with exit code 1 then.

It prints the head of the log. Whoever could write the database could also write the whole
log anew; against that, keep the head somewhere else and give it to --expect later.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var o audit.VerifyOptions
			if expect != "" {
				var err error
				if o.Expect, err = audit.ParseHead(expect); err != nil {
					return err
				}
			}
			return within(p, cmd, app.AccessRead, func(ctx context.Context, a *app.App, _ *config.Config) error {
				shown := newProgress(p)
				o.Progress = func(done, total int64) { shown.say("%d of %s verified", done, entries(total)) }
				report, err := a.Audit().VerifyWith(ctx, o)
				shown.end()
				if err != nil {
					return err
				}
				if asJSON {
					err = writeJSON(p, report)
				} else if report.Broken == nil {
					_, err = fmt.Fprintf(p.Stdout, "the audit log is whole: %s\nhead: %s\n", entries(report.Entries), report.Head)
				}
				if err == nil && report.Broken != nil {
					err = &nightjar.Error{
						Code: nightjar.CodeCorrupt, Message: fmt.Sprintf("the audit log was tampered with: entry %d %s", report.Broken.Seq, report.Broken.Reason),
						Hint: "compare with a backup or an earlier export (nightjar audit export), and find out who can write the data folder",
					}
				}
				return err
			})
		},
	}
	cmd.Flags().StringVar(&expect, "expect", "", "`SEQ:HASH`, a head that was kept elsewhere")
	jsonFlag(cmd, &asJSON)
	return withConfig(cmd, false)
}

func newAuditExport(p Process) *cobra.Command {
	cmd := &cobra.Command{
		Use: "export", Short: "Write the whole audit log, for keeping elsewhere", Args: noArguments,
		Long: `Writes every entry as a line {"entry":{...},"hash":"..."} to standard output, the oldest
first. The hash is the SHA-256 of the bytes of entry, which names the hash before as previous:
the export can be verified without Nightjar (docs/security.md).`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return within(p, cmd, app.AccessRead, func(ctx context.Context, a *app.App, _ *config.Config) error {
				return a.Audit().Export(ctx, p.Stdout)
			})
		},
	}
	return withConfig(cmd, false)
}

// entries writes a number of entries, whose plural counted does not know.
func entries(n int64) string {
	if n == 1 {
		return "1 entry"
	}
	return strconv.FormatInt(n, 10) + " entries"
}
