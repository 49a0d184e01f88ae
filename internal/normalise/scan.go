package normalise

import (
	"encoding/binary"
	"math/bits"
)

// maxDepth is how deep arrays and objects may nest, the array of the blob
// included. It is the limit of encoding/json; real records nest about ten deep.
const maxDepth = 10_000

// The scanners below return the index behind what they skipped, or one of
// these. They validate everything they skip (RFC 8259), except that bytes of a
// string need not be UTF-8: one such record must not cost the whole blob
// (see ErrNotUTF8).
const (
	short   = -1 // the input ends inside the value
	bad     = -2 // the input is not JSON
	tooDeep = -3 // the value nests deeper than maxDepth
)

// skipSpace returns the index of the first byte at or after i that is not
// JSON white space, or len(b).
func skipSpace(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\n' || b[i] == '\r' || b[i] == '\t') {
		i++
	}
	return i
}

// skipValue skips the value that begins at b[i]; depth is the number of
// containers around it.
func skipValue(b []byte, i, depth int) int {
	if i >= len(b) {
		return short
	}
	switch b[i] {
	case '"':
		return skipString(b, i+1)
	case '{':
		return skipObject(b, i+1, depth+1)
	case '[':
		return skipArray(b, i+1, depth+1)
	case 't':
		return skipLiteral(b, i, "true")
	case 'f':
		return skipLiteral(b, i, "false")
	case 'n':
		return skipLiteral(b, i, "null")
	case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
		return skipNumber(b, i)
	default:
		return bad
	}
}

// skipObject skips the members of an object and its closing brace; i is behind
// the opening one.
func skipObject(b []byte, i, depth int) int {
	if depth > maxDepth {
		return tooDeep
	}
	i = skipSpace(b, i)
	if i < len(b) && b[i] == '}' {
		return i + 1
	}
	for {
		if i >= len(b) {
			return short
		}
		if b[i] != '"' {
			return bad
		}
		if i = skipString(b, i+1); i < 0 {
			return i
		}
		if i = skipColon(b, i); i < 0 {
			return i
		}
		if i = skipValue(b, i, depth); i < 0 {
			return i
		}
		i = skipSpace(b, i)
		if i >= len(b) {
			return short
		}
		switch b[i] {
		case ',':
			i = skipSpace(b, i+1)
		case '}':
			return i + 1
		default:
			return bad
		}
	}
}

// skipColon skips the colon between a name and its value, and the space around it.
func skipColon(b []byte, i int) int {
	i = skipSpace(b, i)
	if i >= len(b) {
		return short
	}
	if b[i] != ':' {
		return bad
	}
	return skipSpace(b, i+1)
}

// skipArray skips the elements of an array and its closing bracket; i is
// behind the opening one.
func skipArray(b []byte, i, depth int) int {
	if depth > maxDepth {
		return tooDeep
	}
	i = skipSpace(b, i)
	if i < len(b) && b[i] == ']' {
		return i + 1
	}
	for {
		if i = skipValue(b, i, depth); i < 0 {
			return i
		}
		i = skipSpace(b, i)
		if i >= len(b) {
			return short
		}
		switch b[i] {
		case ',':
			i = skipSpace(b, i+1)
		case ']':
			return i + 1
		default:
			return bad
		}
	}
}

// skipString skips a string's content and its closing quote; i is behind the
// opening one.
func skipString(b []byte, i int) int {
	for {
		// Eight bytes at a time as long as there are eight, then one by one.
		if i+8 <= len(b) {
			m := notPlain(binary.LittleEndian.Uint64(b[i:]))
			if m == 0 {
				i += 8
				continue
			}
			i += bits.TrailingZeros64(m) >> 3
		} else if i >= len(b) {
			return short
		}
		switch c := b[i]; {
		case c == '"':
			return i + 1
		case c == '\\':
			if i = skipEscape(b, i+1); i < 0 {
				return i
			}
		case c < ' ':
			return bad
		default:
			i++
		}
	}
}

// skipEscape skips an escape sequence; i is behind the backslash.
func skipEscape(b []byte, i int) int {
	if i >= len(b) {
		return short
	}
	switch b[i] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return i + 1
	case 'u':
		for j := i + 1; j < i+5; j++ {
			if j >= len(b) {
				return short
			}
			if !isHex(b[j]) {
				return bad
			}
		}
		return i + 5
	default:
		return bad
	}
}

func isHex(c byte) bool {
	return c-'0' <= 9 || c|0x20 >= 'a' && c|0x20 <= 'f'
}

func isDigit(c byte) bool { return c-'0' <= 9 }

// notPlain marks, in the high bit of each byte of w, those that end a run of
// plain string characters: the quote, the backslash and control characters.
// Marks above the lowest one may be false (the subtraction borrows); the
// lowest is exact. See "Determine if a word has a byte less than n" in
// graphics.stanford.edu/~seander/bithacks.html, read 2026-11-22.
func notPlain(w uint64) uint64 {
	const (
		ones  = 0x0101010101010101
		highs = 0x8080808080808080
	)
	quote := w ^ ones*'"'
	slash := w ^ ones*'\\'
	return ((w-ones*0x20)&^w | (quote-ones)&^quote | (slash-ones)&^slash) & highs
}

// skipNumber skips a number. A number has no end of its own: one that reaches
// the end of the input is short, as more digits may follow.
func skipNumber(b []byte, i int) int {
	if b[i] == '-' {
		i++
	}
	if i >= len(b) {
		return short
	}
	switch {
	case b[i] == '0':
		i++
	case isDigit(b[i]):
		i = skipDigits(b, i)
	default:
		return bad
	}
	if i < len(b) && b[i] == '.' {
		j := skipDigits(b, i+1)
		if j == i+1 && j < len(b) {
			return bad
		}
		i = j
	}
	if i < len(b) && (b[i] == 'e' || b[i] == 'E') {
		i++
		if i < len(b) && (b[i] == '+' || b[i] == '-') {
			i++
		}
		j := skipDigits(b, i)
		if j == i && j < len(b) {
			return bad
		}
		i = j
	}
	if i >= len(b) {
		return short
	}
	return i
}

func skipDigits(b []byte, i int) int {
	for i < len(b) && isDigit(b[i]) {
		i++
	}
	return i
}

// skipLiteral skips true, false or null.
func skipLiteral(b []byte, i int, word string) int {
	for j := range len(word) {
		if i+j >= len(b) {
			return short
		}
		if b[i+j] != word[j] {
			return bad
		}
	}
	return i + len(word)
}
