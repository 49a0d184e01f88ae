package cli

import (
	"cmp"
	"errors"

	"github.com/spf13/cobra"

	"github.com/nightjar-sec/nightjar/internal/ruleset"
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
			set, _, err := flags.loadSet()
			if err != nil {
				return err
			}
			printFaults(p, set.All())
			lines, err := ruleLines(set)
			if err != nil {
				return err
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

// ruleLines lists the rules of the files that were named, of all kinds.
func ruleLines(set *ruleset.Set) ([]ruleLine, error) {
	meaning, err := set.Meaning()
	if err != nil {
		return nil, err
	}
	lines := []ruleLine{}
	for _, i := range set.Infos() {
		if !set.Named(i.File) {
			continue
		}
		line := ruleLine{
			ID: i.Label(), Title: i.Title, Level: i.Level, Status: i.Status, Log: cmp.Or(meaning.LogSource(i), string(i.Kind)),
			Tags: append([]string{}, i.Tags...), Author: i.Author, File: i.File, Line: i.Line, Filters: []string{}, Runs: meaning.Binding(i).Runs,
		}
		if r := set.Rule(i); r != nil {
			line.Filters = append(line.Filters, r.Filtered...)
		}
		lines = append(lines, line)
	}
	return lines, nil
}
