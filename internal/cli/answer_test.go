package cli

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/nightjar-sec/nightjar/internal/query"
)

func rendered(t *testing.T, format string, exact bool) string {
	t.Helper()
	var b strings.Builder
	a, err := newAnswer(format, Process{Stdout: &b}, exact)
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Columns([]query.Column{{Name: "user", Type: "VARCHAR"}, {Name: "n", Type: "BIGINT"}, {Name: "at", Type: "TIMESTAMP"}}); err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 11, 20, 8, 0, 0, 500_000_000, time.UTC)
	for _, row := range [][]any{{"=cmd|' /C calc'!A0", int64(-3), at}, {"<a>\x1b[2J\n\"b\"", nil, at.Truncate(time.Second)}} {
		if err := a.Row(row); err != nil {
			t.Fatal(err)
		}
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestAnswersInEachFormat(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		format string
		exact  bool
		want   string
	}{
		"a table is safe for a terminal": {"table", false, "" +
			"user                 n  at\n" +
			"------------------  --  ----------------------\n" +
			"=cmd|' /C calc'!A0  -3  2026-11-20T08:00:00.5Z\n" +
			"<a>\uFFFD[2J \"b\"             2026-11-20T08:00:00Z\n"},
		"csv disarms formulas but not numbers": {"csv", false, "user,n,at\n" +
			"'=cmd|' /C calc'!A0,-3,2026-11-20T08:00:00.5Z\n" +
			"\"<a>\x1b[2J\n\"\"b\"\"\",,2026-11-20T08:00:00Z\n"},
		"exact csv leaves all as it is": {"csv", true, "user,n,at\n" +
			"=cmd|' /C calc'!A0,-3,2026-11-20T08:00:00.5Z\n" +
			"\"<a>\x1b[2J\n\"\"b\"\"\",,2026-11-20T08:00:00Z\n"},
		"ndjson keeps order and nulls": {"ndjson", false, `{"user":"=cmd|' /C calc'!A0","n":-3,"at":"2026-11-20T08:00:00.5Z"}` + "\n" +
			`{"user":"<a>\u001b[2J\n\"b\"","n":null,"at":"2026-11-20T08:00:00Z"}` + "\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := rendered(t, test.format, test.exact); got != test.want {
				t.Errorf("got\n%s\nwant\n%s", got, test.want)
			}
		})
	}
}

func TestValuesThatJSONHasNoWordFor(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	a, err := newAnswer("ndjson", Process{Stdout: &b}, false)
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Columns([]query.Column{{Name: "x", Type: "DOUBLE"}, {Name: "l", Type: "LIST"}}); err != nil {
		t.Fatal(err)
	}
	far := time.Date(294247, 1, 10, 0, 0, 0, 0, time.UTC) // encoding/json refuses years above 9999
	for _, row := range [][]any{{math.NaN(), []any{math.Inf(-1), 1.5, far}}, {math.Inf(1), map[string]any{"n": math.NaN()}}} {
		if err := a.Row(row); err != nil {
			t.Fatal(err)
		}
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	want := `{"x":null,"l":[null,1.5,"294247-01-10T00:00:00Z"]}` + "\n" + `{"x":null,"l":{"n":null}}` + "\n"
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
}

func TestErrorsCannotDriveTheTerminal(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	printError(Process{Stderr: &b}, usageError("see \u009b31m", "cannot convert '\x1b]0;owned\a\r\u202egnp.exe'\nsecond line"))
	want := "Error: cannot convert '\uFFFD]0;owned\uFFFD\uFFFD\uFFFDgnp.exe'\n       second line\nTry: see \uFFFD31m\n"
	if b.String() != want {
		t.Errorf("got %q, want %q", b.String(), want)
	}
}
