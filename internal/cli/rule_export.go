package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/app"
	"github.com/nightjar-sec/nightjar/internal/config"
	"github.com/nightjar-sec/nightjar/internal/ruleset"
)

func newRuleExport(p Process) *cobra.Command {
	cmd := &cobra.Command{
		Use: "export", Short: "Write what was changed of rules here as YAML", Args: noArguments,
		Long: `Writes modes, severities, parameters and exceptions as YAML on standard output, for a
repository of yours. nightjar rule import takes it back.`,
		Example: `  nightjar rule export > changes.yml`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return within(p, cmd, app.AccessRead, func(ctx context.Context, a *app.App, _ *config.Config) error {
				keeper, err := a.Rules(ctx)
				if err != nil {
					return err
				}
				text, err := keeper.Current().Changes().YAML()
				if err != nil {
					return err
				}
				_, err = p.Stdout.Write(text)
				return err
			})
		},
	}
	return withConfig(cmd, false)
}

func newRuleImport(p Process) *cobra.Command {
	cmd := &cobra.Command{
		Use: "import FILE", Short: "Replace what was changed of rules here by a file", Args: exactArguments(1, "a file that rule export wrote, or -"),
		Long: `Replaces all modes, severities, parameters and exceptions by those of the file: what is not in
it is taken back. Those of rules that are not there are kept and named.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			var data []byte
			var err error
			if args[0] == "-" {
				data, err = io.ReadAll(p.Stdin)
			} else {
				data, err = os.ReadFile(args[0])
			}
			if err != nil {
				return &nightjar.Error{Code: nightjar.CodeNotFound, Message: "read the changes", Err: err}
			}
			changes, err := ruleset.ReadChanges(data)
			if err != nil {
				return err
			}
			return within(p, cmd, app.AccessManage, func(ctx context.Context, a *app.App, _ *config.Config) error {
				keeper, err := a.Rules(ctx)
				if err != nil {
					return err
				}
				who := operator(p)
				detail := map[string]string{"changes": strconv.Itoa(len(changes.Changes)), "exceptions": strconv.Itoa(len(changes.Exceptions))}
				entry := nightjar.AuditEntry{Actor: who.Actor(), Action: nightjar.ActionRuleImport, Detail: detail}
				if err := a.Audit().Do(ctx, entry, func(ctx context.Context) error { return keeper.Replace(ctx, who.Name, changes) }); err != nil {
					return err
				}
				for _, f := range keeper.Current().Faults {
					if f.Warning && f.Line == 0 {
						printFault(p, f)
					}
				}
				_, err = fmt.Fprintf(p.Stdout, "imported %s and %s\n", counted(len(changes.Changes), "change"), counted(len(changes.Exceptions), "exception"))
				return err
			})
		},
	}
	return withConfig(cmd, false)
}
