package cli

import (
	"cmp"
	"errors"

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
		flags  ruleFlags
		filter ruleFilter
		asJSON bool
	)
	cmd := &cobra.Command{
		Use: "list [DIR|FILE...]", Short: "List the rules of this installation, or those of files",
		Long: `Lists the rules of this installation that find something by themselves, with what they found
and the mode that they have; a * says that it is otherwise in some tenants. With files or
folders it lists the rules in them.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			flags.rules = args
			if len(args) == 0 {
				if err := errors.Join(filter.check(), flags.placed()); err != nil {
					return err
				}
				return listInstalled(p, cmd, filter, asJSON)
			}
			if err := filter.unasked(cmd); err != nil {
				return err
			}
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
	filter.add(cmd)
	return withConfig(cmd, false)
}
