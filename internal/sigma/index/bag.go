package index

import (
	"bytes"

	"github.com/nightjar-sec/nightjar/internal/sigma"
)

// descend finds the place that a member name leads to, as sigma.Steps cuts it.
func (m *scratch) descend(n *node, k key) *node {
	if !k.odd {
		if kid := n.kid(k.raw); kid != nil || !composed(k) {
			return kid
		}
	}
	m.name = unescape(m.name[:0], k.raw)
	steps := 0
	m.steps(m.name, func(step []byte) bool {
		steps++
		n = n.kid(step)
		return n != nil
	})
	if steps == 0 {
		return nil
	}
	return n
}

// steps calls each with the folded steps of a name until it returns false. It
// does what sigma.Steps does, without memory of its own.
func (m *scratch) steps(name []byte, each func(step []byte) bool) {
	for len(name) > 0 {
		part := name
		if i := bytes.IndexByte(name, '.'); i >= 0 {
			part, name = name[:i], name[i+1:]
		} else {
			name = nil
		}
		if i := bytes.IndexAny(part, "[{"); i > 0 && (part[len(part)-1] == ']' || part[len(part)-1] == '}') {
			part = part[:i]
		}
		m.part = sigma.AppendFold(m.part[:0], text(part))
		step := m.part[:0]
		for _, c := range m.part {
			if c != ' ' {
				step = append(step, c)
			}
		}
		if len(step) > 0 && !each(step) {
			return
		}
	}
}

// single returns the folded step of a name that is one step, else nil.
func (m *scratch) single(k key) []byte {
	m.name = unescape(m.name[:0], k.raw)
	count := 0
	m.bag = m.bag[:0]
	m.steps(m.name, func(step []byte) bool {
		count++
		m.bag = append(m.bag[:0], step...)
		return count < 2
	})
	if count != 1 {
		return nil
	}
	return m.bag
}

// bagNode returns the place that the name of an element of a bag leads to, nil
// when the object at at has no name or no rule asks for it.
func (m *scratch) bagNode(n *node, at int) *node {
	at = m.space(at + 1)
	for at < len(m.data) && m.data[at] == '"' {
		k, value := m.key(at)
		if value == broken || value >= len(m.data) {
			return nil
		}
		if m.data[value] == '"' && maybeBag(k) && sigma.IsBagName(text(m.single(k))) {
			end, odd := m.textEnd(value + 1)
			if end == broken {
				return nil
			}
			return m.descend(n, key{m.data[value+1 : end], odd})
		}
		if value = m.skip(value); value == broken {
			return nil
		}
		if at = m.space(value); at < len(m.data) && m.data[at] == ',' {
			at = m.space(at + 1)
		}
	}
	return nil
}

// maybeBag sorts out most names that are neither that of a bag's element nor
// that of its value, without decoding them.
func maybeBag(k key) bool {
	if k.odd || len(k.raw) > len("displayname") {
		return true
	}
	switch len(k.raw) {
	case len("key"), len("name"), len("value"), len("newvalue"), len("displayname"):
		return true
	}
	return composed(k)
}

// bagValue reads the value of a bag's element once more, at the place that the
// element's name leads to.
func (m *scratch) bagValue(bag *node, k key, at int) {
	if !maybeBag(k) {
		return
	}
	step := m.single(k)
	if !sigma.IsBagValue(text(step)) {
		return
	}
	below := bag.kid(step)
	if text(step) != "oldvalue" {
		m.member(bag, at)
	}
	if below != nil {
		m.member(below, at)
	}
}
