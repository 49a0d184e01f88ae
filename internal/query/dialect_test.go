package query

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/journal"
)

// sharedData is the folder of test data beside the project.
func sharedData(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", "..", "shared", "data", name))
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skipf("skipped, the shared test data is not here: %v", err)
	}
	return string(b)
}

// The analysts' queries name a table ev whose columns differ from ours in
// three names. This is the whole mapping.
var analystNames = []struct{ from, to string }{
	{`\bev\b`, "management"},
	{`\bcreation_time\b`, "time"},
	{`\bfile_name\b`, "json_value(raw, '$.SourceFileName')"},
	{`\bsite_url\b`, "json_value(raw, '$.SiteUrl')"},
}

func TestAnalystQueriesGiveTheAnswersOfPlainDuckDB(t *testing.T) {
	t.Parallel()
	text := sharedData(t, "sql/dialect_q.sql")
	macros := sharedData(t, "sql/dialect_setup_duck.sql")
	b := arrange(t, Limits{}, 6000)
	plain := plainDuckDB(t, b, macros)
	answered, refused := 0, 0
	for q := range strings.SplitSeq(strings.TrimSpace(text), ";\n") {
		q = strings.TrimSuffix(strings.TrimSpace(q), ";")
		ours := q
		for _, n := range analystNames {
			ours = regexp.MustCompile(n.from).ReplaceAllLiteralString(ours, n.to)
		}
		a := &answer{}
		_, err := b.engine.Run(t.Context(), Request{SQL: ours, Tenants: []nightjar.Tenant{contoso}}, a)
		if strings.Contains(strings.ToLower(q), "unnest") {
			refused++
			if nightjar.CodeOf(err) != nightjar.CodeInvalid || !strings.Contains(nightjar.HintOf(err), "list") || !strings.Contains(err.Error(), "unnest") {
				t.Errorf("%s\nwant a refusal that names unnest: %v; hint %s", q, err, nightjar.HintOf(err))
			}
			continue
		}
		if err != nil {
			t.Errorf("%s\n%v; hint: %s", q, err, nightjar.HintOf(err))
			continue
		}
		answered++
		if want := plainAnswer(t, plain, q); unordered(a) != want {
			t.Errorf("%s\ngot  %.300s\nwant %.300s", q, a.text(), want)
		}
	}
	if answered != 35 || refused != 2 {
		t.Errorf("answered %d and refused %d, want 35 and 2", answered, refused)
	}
}

// plainDuckDB opens an unconfined database over the same files.
func plainDuckDB(t *testing.T, b *bundle, macros string) *sql.DB {
	t.Helper()
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	db.SetMaxOpenConns(1)
	segments, err := b.journal.Segments(t.Context(), journal.SegmentFilter{Tenants: []nightjar.TenantID{contoso.ID}})
	if err != nil {
		t.Fatal(err)
	}
	var paths []string
	for _, s := range segments {
		paths = append(paths, quoteString(b.journal.Path(s)))
	}
	for _, q := range append(strings.Split(macros, ";"),
		fmt.Sprintf(`CREATE VIEW ev AS SELECT * RENAME (time AS creation_time),
			json_extract_string(raw, '$.SourceFileName') AS file_name, json_extract_string(raw, '$.SiteUrl') AS site_url
			FROM read_parquet([%s]) WHERE "table" <> 'collectors_out'`, strings.Join(paths, ",")), "SET TimeZone='UTC'") {
		if _, err := db.ExecContext(t.Context(), q); err != nil && strings.TrimSpace(q) != "" {
			t.Fatalf("%s: %v", q, err)
		}
	}
	return db
}

func plainAnswer(t *testing.T, db *sql.DB, q string) string {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), q)
	if err != nil {
		t.Fatalf("%s: %v", q, err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	a := &answer{}
	for rows.Next() {
		values := make([]any, len(columns))
		dest := make([]any, len(columns))
		for i := range dest {
			dest[i] = &values[i]
		}
		if err := rows.Scan(dest...); err != nil {
			t.Fatal(err)
		}
		// Through the wire format, so that types are compared in one form.
		encoded, err := appendAll(nil, values)
		if err != nil {
			t.Fatal(err)
		}
		for i := range values {
			if values[i], encoded, err = decodeValue(encoded, 0); err != nil {
				t.Fatal(err)
			}
		}
		a.rows = append(a.rows, values)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return unordered(a)
}

// unordered is the text of an answer whose lists have no order.
func unordered(a *answer) string {
	for _, row := range a.rows {
		for _, v := range row {
			if list, ok := v.([]any); ok {
				slices.SortFunc(list, func(x, y any) int { return strings.Compare(show(x), show(y)) })
			}
		}
	}
	return a.text()
}
