package query

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/nightjar-sec/nightjar/internal/journal"
)

// The token filters say which row groups can hold a word. This is what the
// conditions of a query say of the words of raw: a row group without those
// words holds no wanted row and is not read.

// maxSpellings bounds the alternatives of one condition: each costs a look at
// the filter of each row group, and a chance to be there by accident.
const maxSpellings = 64

// needsOf returns what raw must have for a condition of a WHERE clause to
// hold. It must run before our own functions are rewritten.
func needsOf(cond node, isRaw func(node) bool) []journal.TokenNeed {
	switch cond.str("class") {
	case "FUNCTION":
		if words := tokensOf(cond, isRaw); len(words) > 0 {
			return []journal.TokenNeed{{words}}
		}
	case "COMPARISON":
		if cond.str("type") != "COMPARE_EQUAL" {
			return nil
		}
		value, text := cond.child("left"), cond.child("right")
		if value.str("class") == "CONSTANT" {
			value, text = text, value
		}
		return jsonNeeds(value, []node{text}, isRaw)
	case "OPERATOR":
		if args := cond.children("children"); cond.str("type") == "COMPARE_IN" && len(args) > 1 {
			return jsonNeeds(args[0], args[1:], isRaw)
		}
	}
	return nil
}

// jsonNeeds is for json_value(raw, path) being one of the texts: raw has the
// names of the path, and one of the texts.
func jsonNeeds(value node, texts []node, isRaw func(node) bool) []journal.TokenNeed {
	args := value.children("children")
	if value.str("class") != "FUNCTION" || !strings.EqualFold(value.str("function_name"), "json_value") || len(args) != 2 || !isRaw(args[0]) {
		return nil
	}
	var anyText journal.TokenNeed
	for _, t := range texts {
		s, ok := constantString(t)
		if !ok || !writtenAsIs(s) {
			return nil
		}
		anyText = append(anyText, spellings(s)...)
	}
	var out []journal.TokenNeed
	if need := distinct(anyText); need != nil {
		out = append(out, need)
	}
	path, _ := constantString(args[1])
	for _, name := range pathNames(path) {
		if need := distinct(spellings(name)); need != nil && plainText(name) {
			out = append(out, need)
		}
	}
	return out
}

// spellings returns how a text of plain ASCII can be written in JSON, in
// words. JSON may write any character as \u and four digits; whatever it does
// to the characters before, the last one so written begins a word that goes on
// with the rest of its own word, and the words behind are as they are.
func spellings(s string) journal.TokenNeed {
	whole := tokens(s)
	if len(whole) == 0 {
		return nil
	}
	out := journal.TokenNeed{whole}
	for i := range len(s) {
		out = append(out, tokens(fmt.Sprintf("u%04x", s[i])+s[i+1:]))
	}
	return out
}

// distinct drops repetitions. It returns nil for a need that says nothing.
func distinct(n journal.TokenNeed) journal.TokenNeed {
	var out journal.TokenNeed
	for _, words := range n {
		if !slices.ContainsFunc(out, func(w []string) bool { return slices.Equal(w, words) }) {
			out = append(out, words)
		}
	}
	if len(out) > maxSpellings || slices.ContainsFunc(out, func(w []string) bool { return len(w) == 0 }) {
		return nil
	}
	return out
}

// writtenAsIs is true for a text that json_value can give only when the record
// has it as it is, save for \u. A number can be written in several ways, and a
// list or an object is given without the spaces of the record.
func writtenAsIs(s string) bool {
	if !plainText(s) || strings.HasPrefix(s, "[") || strings.HasPrefix(s, "{") {
		return false
	}
	if _, err := strconv.ParseFloat(s, 64); errors.Is(err, strconv.ErrSyntax) {
		return true
	}
	digits := strings.TrimPrefix(s, "-")
	return strings.Trim(digits, "0123456789") == "" && len(digits) <= 18
}

// pathNames returns the names in a path such as $.Items[0]."a name". Of a path
// of another form it returns none.
func pathNames(path string) []string {
	rest, ok := strings.CutPrefix(path, "$")
	if !ok || strings.Contains(path, `\`) {
		return nil
	}
	var out []string
	for rest != "" {
		var name string
		switch {
		case strings.HasPrefix(rest, `."`):
			if name, rest, ok = strings.Cut(rest[2:], `"`); !ok {
				return nil
			}
			out = append(out, name)
		case rest[0] == '.':
			end := 1 + strings.IndexAny(rest[1:]+".", `.["`)
			name, rest = rest[1:end], rest[end:]
			out = append(out, name)
		case rest[0] == '[':
			if name, rest, ok = strings.Cut(rest[1:], "]"); !ok || strings.Trim(name, "#-0123456789") != "" {
				return nil
			}
		default:
			return nil
		}
	}
	return out
}
