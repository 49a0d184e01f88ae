package ruleset

import (
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/nightjar-sec/nightjar/internal/sigma"
)

// ParameterType says what values a parameter takes.
type ParameterType string

// The types, told from the value that the rule has.
const (
	Number  ParameterType = "number"
	Text    ParameterType = "text"
	Span    ParameterType = "span" // 90s, 15m, 1h, 7d
	Boolean ParameterType = "boolean"
	List    ParameterType = "list" // of texts or numbers
)

// Parameter is a value of a rule that a tenant may have otherwise.
type Parameter struct {
	Name  string
	Type  ParameterType
	Value any    // of the rule: int64, float64, string, bool or []any of them
	Text  string // what it means
	// Source says where the value comes from: an address, or reasoning.
	Source string
	Line   int

	node *yaml.Node
}

var (
	spanPattern = regexp.MustCompile(`^[0-9]+[smhdwMy]$`)
	namePattern = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]*$`)
)

func readParameters(m sigma.Entry) ([]Parameter, error) {
	list, err := sigma.Entries(m.Value)
	if err != nil {
		return nil, err
	}
	var out []Parameter
	for _, e := range list {
		p := Parameter{Name: e.Key, Line: e.Line}
		if !namePattern.MatchString(p.Name) {
			return nil, sigma.Invalid(e.Line, "%q is no name of a parameter: letters, digits and _", p.Name)
		}
		keys, err := sigma.Entries(e.Value)
		if err != nil {
			return nil, err
		}
		for _, k := range keys {
			switch k.Key {
			case "value":
				p.node = k.Value
				p.Value, p.Type, err = parameterValue(k)
			case "text":
				p.Text, err = k.Text()
			case "source":
				p.Source, err = k.Text()
			default:
				err = unknown(k, "a parameter", []string{"value", "text", "source"})
			}
			if err != nil {
				return nil, err
			}
		}
		if p.node == nil {
			return nil, sigma.Invalid(e.Line, "parameter %s has no value", p.Name)
		}
		out = append(out, p)
	}
	return out, nil
}

// parameterValue reads a value and tells its type.
func parameterValue(e sigma.Entry) (any, ParameterType, error) {
	var v any
	if err := e.Value.Decode(&v); err != nil {
		return nil, "", sigma.Invalid(e.Line, "%s is no value: %v", e.Key, err)
	}
	switch v := v.(type) {
	case int:
		return int64(v), Number, nil
	case float64:
		return v, Number, nil
	case bool:
		return v, Boolean, nil
	case string:
		if spanPattern.MatchString(v) {
			return v, Span, nil
		}
		return v, Text, nil
	case []any:
		for i, item := range v {
			switch item := item.(type) {
			case int:
				v[i] = int64(item)
			case float64, string:
			default:
				return nil, "", sigma.Invalid(e.Line, "a list of a parameter has texts and numbers, not %v", item)
			}
		}
		return v, List, nil
	default:
		return nil, "", sigma.Invalid(e.Line, "a parameter is a number, a text, a span such as 15m, true, false, or a list")
	}
}

// holder is a node whose whole text is %name%.
func holder(n *yaml.Node) (string, bool) {
	if n.Kind != yaml.ScalarNode || len(n.Value) < 3 || n.Value[0] != '%' || n.Value[len(n.Value)-1] != '%' {
		return "", false
	}
	name := n.Value[1 : len(n.Value)-1]
	return name, namePattern.MatchString(name)
}

// expand returns n with parameters in the place of %names%. What has none of
// them is shared with n; lines stay those of the rule. A list in the place of
// one item of a list becomes items of it.
func expand(n *yaml.Node, value func(name string) *yaml.Node) *yaml.Node {
	if name, ok := holder(n); ok {
		if v := value(name); v != nil {
			return placed(v, n.Line)
		}
		return n
	}
	if n.Kind != yaml.MappingNode && n.Kind != yaml.SequenceNode {
		return n
	}
	var content []*yaml.Node
	same := true
	for _, kid := range n.Content {
		changed := expand(kid, value)
		same = same && changed == kid
		if changed != kid && n.Kind == yaml.SequenceNode && changed.Kind == yaml.SequenceNode && kid.Kind == yaml.ScalarNode {
			content = append(content, changed.Content...)
			continue
		}
		content = append(content, changed)
	}
	if same {
		return n
	}
	clone := *n
	clone.Content = content
	return &clone
}

// placed copies a value to the line where it is used.
func placed(v *yaml.Node, line int) *yaml.Node {
	clone := *v
	clone.Line, clone.Anchor, clone.Alias = line, "", nil
	clone.Content = nil
	for _, kid := range v.Content {
		clone.Content = append(clone.Content, placed(kid, line))
	}
	return &clone
}

// holders lists the %names% below n that no modifier expand claims.
func holders(n *yaml.Node, claimed bool, found func(name string, line int)) {
	if name, ok := holder(n); ok && !claimed {
		found(name, n.Line)
	}
	for i, kid := range n.Content {
		inner := claimed
		if n.Kind == yaml.MappingNode && i%2 == 1 {
			inner = strings.Contains(n.Content[i-1].Value, "|expand")
		}
		holders(kid, inner, found)
	}
}
