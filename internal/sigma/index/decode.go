package index

import (
	"encoding/binary"
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

// decode decodes the text of a string; odd texts have escapes or characters
// other than ASCII.
func (m *scratch) decode(raw []byte, odd bool) value {
	if !odd {
		return value{plain: raw, ascii: true}
	}
	m.plain = unescape(m.plain[:0], raw)
	return value{plain: m.plain, ascii: isASCII(m.plain)}
}

// fold returns the folded form of a value, valid until another is folded.
func (m *scratch) fold(v *value) []byte {
	if v.done {
		return v.folded
	}
	if v.ascii {
		m.folded = appendLower(m.folded[:0], v.plain)
	} else {
		m.folded = sigma.AppendFold(m.folded[:0], text(v.plain))
	}
	v.folded, v.done = m.folded, true
	return v.folded
}

// appendLower appends ASCII text in small letters, eight bytes at a time.
func appendLower(dst, in []byte) []byte {
	for len(in) >= 8 {
		x := binary.LittleEndian.Uint64(in)
		capital := (x + (0x80-'A')*ones) &^ (x + (0x7f-'Z')*ones) & tops
		dst = binary.LittleEndian.AppendUint64(dst, x|capital>>2)
		in = in[8:]
	}
	for _, c := range in {
		dst = append(dst, lower(c))
	}
	return dst
}

func isASCII(b []byte) bool {
	for len(b) >= 8 {
		if binary.LittleEndian.Uint64(b)&tops != 0 {
			return false
		}
		b = b[8:]
	}
	for _, c := range b {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// unescape appends the text of a JSON string as encoding/json decodes it:
// surrogates without their other half and bytes that are not UTF-8 become U+FFFD.
func unescape(dst, raw []byte) []byte {
	for i := 0; i < len(raw); {
		run := i
		for run < len(raw) && raw[run] < utf8.RuneSelf && raw[run] != '\\' {
			run++
		}
		dst = append(dst, raw[i:run]...)
		if i = run; i == len(raw) {
			break
		}
		c := raw[i]
		if c >= utf8.RuneSelf {
			r, n := utf8.DecodeRune(raw[i:])
			dst = utf8.AppendRune(dst, r)
			i += n
			continue
		}
		if i+1 >= len(raw) {
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
