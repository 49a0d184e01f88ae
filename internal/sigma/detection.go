package sigma

import (
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"
)

// maxTests is how many tests one rule may have; the largest of SigmaHQ has 1,700.
const maxTests = 50_000

// detectionParser reads the search identifiers of one rule.
type detectionParser struct {
	lookup map[string][]string // placeholders
	tests  int
}

// search reads one search identifier: a mapping, a list of mappings, or keywords.
func (p *detectionParser) search(name string, n *yaml.Node) (*Expr, error) {
	n = resolve(n)
	switch n.Kind {
	case yaml.MappingNode:
		return p.mapping(name, n)
	case yaml.SequenceNode:
		var kids []*Expr
		for _, kid := range n.Content {
			kid = resolve(kid)
			if kid.Kind == yaml.SequenceNode {
				return nil, invalid(kid.Line, "%s has a list in a list", name)
			}
			e, err := p.search(name, kid)
			if err != nil {
				return nil, err
			}
			kids = append(kids, e)
		}
		if len(kids) == 0 {
			return nil, invalid(n.Line, "%s is empty", name)
		}
		return joined(Or, kids), nil
	case yaml.ScalarNode:
		return p.values(&item{line: n.Line, lookup: p.lookup}, []*yaml.Node{n})
	default:
		return nil, invalid(n.Line, "%s must be a mapping or a list", name)
	}
}

func (p *detectionParser) mapping(name string, n *yaml.Node) (*Expr, error) {
	list, err := members(n)
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, invalid(n.Line, "%s is empty", name)
	}
	kids := make([]*Expr, 0, len(list))
	for _, m := range list {
		it, err := newItem(m.key, m.line, p.lookup)
		if err != nil {
			return nil, err
		}
		if it.field != "" {
			if steps := Steps(it.field); len(steps) == 0 {
				return nil, invalid(m.line, "%q is no field", it.field)
			}
		}
		nodes := []*yaml.Node{m.value}
		switch m.value.Kind {
		case yaml.SequenceNode:
			nodes = m.value.Content
		case yaml.MappingNode:
			return nil, invalid(m.line, "%s has a mapping as its value: write nested fields as PARENT.CHILD", it.name())
		default:
		}
		if len(nodes) == 0 {
			return nil, invalid(m.line, "%s has an empty list of values", it.name())
		}
		e, err := p.values(it, nodes)
		if err != nil {
			return nil, err
		}
		kids = append(kids, e)
	}
	return joined(And, kids), nil
}

// values links the tests of one field's values.
func (p *detectionParser) values(it *item, nodes []*yaml.Node) (*Expr, error) {
	kids := make([]*Expr, 0, len(nodes))
	for _, n := range nodes {
		drafts, err := it.expand(resolve(n))
		if err != nil {
			return nil, err
		}
		variants := make([]*Expr, 0, len(drafts))
		for _, d := range drafts {
			e, err := d.finish(it)
			if err != nil {
				return nil, err
			}
			variants = append(variants, e)
		}
		if p.tests += len(variants); p.tests > maxTests {
			return nil, tooMuch(it.line, "the rule has more than %d tests", maxTests)
		}
		kids = append(kids, joined(Or, variants))
	}
	kind := Or
	if it.all {
		kind = And
	}
	e := joined(kind, kids)
	if it.neq {
		e = not(e)
	}
	return e, nil
}

// finish makes the test of a draft that all modifiers were applied to.
func (d draft) finish(it *item) (*Expr, error) {
	if d.plain != nil {
		if err := d.decode(it); err != nil {
			return nil, err
		}
	}
	t := &Test{Field: it.field, Op: d.op, Line: d.node.Line, Cased: d.cased}
	switch d.op {
	case OpPattern:
		if it.field == "" {
			// A keyword is looked for within the event.
			d.runes = append(append([]rune{anyMany}, d.runes...), anyMany)
			if len(d.runes) <= 2 {
				return nil, invalid(d.node.Line, "an empty keyword would match every event")
			}
			d.runes = squeezed(d.runes)
		}
		t.Pattern = newPattern(d.runes, !d.cased)
	case OpRegex:
		expr := d.expr
		if d.flags != "" {
			expr = "(?" + uniqueLetters(d.flags) + ")" + expr
		}
		compiled, err := regexp.Compile(expr)
		if err != nil {
			return nil, invalid(d.node.Line, "the regular expression of %s is not one of RE2, which needs no backtracking: %v", it.name(), reason(err))
		}
		t.Regex = compiled
	case OpCIDR:
		t.Network = d.net
	case OpCompare:
		t.Compare, t.Number, t.Part = d.cmp, d.num, d.part
	case OpField:
		t.Other = d.other
		t.Anchor = map[[2]bool]Shape{{false, false}: Exact, {true, false}: Suffix, {false, true}: Prefix, {true, true}: Contains}[[2]bool{d.front, d.back}]
	default:
	}
	if e := leaf(t); !d.never {
		return e, nil
	}
	return not(leaf(t)), nil
}

// squeezed makes one of wildcards * that follow each other.
func squeezed(runes []rune) []rune {
	out := runes[:0:0]
	for i, r := range runes {
		if r != anyMany || i == 0 || runes[i-1] != anyMany {
			out = append(out, r)
		}
	}
	return out
}

func uniqueLetters(s string) string {
	out := ""
	for _, r := range s {
		if !strings.ContainsRune(out, r) {
			out += string(r)
		}
	}
	return out
}

// reason takes the words "error parsing regexp" off, which say nothing new.
func reason(err error) string {
	return strings.TrimPrefix(err.Error(), "error parsing regexp: ")
}
