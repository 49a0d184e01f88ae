package ruleset

import (
	"maps"
	"slices"

	"go.yaml.in/yaml/v3"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/sigma"
)

// keep compiles what must hold besides for a rule to match, with an exception:
// a filter of Sigma's, by its own reader.
func (e Exception) keep() (*sigma.Expr, error) {
	doc := map[string]any{
		"title": "exception", "logsource": map[string]string{"product": "any"},
		"filter": map[string]any{"rules": "any", "where": e.Where, "condition": "where"},
	}
	var n yaml.Node
	if err := n.Encode(doc); err != nil {
		return nil, &nightjar.Error{Code: nightjar.CodeInvalid, Message: "the exception is no selection", Err: err}
	}
	c := sigma.ParseDocuments("", []*yaml.Node{&n}, nil)
	if len(c.Faults) > 0 {
		f := c.Faults[0].Err
		return nil, &nightjar.Error{Code: f.Code, Message: "the exception cannot be read: " + f.Message, Hint: f.Hint}
	}
	return c.Filters[0].Keep, nil
}

// excepter lays exceptions over the rules of one variant.
type excepter struct {
	all    *sigma.Collection
	alerts func(label string) bool
}

// except takes events from the rule of a label; false when there is none.
func (x *excepter) except(label string, keep *sigma.Expr) bool {
	found := false
	for _, r := range x.all.Rules {
		if r.Label() == label {
			and(r, keep)
			found = true
		}
	}
	for _, c := range x.all.Correlations {
		if c.Label() == label {
			x.correlation(c, keep, label)
			found = true
		}
	}
	return found
}

func and(r *sigma.Rule, keep *sigma.Expr) {
	r.Expr = &sigma.Expr{Kind: sigma.And, Kids: []*sigma.Expr{r.Expr, keep}}
}

// correlation takes events from the rules that a correlation rests on, for it
// alone: those that others use too, or that alert by themselves, are copied.
func (x *excepter) correlation(c *sigma.Correlation, keep *sigma.Expr, top string) {
	renamed := map[string]string{}
	for _, ref := range c.Rules {
		own := ref
		if x.shared(ref, c) {
			own = ref + "~" + top
		}
		for _, r := range slices.Clone(x.all.Rules) {
			if r.ID != ref && r.Name != ref {
				continue
			}
			if own != ref {
				clone := *r
				clone.ID, clone.Name = own, ""
				r = &clone
				x.all.Rules = append(x.all.Rules, r)
			}
			and(r, keep)
		}
		for _, inner := range slices.Clone(x.all.Correlations) {
			if inner.ID != ref && inner.Name != ref {
				continue
			}
			if own != ref {
				clone := *inner
				clone.ID, clone.Name = own, ""
				inner = &clone
				x.all.Correlations = append(x.all.Correlations, inner)
			}
			x.correlation(inner, keep, top)
		}
		renamed[ref] = own
	}
	rename(c, renamed)
}

// shared reports whether a rule serves others than one correlation.
func (x *excepter) shared(ref string, by *sigma.Correlation) bool {
	is := func(m *sigma.Meta) bool { return m.ID == ref || m.Name == ref }
	for _, r := range x.all.Rules {
		if is(&r.Meta) && x.alerts(r.Label()) {
			return true
		}
	}
	for _, c := range x.all.Correlations {
		if is(&c.Meta) && x.alerts(c.Label()) {
			return true
		}
		if c == by {
			continue
		}
		for _, other := range c.Rules {
			if other == ref || x.meansSame(other, ref) {
				return true
			}
		}
	}
	return false
}

// meansSame reports whether two references are of one rule: by id and by name.
func (x *excepter) meansSame(a, b string) bool {
	both := func(m *sigma.Meta) bool { return (m.ID == a || m.Name == a) && (m.ID == b || m.Name == b) }
	return slices.ContainsFunc(x.all.Rules, func(r *sigma.Rule) bool { return both(&r.Meta) }) ||
		slices.ContainsFunc(x.all.Correlations, func(c *sigma.Correlation) bool { return both(&c.Meta) })
}

// rename changes the references of a correlation, which is a copy already.
func rename(c *sigma.Correlation, to map[string]string) {
	name := func(ref string) string {
		if own, ok := to[ref]; ok {
			return own
		}
		return ref
	}
	c.Rules = slices.Clone(c.Rules)
	for i, ref := range c.Rules {
		c.Rules[i] = name(ref)
	}
	aliases := maps.Clone(c.Aliases)
	for alias, per := range aliases {
		changed := map[string]string{}
		for ref, field := range per {
			changed[name(ref)] = field
		}
		aliases[alias] = changed
	}
	c.Aliases = aliases
	c.Condition = renameCondition(c.Condition, name)
}

func renameCondition(e *sigma.RuleExpr, name func(string) string) *sigma.RuleExpr {
	if e == nil {
		return nil
	}
	out := &sigma.RuleExpr{Kind: e.Kind}
	if e.Kind == sigma.Leaf {
		out.Rule = name(e.Rule)
	}
	for _, kid := range e.Kids {
		out.Kids = append(out.Kids, renameCondition(kid, name))
	}
	return out
}
