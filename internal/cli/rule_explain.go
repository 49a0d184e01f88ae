package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/ruleset"
	"github.com/nightjar-sec/nightjar/internal/sigma"
)

func newRuleExplain(p Process) *cobra.Command {
	var flags ruleFlags
	cmd := &cobra.Command{
		Use: "explain ID", Short: "Say what a Sigma rule asks, and of which fields of which source", Args: exactArguments(1, "the id, name or title of a rule"),
		Long: `Says what a rule asks as it is in force here for all tenants of which nothing else is said, with
the values of its parameters. Below that stands what was changed here, for whom and why.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return flags.either(p, cmd, func(set *ruleset.Set, catalogue *sigma.Catalogue, here surroundings) error {
				if explain(p, args[0], set, catalogue, here) {
					return nil
				}
				for _, f := range set.All().Rejected() {
					if f.Rule == args[0] {
						return &nightjar.Error{Code: f.Err.Code, Message: f.String(), Hint: f.Err.Hint}
					}
				}
				return set.Missing(args[0], "nightjar "+strings.TrimSpace("rule list "+strings.Join(flags.rules, " ")))
			})
		},
	}
	cmd.Flags().StringArrayVar(&flags.rules, "rules", nil, "`file or folder` with rules; those of this installation when left out; may be repeated")
	flags.add(cmd)
	return withConfig(cmd, false)
}

// explain says what the rules of a name ask, and reports whether there is one.
func explain(p Process, name string, set *ruleset.Set, catalogue *sigma.Catalogue, here surroundings) bool {
	found := false
	meant := func(m *sigma.Meta) bool { return slices.Contains([]string{m.ID, m.Name, m.Title}, name) }
	for _, r := range set.All().Rules {
		if meant(&r.Meta) {
			found = true
			explainRule(p, ruleInForce(set, r), catalogue, facts(set, r.Label())...)
			explainHere(p, set, r.Label(), here)
		}
	}
	for _, c := range set.All().Correlations {
		if meant(&c.Meta) {
			found = true
			explainCorrelation(p, correlationInForce(set, c), facts(set, c.Label())...)
			explainHere(p, set, c.Label(), here)
		}
	}
	for _, i := range set.Infos() {
		if i.Scheduled != nil && slices.Contains([]string{i.ID, i.Name, i.Title}, name) {
			found = true
			explainScheduled(p, i, facts(set, i.Label())...)
			explainHere(p, set, i.Label(), here)
		}
	}
	return found
}

// facts are what holds here of a rule where its file says otherwise.
func facts(set *ruleset.Set, label string) [][2]string {
	info := set.Info(label)
	if info == nil || !info.Alerts {
		return nil
	}
	var out [][2]string
	if severity := set.Severity(label, ""); severity != info.Severity {
		out = append(out, [2]string{"severity", string(severity)})
	}
	if mode := set.Mode(label, ""); mode != ruleset.On {
		out = append(out, [2]string{"mode", string(mode)})
	}
	return out
}

func explainRule(p Process, r *sigma.Rule, catalogue *sigma.Catalogue, here ...[2]string) {
	line := func(format string, args ...any) { fmt.Fprintln(p.Stdout, safe(fmt.Sprintf(format, args...))) }
	explainMeta(line, &r.Meta, append(here, [2]string{"log source", r.Logsource.String()}, [2]string{"filters", strings.Join(r.Filtered, ", ")})...)
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
