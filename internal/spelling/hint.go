package spelling

import (
	"fmt"
	"strings"
)

// Hint says which of the words somebody meant or, when none is near, which
// there are.
func Hint(word string, words []string) string {
	for _, w := range words {
		if strings.EqualFold(w, word) {
			return fmt.Sprintf("did you mean %q?", w)
		}
	}
	if near := Nearest(strings.ToLower(word), words); near != "" {
		return fmt.Sprintf("did you mean %q?", near)
	}
	return "there are " + strings.Join(words, ", ")
}
