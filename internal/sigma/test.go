package sigma

import (
	"fmt"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
)

// Op is what a test does with the values of its field.
type Op uint8

// The operations.
const (
	OpPattern Op = iota // a text with wildcards
	OpRegex
	OpCIDR
	OpCompare // with a number, or a part of a time with one
	OpPresent // the field is there, whatever its value
	OpValued  // the field is there with a value that is not null
	OpField   // another field has the same value
)

// Compare is a comparison of numbers.
type Compare uint8

// The comparisons.
const (
	Equal Compare = iota
	Less
	LessOrEqual
	Greater
	GreaterOrEqual
)

func (c Compare) String() string { return [...]string{"=", "<", "<=", ">", ">="}[c] }

// Test is one question about one field. It is true when any value of the field
// answers it; a field that is not there has no values.
type Test struct {
	Field string // as the rule writes it; "" means every name and value of the event
	Op    Op
	Line  int

	Pattern Pattern // OpPattern
	Cased   bool    // OpPattern, OpField: case matters
	Regex   *regexp.Regexp
	Network netip.Prefix
	Compare Compare
	Number  float64
	Part    TimePart // of OpCompare; 0 compares the value itself
	Other   string   // OpField: the other field, as the rule writes it
	Anchor  Shape    // OpField: Exact, Prefix, Suffix or Contains
}

// Match reports whether one value answers the test, for the operations that
// ask of values one by one. Folded is Fold(value).
func (t *Test) Match(value, folded string) bool {
	switch t.Op {
	case OpPattern:
		if t.Cased {
			return t.Pattern.match(value)
		}
		return t.Pattern.match(folded)
	case OpRegex:
		return t.Regex.MatchString(value)
	case OpCIDR:
		address, ok := parseAddress(value)
		return ok && t.Network.Contains(address)
	case OpCompare:
		n, ok := t.Part.of(value)
		return ok && t.compares(n)
	default:
		return false
	}
}

func (t *Test) compares(n float64) bool {
	switch t.Compare {
	case Less:
		return n < t.Number
	case LessOrEqual:
		return n <= t.Number
	case Greater:
		return n > t.Number
	case GreaterOrEqual:
		return n >= t.Number
	default:
		return n == t.Number
	}
}

// MatchPair reports, for OpField, whether a value of the field and one of the
// other field fit; both folded unless Cased.
func (t *Test) MatchPair(value, other string) bool {
	switch t.Anchor {
	case Prefix:
		return strings.HasPrefix(value, other)
	case Suffix:
		return strings.HasSuffix(value, other)
	case Contains:
		return strings.Contains(value, other)
	default:
		return value == other
	}
}

// Key is equal for tests that ask the same, apart from the field.
func (t *Test) Key() string {
	switch t.Op {
	case OpPattern:
		return fmt.Sprintf("pattern %v %s", t.Cased, t.Pattern)
	case OpRegex:
		return "regex " + t.Regex.String()
	case OpCIDR:
		return "cidr " + t.Network.String()
	case OpCompare:
		return fmt.Sprintf("compare %s %s %s", t.Part, t.Compare, strconv.FormatFloat(t.Number, 'g', -1, 64))
	case OpPresent:
		return "present"
	case OpValued:
		return "valued"
	default:
		return fmt.Sprintf("field %v %d %s", t.Cased, t.Anchor, t.Other)
	}
}

// String writes the test for people.
func (t *Test) String() string {
	field := t.Field
	if field == "" {
		field = "any name or value"
	}
	cased := ""
	if t.Cased {
		cased = ", case matters"
	}
	switch t.Op {
	case OpPattern:
		return fmt.Sprintf("%s is %q%s", field, t.Pattern, cased)
	case OpRegex:
		return fmt.Sprintf("%s matches /%s/", field, t.Regex)
	case OpCIDR:
		return fmt.Sprintf("%s is in %s", field, t.Network)
	case OpCompare:
		if t.Part != 0 {
			field = t.Part.String() + " of " + field
		}
		return fmt.Sprintf("%s %s %s", field, t.Compare, strconv.FormatFloat(t.Number, 'g', -1, 64))
	case OpPresent:
		return field + " is there"
	case OpValued:
		return field + " has a value"
	default:
		how := map[Shape]string{Exact: "equals", Prefix: "starts with", Suffix: "ends with", Contains: "contains"}[t.Anchor]
		return fmt.Sprintf("%s %s the value of %s%s", field, how, t.Other, cased)
	}
}
