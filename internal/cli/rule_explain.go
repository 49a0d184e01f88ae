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
			set, catalogue, err := flags.loadSet()
			if err != nil {
				return err
			}
			rules := set.All()
			found := false
			for _, r := range rules.Rules {
				if slices.Contains([]string{r.ID, r.Name, r.Title}, args[0]) {
					found = true
					explainRule(p, r, catalogue)
				}
			}
			for _, c := range rules.Correlations {
				if slices.Contains([]string{c.ID, c.Name, c.Title}, args[0]) {
					found = true
					explainCorrelation(p, c)
				}
			}
			for _, i := range set.Infos() {
				if i.Scheduled != nil && slices.Contains([]string{i.ID, i.Name, i.Title}, args[0]) {
					found = true
					explainScheduled(p, i)
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
	explainMeta(line, &r.Meta, [2]string{"log source", r.Logsource.String()}, [2]string{"filters", strings.Join(r.Filtered, ", ")})
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

// explainMeta says what all kinds of rules say of themselves, and facts of one.
func explainMeta(line func(string, ...any), m *sigma.Meta, facts ...[2]string) {
	line("%s", m.Title)
	common := [][2]string{
		{"id", m.ID},
		{"level", m.Level},
		{"status", m.Status},
		{"author", m.Author},
		{"file", fmt.Sprintf("%s:%d", m.File, m.Line)},
		{"tags", strings.Join(m.Tags, " ")},
	}
	for _, fact := range append(common, facts...) {
		if fact[1] != "" {
			line("  %-10s  %s", fact[0], fact[1])
		}
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
