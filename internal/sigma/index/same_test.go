package index_test

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/nightjar-sec/nightjar/internal/sigma"
	"github.com/nightjar-sec/nightjar/internal/sigma/index"
)

// pair is the two evaluators with the same rules.
type pair struct {
	source *sigma.Source
	rules  []*sigma.Rule
	plain  *sigma.Plain
	index  *index.Matcher
}

func newPair(source *sigma.Source, rules []*sigma.Rule) *pair {
	return &pair{source, rules, sigma.NewPlain(source, rules), index.Compile([]*sigma.Source{source}, rules).NewMatcher()}
}

// same matches an event with both and returns how many rules matched.
func (p *pair) same(t testing.TB, raw []byte) int {
	t.Helper()
	event, err := sigma.Decode(raw)
	if err != nil {
		t.Fatalf("%v: %s", err, raw)
	}
	want := p.plain.Match(event)
	got, err := p.index.Match(p.source.Name, raw)
	if err != nil {
		t.Fatalf("%v: %s", err, raw)
	}
	if !slices.Equal(got, want) {
		t.Errorf("the index says %s, the plain evaluator %s of\n%s", p.titles(got), p.titles(want), raw)
	}
	return len(want)
}

func (p *pair) titles(list []int) string {
	var titles []string
	for _, i := range list {
		titles = append(titles, p.rules[i].Title)
	}
	return fmt.Sprintf("%q", titles)
}

func TestIndexEqualsPlainOnRealEvents(t *testing.T) {
	t.Parallel()
	rules, events, c := realRules(t), realEvents(t), catalogue(t)
	for _, source := range append(c.Sources(), c.Everything()) {
		t.Run(source.Name, func(t *testing.T) {
			t.Parallel()
			p := newPair(source, rules)
			matches := 0
			for _, raw := range events {
				matches += p.same(t, raw)
			}
			t.Logf("%d matches", matches)
			if source.Name == "ual" && matches < 200 {
				t.Errorf("%d matches in real events: the test compares too little", matches)
			}
		})
	}
}

// mutate makes an event of another, with values that rules look for.
func mutate(r *rand.Rand, texts *regexp.Regexp, raw string, words []string) string {
	places := texts.FindAllStringIndex(raw, -1)
	for range 1 + r.IntN(6) {
		at := places[r.IntN(len(places))]
		word := words[r.IntN(len(words))]
		switch r.IntN(6) {
		case 0:
			word = strings.ToUpper(word)
		case 1:
			word = "x" + word + "."
		case 2:
			word += "\u212a é\\"
		}
		if len(raw) < at[1] || raw[at[0]] != '"' {
			continue
		}
		raw = raw[:at[0]] + quoted(r, word) + raw[at[1]:]
		places = texts.FindAllStringIndex(raw, -1)
	}
	return raw
}

// quoted writes a JSON string, some characters as escapes.
func quoted(r *rand.Rand, s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, c := range s {
		switch {
		case c == '"' || c == '\\':
			b.WriteByte('\\')
			b.WriteRune(c)
		case c < ' ' || c < 0x10000 && r.IntN(20) == 0:
			fmt.Fprintf(&b, "\\u%04x", c)
		default:
			b.WriteRune(c)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// wordsOf are the texts and field names of rules.
func wordsOf(rules []*sigma.Rule) []string {
	var words []string
	for _, r := range rules {
		r.Expr.Tests(func(t *sigma.Test) {
			words = append(words, strings.Trim(t.Pattern.String(), "*"), t.Field)
		})
	}
	return words
}

func TestIndexEqualsPlainOnMutatedEvents(t *testing.T) {
	t.Parallel()
	rules, events, c := realRules(t), realEvents(t), catalogue(t)
	words := wordsOf(rules)
	r := rand.New(rand.NewPCG(1, 2))
	ual, err := c.Source("ual")
	if err != nil {
		t.Fatal(err)
	}
	pairs := []*pair{newPair(ual, rules), newPair(c.Everything(), rules)}
	texts := regexp.MustCompile(`"(?:[^"\\]|\\.)*"`)
	rounds, matches := 1_500, 0
	if testing.Short() {
		rounds = 500
	}
	for range rounds {
		raw := []byte(mutate(r, texts, string(events[r.IntN(len(events))]), words))
		for _, p := range pairs {
			matches += p.same(t, raw)
		}
		if t.Failed() {
			return
		}
	}
	t.Logf("%d matches", matches)
}
