package index

import (
	"maps"
	"slices"
)

// maxDense is how many entries the table of an automaton may have, 64 MiB;
// beyond, the transitions are searched for.
const maxDense = 16 << 20

// output is what an occurrence of a text says.
type output struct {
	pred int32
	how  gate
}

// automaton finds all of many texts in one pass (Aho and Corasick 1975).
type automaton struct {
	states  int
	classes int
	class   [256]uint8
	// next holds for each state and class the state that follows, times
	// classes, and its complement where that state has outputs.
	next    []int32
	outputs [][]found // by state

	sparse *sparse // instead of next, for very many texts
}

// found is a text that ends in a state.
type found struct {
	length  int32
	outputs []output
}

// trieNode is a state while the automaton is built.
type trieNode struct {
	kids map[byte]int32
	fail int32
	out  []found
}

// newAutomaton returns nil when there are no texts.
func newAutomaton(texts map[string][]output) *automaton {
	if len(texts) == 0 {
		return nil
	}
	nodes := []trieNode{{}}
	for _, text := range slices.Sorted(maps.Keys(texts)) {
		at := int32(0)
		for _, c := range []byte(text) {
			kid, ok := nodes[at].kids[c]
			if !ok {
				kid = int32(len(nodes))
				nodes = append(nodes, trieNode{})
				if nodes[at].kids == nil {
					nodes[at].kids = map[byte]int32{}
				}
				nodes[at].kids[c] = kid
			}
			at = kid
		}
		nodes[at].out = append(nodes[at].out, found{int32(len(text)), texts[text]})
	}
	a := &automaton{states: len(nodes), classes: 1}
	for i := range nodes {
		for c := range nodes[i].kids {
			if a.class[c] == 0 {
				a.class[c] = uint8(min(a.classes, 255))
				a.classes++
			}
		}
	}
	order := link(nodes)
	for i := range nodes {
		a.outputs = append(a.outputs, nodes[i].out)
	}
	// With all 256 bytes in use a class would not fit its byte.
	if len(nodes)*a.classes > maxDense || a.classes > 256 {
		a.sparse = newSparse(nodes)
		return a
	}
	a.fill(nodes, order)
	return a
}

// link sets the failure links and returns the states by depth.
func link(nodes []trieNode) []int32 {
	order := make([]int32, 1, len(nodes))
	for i := 0; i < len(order); i++ {
		at := order[i]
		for _, c := range slices.Sorted(maps.Keys(nodes[at].kids)) {
			kid := nodes[at].kids[c]
			order = append(order, kid)
			if at == 0 {
				continue
			}
			fail := nodes[at].fail
			for {
				if to, ok := nodes[fail].kids[c]; ok {
					nodes[kid].fail = to
					break
				}
				if fail == 0 {
					break
				}
				fail = nodes[fail].fail
			}
			if more := nodes[nodes[kid].fail].out; len(more) > 0 {
				nodes[kid].out = append(slices.Clone(nodes[kid].out), more...)
			}
		}
	}
	return order
}

func (a *automaton) fill(nodes []trieNode, order []int32) {
	a.next = make([]int32, len(nodes)*a.classes)
	for _, at := range order {
		row := a.next[int(at)*a.classes:][:a.classes]
		if at != 0 {
			copy(row, a.next[int(nodes[at].fail)*a.classes:][:a.classes])
		}
		for c, kid := range nodes[at].kids {
			to := kid * int32(a.classes)
			if len(nodes[kid].out) > 0 {
				to = ^to
			}
			row[a.class[c]] = to
		}
	}
}

// run calls hit for each text that occurs, with the index behind it.
func (m *scratch) run(a *automaton, v *value) {
	if a.sparse != nil {
		m.runSparse(a, v)
		return
	}
	next, class := a.next, &a.class
	state := int32(0)
	for i, c := range v.folded {
		state = next[int(state)+int(class[c])]
		if state < 0 {
			state = ^state
			m.hits(a.outputs[int(state)/a.classes], v, i+1)
		}
	}
}

// hits handles the texts that end before end.
func (m *scratch) hits(list []found, v *value, end int) {
	for _, f := range list {
		for _, o := range f.outputs {
			switch o.how {
			case byText:
				m.set(o.pred)
			case byPrefix:
				if end == int(f.length) {
					m.set(o.pred)
				}
			case bySuffix:
				if end == len(v.folded) {
					m.set(o.pred)
				}
			default:
				m.verify(o.pred, v)
			}
		}
	}
}
