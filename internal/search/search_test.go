package search

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/nightjar-sec/nightjar"
)

func TestASearchReadsAsPeopleWouldWriteIt(t *testing.T) {
	t.Parallel()
	s := span()
	s.Words = `payroll -test "new rule"`
	s.Filters = []Filter{
		{"operation", Is, "UserLoggedIn"},
		{"operation", Is, "UserLoginFailed"},
		{"country", IsNot, "DE"},
		{"$.Actor[0].ID", Contains, "O'Brien"},
		{"record_type", AtLeast, "15"},
	}
	got, err := s.List(Cursor{}, 100)
	if err != nil {
		t.Fatal(err)
	}
	_, got, _ = strings.Cut(got, "\n")
	want := `FROM management
WHERE time >= TIMESTAMP '2026-11-02 08:00:00'
  AND time < TIMESTAMP '2026-11-02 09:00:00'
  AND has_token(raw, 'payroll')
  AND NOT has_token(raw, 'test')
  AND has_token(raw, 'new rule')
  AND country <> 'DE'
  AND contains(lower(json_value(raw, '$.Actor[0].ID')), 'o''brien')
  AND record_type >= 15
  AND operation IN ('UserLoggedIn', 'UserLoginFailed')
ORDER BY time DESC, id DESC, tenant_id DESC
LIMIT 100`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestEveryOperatorOfEveryFieldRuns(t *testing.T) {
	t.Parallel()
	b := setup(t)
	values := map[string]string{"INTEGER": "1", "BIGINT": "1", "DOUBLE": "1.5", "TIMESTAMP": "2026-11-02T08:00:00Z", "VARCHAR": "it's"}
	for _, op := range []Op{Is, IsNot, Contains, NotContains, StartsWith, Exists, Absent, AtLeast, AtMost} {
		s := span()
		for _, c := range columnsOf() {
			s.Filters = append(s.Filters, Filter{c.Name, op, values[c.Type]})
		}
		s.Filters = append(s.Filters, Filter{"$.Note", op, "it's"})
		sql, err := s.List(Cursor{}, 10)
		b.ask(t, sql, err)
	}
}

func TestASearchFinds(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, c := range []struct {
		name    string
		words   string
		filters []Filter
		want    int
	}{
		{"all", "", nil, 10},
		{"a value", "", []Filter{{"operation", Is, "UserLoginFailed"}}, 4},
		{"either of two values", "", []Filter{{"operation", Is, "UserLoginFailed"}, {"operation", Is, "UserLoggedIn"}}, 10},
		{"all but a value", "", []Filter{{"operation", IsNot, "UserLoginFailed"}}, 6},
		{"a word with a quote", "O'Brien", nil, 10},
		{"words that are not there", "-O'Brien", nil, 0},
		{"a phrase", `"it's O'Brien"`, nil, 10},
		{"a number of the raw record", "", []Filter{{"$.ErrorNumber", Is, "50051"}}, 3},
		{"an address in another form", "", []Filter{{"client_ip", Is, "2001:DB8:0::1"}}, 10},
		{"a part without case", "", []Filter{{"user_id", Contains, "ANNA1"}}, 5},
		{"what is not stated", "", []Filter{{"lat", Absent, ""}, {"object_id", Absent, ""}, {"country", Absent, ""}}, 10},
		{"an injection", "", []Filter{{"user_id", IsNot, "' OR 1=1 --"}}, 10},
	} {
		s := span()
		s.Words, s.Filters = c.words, c.filters
		sql, err := s.List(Cursor{}, 100)
		if got := b.ask(t, sql, err); len(got) != c.want {
			t.Errorf("%s: %d events, want %d\n%s", c.name, len(got), c.want, sql)
		}
	}
}

func TestPagesHoldEachEventOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	at := map[string]int{}
	for i, name := range Columns() {
		at[name] = i
	}
	var after Cursor
	var got []string
	for range 10 {
		sql, err := span().List(after, 3)
		page := b.ask(t, sql, err)
		for _, r := range page {
			got = append(got, r[at["id"]].(string))
		}
		if len(page) < 3 {
			break
		}
		last := page[2]
		text := Cursor{last[at["time"]].(time.Time), last[at["id"]].(string), nightjar.TenantID(last[at["tenant_id"]].(string))}.String()
		if after, err = ParseCursor(text); err != nil {
			t.Fatal(err)
		}
	}
	want := "[event-09 event-08 event-07 event-06 event-05 event-04 event-03 event-02 event-01 event-00]"
	if fmt.Sprint(got) != want {
		t.Errorf("got %v", got)
	}
}

func TestPiecesAreThoseOfTheEngine(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, width := range widths() {
		from, to := morning.Add(17*time.Second), morning.Add(time.Hour)
		s := span()
		s.From, s.To = from, to
		known := map[time.Time]bool{}
		for _, p := range Buckets(from, to, width) {
			known[p] = true
		}
		sql, err := s.Histogram(width)
		for _, r := range b.ask(t, sql, err) {
			if !known[r[0].(time.Time)] {
				t.Errorf("%s: the engine counts in a piece from %s", width, r[0])
			}
		}
	}
}

func TestTopValues(t *testing.T) {
	t.Parallel()
	b := setup(t)
	sql, err := span().Values([]string{"operation", "record_type", "$.ErrorNumber"}, 2)
	got := fmt.Sprint(b.ask(t, sql, err))
	want := "[[0 UserLoggedIn 6] [0 UserLoginFailed 4] [1 15 10] [2 50050 4] [2 50051 3]]"
	if got != want {
		t.Errorf("got %s", got)
	}
}

func TestWhatCannotBeSearchedIsRefused(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*Search){
		"a table of another kind": func(s *Search) { s.Table = nightjar.TableCollectorsOut },
		"SQL in place of a table": func(s *Search) { s.Table = "management; DROP TABLE x" },
		"an empty span":           func(s *Search) { s.To = s.From },
		"a field that is none":    func(s *Search) { s.Filters = []Filter{{"1=1 OR id", Is, "x"}} },
		"a path that ends":        func(s *Search) { s.Filters = []Filter{{"$.a') OR (1=1", Is, "x"}} },
		"a path to many":          func(s *Search) { s.Filters = []Filter{{"$.a[*]", Is, "x"}} },
		"no operator":             func(s *Search) { s.Filters = []Filter{{"id", "or", "x"}} },
		"text for a number":       func(s *Search) { s.Filters = []Filter{{"record_type", Is, "15 OR 1=1"}} },
		"no number":               func(s *Search) { s.Filters = []Filter{{"lat", AtLeast, "NaN"}} },
		"text for a time":         func(s *Search) { s.Filters = []Filter{{"ingested", AtMost, "now()"}} },
		"a NUL":                   func(s *Search) { s.Filters = []Filter{{"id", Is, "a\x00b"}} },
	} {
		s := span()
		spoil(&s)
		if sql, err := s.List(Cursor{}, 1); nightjar.CodeOf(err) != nightjar.CodeInvalid {
			t.Errorf("%s gives %q, %v", name, sql, err)
		}
	}
}
