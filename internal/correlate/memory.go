package correlate

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/nightjar-sec/nightjar/internal/sigma"
)

// memo is a value that was seen, as it was written first.
type memo struct {
	text        string
	first, last int64
}

// memory is the values that a key has shown, by how they compare.
type memory struct{ memos map[string]*memo }

// see notes a value at a time and reports whether it was known already.
func (m *memory) see(text string, at int64) bool {
	text = short(text)
	folded := sigma.Fold(text)
	if old := m.memos[folded]; old != nil {
		old.first, old.last = min(old.first, at), max(old.last, at)
		return true
	}
	if m.memos == nil {
		m.memos = map[string]*memo{}
	}
	m.memos[folded] = &memo{text, at, at}
	return false
}

// meet is see for what is forgotten when it was not seen for a month.
func (m *memory) meet(text string, at int64) {
	if old := m.get(text); old != nil && at-old.last > familiar {
		delete(m.memos, sigma.Fold(short(text)))
	}
	m.see(text, at)
}

// get returns what is known of a value; nil for nothing.
func (m *memory) get(text string) *memo { return m.memos[sigma.Fold(short(text))] }

// settled reports whether a value is known at a time: first seen a day before,
// and last seen within a month.
func (m *memory) settled(text string, at int64) bool {
	known := m.get(text)
	return known != nil && known.first <= at-settled && at-known.last <= familiar
}

// oldest is when the value that was not seen for longest was seen last.
func (m *memory) oldest() int64 {
	at := int64(never)
	for _, v := range m.memos {
		at = min(at, v.last)
	}
	return at
}

// forget lets go of what was last seen before a time.
func (m *memory) forget(before int64) {
	maps.DeleteFunc(m.memos, func(_ string, v *memo) bool { return v.last < before })
}

// trim lets go of those not seen for longest until no more than most are left,
// and returns how many went.
func (m *memory) trim(most int) int {
	gone := len(m.memos) - most
	if gone <= 0 {
		return 0
	}
	order := m.recent()
	for _, folded := range order[most:] {
		delete(m.memos, folded)
	}
	return gone
}

// recent lists the values, compared form, the one seen last first.
func (m *memory) recent() []string {
	return slices.SortedFunc(maps.Keys(m.memos), func(a, b string) int {
		return cmp.Or(cmp.Compare(m.memos[b].last, m.memos[a].last), strings.Compare(a, b))
	})
}

// shown is how many values a sentence names.
const shown = 5

// texts names the values seen last, as they were written, but for some.
func (m *memory) texts(except ...string) string {
	var list []string
	more := 0
	for _, folded := range m.recent() {
		switch text := m.memos[folded].text; {
		case slices.Contains(except, text):
		case len(list) == shown:
			more++
		default:
			list = append(list, text)
		}
	}
	if more > 0 {
		list = append(list, "…")
	}
	return strings.Join(list, ", ")
}

func (m *memory) encode(e *encoder) {
	folded := slices.Sorted(maps.Keys(m.memos))
	e.uint(uint64(len(folded)))
	for _, f := range folded {
		v := m.memos[f]
		e.text(v.text)
		e.int(v.first)
		e.int(v.last - v.first)
	}
}

func (m *memory) decode(d *decoder) {
	for range d.count() {
		v := &memo{text: d.text(), first: d.int()}
		v.last = v.first + d.int()
		if m.get(v.text) != nil || v.last < v.first || short(v.text) != v.text {
			d.fail("a value stands there twice, or is none")
		}
		if d.err != nil {
			return
		}
		m.see(v.text, v.first)
		m.see(v.text, v.last)
	}
}

const longest = 256

// short keeps a value that is long as its beginning and a hash of all of it.
func short(text string) string {
	if len(text) <= longest {
		return text
	}
	sum := sha256.Sum256([]byte(sigma.Fold(text)))
	cut := longest - 40
	for cut > 0 && !utf8.RuneStart(text[cut]) {
		cut--
	}
	return text[:cut] + "…" + hex.EncodeToString(sum[:16])
}
