package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/ruleset"
	"github.com/nightjar-sec/nightjar/internal/sigma"
)

// ruleCheckAnswer is rule check --json.
type ruleCheckAnswer struct {
	Rules        int           `json:"rules"`
	Correlations int           `json:"correlations"`
	Filters      int           `json:"filters"`
	Queries      int           `json:"queries"`  // rules in SQL
	Warnings     int           `json:"warnings"` // rules about health warnings
	Faults       []ruleFault   `json:"faults"`
	Bindings     []ruleBinding `json:"bindings"`
}

type ruleFault struct {
	File    string        `json:"file"`
	Line    int           `json:"line"`
	Rule    string        `json:"rule"`
	Warning bool          `json:"warning"`
	Code    nightjar.Code `json:"code"`
	Message string        `json:"message"`
	Hint    string        `json:"hint,omitempty"`
}

func ruleFaultOf(f *sigma.Fault) ruleFault {
	return ruleFault{f.File, f.Line, f.Rule, f.Warning, f.Err.Code, f.Err.Error(), f.Err.Hint}
}

// ruleBinding says what a rule means for the sources.
type ruleBinding struct {
	Rule    string   `json:"rule"`
	Title   string   `json:"title"`
	File    string   `json:"file"`
	Log     string   `json:"log_source"`
	Sources []string `json:"sources"`
	// Runs says that a collected source has the events and the fields.
	Runs bool `json:"runs"`
	// Unbound are the fields that none of the rule's sources carries.
	Unbound []string `json:"unbound"`
	Reason  string   `json:"reason,omitempty"`
}

func newRuleCheck(p Process) *cobra.Command {
	var (
		flags  ruleFlags
		asJSON bool
	)
	cmd := &cobra.Command{
		Use: "check [DIR|FILE...]", Short: "Read rules, name what is wrong and what cannot match",
		Long: `Reads the rules, those of this installation when none are named, and names each that is rejected, with file, line and reason. Then
says of each rule which sources have such events, and which of its fields none of them
carries: such a rule is loaded and hardly ever matches. A rule in SQL is asked where
nothing is stored, so that a table or column that does not exist shows. What a reason or
an entity speaks of and nothing fills in is a warning.
The exit code is 1 when a rule was rejected, or its query cannot be asked.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			flags.rules = args
			return flags.either(p, cmd, func(set *ruleset.Set, catalogue *sigma.Catalogue, _ surroundings) error {
				faults, err := checkWords(cmd.Context(), set)
				if err != nil {
					return err
				}
				rules := *set.All()
				rules.Faults = append(slices.Clone(rules.Faults), faults...)
				answer := checkRules(set, &rules, catalogue)
				if asJSON {
					err = writeJSON(p, answer)
				} else {
					printFaults(p, &rules)
					err = printRuleCheck(p, answer)
				}
				if rejected := len(rules.Rejected()); err == nil && rejected > 0 {
					return &nightjar.Error{Code: nightjar.CodeCorrupt, Message: counted(rejected, "rule") + " rejected"}
				}
				return err
			})
		},
	}
	jsonFlag(cmd, &asJSON)
	flags.add(cmd)
	return withConfig(cmd, false)
}

func checkRules(set *ruleset.Set, rules *sigma.Collection, catalogue *sigma.Catalogue) ruleCheckAnswer {
	answer := ruleCheckAnswer{Filters: len(rules.Filters), Faults: []ruleFault{}, Bindings: []ruleBinding{}}
	for _, i := range set.Infos() {
		if !set.Named(i.File) {
			continue
		}
		switch i.Kind {
		case ruleset.Detection:
			answer.Rules++
		case ruleset.Correlation:
			answer.Correlations++
		case ruleset.Query:
			answer.Queries++
		case ruleset.Warning:
			answer.Warnings++
		}
	}
	for _, f := range rules.Faults {
		answer.Faults = append(answer.Faults, ruleFaultOf(f))
	}
	for _, r := range rules.Rules {
		if !set.Named(r.File) {
			continue
		}
		b := catalogue.Binding(r)
		answer.Bindings = append(answer.Bindings, ruleBinding{
			Rule: r.Label(), Title: r.Title, File: fmt.Sprintf("%s:%d", r.File, r.Line), Log: r.Logsource.String(),
			Sources: b.Sources, Runs: b.Runs, Unbound: b.Unbound, Reason: b.Reason,
		})
	}
	return answer
}

func printRuleCheck(p Process, a ruleCheckAnswer) error {
	t := newColumns(p.Stdout, "CANNOT MATCH NOW", "LOG SOURCE", "WHY")
	idle := slices.DeleteFunc(slices.Clone(a.Bindings), func(b ruleBinding) bool { return b.Runs })
	for _, b := range idle {
		t.row(safe(b.Title), safe(b.Log), safe(b.Reason))
	}
	var err error
	if len(idle) > 0 {
		err = t.flush()
		fmt.Fprintln(p.Stdout)
	}
	partly := 0
	for _, b := range a.Bindings {
		if b.Runs && len(b.Unbound) > 0 {
			if partly++; partly == 1 {
				fmt.Fprintln(p.Stdout, "Fields that no source carries, in rules that can match without them:")
			}
			fmt.Fprintf(p.Stdout, "  %s: %s\n", safe(b.Title), safe(strings.Join(b.Unbound, ", ")))
		}
	}
	rejected := 0
	for _, f := range a.Faults {
		if !f.Warning {
			rejected++
		}
	}
	read := []string{counted(a.Rules, "rule"), counted(a.Correlations, "correlation"), counted(a.Filters, "filter")}
	if a.Queries > 0 {
		read = append(read, counted(a.Queries, "question")+" in SQL")
	}
	if a.Warnings > 0 {
		read = append(read, counted(a.Warnings, "rule")+" about warnings")
	}
	_, last := fmt.Fprintf(p.Stdout, "%s read, %d rejected; %d can match what is collected\n", strings.Join(read, ", "), rejected, len(a.Bindings)-len(idle))
	return errors.Join(err, last)
}
