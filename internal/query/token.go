package query

import (
	"encoding/json"
	"maps"
	"strings"

	"github.com/nightjar-sec/nightjar/internal/journal"
)

func tokens(s string) []string { return journal.Tokens(s) }

const tokenBoundary = "[^A-Za-z0-9]"

// hasToken is has_token(text, word) for the engine. A word between other
// characters is a slow pattern, the word alone is one of the quickest: it goes
// first, and what it does not find needs no second look. Only a column is
// written three times over; a long expression would grow with each nesting.
func hasToken(text node, word, alias string) node {
	anyCase := anyCasePattern(word)
	between := stringNode("(^|"+tokenBoundary+")"+anyCase+"("+tokenBoundary+"|$)", "")
	second, err := copyNode(text)
	third, err2 := copyNode(text)
	if text.str("class") != "COLUMN_REF" || err != nil || err2 != nil {
		return functionNode("regexp_matches", alias, text, between)
	}
	return caseNode(alias, castNode(stringNode("false", ""), "BOOLEAN", ""),
		functionNode("regexp_matches", "", text, stringNode(anyCase, "")),
		functionNode("regexp_matches", "", second, between),
		operatorNode("OPERATOR_IS_NULL", "", third),
		nullNode(),
	)
}

// anyCasePattern matches the word without case for ASCII letters only: (?i)
// would also take K for the Kelvin sign, and the token filters would not.
func anyCasePattern(word string) string {
	var b strings.Builder
	for _, r := range word {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z':
			b.WriteString("[" + strings.ToUpper(string(r)) + strings.ToLower(string(r)) + "]")
		case r < 0x80 && (r < '0' || r > '9'):
			b.WriteString("\\" + string(r))
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// tokensOf returns words that raw must have for the condition to hold.
func tokensOf(cond node, isRaw func(node) bool) []string {
	args := cond.children("children")
	if cond.str("class") != "FUNCTION" || len(args) != 2 || !isRaw(args[0]) {
		return nil
	}
	text, ok := constantString(args[1])
	if !ok {
		return nil
	}
	switch strings.ToLower(cond.str("function_name")) {
	case "has_token":
		return tokens(text)
	case "contains":
		return innerTokens(text)
	default:
		return nil
	}
}

// innerTokens are the words of a text that stand between other characters in
// it: those at its ends may be parts of longer words of raw.
func innerTokens(text string) []string {
	isWord := func(b byte) bool { return len(tokens(string([]byte{b}))) > 0 }
	start, end := 0, len(text)
	for start < end && isWord(text[start]) {
		start++
	}
	for end > start && isWord(text[end-1]) {
		end--
	}
	return tokens(text[start:end])
}

// cheapJSONFilter puts a search for the text in front of json_value(raw,
// '$.X') = 'text', which parses the whole record: if the text is not in it as
// it is, and no escape could spell it, the value cannot be equal.
func cheapJSONFilter(e node) {
	if e.str("type") != "COMPARE_EQUAL" {
		return
	}
	value, text := e.child("left"), e.child("right")
	if value.str("class") == "CONSTANT" {
		value, text = text, value
	}
	s, ok := constantString(text)
	args := value.children("children")
	if !ok || value.str("type") != "OPERATOR_COALESCE" || len(args) != 2 || !writtenAsIs(s) {
		return
	}
	inner := args[0]
	jsonArgs := inner.children("children")
	if inner.str("function_name") != "json_extract_string" || len(jsonArgs) != 2 || jsonArgs[0].str("class") != "COLUMN_REF" {
		return
	}
	names, _ := jsonArgs[0].strings("column_names")
	if last := names[len(names)-1]; last != "raw" {
		return
	}
	raw := func() node {
		copied, err := copyNode(jsonArgs[0])
		if err != nil {
			return nil
		}
		return copied
	}
	if raw() == nil {
		return
	}
	either := node{
		"class": "CONJUNCTION", "type": "CONJUNCTION_OR", "alias": "", "query_location": noLocation,
		"children": []any{
			map[string]any(functionNode("contains", "", raw(), stringNode(s, ""))),
			map[string]any(functionNode("contains", "", raw(), stringNode(`\u`, ""))),
		},
	}
	compare := maps.Clone(e)
	compare["alias"] = ""
	e.replace(caseNode(e.str("alias"), castNode(stringNode("false", ""), "BOOLEAN", ""), either, compare))
}

// plainText is true for text that JSON can only spell as it is or with \u:
// no character of it has an escape of its own, and ” would be everywhere.
func plainText(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < 0x20 || c >= 0x7f || c == '"' || c == '\\' || c == '/' {
			return false
		}
	}
	return s != ""
}

func copyNode(n node) (node, error) {
	b, err := json.Marshal(n)
	if err != nil {
		return nil, err //nolint:wrapcheck // the caller leaves the expression as it is
	}
	return decodeTree(string(b))
}

func constantInt(n node) int64 {
	v, ok := n.child("value")["value"].(json.Number)
	if n.str("class") != "CONSTANT" || !ok {
		return 0
	}
	i, err := v.Int64()
	if err != nil {
		return 0
	}
	return i
}
