package index

import (
	"maps"
	"slices"
)

// maxDense is how many entries the table of an automaton may have, 32 MiB;
// beyond, the transitions are searched for.
const maxDense = 8 << 20

// output is what an occurrence of a text says.
type output struct {
	pred int32
	how  gate
}

// automaton finds all of many texts in one pass (Aho and Corasick 1975).
type automaton struct {
	states  int
	classes int
	class   [256]uint8 // capital ASCII letters are of the class of the small ones
	// pairs has a bit for each two bytes with which a text begins. Nearly all
	// of an event begins none, and is passed over without following states.
	pairs [1 << 16 / 64]uint64
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

// newAutomaton returns nil when there are no texts. Its table has at most dense
// entries.
func newAutomaton(texts map[string][]output, dense int) *automaton {
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
	for c := byte('A'); c <= 'Z'; c++ {
		a.class[c] = a.class[c+'a'-'A']
	}
	a.pair(nodes)
	order := link(nodes)
	for i := range nodes {
		a.outputs = append(a.outputs, nodes[i].out)
	}
	// With all 256 bytes in use a class would not fit its byte.
	if len(nodes)*a.classes > dense || a.classes > 256 {
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

// pair marks with which two bytes a text begins, in any case.
func (a *automaton) pair(nodes []trieNode) {
	mark := func(first, second byte) {
		n := int(first)<<8 | int(second)
		a.pairs[n/64] |= 1 << (n % 64)
	}
	for first, kid := range nodes[0].kids {
		for second := range 256 {
			_, longer := nodes[kid].kids[lower(byte(second))]
			if longer || len(nodes[kid].out) > 0 {
				mark(first, byte(second))
				mark(upper(first), byte(second))
			}
		}
	}
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		c += 'a' - 'A'
	}
	return c
}

func upper(c byte) byte {
	if 'a' <= c && c <= 'z' {
		c -= 'a' - 'A'
	}
	return c
}

// run handles each text that occurs in a value.
func (m *scratch) run(a *automaton, v *value) {
	in := v.plain // its classes fold it
	if !v.ascii {
		in = m.fold(v)
	}
	if a.sparse != nil {
		m.runSparse(a, v)
		return
	}
	next, class := a.next, &a.class
	state := int32(0)
	for i := 0; i < len(in); i++ {
		if state == 0 {
			for ; i+1 < len(in); i++ {
				if n := uint(in[i])<<8 | uint(in[i+1]); a.pairs[n/64]>>(n%64)&1 != 0 {
					break
				}
			}
		}
		state = next[int(state)+int(class[in[i]])]
		if state < 0 {
			state = ^state
			m.hits(a.outputs[int(state)/a.classes], v, i+1, len(in))
		}
	}
}

// hits handles the texts that end before end, in a value of a size.
func (m *scratch) hits(list []found, v *value, end, size int) {
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
				if end == size {
					m.set(o.pred)
				}
			default:
				m.verify(o.pred, v)
			}
		}
	}
}
