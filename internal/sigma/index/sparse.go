package index

import (
	"maps"
	"slices"
)

// sparse is an automaton whose transitions are sorted lists: slower, and
// smaller by the number of classes.
type sparse struct {
	first []int32 // where the edges of a state begin; one more than there are states
	bytes []byte
	to    []int32
	fail  []int32
}

func newSparse(nodes []trieNode) *sparse {
	s := &sparse{}
	for i := range nodes {
		s.first = append(s.first, int32(len(s.to)))
		for _, c := range slices.Sorted(maps.Keys(nodes[i].kids)) {
			s.bytes = append(s.bytes, c)
			s.to = append(s.to, nodes[i].kids[c])
		}
		s.fail = append(s.fail, nodes[i].fail)
	}
	s.first = append(s.first, int32(len(s.to)))
	return s
}

func (s *sparse) step(state int32, c byte) int32 {
	for {
		from, end := s.first[state], s.first[state+1]
		if i, ok := slices.BinarySearch(s.bytes[from:end], c); ok {
			return s.to[from+int32(i)]
		}
		if state == 0 {
			return 0
		}
		state = s.fail[state]
	}
}

func (m *scratch) runSparse(a *automaton, v *value) {
	in := m.fold(v)
	state := int32(0)
	for i, c := range in {
		state = a.sparse.step(state, c)
		if out := a.outputs[state]; len(out) > 0 {
			m.hits(out, v, i+1, len(in))
		}
	}
}
