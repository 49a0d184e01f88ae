package sigma

import (
	"encoding/json"
	"slices"
)

// Field is a field of a source's events, found once to be read often.
type Field struct {
	Name  string
	paths []Path
}

// Field finds where the source keeps a field.
func (s *Source) Field(name string) Field { return Field{name, s.Paths(name)} }

// Values returns what an event says in the field: each value once, in the order
// of the event, numbers in their canonical form. Of several places where the
// source keeps the field, the first that has values counts, so that the same
// thing written twice in a record is not two things. An empty text is no value.
func (f Field) Values(e *Event) []string {
	for _, path := range f.paths {
		here := found{once: true}
		e.root.follow(path.Steps, &here)
		var list []string
		for _, v := range here.values {
			if path.Trim {
				v = Trim(v)
			}
			if v != "" && !slices.Contains(list, v) {
				list = append(list, v)
			}
		}
		if list != nil {
			return list
		}
	}
	return nil
}

// Values reads a field once; see Field.
func (s *Source) Values(e *Event, field string) []string { return s.Field(field).Values(e) }

// AppendJSON writes the event as JSON that Decode reads as the same event.
func (e *Event) AppendJSON(dst []byte) []byte { return e.root.appendJSON(dst) }

func (n *node) appendJSON(dst []byte) []byte {
	switch n.kind {
	case objectNode:
		dst = append(dst, '{')
		for i, item := range n.items {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = append(appendText(dst, n.names[i]), ':')
			dst = item.appendJSON(dst)
		}
		return append(dst, '}')
	case arrayNode:
		dst = append(dst, '[')
		for i, item := range n.items {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = item.appendJSON(dst)
		}
		return append(dst, ']')
	case textNode:
		return appendText(dst, n.text)
	case nullNode:
		return append(dst, "null"...)
	default:
		return append(dst, n.text...)
	}
}

func appendText(dst []byte, s string) []byte {
	text, err := json.Marshal(s)
	if err != nil { // a string always has a JSON form
		return append(dst, `""`...)
	}
	return append(dst, text...)
}
