package index

import (
	"unicode/utf16"
	"unicode/utf8"

	"github.com/nightjar-sec/nightjar/internal/sigma"
)

// str reads the string at at. The value is valid until the next one is read.
func (m *scratch) str(at int) (value, int) {
	end, odd := m.textEnd(at + 1)
	if end == broken {
		return value{}, broken
	}
	return m.decode(m.data[at+1:end], odd), end + 1
}

// decode decodes and folds the text of a string; odd texts have escapes or
// characters other than ASCII.
func (m *scratch) decode(raw []byte, odd bool) value {
	if !odd {
		return m.foldASCII(raw)
	}
	m.plain = unescape(m.plain[:0], raw)
	m.folded = sigma.AppendFold(m.folded[:0], text(m.plain))
	return value{m.plain, m.folded}
}

func (m *scratch) foldASCII(raw []byte) value {
	if cap(m.folded) < len(raw) {
		m.folded = make([]byte, 0, 2*len(raw))
	}
	folded := m.folded[:len(raw)]
	for i, c := range raw {
		if c-'A' < 26 {
			c += 'a' - 'A'
		}
		folded[i] = c
	}
	m.folded = folded
	return value{raw, folded}
}

// unescape appends the text of a JSON string as encoding/json decodes it:
// surrogates without their other half and bytes that are not UTF-8 become U+FFFD.
func unescape(dst, raw []byte) []byte {
	for i := 0; i < len(raw); {
		c := raw[i]
		if c >= utf8.RuneSelf {
			r, n := utf8.DecodeRune(raw[i:])
			dst = utf8.AppendRune(dst, r)
			i += n
			continue
		}
		if c != '\\' || i+1 >= len(raw) {
			dst = append(dst, c)
			i++
			continue
		}
		c = raw[i+1]
		i += 2
		switch c {
		case 'b':
			c = '\b'
		case 'f':
			c = '\f'
		case 'n':
			c = '\n'
		case 'r':
			c = '\r'
		case 't':
			c = '\t'
		case 'u':
			r := unit(raw, i)
			i = min(i+4, len(raw))
			if utf16.IsSurrogate(r) {
				second := rune(-1)
				if i+1 < len(raw) && raw[i] == '\\' && raw[i+1] == 'u' {
					second = unit(raw, i+2)
				}
				if r = utf16.DecodeRune(r, second); r != utf8.RuneError {
					i += 6
				}
			}
			dst = utf8.AppendRune(dst, r)
			continue
		}
		dst = append(dst, c)
	}
	return dst
}

// unit reads four hexadecimal digits.
func unit(raw []byte, at int) rune {
	if at+4 > len(raw) {
		return utf8.RuneError
	}
	var r rune
	for _, c := range raw[at : at+4] {
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c && c <= 'f':
			c -= 'a' - 10
		case 'A' <= c && c <= 'F':
			c -= 'A' - 10
		default:
			return utf8.RuneError
		}
		r = r<<4 | rune(c)
	}
	return r
}
