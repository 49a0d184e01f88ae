package cli

import (
	"cmp"

	"github.com/spf13/cobra"
)

// ruleLine is one rule of rule list --json.
type ruleLine struct {
	ID      string   `json:"id"`
	Title   string   `json:"title"`
	Level   string   `json:"level"`
	Status  string   `json:"status"`
	Log     string   `json:"log_source"`
	Tags    []string `json:"tags"`
	Author  string   `json:"author"`
	File    string   `json:"file"`
	Line    int      `json:"line"`
	Filters []string `json:"filters"`
	Runs    bool     `json:"runs"`
}

func newRuleList(p Process) *cobra.Command {
	var (
		flags         ruleFlags
		asJSON, parts bool
		pack          string
	)
	cmd := &cobra.Command{
		Use: "list [DIR|FILE...]", Short: "List the rules of this installation, or those of files",
		Long: `Lists the rules of this installation that find something by themselves, with what they found
and the mode that they have; a * says that it is otherwise in some tenants. With files or
folders it lists the rules in them.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return listInstalled(p, cmd, pack, parts, asJSON)
			}
			flags.rules = args
			rules, catalogue, err := flags.load()
			if err != nil {
				return err
			}
			printFaults(p, rules)
			lines := []ruleLine{}
			for _, r := range rules.Rules {
				lines = append(lines, ruleLine{
					ID: r.Label(), Title: r.Title, Level: r.Level, Status: r.Status, Log: r.Logsource.String(),
					Tags: append([]string{}, r.Tags...), Author: r.Author, File: r.File, Line: r.Line,
					Filters: append([]string{}, r.Filtered...), Runs: catalogue.Binding(r).Runs,
				})
			}
			if asJSON {
				return writeJSON(p, lines)
			}
			t := newColumns(p.Stdout, "ID", "LEVEL", "CAN MATCH", "LOG SOURCE", "TITLE")
			for _, l := range lines {
				runs := "yes"
				if !l.Runs {
					runs = "no"
				}
				t.row(safe(l.ID), cmp.Or(l.Level, "-"), runs, safe(l.Log), safe(l.Title))
			}
			return t.flush()
		},
	}
	jsonFlag(cmd, &asJSON)
	flags.add(cmd)
	cmd.Flags().StringVar(&pack, "pack", "", "only the rules of this `pack`, of this installation")
	cmd.Flags().BoolVar(&parts, "parts", false, "also those of this installation that are mere parts of correlations")
	return withConfig(cmd, false)
}
