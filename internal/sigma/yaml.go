package sigma

import (
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// resolve follows an alias to what it stands for.
func resolve(n *yaml.Node) *yaml.Node {
	for range 10 {
		if n.Kind != yaml.AliasNode || n.Alias == nil {
			break
		}
		n = n.Alias
	}
	return n
}

// member is one entry of a mapping.
type member struct {
	key   string
	line  int
	value *yaml.Node
}

// members lists the entries of a mapping in order.
func members(n *yaml.Node) ([]member, error) {
	n = resolve(n)
	if n.Kind != yaml.MappingNode {
		return nil, invalid(n.Line, "a mapping of keys to values is expected")
	}
	list := make([]member, 0, len(n.Content)/2)
	seen := make(map[string]bool, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := resolve(n.Content[i])
		if key.Kind != yaml.ScalarNode {
			return nil, invalid(n.Line, "a key must be a text")
		}
		if key.Tag == "!!merge" {
			return nil, invalid(key.Line, "merge keys (<<) are not supported")
		}
		if seen[key.Value] {
			return nil, invalid(key.Line, "%q stands twice in one mapping; only one of them would count", key.Value)
		}
		seen[key.Value] = true
		list = append(list, member{key.Value, key.Line, resolve(n.Content[i+1])})
	}
	return list, nil
}

// text reads a scalar as text, whatever its type; "" for null.
func text(m member) (string, error) {
	if m.value.Kind != yaml.ScalarNode {
		return "", invalid(m.line, "%s must be a text", m.key)
	}
	if m.value.Tag == "!!null" {
		return "", nil
	}
	return m.value.Value, nil
}

// texts reads a text or a list of texts.
func texts(m member) ([]string, error) {
	if m.value.Kind == yaml.ScalarNode {
		s, err := text(m)
		if err != nil || s == "" {
			return nil, err
		}
		return []string{s}, nil
	}
	if m.value.Kind != yaml.SequenceNode {
		return nil, invalid(m.line, "%s must be a list of texts", m.key)
	}
	list := make([]string, 0, len(m.value.Content))
	for _, n := range m.value.Content {
		s, err := text(member{m.key, n.Line, resolve(n)})
		if err != nil {
			return nil, err
		}
		list = append(list, s)
	}
	return list, nil
}

// number reads a scalar of YAML as a number.
func number(n *yaml.Node) (float64, bool) {
	switch n.Tag {
	case "!!int":
		s := strings.ReplaceAll(n.Value, "_", "")
		if i, err := strconv.ParseInt(s, 0, 64); err == nil {
			return float64(i), true
		}
		return parseNumber(s)
	case "!!float", "!!str":
		return parseNumber(strings.ReplaceAll(n.Value, "_", ""))
	}
	return 0, false
}

// scalarText writes a scalar as the text that events are compared with.
func scalarText(n *yaml.Node) string {
	switch n.Tag {
	case "!!int":
		s := strings.ReplaceAll(n.Value, "_", "")
		if i, err := strconv.ParseInt(s, 0, 64); err == nil {
			return strconv.FormatInt(i, 10)
		}
		return n.Value
	case "!!float":
		if s, ok := CanonicalNumber(n.Value); ok {
			return s
		}
		return n.Value
	case "!!bool":
		return strings.ToLower(n.Value)
	}
	return n.Value
}
