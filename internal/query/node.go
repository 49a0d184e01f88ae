package query

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// node is one object of DuckDB's serialized syntax tree. It stays a map, so
// that what was checked can be sent back to the parser whole.
type node map[string]any

func asNode(v any) node {
	m, _ := v.(map[string]any)
	return m
}

func (n node) str(key string) string {
	s, _ := n[key].(string)
	return s
}

func (n node) flag(key string) bool {
	b, _ := n[key].(bool)
	return b
}

func (n node) child(key string) node { return asNode(n[key]) }

func (n node) list(key string) []any {
	l, _ := n[key].([]any)
	return l
}

func (n node) children(key string) []node {
	l := n.list(key)
	out := make([]node, len(l))
	for i, v := range l {
		out[i] = asNode(v)
	}
	return out
}

// strings returns the list of names under key; ok is false when one is not text.
func (n node) strings(key string) (out []string, ok bool) {
	for _, v := range n.list(key) {
		s, isText := v.(string)
		if !isText {
			return nil, false
		}
		out = append(out, s)
	}
	return out, true
}

// only refuses a node with a key that the check does not know: a construct of
// a newer parser must not slip through.
func (n node) only(keys ...string) error {
	for k := range n {
		if !slices.Contains(keys, k) {
			return fmt.Errorf("syntax tree has an unknown part %q in %s", k, n.str("type"))
		}
	}
	return nil
}

// empty is true for what the parser writes when a clause is absent.
func empty(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case string:
		return v == ""
	case []any:
		return len(v) == 0
	case bool:
		return !v
	default:
		return false
	}
}

// replace turns n into another node, in place.
func (n node) replace(by node) {
	clear(n)
	maps.Copy(n, by)
}

func constantString(n node) (string, bool) {
	v := n.child("value")
	if n.str("class") != "CONSTANT" || v.flag("is_null") || v.child("type").str("id") != "VARCHAR" {
		return "", false
	}
	s, ok := v["value"].(string)
	return s, ok
}

// noLocation is what the parser writes for a node without a place in the text.
const noLocation = json.Number("18446744073709551615")

func stringNode(s, alias string) node {
	return node{
		"class": "CONSTANT", "type": "VALUE_CONSTANT", "alias": alias, "query_location": noLocation,
		"value": map[string]any{"is_null": false, "type": map[string]any{"id": "VARCHAR", "type_info": nil}, "value": s},
	}
}

func intNode(i int64) node {
	return node{
		"class": "CONSTANT", "type": "VALUE_CONSTANT", "alias": "", "query_location": noLocation,
		"value": map[string]any{"is_null": false, "type": map[string]any{"id": "BIGINT", "type_info": nil}, "value": i},
	}
}

func castNode(child node, to, alias string) node {
	return node{
		"class": "CAST", "type": "OPERATOR_CAST", "alias": alias, "query_location": noLocation, "try_cast": false,
		"child": map[string]any(child), "cast_type": map[string]any{"id": to, "type_info": nil},
	}
}

func functionNode(name, alias string, args ...node) node {
	children := make([]any, len(args))
	for i, a := range args {
		children[i] = map[string]any(a)
	}
	return node{
		"class": "FUNCTION", "type": "FUNCTION", "alias": alias, "query_location": noLocation,
		"function_name": name, "schema": "", "catalog": "", "children": children, "filter": nil,
		"order_bys": map[string]any{"type": "ORDER_MODIFIER", "orders": []any{}},
		"distinct":  false, "is_operator": false, "export_state": false,
	}
}

func operatorNode(kind, alias string, args ...node) node {
	children := make([]any, len(args))
	for i, a := range args {
		children[i] = map[string]any(a)
	}
	return node{"class": "OPERATOR", "type": kind, "alias": alias, "query_location": noLocation, "children": children}
}

// caseNode is CASE WHEN … THEN … with the checks in pairs, and ELSE other.
func caseNode(alias string, other node, checks ...node) node {
	var list []any
	for i := 0; i+1 < len(checks); i += 2 {
		list = append(list, map[string]any{"when_expr": map[string]any(checks[i]), "then_expr": map[string]any(checks[i+1])})
	}
	return node{
		"class": "CASE", "type": "CASE_EXPR", "alias": alias, "query_location": noLocation,
		"case_checks": list, "else_expr": map[string]any(other),
	}
}

func nullNode() node {
	return node{
		"class": "CONSTANT", "type": "VALUE_CONSTANT", "alias": "", "query_location": noLocation,
		"value": map[string]any{"type": map[string]any{"id": "NULL", "type_info": nil}, "is_null": true},
	}
}

func decodeTree(text string) (node, error) {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber() // places are 64-bit numbers: a float would change them
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, fmt.Errorf("decode syntax tree: %w", err)
	}
	return asNode(v), nil
}
