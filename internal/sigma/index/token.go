package index

import (
	"encoding/binary"
	"math/bits"
)

const (
	ones  = 0x0101010101010101
	tops  = 0x8080808080808080
	quote = ones * '"'
	slash = ones * '\\'
)

// zeroes has the top bit of each byte that is zero in x, and perhaps of bytes
// above the first such.
func zeroes(x uint64) uint64 { return (x - ones) & ^x & tops }

// skipString returns the index behind the closing quote of a string whose text
// begins at at.
func (m *scratch) skipString(at int) int {
	d := m.data
	for at+8 <= len(d) {
		x := binary.LittleEndian.Uint64(d[at:])
		stop := zeroes(x^quote) | zeroes(x^slash)
		if stop == 0 {
			at += 8
			continue
		}
		at += bits.TrailingZeros64(stop) / 8
		if d[at] == '"' {
			return at + 1
		}
		at += 2
	}
	for at < len(d) {
		switch d[at] {
		case '"':
			return at + 1
		case '\\':
			at++
		}
		at++
	}
	return broken
}

// textEnd returns the index of the closing quote, and whether the text has
// escapes or characters other than ASCII.
func (m *scratch) textEnd(at int) (end int, odd bool) {
	d := m.data
	var high uint64
	for at+8 <= len(d) {
		x := binary.LittleEndian.Uint64(d[at:])
		stop := zeroes(x^quote) | zeroes(x^slash)
		if stop == 0 {
			high |= x & tops
			at += 8
			continue
		}
		n := bits.TrailingZeros64(stop) / 8
		high |= x & tops & (1<<(8*n) - 1)
		at += n
		if d[at] == '"' {
			return at, odd || high != 0
		}
		odd = true
		at += 2
	}
	for at < len(d) {
		switch c := d[at]; {
		case c == '"':
			return at, odd || high != 0
		case c == '\\':
			odd = true
			at++
		case c >= 0x80:
			odd = true
		}
		at++
	}
	return broken, odd
}

// bare returns the index behind a number or a word.
func (m *scratch) bare(at int) int {
	for at < len(m.data) {
		switch m.data[at] {
		case ',', '}', ']', ' ', '\n', '\r', '\t':
			return at
		}
		at++
	}
	return at
}

// skip returns the index behind a value of any kind.
func (m *scratch) skip(at int) int {
	if at >= len(m.data) {
		return broken
	}
	switch m.data[at] {
	case '"':
		return m.skipString(at + 1)
	case '{', '[':
	default:
		return m.bare(at)
	}
	depth := 0
	for at < len(m.data) {
		switch m.data[at] {
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return at + 1
			}
		case '"':
			if at = m.skipString(at + 1); at == broken {
				return broken
			}
			continue
		}
		at++
	}
	return broken
}

// key is the name of a member.
type key struct {
	raw []byte // as it stands, without quotes
	odd bool   // it has escapes or characters other than ASCII
}

// key reads the name at at and returns the index of its value.
func (m *scratch) key(at int) (key, int) {
	end, odd := m.textEnd(at + 1)
	if end == broken {
		return key{}, broken
	}
	k := key{m.data[at+1 : end], odd}
	if at = m.space(end + 1); at >= len(m.data) || m.data[at] != ':' {
		return k, broken
	}
	return k, m.space(at + 1)
}

// composed reports whether a name may be something else than one step as it
// stands.
func composed(k key) bool {
	if k.odd {
		return true
	}
	for _, c := range k.raw {
		if c == '.' || c == ' ' || c == '[' || c == '{' {
			return true
		}
	}
	return false
}
