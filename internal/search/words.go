package search

import (
	"strings"
	"unicode"

	"github.com/nightjar-sec/nightjar/internal/journal"
)

// maxWords bounds the conditions that one line of words makes.
const maxWords = 32

// words turns a line of words into conditions over the raw record: each word
// must be in it, whole and without case; "several words" in quotes follow each
// other as they are written; -word must not be in it.
func words(line string) ([]string, error) {
	var out []string
	for _, w := range split(line) {
		if len(out) == maxWords {
			return nil, invalid("use fewer words", "a search takes at most %d words", maxWords)
		}
		quoted, err := text(w.text)
		if err != nil {
			return nil, err
		}
		var condition string
		switch {
		case len(journal.Tokens(w.text)) > 0:
			condition = "has_token(raw, " + quoted + ")"
		case w.text != "":
			// Without letter or digit there is no word: the record is searched
			// for the characters.
			condition = "contains(raw, " + quoted + ")"
		default:
			continue
		}
		if w.not {
			condition = "NOT " + condition
		}
		out = append(out, condition)
	}
	return out, nil
}

type word struct {
	text string
	not  bool
}

// split reads a line of words. A quote that is not closed goes to the end.
func split(line string) []word {
	var out []word
	rest := strings.TrimSpace(line)
	for rest != "" {
		var w word
		if after, ok := strings.CutPrefix(rest, "-"); ok && after != "" && !unicode.IsSpace([]rune(after)[0]) {
			w.not, rest = true, after
		}
		if after, ok := strings.CutPrefix(rest, `"`); ok {
			w.text, rest, _ = strings.Cut(after, `"`)
		} else if end := strings.IndexFunc(rest, unicode.IsSpace); end >= 0 {
			w.text, rest = rest[:end], rest[end:]
		} else {
			w.text, rest = rest, ""
		}
		w.text = strings.TrimSpace(w.text)
		out = append(out, w)
		rest = strings.TrimSpace(rest)
	}
	return out
}
