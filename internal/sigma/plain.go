package sigma

import (
	"slices"
	"strings"
)

// Plain evaluates rules one after the other, each test by itself: slow, and
// meant to be obviously right.
type Plain struct {
	rules  []*Rule
	exprs  []*Expr // one for each rule; nil when the source has no such events
	fields map[string][]Path
}

// NewPlain prepares rules for the events of one source.
func NewPlain(source *Source, rules []*Rule) *Plain {
	p := &Plain{rules: rules, fields: map[string][]Path{}}
	for _, r := range rules {
		e := source.Bind(r)
		p.exprs = append(p.exprs, e)
		if e == nil {
			continue
		}
		e.Tests(func(t *Test) {
			p.fields[t.Field] = source.Paths(t.Field)
			p.fields[t.Other] = source.Paths(t.Other)
		})
	}
	return p
}

// Match returns the indexes of the rules that the event matches.
func (p *Plain) Match(e *Event) []int {
	var matches []int
	for i, expr := range p.exprs {
		if expr != nil && p.holds(expr, e) {
			matches = append(matches, i)
		}
	}
	return matches
}

func (p *Plain) holds(x *Expr, e *Event) bool {
	switch x.Kind {
	case Not:
		return !p.holds(x.Kids[0], e)
	case And:
		return !slices.ContainsFunc(x.Kids, func(k *Expr) bool { return !p.holds(k, e) })
	case Or:
		return slices.ContainsFunc(x.Kids, func(k *Expr) bool { return p.holds(k, e) })
	default:
		return p.test(x.Test, e)
	}
}

func (p *Plain) test(t *Test, e *Event) bool {
	f := p.look(t.Field, e)
	switch t.Op {
	case OpPresent:
		return f.present
	case OpValued:
		return f.valued
	case OpField:
		other := p.look(t.Other, e)
		return slices.ContainsFunc(f.values, func(a string) bool {
			return slices.ContainsFunc(other.values, func(b string) bool {
				if t.Cased {
					return t.MatchPair(a, b)
				}
				return t.MatchPair(Fold(a), Fold(b))
			})
		})
	default:
		return slices.ContainsFunc(f.values, func(v string) bool { return t.Match(v, Fold(v)) })
	}
}

// found is what an event has of a field.
type found struct {
	present bool
	valued  bool // with something other than null
	values  []string
	once    bool // of a number its canonical form alone, instead of both
}

// look collects all values of a field, from all places where the source keeps it.
func (p *Plain) look(field string, e *Event) found {
	var f found
	if field == "" {
		e.root.words(&f)
		return f
	}
	for _, path := range p.fields[field] {
		var here found
		e.root.follow(path.Steps, &here)
		f.present = f.present || here.present
		f.valued = f.valued || here.valued
		f.values = append(f.values, here.values...)
		if path.Trim {
			for _, v := range here.values {
				f.values = append(f.values, Trim(v))
			}
		}
	}
	return f
}

// Trim takes full stops and spaces off the end.
func Trim(s string) string { return strings.TrimRight(s, ". ") }

func (n *node) follow(steps []string, f *found) {
	if len(steps) == 0 {
		f.present = true
		f.valued = f.valued || n.kind != nullNode
		n.leaves(f)
		return
	}
	switch n.kind {
	case arrayNode:
		for _, item := range n.items {
			item.follow(steps, f)
		}
	case objectNode:
		for _, e := range n.entries {
			if len(e.steps) <= len(steps) && slices.Equal(e.steps, steps[:len(e.steps)]) {
				e.value.follow(steps[len(e.steps):], f)
			}
		}
	default:
	}
}

// leaves collects all scalars at and below n: a rule that names a whole object
// or list asks of everything in it.
func (n *node) leaves(f *found) {
	switch n.kind {
	case objectNode, arrayNode:
		for _, item := range n.items {
			item.leaves(f)
		}
	case nullNode:
	default:
		canonical, ok := "", false
		if n.kind == numberNode {
			canonical, ok = CanonicalNumber(n.text)
		}
		if !ok || !f.once {
			f.values = append(f.values, n.text)
		}
		if ok {
			f.values = append(f.values, canonical)
		}
	}
}

// words collects all names and scalars.
func (n *node) words(f *found) {
	if n.kind != objectNode && n.kind != arrayNode {
		n.leaves(f)
		return
	}
	f.values = append(f.values, n.names...)
	for _, item := range n.items {
		item.words(f)
	}
}
