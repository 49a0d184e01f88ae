package index

import (
	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/sigma"
)

// broken is the index that says that the JSON ended too early.
const broken = -1

// maxDepth is how deep events may nest; encoding/json has the same limit.
const maxDepth = 10_000

// read passes once over an event.
func (m *scratch) read(raw []byte) error {
	m.begin()
	m.data = raw
	at := m.space(0)
	if at == len(raw) || raw[at] != '{' {
		return sigma.NotAnObject()
	}
	if kw := m.c.keywords; kw >= 0 {
		m.open = append(m.open, ref{field: kw})
	}
	if m.object(m.c.root, at, false) == broken {
		return &nightjar.Error{Code: nightjar.CodeCorrupt, Message: "the event is not valid JSON"}
	}
	return nil
}

// space returns the index of the first byte that is no space.
func (m *scratch) space(at int) int {
	for at < len(m.data) && m.data[at] <= ' ' {
		at++
	}
	return at
}

// object reads the object at m.data[at] and returns the index behind it. N is
// its place, nil when no rule names anything in it. InList says that it is an
// element of a list, and may be one of a bag.
func (m *scratch) object(n *node, at int, inList bool) int {
	var bag *node
	if inList && n != nil && len(n.slots) > 0 {
		bag = m.bagNode(n, at)
	}
	at = m.space(at + 1)
	for at < len(m.data) && m.data[at] == '"' {
		k, value := m.key(at)
		if value == broken {
			return broken
		}
		if m.c.keywords >= 0 {
			m.word(k)
		}
		var kid *node
		if n != nil && len(n.slots) > 0 {
			kid = m.descend(n, k)
		}
		end := m.member(kid, value)
		if bag != nil {
			m.bagValue(bag, k, value)
		}
		if end == broken {
			return broken
		}
		if at = m.space(end); at < len(m.data) && m.data[at] == ',' {
			at = m.space(at + 1)
		}
	}
	if at >= len(m.data) || m.data[at] != '}' {
		return broken
	}
	return at + 1
}

// member reads a value at its place.
func (m *scratch) member(n *node, at int) int {
	if n == nil {
		if len(m.open) == 0 {
			return m.skip(at)
		}
		return m.any(nil, nil, at, false)
	}
	if len(n.refs) > 0 && at < len(m.data) {
		m.touch(n.refs, m.data[at] == 'n')
	}
	return m.any(n.refs, n, at, false)
}

// any reads a value: refs are the fields that it is a value of, n its place.
func (m *scratch) any(refs []ref, n *node, at int, inList bool) int {
	if at >= len(m.data) {
		return broken
	}
	switch m.data[at] {
	case '{', '[':
		if len(refs) == 0 && len(m.open) == 0 && (n == nil || len(n.slots) == 0) {
			return m.skip(at)
		}
		if m.depth++; m.depth > maxDepth {
			return broken
		}
		depth := len(m.open)
		m.open = append(m.open, refs...)
		if m.data[at] == '{' {
			at = m.object(n, at, inList)
		} else {
			at = m.list(n, at)
		}
		m.open = m.open[:depth]
		m.depth--
		return at
	case '"':
		if len(refs) == 0 && len(m.open) == 0 {
			return m.skipString(at + 1)
		}
		v, end := m.str(at)
		if end != broken {
			m.leaf(refs, v)
		}
		return end
	default:
		end := m.bare(at)
		if end == at {
			return broken
		}
		if m.data[at] != 'n' && len(refs)+len(m.open) > 0 {
			m.scalar(refs, m.data[at:end])
		}
		return end
	}
}

// list reads a list, all elements of which stand at the list's place.
func (m *scratch) list(n *node, at int) int {
	at = m.space(at + 1)
	for at < len(m.data) && m.data[at] != ']' {
		end := m.any(nil, n, at, true)
		if end == broken {
			return broken
		}
		if at = m.space(end); at < len(m.data) && m.data[at] == ',' {
			at = m.space(at + 1)
		}
	}
	if at >= len(m.data) {
		return broken
	}
	return at + 1
}

// scalar handles a number, true or false.
func (m *scratch) scalar(refs []ref, token []byte) {
	if token[0] == 't' || token[0] == 'f' {
		m.leaf(refs, value{plain: token, folded: token, ascii: true, done: true})
		return
	}
	m.leaf(refs, value{plain: token, ascii: true})
	if isInteger(token) {
		return
	}
	if s, ok := sigma.CanonicalNumber(string(token)); ok && s != string(token) {
		m.leaf(refs, value{plain: []byte(s), ascii: true})
	}
}

// isInteger reports whether a number is written in the one canonical way.
func isInteger(token []byte) bool {
	if token[0] == '-' {
		token = token[1:]
	}
	for _, c := range token {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

// word hands a name to the field of all names and values.
func (m *scratch) word(k key) {
	v := m.decode(k.raw, k.odd)
	m.value++
	m.decide(m.c.keywords, &v)
}
