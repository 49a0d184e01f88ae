package sigma

// Evidence is a test of a rule that holds, with the value that made it hold.
type Evidence struct {
	Field string // as the rule writes it; "" for a keyword
	Value string // "" when the test asks for no value
	Test  *Test
}

// Evidence says why an event matches the rule with that index: the tests that
// hold, in the order of the rule, each with the first value that it fits. What
// must not hold is no evidence. It is nil when the event does not match.
func (p *Plain) Evidence(rule int, e *Event) []Evidence {
	expr := p.exprs[rule]
	if expr == nil || !p.holds(expr, e) {
		return nil
	}
	list := []Evidence{}
	p.gather(expr, e, &list)
	return list
}

// gather appends the tests that hold in the parts of x that hold.
func (p *Plain) gather(x *Expr, e *Event, list *[]Evidence) {
	switch x.Kind {
	case Not:
	case Leaf:
		if p.test(x.Test, e) {
			*list = append(*list, Evidence{x.Test.Field, p.fitting(x.Test, e), x.Test})
		}
	default:
		for _, kid := range x.Kids {
			if x.Kind == And || p.holds(kid, e) {
				p.gather(kid, e, list)
			}
		}
	}
}

// fitting returns the first value of the field that the test fits.
func (p *Plain) fitting(t *Test, e *Event) string {
	for _, v := range p.look(t.Field, e).values {
		if t.Match(v, Fold(v)) || t.Op == OpValued {
			return v
		}
	}
	return ""
}
