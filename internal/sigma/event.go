package sigma

import (
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

// NotAnObject is the error of an event that is another kind of JSON.
func NotAnObject() error {
	return &nightjar.Error{Code: nightjar.CodeCorrupt, Message: "the event is not a JSON object"}
}

// entry is a value below an object, and the steps that lead to it.
type entry struct {
	steps []string
	value *node
}

// reach lists the members of an object with the steps that lead to them. Of an object in a list that has a
// name and a value, the value can be reached by the name too: Microsoft writes
// maps as [{"Name":"Identity","Value":"…"}].
func (n *node) reach(inList bool, split func(string) []string) []entry {
	list := make([]entry, 0, len(n.items))
	for i, name := range n.names {
		if steps := split(name); len(steps) > 0 {
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
	own := split(list[name].value.text)
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
