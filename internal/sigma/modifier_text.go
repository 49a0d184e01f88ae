package sigma

import (
	"slices"
	"strings"
	"unicode"
)

// dashes are the characters that Windows takes for one another before an
// option, as the modifiers appendix 2.1.0 lists them.
const dashes = "-/–—―"

// windash makes a variant for each dash that could stand before each option.
func (it *item) windash(d draft) ([]draft, error) {
	variants := [][]rune{nil}
	for i, r := range d.runes {
		option := r >= 0 && strings.ContainsRune(dashes, r) &&
			(i == 0 || !isWordRune(d.runes[i-1])) && i+1 < len(d.runes) && isWordRune(d.runes[i+1])
		if !option {
			for v := range variants {
				variants[v] = append(variants[v], r)
			}
			continue
		}
		var next [][]rune
		for _, v := range variants {
			for _, dash := range dashes {
				next = append(next, append(slices.Clone(v), dash))
			}
		}
		if variants = next; len(variants) > maxVariants {
			return nil, tooMuch(d.node.Line, "windash makes more than %d variants of one value of %s", maxVariants, it.name())
		}
	}
	out := make([]draft, len(variants))
	for i, v := range variants {
		out[i] = d
		out[i].runes = v
	}
	return out, nil
}

func isWordRune(r rune) bool { return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) }

// placeholders replaces %names% by the values that they were given. \% is a
// plain percent character.
func (it *item) placeholders(d draft) ([]draft, error) {
	if d.plain != nil || d.fixed && d.op != OpRegex {
		return nil, invalid(d.node.Line, "expand of %s applies to texts alone", it.name())
	}
	runes := d.runes
	if d.op == OpRegex {
		runes = []rune(d.expr)
	}
	variants := [][]rune{nil}
	extend := func(choices ...[]rune) {
		var next [][]rune
		for _, v := range variants {
			for _, c := range choices {
				next = append(next, append(slices.Clone(v), c...))
			}
		}
		variants = next
	}
	for i := 0; i < len(runes); i++ {
		if runes[i] == '\\' && i+1 < len(runes) && runes[i+1] == '%' {
			extend([]rune{'%'})
			i++
			continue
		}
		end := -1
		if runes[i] == '%' {
			end = slices.Index(runes[i+1:], '%')
		}
		if end <= 0 {
			extend(runes[i : i+1])
			continue
		}
		name := string(runes[i+1 : i+1+end])
		values := it.lookup[name]
		if len(values) == 0 {
			return nil, missing(d.node.Line, "give its values: --placeholder "+name+"=VALUE", "placeholder %%%s%% of %s has no values", name, it.name())
		}
		var choices [][]rune
		for _, v := range values {
			if d.op == OpRegex {
				choices = append(choices, []rune(v))
			} else {
				choices = append(choices, parsePattern(v))
			}
		}
		extend(choices...)
		if len(variants) > maxVariants {
			return nil, tooMuch(d.node.Line, "placeholders make more than %d variants of one value of %s", maxVariants, it.name())
		}
		i += end + 1
	}
	out := make([]draft, len(variants))
	for i, v := range variants {
		out[i] = d
		if d.op == OpRegex {
			out[i].expr = string(v)
		} else {
			out[i].runes = v
		}
	}
	return out, nil
}
