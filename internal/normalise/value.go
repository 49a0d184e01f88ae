package normalise

import (
	"bytes"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// A token is one JSON value as it stands in a record, without the space around
// it. The functions of this file take tokens that the scanner has validated.

// content returns what is between the quotes of a string token, escapes and all.
func content(token []byte) []byte { return token[1 : len(token)-1] }

// hasText reports whether a token has a text that is not empty. Objects,
// arrays and null have none.
func hasText(token []byte) bool {
	if len(token) == 0 {
		return false
	}
	switch token[0] {
	case '"':
		return len(token) > 2
	case '{', '[', 'n':
		return false
	default:
		return true
	}
}

// text returns the text of a token: a string's value, a number or a boolean
// as written. It allocates only for a string that holds escapes.
func text(token []byte) []byte {
	if !hasText(token) {
		return nil
	}
	if token[0] != '"' {
		return token
	}
	s := content(token)
	if bytes.IndexByte(s, '\\') >= 0 {
		s = unescape(make([]byte, 0, len(s)), s)
	}
	return s
}

// appendText appends the text of a token.
func appendText(dst, token []byte) []byte {
	if !hasText(token) {
		return dst
	}
	if token[0] != '"' {
		return append(dst, token...)
	}
	return unescape(dst, content(token))
}

// unescape appends the string that s stands for. Half of a surrogate pair
// without its other half becomes U+FFFD.
func unescape(dst, s []byte) []byte {
	for {
		i := bytes.IndexByte(s, '\\')
		if i < 0 {
			return append(dst, s...)
		}
		dst = append(dst, s[:i]...)
		c := s[i+1]
		s = s[i+2:]
		switch c {
		case 'b':
			dst = append(dst, '\b')
		case 'f':
			dst = append(dst, '\f')
		case 'n':
			dst = append(dst, '\n')
		case 'r':
			dst = append(dst, '\r')
		case 't':
			dst = append(dst, '\t')
		case 'u':
			r := hex4(s)
			s = s[4:]
			if utf16.IsSurrogate(r) {
				pair := rune(utf8.RuneError)
				if len(s) >= 6 && s[0] == '\\' && s[1] == 'u' {
					pair = utf16.DecodeRune(r, hex4(s[2:]))
				}
				if pair != utf8.RuneError {
					s = s[6:]
				}
				r = pair
			}
			dst = utf8.AppendRune(dst, r)
		default: // a quote, a backslash or a slash stands for itself
			dst = append(dst, c)
		}
	}
}

// hex4 reads the four digits behind \u.
func hex4(s []byte) rune {
	var r rune
	for _, c := range s[:4] {
		d := rune(c - '0')
		if d > 9 {
			d = rune(c|0x20-'a') + 10
		}
		r = r<<4 | d
	}
	return r
}

// clean returns a token that strict readers of JSON accept: halves of
// surrogate pairs are U+FFFD in it. Nearly always it is the token itself.
func clean(token []byte) []byte {
	if bytes.Contains(token, []byte(`\u`)) {
		token = pairSurrogates(token)
	}
	return token
}

// pairSurrogates returns token with U+FFFD for each \u escape of half a
// surrogate pair.
func pairSurrogates(token []byte) []byte {
	dst := make([]byte, 0, len(token))
	for {
		i := bytes.IndexByte(token, '\\')
		if i < 0 {
			return append(dst, token...)
		}
		n := i + 2 // behind the escape
		if token[i+1] == 'u' {
			n = i + 6
			if r := hex4(token[i+2:]); utf16.IsSurrogate(r) {
				if !bytes.HasPrefix(token[n:], []byte(`\u`)) || utf16.DecodeRune(r, hex4(token[n+2:])) == utf8.RuneError {
					dst = append(append(dst, token[:i]...), `\ufffd`...)
					token = token[n:]
					continue
				}
				n += 6
			}
		}
		dst = append(dst, token[:n]...)
		token = token[n:]
	}
}

// appendQuoted appends s as a JSON string.
func appendQuoted(dst, s []byte) []byte {
	dst = append(dst, '"')
	for _, c := range s {
		switch {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c < 0x20:
			const hex = "0123456789abcdef"
			dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		default:
			dst = append(dst, c)
		}
	}
	return append(dst, '"')
}

// number reads a number, or a string that holds one; 0 when it is neither.
func number(token []byte) int32 {
	s := text(token)
	n, err := strconv.ParseInt(string(s), 10, 32)
	if err != nil {
		return 0
	}
	return int32(n)
}

// cursor walks over the members of an object or the elements of an array.
type cursor struct {
	token []byte
	at    int
}

// walk begins at the first member or element; at the end at once when the
// token is neither object nor array.
func walk(token []byte) cursor {
	if len(token) == 0 || token[0] != '{' && token[0] != '[' {
		return cursor{}
	}
	return cursor{token, skipSpace(token, 1)}
}

// member returns the next member's name, as a string token, and value; nil
// names the end.
func (c *cursor) member() (name, value []byte) {
	if c.at >= len(c.token) || c.token[c.at] != '"' {
		return nil, nil
	}
	end := skipString(c.token, c.at+1)
	name = c.token[c.at:end]
	c.at = skipColon(c.token, end)
	return name, c.element()
}

// element returns the next element, nil at the end.
func (c *cursor) element() []byte {
	if c.at >= len(c.token) || c.token[c.at] == ']' {
		return nil
	}
	end := skipValue(c.token, c.at, 0)
	value := c.token[c.at:end]
	c.at = skipSpace(c.token, end)
	if c.token[c.at] == ',' {
		c.at = skipSpace(c.token, c.at+1)
	}
	return value
}

// lookup returns the value of an object's member, or nil. Of an array it looks
// into the first element: Microsoft has turned single objects into lists.
func lookup(token []byte, name string) []byte {
	if len(token) > 0 && token[0] == '[' {
		elements := walk(token)
		token = elements.element()
	}
	if len(token) == 0 || token[0] != '{' {
		return nil
	}
	for members := walk(token); ; {
		n, value := members.member()
		if n == nil {
			return nil
		}
		if string(content(n)) == name {
			return value
		}
	}
}
