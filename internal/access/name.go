package access

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	nightjar "github.com/nightjar-sec/nightjar"
)

// maxName bounds a person's name, in characters.
const maxName = 64

// CleanName checks a name that a person is to have, and returns it as it is kept.
func CleanName(name string) (string, error) {
	name = strings.Join(strings.Fields(norm.NFKC.String(name)), " ")
	bad := func(message string) error {
		return &nightjar.Error{Code: nightjar.CodeInvalid, Message: message, Hint: "choose a name of 1 to 64 letters, digits and signs, e.g. ada or ada@contoso.com"}
	}
	switch {
	case name == "":
		return "", bad("the name is empty")
	case utf8.RuneCountInString(name) > maxName:
		return "", bad("the name is longer than 64 characters")
	case strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }):
		return "", bad("the name holds characters that cannot be seen")
	}
	return name, nil
}

// nameKey is under which a name is found: two names that look alike but for
// case or form are one.
func nameKey(name string) string {
	return cases.Fold().String(strings.Join(strings.Fields(norm.NFKC.String(name)), " "))
}
