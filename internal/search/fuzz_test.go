package search

import (
	"strings"
	"testing"
)

// FuzzNoValueLeavesItsQuotes compares the query without its quoted texts with
// the one that harmless values make.
func FuzzNoValueLeavesItsQuotes(f *testing.F) {
	for _, s := range []string{"payroll", "O'Brien", "'' OR 1=1 --", `\' OR 1=1`, "a''", "'", "x'; SELECT 1", "/*", "$$a$$", "E'\\''", "日本", "\x00", "\xff'"} {
		f.Add(s, s, s)
	}
	f.Fuzz(func(t *testing.T, words, value, path string) {
		build := func(word, value, path string) (string, error) {
			s := span()
			s.Words = `"` + word + `"`
			for _, op := range []Op{Is, IsNot, Contains, StartsWith} {
				s.Filters = append(s.Filters, Filter{"user_id", op, value}, Filter{path, op, value})
			}
			return s.List(Cursor{}, 10)
		}
		words = strings.ReplaceAll(words, `"`, "")
		got, err := build(words, value, "$."+path)
		if err != nil {
			return
		}
		want, err := build("word", "value", "$.a")
		if err != nil {
			t.Fatal(err)
		}
		// A word is searched in one of two ways, or left out when it is empty.
		got, want = bare(t, got), bare(t, want)
		got = strings.Replace(got, "\n  AND contains(raw, '')", "\n  AND has_token(raw, '')", 1)
		if strings.TrimSpace(words) == "" {
			want = strings.Replace(want, "\n  AND has_token(raw, '')", "", 1)
		}
		if got != want {
			t.Errorf("%q, %q and %q change the query to\n%s\nwant\n%s", words, value, path, got, want)
		}
	})
}

// bare empties the quoted texts of a query.
func bare(t *testing.T, sql string) string {
	t.Helper()
	var b strings.Builder
	for rest := sql; ; {
		before, after, found := strings.Cut(rest, "'")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		for {
			i := strings.IndexByte(after, '\'')
			if i < 0 {
				t.Fatalf("a text does not end in\n%s", sql)
			}
			after = after[i+1:]
			if !strings.HasPrefix(after, "'") {
				break
			}
			after = after[1:]
		}
		b.WriteString("''")
		rest = after
	}
}

func FuzzCursor(f *testing.F) {
	f.Add("")
	f.Add(Cursor{Time: morning, ID: "it's", Tenant: contoso.ID}.String())
	f.Fuzz(func(t *testing.T, s string) {
		c, err := ParseCursor(s)
		if err != nil || c.IsZero() {
			return
		}
		if again, err := ParseCursor(c.String()); err != nil || again != c {
			t.Errorf("%q reads back as %v, %v", s, again, err)
		}
		if got := bare(t, c.Condition()); got != "time <= TIMESTAMP '' AND (time < TIMESTAMP '' OR id < '' OR id = '' AND tenant_id < '')" {
			t.Errorf("%q gives %s", s, got)
		}
	})
}
