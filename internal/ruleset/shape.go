package ruleset

import (
	"maps"
	"reflect"

	"go.yaml.in/yaml/v3"

	"github.com/nightjar-sec/nightjar/internal/sigma"
)

// shape is a whole record that tests lay their values over.
type shape map[string]any

// readShapes adds the records of a file to those known.
func readShapes(s source, into map[string]shape) error {
	docs, err := sigma.Documents(s.data)
	if err != nil {
		return err
	}
	for _, doc := range docs {
		list, err := sigma.Entries(doc)
		if err != nil {
			return err
		}
		for _, e := range list {
			record, err := plain(e)
			if err != nil {
				return err
			}
			m, ok := record.(map[string]any)
			if !ok {
				return sigma.Invalid(e.Line, "shape %q must be a record: a mapping", e.Key)
			}
			if old, twice := into[e.Key]; twice && !reflect.DeepEqual(map[string]any(old), m) {
				return sigma.Invalid(e.Line, "another shape is called %q too, and is not the same", e.Key)
			}
			into[e.Key] = m
		}
	}
	return nil
}

// plain reads a value of YAML as JSON has it. Times stay the texts that they are.
func plain(e sigma.Entry) (any, error) {
	n := e.Value
	for n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	switch n.Kind {
	case yaml.MappingNode:
		list, err := sigma.Entries(n)
		if err != nil {
			return nil, err
		}
		out := map[string]any{}
		for _, kid := range list {
			if out[kid.Key], err = plain(kid); err != nil {
				return nil, err
			}
		}
		return out, nil
	case yaml.SequenceNode:
		out := []any{}
		for _, kid := range n.Content {
			v, err := plain(sigma.Entry{Key: e.Key, Line: kid.Line, Value: kid})
			if err != nil {
				return nil, err
			}
			out = append(out, v)
		}
		return out, nil
	default:
		if n.Tag == "!!timestamp" {
			return n.Value, nil
		}
		var v any
		if err := n.Decode(&v); err != nil {
			return nil, sigma.Invalid(e.Line, "%s is no value: %v", e.Key, err)
		}
		return v, nil
	}
}

// overlay lays over on top of base and changes neither: mappings are merged,
// null takes a key away, and a mapping over a list of names and values changes
// the entries that it names.
func overlay(base, over any) any {
	top, ok := over.(map[string]any)
	if !ok {
		return over
	}
	switch under := base.(type) {
	case shape:
		return overlay(map[string]any(under), over)
	case map[string]any:
		out := make(map[string]any, len(under)+len(top)) // under is nil of an event without a shape
		maps.Copy(out, under)
		for key, v := range top {
			if v == nil {
				delete(out, key)
				continue
			}
			out[key] = overlay(out[key], v)
		}
		return out
	case []any:
		if isBag(under) {
			return overlayBag(under, top)
		}
		return over
	default:
		return over
	}
}

// isBag reports whether a list is one of Microsoft's bags of names and values.
func isBag(list []any) bool {
	for _, item := range list {
		m, ok := item.(map[string]any)
		if _, named := m["Name"].(string); !ok || !named {
			return false
		}
	}
	return true
}

// overlayBag sets entries of a bag by name; new ones come last, in the order
// of their names.
func overlayBag(bag []any, over map[string]any) []any {
	value := "Value"
	for _, item := range bag {
		if _, modified := item.(map[string]any)["NewValue"]; modified {
			value = "NewValue"
		}
	}
	left := maps.Clone(over)
	out := []any{}
	entry := func(base map[string]any, v any) map[string]any {
		if m, ok := v.(map[string]any); ok {
			return overlay(base, m).(map[string]any)
		}
		base = maps.Clone(base)
		base[value] = v
		return base
	}
	for _, item := range bag {
		m := item.(map[string]any)
		v, named := over[m["Name"].(string)]
		delete(left, m["Name"].(string))
		switch {
		case !named:
			out = append(out, item)
		case v != nil:
			out = append(out, entry(m, v))
		}
	}
	for _, name := range sortedKeys(left) {
		if left[name] == nil {
			continue
		}
		base := map[string]any{"Name": name, value: ""}
		if value == "NewValue" {
			base["OldValue"] = ""
		}
		out = append(out, entry(base, left[name]))
	}
	return out
}
