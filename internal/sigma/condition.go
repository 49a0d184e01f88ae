package sigma

import (
	"strings"
)

const (
	maxCondition = 64 << 10
	maxDepth     = 100 // of parentheses and negations
)

// parseCondition reads a condition. Name returns the expression of one search
// identifier, nil when there is none; all lists the identifiers in order.
func parseCondition(text string, line int, all []string, name func(string) *Expr) (*Expr, error) {
	if len(text) > maxCondition {
		return nil, tooMuch(line, "the condition has more than %d bytes", maxCondition)
	}
	words, err := conditionWords(text, line)
	if err != nil {
		return nil, err
	}
	p := &conditionParser{words: words, line: line, all: all, name: name}
	e, err := p.or(0)
	if err != nil {
		return nil, err
	}
	if word := p.peek(); word != "" {
		return nil, invalid(line, "condition %q: %q is not expected where it stands", text, word)
	}
	return e, nil
}

// conditionWords splits a condition into parentheses and words.
func conditionWords(text string, line int) ([]string, error) {
	var words []string
	for i := 0; i < len(text); {
		switch c := text[i]; {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			i++
		case c == '(' || c == ')':
			words = append(words, text[i:i+1])
			i++
		case c == '|':
			return nil, invalid(line, "condition %q: aggregations after | are obsolete since Sigma 2; write a correlation rule", text)
		case isWordByte(c):
			end := i
			for end < len(text) && isWordByte(text[end]) {
				end++
			}
			words = append(words, text[i:end])
			i = end
		default:
			return nil, invalid(line, "condition %q: %q means nothing here", text, text[i:])
		}
	}
	if len(words) == 0 {
		return nil, invalid(line, "the condition is empty")
	}
	return words, nil
}

func isWordByte(c byte) bool {
	return c >= 0x80 || c == '_' || c == '*' || c == '-' || c == '.' || '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z'
}

type conditionParser struct {
	words []string
	at    int
	line  int
	all   []string
	name  func(string) *Expr
}

func (p *conditionParser) peek() string {
	if p.at < len(p.words) {
		return p.words[p.at]
	}
	return ""
}

// take consumes the next word when it is the given one, in any case.
func (p *conditionParser) take(word string) bool {
	if strings.EqualFold(p.peek(), word) {
		p.at++
		return true
	}
	return false
}

func (p *conditionParser) or(depth int) (*Expr, error) {
	return p.chain(Or, "or", depth, p.and)
}

func (p *conditionParser) and(depth int) (*Expr, error) {
	return p.chain(And, "and", depth, p.not)
}

func (p *conditionParser) chain(kind Kind, word string, depth int, part func(int) (*Expr, error)) (*Expr, error) {
	var kids []*Expr
	for {
		e, err := part(depth)
		if err != nil {
			return nil, err
		}
		kids = append(kids, e)
		if !p.take(word) {
			return joined(kind, kids), nil
		}
	}
}

func (p *conditionParser) not(depth int) (*Expr, error) {
	if depth > maxDepth {
		return nil, tooMuch(p.line, "the condition nests deeper than %d levels", maxDepth)
	}
	if p.take("not") {
		e, err := p.not(depth + 1)
		if err != nil {
			return nil, err
		}
		return not(e), nil
	}
	if p.take("(") {
		e, err := p.or(depth + 1)
		if err != nil {
			return nil, err
		}
		if !p.take(")") {
			return nil, invalid(p.line, "the condition lacks a closing parenthesis")
		}
		return e, nil
	}
	return p.identifier()
}

func (p *conditionParser) identifier() (*Expr, error) {
	word := p.peek()
	if word == "" {
		return nil, invalid(p.line, "the condition ends where a search identifier should stand")
	}
	p.at++
	if strings.EqualFold(p.peek(), "of") && isQuantity(word) {
		p.at++
		return p.quantified(word)
	}
	if isReserved(word) {
		return nil, invalid(p.line, "the condition has %q where a search identifier should stand", word)
	}
	e := p.name(word)
	if e == nil {
		return nil, missing(p.line, "", "the condition names %q, which the detection does not have", word)
	}
	return e, nil
}

func isQuantity(word string) bool {
	return word == "1" || strings.EqualFold(word, "all") || strings.EqualFold(word, "any")
}

func isReserved(word string) bool {
	switch strings.ToLower(word) {
	case "and", "or", "not", "of", "them", "(", ")":
		return true
	}
	return false
}

// quantified reads what follows "1 of" and "all of".
func (p *conditionParser) quantified(quantity string) (*Expr, error) {
	pattern := p.peek()
	if pattern == "" || pattern == "(" || pattern == ")" {
		return nil, invalid(p.line, "%q of the condition must be followed by a search identifier, a pattern or \"them\"", quantity+" of")
	}
	p.at++
	them := strings.EqualFold(pattern, "them")
	matcher := newPattern(parsePattern(pattern), false)
	var kids []*Expr
	for _, name := range p.all {
		// By convention an identifier that begins with _ is nobody's default.
		if them && !strings.HasPrefix(name, "_") || !them && matcher.match(name) {
			kids = append(kids, p.name(name))
		}
	}
	if len(kids) == 0 {
		return nil, missing(p.line, "", "no search identifier fits %q of the condition", quantity+" of "+pattern)
	}
	if strings.EqualFold(quantity, "all") {
		return joined(And, kids), nil
	}
	return joined(Or, kids), nil
}
