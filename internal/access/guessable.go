package access

import (
	"bufio"
	"bytes"
	"compress/gzip"
	_ "embed" // carries the list
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/cases"
)

// breached are 48,000 passwords that leaked most often, lower-cased and
// sorted. It is the list of zxcvbn-ts (breached.LICENSE), which comes from
// published leaks. Few of them have twelve characters; they count as the base
// of longer ones, because Password2024! is what people make of "password"
// when they are asked for more.
//
//go:embed breached.txt.gz
var breached []byte

// What may be around a base without making it harder to guess.
const (
	minBase   = 4 // shorter ones would be found in anything
	maxAround = 8
)

// guessable says why a password can be guessed; "" when nothing is known
// against it. words are those that a guesser would try first: the person's
// name, the product's, the tenants'.
func guessable(password string, words []string) (string, error) {
	folded := cases.Fold().String(password)
	switch {
	case distinct(folded) < 5:
		return "the password repeats a few characters", nil
	case sequential(folded):
		return "the password is a run of neighbours on the keyboard or in the alphabet", nil
	}
	for _, w := range words {
		if w = cases.Fold().String(w); around(folded, w) {
			return fmt.Sprintf("the password is little more than %q", w), nil
		}
	}
	found, err := isBreached(bases(folded))
	if err != nil || !found {
		return "", err
	}
	return "the password, or the word that it is made of, is among those that leak most often", nil
}

// isBreached looks candidates up in the list. Unpacking it each time takes
// milliseconds, less than a tenth of hashing, and keeps three megabytes free.
func isBreached(candidates []string) (bool, error) {
	unpacked, err := gzip.NewReader(bytes.NewReader(breached))
	if err != nil {
		return false, fmt.Errorf("open the list of breached passwords: %w", err)
	}
	lines := bufio.NewScanner(io.LimitReader(unpacked, 4<<20))
	for lines.Scan() {
		if slices.Contains(candidates, lines.Text()) {
			return true, nil
		}
	}
	if err := lines.Err(); err != nil {
		return false, fmt.Errorf("read the list of breached passwords: %w", err)
	}
	return false, nil
}

// bases returns the words that a folded password may be made of: without what
// is around it, without repetition, with letters in place of look-alikes.
func bases(folded string) []string {
	var out []string
	add := func(s string) {
		for _, form := range []string{s, unleet(s, 'i'), unleet(s, 'l')} {
			form = unrepeated(form)
			if len(form) >= minBase && !slices.Contains(out, form) {
				out = append(out, form)
			}
		}
	}
	add(folded)
	joined := strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || strings.ContainsRune("-_.,", r) {
			return -1
		}
		return r
	}, folded)
	add(joined)
	// Digits at the end are a year more often than look-alikes, so both readings count.
	core := strings.TrimFunc(joined, func(r rune) bool { return !unicode.IsLetter(r) })
	if len(joined)-len(core) <= maxAround {
		add(core)
	}
	trimmed := strings.TrimRightFunc(joined, func(r rune) bool { return !unicode.IsLetter(r) })
	if len(joined)-len(trimmed) <= maxAround {
		add(trimmed)
	}
	return out
}

// unleet reads digits and signs as the letters that they look like.
func unleet(s string, one rune) string {
	return strings.Map(func(r rune) rune {
		switch r {
		case '4', '@':
			return 'a'
		case '3':
			return 'e'
		case '0':
			return 'o'
		case '5', '$':
			return 's'
		case '7':
			return 't'
		case '1', '!':
			return one
		}
		return r
	}, s)
}

// unrepeated returns r when s is r again and again.
func unrepeated(s string) string {
	for n := minBase; n <= len(s)/2; n++ {
		if len(s)%n == 0 && strings.Repeat(s[:n], len(s)/n) == s {
			return s[:n]
		}
	}
	return s
}

// around reports whether a folded password holds the word and little else.
func around(folded, word string) bool {
	if len(word) < minBase {
		return false
	}
	for _, form := range []string{folded, unleet(folded, 'i'), unleet(folded, 'l')} {
		if rest := strings.ReplaceAll(form, word, ""); len(rest) < len(form) && len([]rune(rest)) < maxAround {
			return true
		}
	}
	return false
}

func distinct(s string) int {
	seen := map[rune]bool{}
	for _, r := range s {
		seen[r] = true
	}
	return len(seen)
}

// sequential reports whether nearly each character is a neighbour of the one
// before: in the alphabet, among the digits, or on a row of the keyboard.
func sequential(s string) bool {
	rows := []string{"`1234567890-=", "qwertyuiop[]", "asdfghjkl;'", "zxcvbnm,./", "qwertzuiopü", "azertyuiop"}
	runes := []rune(s)
	near := 0
	for i := 1; i < len(runes); i++ {
		a, b := runes[i-1], runes[i]
		if d := b - a; d >= -1 && d <= 1 {
			near++
			continue
		}
		for _, row := range rows {
			at, next := strings.IndexRune(row, a), strings.IndexRune(row, b)
			if at >= 0 && next >= 0 && (next-at == 1 || at-next == 1) {
				near++
				break
			}
		}
	}
	return near*10 >= (len(runes)-1)*8
}
