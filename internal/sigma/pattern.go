package sigma

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// The wildcards of a pattern, as runes that no text has.
const (
	anyMany rune = -1 // *
	anyOne  rune = -2 // ?
)

// Shape says how a pattern is best looked for.
type Shape uint8

// The shapes.
const (
	Exact Shape = iota
	Prefix
	Suffix
	Contains
	Anything // any text, the empty one too
	Glob     // wildcards elsewhere
)

// Pattern is a text with wildcards.
type Pattern struct {
	runes []rune
	shape Shape
	text  string // the literal of all shapes but Anything and Glob
}

// parsePattern reads a value of a rule: * and ? are wildcards, a backslash
// takes their meaning and that of a backslash away.
func parsePattern(s string) []rune {
	runes := make([]rune, 0, len(s))
	in := []rune(s)
	for i := 0; i < len(in); i++ {
		switch c := in[i]; {
		case c == '\\' && i+1 < len(in) && (in[i+1] == '\\' || in[i+1] == '*' || in[i+1] == '?'):
			i++
			runes = append(runes, in[i])
		case c == '*':
			if len(runes) == 0 || runes[len(runes)-1] != anyMany {
				runes = append(runes, anyMany)
			}
		case c == '?':
			runes = append(runes, anyOne)
		default:
			runes = append(runes, c)
		}
	}
	return runes
}

// newPattern completes a pattern; folded is for tests in which case does not matter.
func newPattern(runes []rune, folded bool) Pattern {
	if folded {
		out := make([]rune, len(runes))
		for i, r := range runes {
			out[i] = r
			if r >= 0 {
				out[i] = foldRune(r)
			}
		}
		runes = out
	}
	p := Pattern{runes: runes}
	inner := runes
	front := len(inner) > 0 && inner[0] == anyMany
	if front {
		inner = inner[1:]
	}
	back := len(inner) > 0 && inner[len(inner)-1] == anyMany
	if back {
		inner = inner[:len(inner)-1]
	}
	for _, r := range inner {
		if r < 0 {
			p.shape = Glob
			return p
		}
	}
	p.text = string(inner)
	switch {
	case front && p.text == "":
		p.shape = Anything
	case front && back:
		p.shape = Contains
	case front:
		p.shape = Suffix
	case back:
		p.shape = Prefix
	}
	return p
}

// Shape says how the pattern is best looked for.
func (p Pattern) Shape() Shape { return p.shape }

// Text is the literal of a pattern that is neither Anything nor Glob.
func (p Pattern) Text() string { return p.text }

// Longest returns the longest run of characters that every match contains.
func (p Pattern) Longest() string {
	longest, run := "", []rune(nil)
	for _, r := range append(slices.Clip(p.runes), anyMany) {
		if r >= 0 {
			run = append(run, r)
			continue
		}
		if s := string(run); len(s) > len(longest) {
			longest = s
		}
		run = run[:0]
	}
	return longest
}

// String writes the pattern as a rule would.
func (p Pattern) String() string {
	var b strings.Builder
	for _, r := range p.runes {
		switch r {
		case anyMany:
			b.WriteByte('*')
		case anyOne:
			b.WriteByte('?')
		case '*', '?':
			b.WriteByte('\\')
			b.WriteRune(r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// match reports whether all of s, folded when the pattern is, fits the pattern.
func (p Pattern) match(s string) bool {
	switch p.shape {
	case Exact:
		return s == p.text
	case Prefix:
		return strings.HasPrefix(s, p.text)
	case Suffix:
		return strings.HasSuffix(s, p.text)
	case Contains:
		return strings.Contains(s, p.text)
	case Anything:
		return true
	default:
		return p.glob(s)
	}
}

// glob goes back to the last * alone: an earlier one could take no more than
// the later one leaves.
func (p Pattern) glob(s string) bool {
	at, i := 0, 0
	star, resume := -1, 0
	for i < len(s) {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case at < len(p.runes) && p.runes[at] == anyMany:
			star, resume = at, i
			at++
			continue
		case at < len(p.runes) && (p.runes[at] == anyOne || p.runes[at] == r):
			at++
			i += n
			continue
		case star < 0:
			return false
		}
		_, n = utf8.DecodeRuneInString(s[resume:])
		resume += n
		i, at = resume, star+1
	}
	for at < len(p.runes) && p.runes[at] == anyMany {
		at++
	}
	return at == len(p.runes)
}
