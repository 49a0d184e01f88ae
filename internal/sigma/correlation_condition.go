package sigma

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// readCondition reads the bounds, or for a temporal correlation the boolean
// condition (Sigma enhancement proposal 198).
func (c *Correlation) readCondition(m *member) error {
	if m == nil {
		return nil
	}
	if m.value.Kind == yaml.ScalarNode {
		if c.Type != Temporal && c.Type != TemporalOrdered {
			return invalid(m.line, "only temporal correlations take a boolean condition; %s needs bounds such as gte: 10", c.Type)
		}
		return c.readBoolean(m)
	}
	list, err := members(m.value)
	if err != nil {
		return err
	}
	for _, b := range list {
		switch b.key {
		case "field":
			if c.Fields, err = texts(b); err != nil {
				return err
			}
		case "percentile":
			n, ok := number(b.value)
			if !ok || b.value.Kind != yaml.ScalarNode {
				return invalid(b.line, "percentile must be a number")
			}
			c.Percentile = n
		case "gt", "gte", "lt", "lte", "eq", "neq":
			n, ok := number(b.value)
			if !ok || b.value.Kind != yaml.ScalarNode {
				return invalid(b.line, "%s must be a number", b.key)
			}
			c.Bounds = append(c.Bounds, Bound{b.key, n})
		default:
			return invalid(b.line, "%q is no part of a correlation's condition", b.key)
		}
	}
	return nil
}

func (c *Correlation) readBoolean(m *member) error {
	// The parser of conditions serves here with tests that only carry a name.
	e, err := parseCondition(m.value.Value, m.line, c.Rules, func(name string) *Expr { return leaf(&Test{Field: name}) })
	if err != nil {
		return err
	}
	if c.Condition = ruleExpr(e); c.Condition.onlyNegative() {
		return invalid(m.line, "condition %q holds when nothing happens: it needs a rule that must match", m.value.Value)
	}
	var unknown []string
	e.Tests(func(t *Test) {
		if len(c.Rules) > 0 && !slices.Contains(c.Rules, t.Field) {
			unknown = append(unknown, t.Field)
		}
	})
	if len(unknown) > 0 {
		return missing(m.line, "", "the condition names %s, which stands not among the correlation's rules", strings.Join(unknown, ", "))
	}
	if len(c.Rules) == 0 {
		e.Tests(func(t *Test) {
			if !slices.Contains(c.Rules, t.Field) {
				c.Rules = append(c.Rules, t.Field)
			}
		})
	}
	return nil
}

func ruleExpr(e *Expr) *RuleExpr {
	r := &RuleExpr{Kind: e.Kind}
	if e.Test != nil {
		r.Rule = e.Test.Field
	}
	for _, kid := range e.Kids {
		r.Kids = append(r.Kids, ruleExpr(kid))
	}
	return r
}

// Holds evaluates the condition: matched says of a rule whether it matched.
func (e *RuleExpr) Holds(matched func(rule string) bool) bool {
	switch e.Kind {
	case Leaf:
		return matched(e.Rule)
	case Not:
		return !e.Kids[0].Holds(matched)
	case And:
		return !slices.ContainsFunc(e.Kids, func(k *RuleExpr) bool { return !k.Holds(matched) })
	default:
		return slices.ContainsFunc(e.Kids, func(k *RuleExpr) bool { return k.Holds(matched) })
	}
}

func (e *RuleExpr) onlyNegative() bool { return e.Holds(func(string) bool { return false }) }
