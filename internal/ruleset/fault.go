package ruleset

import (
	"fmt"
	"slices"
	"strings"

	"github.com/nightjar-sec/nightjar/internal/sigma"
	"github.com/nightjar-sec/nightjar/internal/spelling"
)

// unknown says that a key is none of those that there are, and which was meant.
func unknown(e sigma.Entry, where string, keys []string) error {
	return sigma.Invalid(e.Line, "%q is no key of %s%s", e.Key, where, meant(e.Key, keys))
}

// meant proposes the word that somebody meant.
func meant(word string, words []string) string {
	if near := spelling.Nearest(word, words); near != "" {
		return fmt.Sprintf("; did you mean %q?", near)
	}
	return fmt.Sprintf("; there are %v", words)
}

// closest returns the names that begin as word does up to its first dot.
func closest(word string, names []string) []string {
	first, _, _ := strings.Cut(word, ".")
	out := slices.DeleteFunc(slices.Clone(names), func(n string) bool { return !strings.HasPrefix(n, first) })
	if len(out) == 0 {
		out = names
	}
	slices.Sort(out)
	return out
}
