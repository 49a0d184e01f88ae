package index

import (
	"regexp/syntax"

	"github.com/nightjar-sec/nightjar/internal/sigma"
)

// requiredText returns a folded text that every match of a regular expression
// contains, the longest that is easily seen; "" when there is none.
func requiredText(expr string) string {
	parsed, err := syntax.Parse(expr, syntax.Perl)
	if err != nil {
		return ""
	}
	return sigma.Fold(required(parsed.Simplify()))
}

func required(re *syntax.Regexp) string {
	switch re.Op {
	case syntax.OpLiteral:
		return string(re.Rune)
	case syntax.OpCapture, syntax.OpPlus:
		return required(re.Sub[0])
	case syntax.OpRepeat:
		if re.Min > 0 {
			return required(re.Sub[0])
		}
	case syntax.OpConcat:
		longest := ""
		for _, sub := range re.Sub {
			if s := required(sub); len(s) > len(longest) {
				longest = s
			}
		}
		return longest
	default:
	}
	return ""
}
