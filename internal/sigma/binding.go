package sigma

import (
	"fmt"
	"slices"
	"strings"
)

// Binding says what a rule means for the sources that there are.
type Binding struct {
	Sources []string // those whose events the rule means
	// Runs says that a collected source carries the fields without which the
	// rule cannot match.
	Runs    bool
	Unbound []string // fields of the rule that none of its sources carries
	Reason  string   // why it does not run
}

// Binding reports which sources a rule means, and whether it can match there.
func (c *Catalogue) Binding(r *Rule) Binding {
	b := Binding{Sources: []string{}, Unbound: []string{}}
	var fields []string
	r.Expr.Tests(func(t *Test) {
		for _, f := range []string{t.Field, t.Other} {
			if f != "" && !slices.Contains(fields, f) {
				fields = append(fields, f)
			}
		}
	})
	var reasons []string
	carried := map[string]bool{}
	for _, s := range c.sources {
		if s.Bind(r) == nil {
			continue
		}
		b.Sources = append(b.Sources, s.Name)
		for _, f := range fields {
			carried[f] = carried[f] || s.Carries(f)
		}
		switch possible := canHold(r.Expr, s); {
		case s.Collected && possible:
			b.Runs = true
		case possible:
			reasons = append(reasons, fmt.Sprintf("%s is not collected", s.Name))
		default:
			reasons = append(reasons, fmt.Sprintf("%s has no %s", s.Name, strings.Join(lacking(fields, s), ", ")))
		}
	}
	for _, f := range fields {
		if !carried[f] {
			b.Unbound = append(b.Unbound, f)
		}
	}
	switch {
	case len(b.Sources) == 0:
		b.Unbound = fields
		b.Reason = "no source has events of " + r.Logsource.String()
	case !b.Runs:
		b.Reason = strings.Join(reasons, "; ")
	}
	return b
}

func lacking(fields []string, s *Source) []string {
	return slices.DeleteFunc(slices.Clone(fields), s.Carries)
}

// canHold reports whether an expression can be true of an event that has none
// but the source's fields. What is not carried is false, and its negation true.
func canHold(e *Expr, s *Source) bool {
	possible, _ := outcomes(e, s)
	return possible
}

// outcomes says whether e can be true and whether it can be false.
func outcomes(e *Expr, s *Source) (canBeTrue, canBeFalse bool) {
	switch e.Kind {
	case Leaf:
		return s.Carries(e.Test.Field) && s.Carries(e.Test.Other), true
	case Not:
		t, f := outcomes(e.Kids[0], s)
		return f, t
	default:
	}
	and := e.Kind == And
	canBeTrue, canBeFalse = and, !and
	for _, kid := range e.Kids {
		t, f := outcomes(kid, s)
		if and {
			canBeTrue, canBeFalse = canBeTrue && t, canBeFalse || f
		} else {
			canBeTrue, canBeFalse = canBeTrue || t, canBeFalse && f
		}
	}
	return canBeTrue, canBeFalse
}
