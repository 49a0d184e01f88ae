package index

import (
	"slices"
	"strings"

	"github.com/nightjar-sec/nightjar/internal/sigma"
)

// predicate is a distinct test of a field.
type predicate struct {
	test  *sigma.Test
	field int32
	other int32 // of OpField: the other field
	users int32 // how many tests of rules it stands for
}

// field is what is to be decided about the values of one field.
type field struct {
	present int32 // the predicate "is there"; -1 when nobody asks
	valued  int32 // the predicate "has a value"
	exact   exactTable
	auto    *automaton
	scan    []int32 // predicates that each value is tried on
	any     []int32 // predicates that any value makes true
	capture bool    // values are kept, to be compared with those of other fields
}

// ref leads from a place in the event to a field.
type ref struct {
	field int32
	trim  bool
}

// compiled are the rules of one source.
type compiled struct {
	preds    []predicate
	fields   []field
	root     *node
	keywords int32 // the field of all names and values, -1 when nobody asks

	programs  []program
	witnessOf [][]int32 // for each predicate the programs that it may make true
	always    []int32   // programs without witnesses
}

// program is one rule.
type program struct {
	rule  int32 // its index in the set
	code  []jump
	entry int32
}

// compiler is the state of compiling one source.
type compiler struct {
	*compiled
	source   *sigma.Source
	fieldIDs map[string]int32
	predIDs  map[predKey]int32
}

type predKey struct {
	field int32
	key   string
}

func compile(source *sigma.Source, rules []*sigma.Rule) *compiled {
	c := &compiler{
		compiled: &compiled{root: &node{}, keywords: -1},
		source:   source, fieldIDs: map[string]int32{}, predIDs: map[predKey]int32{},
	}
	type bound struct {
		rule int32
		expr *sigma.Expr
	}
	var list []bound
	for i, r := range rules {
		if e := source.Bind(r); e != nil {
			list = append(list, bound{int32(i), e})
			e.Tests(func(t *sigma.Test) { c.preds[c.pred(t)].users++ })
		}
	}
	for _, b := range list {
		p := program{rule: b.rule}
		p.entry = c.generate(&p.code, b.expr, accept, reject)
		c.programs = append(c.programs, p)
	}
	c.gate(func(yield func(int, *sigma.Expr)) {
		for i, b := range list {
			yield(i, b.expr)
		}
	})
	c.root.seal()
	c.indexFields()
	return c.compiled
}

// field returns the number of a field as a rule names it. Names that the
// source keeps in the same places are one field.
func (c *compiler) field(name string) int32 {
	var paths []string
	for _, p := range c.source.Paths(name) {
		paths = append(paths, p.String())
	}
	slices.Sort(paths)
	key := strings.Join(paths, "\x00")
	if id, ok := c.fieldIDs[key]; ok {
		return id
	}
	id := int32(len(c.fields))
	c.fieldIDs[key] = id
	c.fields = append(c.fields, field{present: -1, valued: -1})
	if name == "" {
		c.keywords = id
		return id
	}
	for _, p := range c.source.Paths(name) {
		at := c.root
		for _, step := range p.Steps {
			at = at.grow(step)
		}
		if r := (ref{id, p.Trim}); !slices.Contains(at.refs, r) {
			at.refs = append(at.refs, r)
		}
	}
	return id
}

// pred returns the number of a test.
func (c *compiler) pred(t *sigma.Test) int32 {
	f := c.field(t.Field)
	other := int32(-1)
	key := t.Key()
	if t.Op == sigma.OpField {
		other = c.field(t.Other)
	}
	if id, ok := c.predIDs[predKey{f, key}]; ok {
		return id
	}
	id := int32(len(c.preds))
	c.predIDs[predKey{f, key}] = id
	c.preds = append(c.preds, predicate{test: t, field: f, other: other})
	switch t.Op {
	case sigma.OpPresent:
		c.fields[f].present = id
	case sigma.OpValued:
		c.fields[f].valued = id
	case sigma.OpField:
		c.fields[f].capture, c.fields[other].capture = true, true
	default:
	}
	return id
}

// indexFields lays the predicates into hashes and automata.
func (c *compiler) indexFields() {
	exact := make([]map[string][]int32, len(c.fields))
	found := make([]map[string][]output, len(c.fields))
	for i := range c.fields {
		exact[i], found[i] = map[string][]int32{}, map[string][]output{}
	}
	for id, p := range c.preds {
		f := &c.fields[p.field]
		text, how := gateOf(p.test)
		switch how {
		case byValue:
			exact[p.field][text] = append(exact[p.field][text], int32(id))
		case byText, byPrefix, bySuffix, byVerify:
			found[p.field][text] = append(found[p.field][text], output{int32(id), how})
		case byAny:
			f.any = append(f.any, int32(id))
		case byScan:
			f.scan = append(f.scan, int32(id))
		default:
		}
	}
	for i := range c.fields {
		c.fields[i].exact = newExactTable(exact[i])
		c.fields[i].auto = newAutomaton(found[i], maxDense)
	}
}

// gate is how a predicate is decided.
type gate uint8

const (
	byNothing gate = iota // not by values
	byValue               // the whole value, and for cased tests a second look
	byText                // the text occurs
	byPrefix              // the text occurs at the front
	bySuffix              // the text occurs at the end
	byVerify              // where the text occurs the test is run
	byAny                 // any value
	byScan                // the test is run on each value
)

// gateOf chooses how to decide a test, and the folded text to look for.
func gateOf(t *sigma.Test) (string, gate) {
	switch t.Op {
	case sigma.OpPattern:
		text := sigma.Fold(t.Pattern.Text())
		switch shape := t.Pattern.Shape(); {
		case shape == sigma.Exact:
			return text, byValue
		case shape == sigma.Anything:
			return "", byAny
		case shape == sigma.Glob:
			if text = sigma.Fold(t.Pattern.Longest()); text == "" {
				return "", byScan
			}
			return text, byVerify
		case t.Cased:
			return text, byVerify
		case shape == sigma.Prefix:
			return text, byPrefix
		case shape == sigma.Suffix:
			return text, bySuffix
		default:
			return text, byText
		}
	case sigma.OpRegex:
		if text := requiredText(t.Regex.String()); text != "" {
			return text, byVerify
		}
		return "", byScan
	case sigma.OpCIDR, sigma.OpCompare:
		return "", byScan
	default:
		return "", byNothing
	}
}
