package cli

import (
	"cmp"

	"github.com/spf13/cobra"

	"github.com/nightjar-sec/nightjar/internal/config"
)

// The groups of commands in the help.
const (
	groupStart   = "start"
	groupAsk     = "ask"
	groupOperate = "operate"
)

func newRoot(p Process) *cobra.Command {
	root := &cobra.Command{
		Use:   "nightjar",
		Short: "Collect and question the audit logs of Microsoft 365",
		Long: `Nightjar collects the whole audit log of Microsoft 365 tenants, keeps every
record byte for byte in Parquet files that are yours, and answers questions in SQL.
It loses nothing, stores nothing twice, and proves it (nightjar coverage).

Begin with "nightjar demo", which needs no tenant.`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          noArguments,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetIn(p.Stdin)
	root.SetOut(p.Stdout)
	root.SetErr(p.Stderr)
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return usageError(cmd.CommandPath()+" --help", "%v", err)
	})
	root.AddGroup(
		&cobra.Group{ID: groupStart, Title: "Start:"},
		&cobra.Group{ID: groupAsk, Title: "Ask:"},
		&cobra.Group{ID: groupOperate, Title: "Operate:"},
	)
	root.AddCommand(
		grouped(groupStart, newDemo(p), newServe(p), newCollect(p), newTenant(p), newSetupToken(p), newSim(p))...,
	)
	root.AddCommand(grouped(groupAsk, newQuery(p), newSearch(p), newEvent(p), newCoverage(p), newGeo(p), newRule(p), newAlert(p), newIncident(p), newSilence(p))...)
	root.AddCommand(grouped(groupOperate, newHealth(p), newJournal(p), newPerson(p), newToken(p), newAudit(p), newApproval(p), newChannel(p), newRoute(p), newDelivery(p), newSecret(p), newConfig(p), newVersion(p), newMan(p))...)
	root.AddCommand(newQueryWorker(p))
	root.SetHelpCommandGroupID(groupOperate)
	root.SetCompletionCommandGroupID(groupOperate)
	root.Version = versionLine()
	root.SetVersionTemplate("{{.Version}}\n")
	// Made now, which cobra would do later, so that they too refuse what they
	// do not know.
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	for _, c := range root.Commands() {
		switch c.Name() {
		case "help":
			c.Run, c.RunE = nil, helpOf
		case "completion":
			c.Args, c.RunE = noArguments, func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
		}
	}
	return root
}

// helpOf prints the help of the command that args name.
func helpOf(cmd *cobra.Command, args []string) error {
	found, rest, err := cmd.Root().Find(args)
	if err == nil && len(rest) == 0 {
		found.InitDefaultHelpFlag() // as cobra does, so that it is listed
		return found.Help()
	}
	if found == nil || len(rest) == 0 {
		found, rest = cmd.Root(), args
	}
	if !found.HasSubCommands() {
		return found.Help()
	}
	return noArguments(found, rest)
}

func grouped(id string, commands ...*cobra.Command) []*cobra.Command {
	for _, c := range commands {
		c.GroupID = id
	}
	return commands
}

// noun is a command that only groups verbs; alone it prints its help, and an
// unknown verb is a usage error.
func noun(use, short string, verbs ...*cobra.Command) *cobra.Command {
	c := &cobra.Command{
		Use: use, Short: short, Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	c.AddCommand(verbs...)
	return c
}

func noArguments(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	if cmd.HasSubCommands() {
		hint := cmd.CommandPath() + " --help"
		cmd.SuggestionsMinimumDistance = 2
		if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
			hint = cmd.CommandPath() + " " + near[0]
		}
		return usageError(hint, "unknown command %q", args[0])
	}
	return usageError(cmd.UseLine(), "%s takes no arguments, got %q", cmd.CommandPath(), args[0])
}

func exactArguments(n int, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) != n {
			return usageError(cmd.UseLine(), "%s needs %s", cmd.CommandPath(), what)
		}
		return nil
	}
}

// withConfig gives cmd the flags --config and those of the option table.
func withConfig(cmd *cobra.Command, all bool) *cobra.Command {
	cmd.Flags().StringP("config", "c", "", "configuration file; also NIGHTJAR_CONFIG")
	config.AddFlags(cmd.Flags(), all)
	return cmd
}

// load reads the configuration that cmd's flags, the environment and the file give.
func load(p Process, cmd *cobra.Command) (*config.Config, error) {
	file, err := cmd.Flags().GetString("config")
	if err != nil {
		return nil, err
	}
	fromEnv, _ := p.Env("NIGHTJAR_CONFIG")
	return config.Load(config.Sources{
		File: cmp.Or(file, fromEnv), Env: p.Env, Names: p.Names, Flags: config.Changed(cmd.Flags()),
	})
}
