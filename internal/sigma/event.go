package sigma

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"

	"github.com/nightjar-sec/nightjar"
)

// Event is a decoded event. Unlike a map it keeps members of the same name.
type Event struct{ root *node }

type nodeKind uint8

const (
	objectNode nodeKind = iota
	arrayNode
	textNode
	numberNode
	boolNode
	nullNode
)

type node struct {
	kind    nodeKind
	names   []string // of an object, one for each item
	items   []*node
	entries []entry // of an object: what steps lead to
	text    string  // of a scalar, decoded
}

// Decode reads one JSON object.
func Decode(raw []byte) (*Event, error) {
	if !json.Valid(raw) {
		return nil, &nightjar.Error{Code: nightjar.CodeCorrupt, Message: "the event is not valid JSON"}
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	token, err := dec.Token()
	if err != nil {
		return nil, err
	}
	if token != json.Delim('{') {
		return nil, NotAnObject()
	}
	root, err := decodeNode(dec, token, false)
	return &Event{root}, err
}

// NotAnObject is the error of an event that is another kind of JSON.
func NotAnObject() error {
	return &nightjar.Error{Code: nightjar.CodeCorrupt, Message: "the event is not a JSON object"}
}

func decodeNode(dec *json.Decoder, token json.Token, inList bool) (*node, error) {
	switch t := token.(type) {
	case string:
		return &node{kind: textNode, text: t}, nil
	case json.Number:
		return &node{kind: numberNode, text: t.String()}, nil
	case bool:
		if t {
			return &node{kind: boolNode, text: "true"}, nil
		}
		return &node{kind: boolNode, text: "false"}, nil
	case nil:
		return &node{kind: nullNode}, nil
	case json.Delim:
		n := &node{kind: objectNode}
		if t == '[' {
			n.kind = arrayNode
		}
		for dec.More() {
			if n.kind == objectNode {
				name, err := dec.Token()
				if err != nil {
					return nil, err
				}
				text, ok := name.(string)
				if !ok {
					return nil, errors.New("a name is no text")
				}
				n.names = append(n.names, text)
			}
			token, err := dec.Token()
			if err != nil {
				return nil, err
			}
			kid, err := decodeNode(dec, token, n.kind == arrayNode)
			if err != nil {
				return nil, err
			}
			n.items = append(n.items, kid)
		}
		if n.kind == objectNode {
			n.entries = n.reach(inList)
		}
		_, err := dec.Token()
		return n, err
	}
	return nil, errors.New("unknown token")
}

// entry is a value below an object, and the steps that lead to it.
type entry struct {
	steps []string
	value *node
}

// reach lists the members of an object with the steps that lead to them. Of an object in a list that has a
// name and a value, the value can be reached by the name too: Microsoft writes
// maps as [{"Name":"Identity","Value":"…"}].
func (n *node) reach(inList bool) []entry {
	list := make([]entry, 0, len(n.items))
	for i, name := range n.names {
		if steps := Steps(name); len(steps) > 0 {
			list = append(list, entry{steps, n.items[i]})
		}
	}
	if !inList {
		return list
	}
	name := slices.IndexFunc(list, func(e entry) bool {
		return len(e.steps) == 1 && IsBagName(e.steps[0]) && e.value.kind == textNode
	})
	if name < 0 {
		return list
	}
	own := Steps(list[name].value.text)
	if len(own) == 0 {
		return list
	}
	for _, e := range list {
		if len(e.steps) != 1 || !IsBagValue(e.steps[0]) {
			continue
		}
		if e.steps[0] != "oldvalue" {
			list = append(list, entry{own, e.value})
		}
		list = append(list, entry{append(slices.Clip(own), e.steps[0]), e.value})
	}
	return list
}

// IsBagName reports whether a member of that (folded) name names an element of a bag.
func IsBagName(step string) bool { return step == "name" || step == "key" || step == "displayname" }

// IsBagValue reports whether a member of that (folded) name is the value of an
// element of a bag. Reached by the element's name alone are Value and NewValue.
func IsBagValue(step string) bool {
	return step == "value" || step == "newvalue" || step == "oldvalue"
}
