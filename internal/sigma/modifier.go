package sigma

import (
	"net/netip"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// maxVariants is how many texts one value may become by windash, base64offset
// and placeholders.
const maxVariants = 10_000

// draft is one value of a detection item while its modifiers are applied.
type draft struct {
	node  *yaml.Node
	op    Op
	runes []rune // of a text, with wildcards
	plain []byte // set once an encoding made bytes of the text
	expr  string // of a regular expression
	flags string
	net   netip.Prefix
	cmp   Compare
	part  TimePart
	num   float64
	other string
	front bool // of OpField: the other value may stand anywhere but at the front
	back  bool
	cased bool
	never bool // of OpPresent and OpValued: must not be
	fixed bool // a type was given: text modifiers no longer apply
}

// item is what stands behind a field: its modifiers in order.
type item struct {
	field     string
	modifiers []string
	line      int
	all, neq  bool
	lookup    map[string][]string
}

func newItem(key string, line int, lookup map[string][]string) (*item, error) {
	parts := strings.Split(key, "|")
	it := &item{field: strings.TrimSpace(parts[0]), line: line, lookup: lookup}
	for _, m := range parts[1:] {
		m = strings.ToLower(strings.TrimSpace(m))
		switch m {
		case "all":
			it.all = true
		case "neq":
			it.neq = true
		case "":
			return nil, invalid(line, "%q has an empty modifier", key)
		default:
			it.modifiers = append(it.modifiers, m)
		}
	}
	return it, nil
}

// start makes a draft of a value as it stands in the file.
func (it *item) start(n *yaml.Node) (draft, error) {
	if n.Kind != yaml.ScalarNode {
		return draft{}, invalid(n.Line, "a value of %q must be a text, a number, true, false or null", it.name())
	}
	d := draft{node: n, op: OpPattern}
	switch n.Tag {
	case "!!null":
		if len(it.modifiers) > 0 {
			return draft{}, invalid(n.Line, "null takes no modifier, but %q has one", it.name())
		}
		if it.field == "" {
			return draft{}, invalid(n.Line, "null is no keyword")
		}
		d.op, d.never, d.fixed = OpValued, true, true
	case "!!str", "!!timestamp":
		d.runes = parsePattern(n.Value)
	case "!!int", "!!float", "!!bool":
		d.runes = []rune(scalarText(n))
	default:
		return draft{}, invalid(n.Line, "a value of %q has the type %s, which rules do not have", it.name(), n.Tag)
	}
	return d, nil
}

func (it *item) name() string {
	if it.field == "" {
		return "a keyword"
	}
	return it.field
}

// expand applies the modifiers to a value. More than one draft means: any of them.
func (it *item) expand(n *yaml.Node) ([]draft, error) {
	d, err := it.start(n)
	if err != nil {
		return nil, err
	}
	drafts := []draft{d}
	for _, m := range it.modifiers {
		var next []draft
		for _, d := range drafts {
			more, err := it.apply(m, d)
			if err != nil {
				return nil, err
			}
			next = append(next, more...)
			if len(next) > maxVariants {
				return nil, tooMuch(n.Line, "the modifiers of %s make more than %d variants of one value", it.name(), maxVariants)
			}
		}
		drafts = next
	}
	return drafts, nil
}

// apply applies one modifier.
func (it *item) apply(m string, d draft) ([]draft, error) {
	line := d.node.Line
	switch m {
	case "contains", "startswith", "endswith":
		return it.anchor(m, d)
	case "re":
		if d.fixed || d.plain != nil {
			return nil, invalid(line, "re of %s must come before other modifiers", it.name())
		}
		d.op, d.expr, d.fixed = OpRegex, d.node.Value, true
		return []draft{d}, nil
	case "i", "ignorecase", "m", "multiline", "s", "dotall":
		if d.op != OpRegex {
			return nil, invalid(line, "%s of %s applies to regular expressions alone: it must follow re", m, it.name())
		}
		d.flags += map[byte]string{'i': "i", 'm': "m", 's': "s", 'd': "s"}[m[0]]
		return []draft{d}, nil
	case "cased":
		if d.op != OpPattern && d.op != OpField {
			return nil, invalid(line, "cased of %s applies to texts alone", it.name())
		}
		d.cased = true
		return []draft{d}, nil
	case "base64", "base64offset", "wide", "utf16le", "utf16be", "utf16":
		return it.encode(m, d)
	case "windash":
		if d.fixed || d.plain != nil {
			return nil, invalid(line, "windash of %s applies to plain texts alone", it.name())
		}
		return it.windash(d)
	case "expand":
		return it.placeholders(d)
	default:
		return it.typed(m, d)
	}
}

// typed applies the modifiers that say what kind a value is.
func (it *item) typed(m string, d draft) ([]draft, error) {
	line := d.node.Line
	if d.plain != nil {
		return nil, invalid(line, "%s of %s cannot follow an encoding", m, it.name())
	}
	part, isPart := timeParts()[m]
	cmp, isCompare := map[string]Compare{"lt": Less, "lte": LessOrEqual, "gt": Greater, "gte": GreaterOrEqual}[m]
	switch {
	case isPart || isCompare:
		if d.fixed && d.op != OpCompare {
			return nil, invalid(line, "%s of %s applies to numbers alone", m, it.name())
		}
		n, ok := number(d.node)
		if !ok {
			return nil, invalid(line, "%s of %s needs a number, not %q", m, it.name(), d.node.Value)
		}
		if isPart && !part.allowed(n) {
			return nil, invalid(line, "%s is no %s", d.node.Value, m)
		}
		d.op, d.num, d.fixed = OpCompare, n, true
		if isPart {
			d.part = part
		} else {
			d.cmp = cmp
		}
		return []draft{d}, nil
	case d.fixed:
		return nil, invalid(line, "%s of %s cannot follow the modifiers before it", m, it.name())
	case m == "cidr":
		network, ok := parseNetwork(d.node.Value)
		if !ok {
			return nil, invalid(line, "%q of %s is no network such as 192.0.2.0/24 or 2001:db8::/32", d.node.Value, it.name())
		}
		d.op, d.net, d.fixed = OpCIDR, network, true
		return []draft{d}, nil
	case m == "exists":
		if d.node.Tag != "!!bool" || it.field == "" || len(it.modifiers) > 1 {
			return nil, invalid(line, "exists needs a field, true or false, and no other modifier")
		}
		d.op, d.never, d.fixed = OpPresent, strings.EqualFold(d.node.Value, "false"), true
		return []draft{d}, nil
	case m == "fieldref":
		return it.reference(d)
	}
	return nil, invalid(it.line, "%q of %s is no modifier of Sigma 2.1", m, it.name())
}

// reference makes the value the name of another field.
func (it *item) reference(d draft) ([]draft, error) {
	runes := d.runes
	if len(runes) > 0 && runes[0] == anyMany {
		d.front, runes = true, runes[1:]
	}
	if len(runes) > 0 && runes[len(runes)-1] == anyMany {
		d.back, runes = true, runes[:len(runes)-1]
	}
	for _, r := range runes {
		if r < 0 {
			return nil, invalid(d.node.Line, "the field that %s refers to must have no wildcards", it.name())
		}
	}
	if len(runes) == 0 || it.field == "" {
		return nil, invalid(d.node.Line, "fieldref needs a field and the name of another")
	}
	d.op, d.other, d.fixed = OpField, string(runes), true
	return []draft{d}, nil
}

// anchor says where in the field the value may stand.
func (it *item) anchor(m string, d draft) ([]draft, error) {
	switch {
	case d.op == OpRegex:
		// A regular expression is looked for anywhere, so contains adds nothing.
		switch m {
		case "startswith":
			d.expr = "^(?:" + d.expr + ")"
		case "endswith":
			d.expr = "(?:" + d.expr + ")$"
		}
		return []draft{d}, nil
	case d.op == OpField:
		d.front = d.front || m != "startswith"
		d.back = d.back || m != "endswith"
		return []draft{d}, nil
	case d.fixed:
		return nil, invalid(d.node.Line, "%s of %s applies to texts alone", m, it.name())
	}
	if d.plain != nil {
		if err := d.decode(it); err != nil {
			return nil, err
		}
	}
	runes := d.runes
	if m != "startswith" && (len(runes) == 0 || runes[0] != anyMany) {
		runes = append([]rune{anyMany}, runes...)
	}
	if m != "endswith" && (len(runes) == 0 || runes[len(runes)-1] != anyMany) {
		runes = append(slices.Clip(runes), anyMany)
	}
	d.runes = runes
	return []draft{d}, nil
}

func parseNetwork(s string) (netip.Prefix, bool) {
	if p, err := netip.ParsePrefix(s); err == nil {
		if a := p.Addr().Unmap(); a.Is4() && p.Addr().Is4In6() && p.Bits() >= 96 {
			p = netip.PrefixFrom(a, p.Bits()-96)
		}
		return p.Masked(), true
	}
	a, err := netip.ParseAddr(s)
	if err != nil || a.Zone() != "" {
		return netip.Prefix{}, false
	}
	a = a.Unmap()
	return netip.PrefixFrom(a, a.BitLen()), true
}
