package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/sigma"
)

func newRuleExplain(p Process) *cobra.Command {
	var flags ruleFlags
	cmd := &cobra.Command{
		Use: "explain ID", Short: "Say what a Sigma rule asks, and of which fields of which source", Args: exactArguments(1, "the id, name or title of a rule"),
		RunE: func(_ *cobra.Command, args []string) error {
			rules, catalogue, err := flags.load()
			if err != nil {
				return err
			}
			found := false
			for _, r := range rules.Rules {
				if slices.Contains([]string{r.ID, r.Name, r.Title}, args[0]) {
					found = true
					explainRule(p, r, catalogue)
				}
			}
			if !found {
				for _, f := range rules.Rejected() {
					if f.Rule == args[0] {
						return &nightjar.Error{Code: f.Err.Code, Message: f.String(), Hint: f.Err.Hint}
					}
				}
				return &nightjar.Error{Code: nightjar.CodeNotFound, Message: fmt.Sprintf("there is no rule %q", args[0]), Hint: "nightjar " + strings.TrimSpace("rule list "+strings.Join(flags.rules, " "))}
			}
			return nil
		},
	}
	cmd.Flags().StringArrayVar(&flags.rules, "rules", nil, "`file or folder` with rules; those that ship when left out; may be repeated")
	flags.add(cmd)
	return cmd
}

func explainRule(p Process, r *sigma.Rule, catalogue *sigma.Catalogue) {
	line := func(format string, args ...any) { fmt.Fprintln(p.Stdout, safe(fmt.Sprintf(format, args...))) }
	line("%s", r.Title)
	facts := [][2]string{
		{"id", r.ID},
		{"level", r.Level},
		{"status", r.Status},
		{"author", r.Author},
		{"file", fmt.Sprintf("%s:%d", r.File, r.Line)},
		{"log source", r.Logsource.String()},
		{"tags", strings.Join(r.Tags, " ")},
		{"filters", strings.Join(r.Filtered, ", ")},
	}
	for _, fact := range facts {
		if fact[1] != "" {
			line("  %-10s  %s", fact[0], fact[1])
		}
	}
	line("\nIt matches an event when")
	explainExpr(line, r.Expr, "  ")
	b := catalogue.Binding(r)
	for _, name := range b.Sources {
		s, err := catalogue.Source(name)
		if err != nil {
			continue
		}
		line("\nIn %s (%s):", s.Name, s.Title)
		said := map[string]bool{}
		r.Expr.Tests(func(t *sigma.Test) {
			for _, field := range []string{t.Field, t.Other} {
				if field == "" || said[field] {
					continue
				}
				said[field] = true
				line("  %s is %s", field, strings.Join(s.Places(field), " or "))
			}
		})
	}
	if !b.Runs {
		line("\nIt cannot match now: %s", b.Reason)
	}
}

func explainExpr(line func(string, ...any), e *sigma.Expr, indent string) {
	switch e.Kind {
	case sigma.Leaf:
		line("%s%s", indent, e.Test)
		return
	case sigma.Not:
		line("%snone of this:", indent)
	case sigma.And:
		line("%sall of this:", indent)
	default:
		line("%sany of this:", indent)
	}
	for _, kid := range e.Kids {
		explainExpr(line, kid, indent+"  ")
	}
}
