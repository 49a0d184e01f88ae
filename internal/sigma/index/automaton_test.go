package index

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// TestBothFormsOfTheAutomatonFindWhatASearchFinds compares the table, the
// sorted lists and strings.Contains over texts of few letters, which overlap.
func TestBothFormsOfTheAutomatonFindWhatASearchFinds(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 4))
	word := func(most int) string {
		var b strings.Builder
		for range 1 + r.IntN(most) {
			b.WriteString([]string{"a", "b", "c", "漢", "z"}[r.IntN(5)])
		}
		return b.String()
	}
	for range 200 {
		var list []string
		texts := map[string][]output{}
		for range 1 + r.IntN(12) {
			text, how := word(4), []gate{byText, byPrefix, bySuffix}[r.IntN(3)]
			texts[text] = append(texts[text], output{int32(len(list)), how})
			list = append(list, string(rune('0'+how))+text)
		}
		c := &compiled{preds: make([]predicate, len(list)), witnessOf: make([][]int32, len(list))}
		table, lists := newScratch(c), newScratch(c)
		dense, small := newAutomaton(texts, maxDense), newAutomaton(texts, 0)
		if dense.sparse != nil || small.sparse == nil {
			t.Fatal("the forms are not those that were asked for")
		}
		for range 50 {
			table.begin()
			lists.begin()
			in := word(20)
			v := value{plain: []byte(in), ascii: !strings.Contains(in, "漢")}
			if v.ascii && r.IntN(2) == 0 {
				v.plain = []byte(strings.ToUpper(in))
			}
			table.run(dense, &v)
			lists.run(small, &v)
			var want []bool
			for _, item := range list {
				how, text := gate(item[0]-'0'), item[1:]
				want = append(want, how == byText && strings.Contains(in, text) || how == byPrefix && strings.HasPrefix(in, text) || how == bySuffix && strings.HasSuffix(in, text))
			}
			for name, m := range map[string]*scratch{"table": table, "lists": lists} {
				got := make([]bool, len(list))
				for p := range got {
					got[p] = m.isTrue[p] == m.epoch
				}
				if !slices.Equal(got, want) {
					t.Fatalf("%s: %q in %q: %v, want %v", name, list, in, got, want)
				}
			}
		}
	}
}
