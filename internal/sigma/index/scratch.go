package index

import (
	"unsafe"
)

// scratch is the state of matching one event against the rules of one source.
// Nothing of it is cleared between events: what was set carries the number of
// its event.
type scratch struct {
	c      *compiled
	epoch  uint32
	isTrue []uint32 // by predicate: the event that it was last true of
	tried  []uint32 // by predicate: the value that it was last run on
	seen   []uint32 // by program: the event that it was last a candidate of
	value  uint32   // number of the value at hand

	candidates []int32
	depth      int   // of the value at hand
	open       []ref // fields of the objects and lists around the value at hand
	captured   [][]capture
	kept       []byte // what captures point into

	data   []byte
	folded []byte
	plain  []byte
	name   []byte
	part   []byte
	bag    []byte
}

// capture is a value that is kept to be compared with others.
type capture struct{ value, folded string }

// value is a scalar of the event. It is folded when somebody needs it so.
type value struct {
	plain  []byte
	folded []byte
	ascii  bool // folding changes no length
	done   bool // folded is there
}

func newScratch(c *compiled) *scratch {
	return &scratch{
		c: c, isTrue: make([]uint32, len(c.preds)), tried: make([]uint32, len(c.preds)),
		seen: make([]uint32, len(c.programs)), captured: make([][]capture, len(c.fields)),
	}
}

// begin forgets the event before.
func (m *scratch) begin() {
	m.epoch++
	if m.epoch == 0 { // after 4 billion events the numbers begin anew
		clear(m.isTrue)
		clear(m.seen)
		m.epoch = 1
	}
	m.candidates = m.candidates[:0]
	m.open = m.open[:0]
	m.depth = 0
	m.kept = m.kept[:0]
	for i := range m.captured {
		m.captured[i] = m.captured[i][:0]
	}
}

// set makes a predicate true.
func (m *scratch) set(p int32) {
	if m.isTrue[p] == m.epoch {
		return
	}
	m.isTrue[p] = m.epoch
	for _, program := range m.c.witnessOf[p] {
		if m.seen[program] != m.epoch {
			m.seen[program] = m.epoch
			m.candidates = append(m.candidates, program)
		}
	}
}

// verify runs the test of a predicate, once for each value.
func (m *scratch) verify(p int32, v *value) {
	if m.isTrue[p] == m.epoch || m.tried[p] == m.value {
		return
	}
	m.tried[p] = m.value
	if m.c.preds[p].test.Match(text(v.plain), text(m.fold(v))) {
		m.set(p)
	}
}

// text lends bytes as a string. Tests keep nothing of what they are given.
func text(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// decide decides all that is asked of a field, given one of its values.
func (m *scratch) decide(id int32, v *value) {
	f := &m.c.fields[id]
	if len(f.exact.slots) > 0 {
		for _, p := range f.exact.find(m.fold(v)) {
			if m.c.preds[p].test.Cased {
				m.verify(p, v)
			} else {
				m.set(p)
			}
		}
	}
	if f.auto != nil {
		m.run(f.auto, v)
	}
	for _, p := range f.scan {
		m.verify(p, v)
	}
	for _, p := range f.any {
		m.set(p)
	}
	if f.capture {
		m.captured[id] = append(m.captured[id], capture{m.keep(v.plain), m.keep(m.fold(v))})
	}
}

// keep copies bytes that are needed until the event ends. When the buffer
// grows, earlier copies stay where they were.
func (m *scratch) keep(b []byte) string {
	from := len(m.kept)
	m.kept = append(m.kept, b...)
	return text(m.kept[from:])
}

// holds runs a program.
func (m *scratch) holds(p *program) bool {
	at := p.entry
	for at >= 0 {
		j := p.code[at]
		if m.isTrue[j.pred] == m.epoch || m.c.preds[j.pred].other >= 0 && m.pairs(j.pred) {
			at = j.yes
		} else {
			at = j.no
		}
	}
	return at == accept
}

// pairs decides a test of two fields.
func (m *scratch) pairs(p int32) bool {
	pred := &m.c.preds[p]
	for _, a := range m.captured[pred.field] {
		for _, b := range m.captured[pred.other] {
			if pred.test.Cased && pred.test.MatchPair(a.value, b.value) || !pred.test.Cased && pred.test.MatchPair(a.folded, b.folded) {
				m.set(p)
				return true
			}
		}
	}
	return false
}

// touch says of fields that they are there.
func (m *scratch) touch(refs []ref, null bool) {
	for _, r := range refs {
		f := &m.c.fields[r.field]
		if f.present >= 0 {
			m.set(f.present)
		}
		if f.valued >= 0 && !null {
			m.set(f.valued)
		}
	}
}

// leaf hands a value to the fields that it belongs to.
func (m *scratch) leaf(refs []ref, v value) {
	m.value++
	if m.value == 0 {
		clear(m.tried)
		m.value = 1
	}
	trim := false
	for _, r := range refs {
		m.decide(r.field, &v)
		trim = trim || r.trim
	}
	for _, r := range m.open {
		m.decide(r.field, &v)
		trim = trim || r.trim
	}
	if trim {
		m.trimmed(refs, v)
	}
}

// trimmed hands on a value without full stops and spaces at its end.
func (m *scratch) trimmed(refs []ref, v value) {
	short := value{plain: trimEnd(v.plain), ascii: v.ascii}
	if len(short.plain) == len(v.plain) {
		return
	}
	m.value++
	for _, list := range [...][]ref{refs, m.open} {
		for _, r := range list {
			if r.trim {
				m.decide(r.field, &short)
			}
		}
	}
}

func trimEnd(b []byte) []byte {
	for len(b) > 0 && (b[len(b)-1] == '.' || b[len(b)-1] == ' ') {
		b = b[:len(b)-1]
	}
	return b
}
