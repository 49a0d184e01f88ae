package query

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/journal"
)

// attempt is one way out that somebody may try. {other} is a segment file of
// another tenant, {own} one of the asking tenant's, {secret} a file outside
// the journal.
type attempt struct {
	name, sql string
	// harmless marks what the inner layers rightly answer when the allow-list
	// is passed by: it reads nothing that the tenant may not see.
	harmless bool
	// settings marks what only changes or reads DuckDB's own state, or finds nothing.
	settings bool
}

func attempts() []attempt {
	deep := strings.Repeat("(", 3000) + "1" + strings.Repeat(")", 3000)
	var columns []string
	for i := range 20000 {
		columns = append(columns, fmt.Sprintf("%d AS c%d", i, i))
	}
	return []attempt{
		{"another tenant's segment as a table", "SELECT * FROM '{other}'", false, false},
		{"another tenant's segment in double quotes", `SELECT * FROM "{other}"`, false, false},
		{"read_parquet", "SELECT * FROM read_parquet('{other}')", false, false},
		{"read_parquet in a CTE", "WITH x AS (SELECT * FROM read_parquet('{other}')) SELECT * FROM x", false, false},
		{"read_parquet in a subquery", "SELECT (SELECT count(*) FROM read_parquet('{other}')) AS n", false, false},
		{"parquet_scan with a quoted name", `SELECT * FROM "parquet_scan"('{other}')`, false, false},
		{"path that climbs out of the own folder", "SELECT * FROM read_parquet('{owndir}/../{otherid}/**/*.parquet')", false, false},
		{"glob over the journal", "SELECT * FROM glob('{owndir}/../*/*/*')", false, true},
		{"read_text of a secret", "SELECT content FROM read_text('{secret}')", false, false},
		{"read_blob of a secret", "SELECT content FROM read_blob('{secret}')", false, false},
		{"read_csv of a system file", "SELECT * FROM read_csv('/etc/passwd', header=false, sep=':')", false, false},
		{"read_json of a secret", "SELECT * FROM read_json_auto('{secret}')", false, false},
		{"sniff_csv", "SELECT * FROM sniff_csv('/etc/passwd')", false, false},
		{"parquet_metadata", "SELECT * FROM parquet_metadata('{other}')", false, false},
		{"own environment", "SELECT content FROM read_text('/proc/self/environ')", false, false},
		{"memory map of the process", "SELECT content FROM read_text('/proc/self/maps')", false, false},
		{"symbolic link to the root", "SELECT content FROM read_text('/proc/self/root/etc/hostname')", false, false},
		{"ATTACH", "ATTACH '{secret}' AS x", false, false},
		{"ATTACH a new file", "ATTACH '{owndir}/new.db' AS x", false, false},
		{"COPY TO the own folder", "COPY (SELECT 1) TO '{owndir}/out.parquet'", false, false},
		{"COPY TO a temporary folder", "COPY (SELECT 1) TO '{secret}.out'", false, false},
		{"COPY FROM", "CREATE TABLE t(a VARCHAR); COPY t FROM '{secret}'", false, false},
		{"EXPORT DATABASE", "EXPORT DATABASE '{owndir}/dump'", false, false},
		{"INSTALL", "INSTALL httpfs", false, false},
		{"LOAD", "LOAD '{secret}'", false, false},
		{"getenv", "SELECT getenv('HOME') AS h", false, true},
		{"SET", "SET enable_external_access=true", false, true},
		{"SET memory_limit", "SET memory_limit='100GB'", false, true},
		{"RESET", "RESET lock_configuration", false, true},
		{"PRAGMA", "PRAGMA enable_profiling='json'", false, true},
		{"secret manager", "CREATE SECRET s (TYPE S3, KEY_ID 'a', SECRET 'b')", false, true},
		{"http URL as a table", "SELECT * FROM 'https://example.com/a.parquet'", false, false},
		{"http URL", "SELECT * FROM read_parquet('http://127.0.0.1:1/a.parquet')", false, false},
		{"two statements", "SELECT 1; ATTACH '{secret}' AS y", false, false},
		{"statement behind a comment", "SELECT 1 /* ; */; COPY (SELECT 1) TO '{owndir}/x'", false, false},
		{"query()", "SELECT * FROM query('SELECT * FROM read_text(''{secret}'')')", false, false},
		{"query_table()", "SELECT * FROM query_table('{other}')", false, false},
		{"look-alike letters", "SELECT * FROM rеad_text('{secret}')", false, false},
		{"escaped identifier", `SELECT * FROM U&"read\005ftext"('{secret}')`, false, false},
		{"prepared statement", "PREPARE p AS SELECT * FROM read_text('{secret}')", false, true},
		{"table macro", "CREATE MACRO m() AS TABLE SELECT * FROM read_text('{secret}'); SELECT * FROM m()", false, false},
		{"view", "CREATE VIEW v AS SELECT * FROM read_text('{secret}'); SELECT * FROM v", false, false},
		{"json_execute_serialized_sql", "SELECT * FROM json_execute_serialized_sql(json_serialize_sql('SELECT * FROM read_text(''{secret}'')'))", false, false},
		{"EXPLAIN", "EXPLAIN ANALYZE SELECT * FROM read_text('{secret}')", false, false},
		{"catalog function", "SELECT * FROM duckdb_views()", true, false},
		{"settings", "SELECT * FROM duckdb_settings()", true, false},
		{"secrets function", "SELECT * FROM duckdb_secrets()", true, false},
		{"current_setting", "SELECT current_setting('allowed_directories') AS s", true, false},
		{"information_schema", "SELECT * FROM information_schema.tables", true, false},
		{"sqlite_master", "SELECT * FROM sqlite_master", true, false},
		{"schema-qualified table", "SELECT 1 FROM main.management", true, false},
		{"DESCRIBE", "DESCRIBE management", true, false},
		{"words that are functions", "SELECT current_user, current_schema, session_user", true, true},
		{"a word that is a function, alone", "SELECT current_catalog AS c FROM management LIMIT 1", true, true},
		{"local time of the machine", "SELECT localtime", true, true},
		{"CTE of the name of a file in an outer scope", `SELECT * FROM (WITH "{other}" AS (SELECT 1 AS a) SELECT a FROM "{other}") AS t, "{other}"`, false, false},
		{"later CTE of the name of a file", `WITH y AS (SELECT * FROM "{other}"), "{other}" AS (SELECT 1 AS a) SELECT * FROM y`, false, false},
		{"whole row spread into arguments", "SELECT concat(*COLUMNS(*)) FROM management LIMIT 1", true, true},
		{"operator with a schema", "SELECT 1 OPERATOR(pg_catalog.+) 2", true, true},
		{"method of a column", "SELECT user_id.getenv() FROM management LIMIT 1", false, true},
		{"row without names", "SELECT (1, 'a') AS r", false, true},
		{"cast to a list of files", "SELECT CAST(['{other}'] AS VARCHAR[])", true, false},
		{"lambda", "SELECT list_transform([1], x -> x + 1) AS l", true, false},
		{"positional reference", "SELECT #1 FROM management", true, false},
		{"huge text", "SELECT length(repeat('x', 4000000000)) AS n", true, false},
		{"huge text, shown", "SELECT repeat('x', 4000000000) AS n", false, false},
		{"text that doubles", "SELECT " + doubling(40) + " AS t", false, false},
		{"huge list", "SELECT range(3000000000) AS l", false, false},
		{"generate_series bomb", "SELECT count(DISTINCT i) AS n FROM generate_series(1, 100000000000) AS t(i)", false, false},
		{"recursive bomb", "WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r) SELECT count(*) AS n FROM r", false, false},
		{"cross join bomb", "SELECT count(*) AS n FROM management a, management b, management c, management d WHERE a.id || b.id < c.id || d.id", false, false},
		{"cross join of wide rows", "SELECT a.id, array_agg(b.raw || c.raw) AS x FROM management a, management b, management c GROUP BY a.id", false, false},
		{"huge pattern", "SELECT count(*) AS n FROM management WHERE regexp_matches(raw, '((a{1,500}){1,500}){1,500}')", false, false},
		{"deep nesting", "SELECT " + deep + " AS x", true, false},
		{"many columns", "SELECT " + strings.Join(columns, ", "), true, false},
		{"a number that is none", "SELECT CAST('NaN' AS DOUBLE) AS x, CAST('Infinity' AS DOUBLE) AS y", true, false},
		{"dividing by zero", "SELECT 1 / 0 AS x", true, false},
		{"nothing", "", true, false},
		{"only a comment", "-- nothing", true, false},
		{"a NUL byte", "SELECT 1\x00; SELECT 2", true, false},
		{"invalid UTF-8", "SELECT '\xff\xfe' AS x", true, false},
	}
}

// doubling builds an expression whose text doubles n times.
func doubling(n int) string {
	s := "'x'"
	q := "SELECT " + s + " AS t0"
	for i := range n {
		q = fmt.Sprintf("SELECT t%d || t%d AS t%d FROM (%s) AS q%d", i, i, i+1, q, i)
	}
	return "(" + q + ")"
}

func fillIn(t *testing.T, b *bundle, sql string) string {
	t.Helper()
	find := func(tenant nightjar.Tenant) string {
		segments, err := b.journal.Segments(t.Context(), journal.SegmentFilter{Tenants: []nightjar.TenantID{tenant.ID}})
		if err != nil || len(segments) == 0 {
			t.Fatal("no segments", err)
		}
		return b.journal.Path(segments[0])
	}
	secret := filepath.Join(b.dir, "secret.txt")
	if err := os.WriteFile(secret, []byte("top-secret-canary"), 0o600); err != nil {
		t.Fatal(err)
	}
	return strings.NewReplacer("{other}", find(fabrikam), "{own}", find(contoso), "{secret}", secret,
		"{owndir}", b.journal.Path(nightjar.Segment{Path: string(contoso.ID)}), "{otherid}", string(fabrikam.ID)).Replace(sql)
}

func TestEscapesEndAtTheAllowListOrALimit(t *testing.T) {
	t.Parallel()
	b := arrange(t, Limits{Memory: 128 << 20, Wall: 2 * time.Second}, 800)
	if n := len(attempts()); n < 35 {
		t.Fatalf("only %d attempts", n)
	}
	for _, try := range attempts() {
		a := &answer{}
		start := time.Now()
		_, err := b.engine.Run(t.Context(), Request{SQL: fillIn(t, b, try.sql), Tenants: []nightjar.Tenant{contoso}}, a)
		checkLeak(t, try, a, err)
		switch code := nightjar.CodeOf(err); code {
		case "":
			if !allowed(try.name) {
				t.Errorf("%s: was answered: %.200s", try.name, a.text())
			}
		case nightjar.CodeInvalid, nightjar.CodeLimit:
			if nightjar.HintOf(err) == "" || len(err.Error()) < 10 {
				t.Errorf("%s: refused without a hint: %v", try.name, err)
			}
		default:
			t.Errorf("%s: %s: %v (%v)", try.name, code, err, errors.Unwrap(err))
		}
		if d := time.Since(start); d > 10*time.Second {
			t.Errorf("%s: took %s", try.name, d)
		}
	}
	// After all of it the engine answers as before.
	if a, _ := b.ask(t, "SELECT count(*) AS n FROM management", contoso); a.text() != "800\n" {
		t.Errorf("afterwards: %s", a.text())
	}
}

// allowed are the attempts that are no harm and have an answer.
func allowed(name string) bool {
	switch name {
	case "deep nesting", "a number that is none", "dividing by zero", "many columns":
		return true
	default:
		return false
	}
}

// checkLeak fails when an answer or an error holds what the tenant must not see.
func checkLeak(t *testing.T, try attempt, a *answer, err error) {
	t.Helper()
	text := a.text()
	if err != nil {
		text += err.Error()
	}
	for _, secret := range []string{"top-secret-canary", "@fabrikam.example", "root:x:0", "fabrikam-1"} {
		if strings.Contains(text, secret) {
			t.Errorf("%s: leaked %q", try.name, secret)
		}
	}
}

// direct sends SQL straight to the worker's DuckDB, past the allow-list.
func direct(ctx context.Context, b *bundle, sql string, limits Limits) (*answer, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, limits.Wall, errWall)
	defer cancel()
	e := b.engine
	_, dirs, err := e.stored(ctx, []nightjar.Tenant{contoso})
	if err != nil {
		return nil, err
	}
	p, err := e.pool.take(ctx, dirs, limits)
	if err != nil {
		return nil, err
	}
	defer p.kill()
	builder := &viewBuilder{journal: b.journal, tenants: []nightjar.Tenant{contoso}, stats: &Stats{}, plan: &plan{tables: map[string]*tableUse{}}}
	doc, _ := tableDoc("management")
	builder.plan.tables["management"] = &tableUse{doc: doc}
	views, err := builder.views(ctx, strings.Split(tableNames(), ", "))
	if err != nil {
		return nil, err
	}
	a := &answer{}
	return a, p.run(ctx, job{Prepare: views, Direct: sql, CPU: 30, MaxBytes: limits.Bytes}, limits, a, &Stats{})
}

func TestTheSandboxHoldsWithoutTheAllowList(t *testing.T) {
	t.Parallel()
	testSandbox(t, "query-worker-direct")
}

func TestTheOperatingSystemHoldsWithoutDuckDBsOwnSettings(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("skipped: only Linux confines a process here")
	}
	testSandbox(t, "query-worker-direct-bare")
}

func testSandbox(t *testing.T, worker string) {
	t.Helper()
	limits := Limits{Memory: 128 << 20, Wall: 2 * time.Second, Rows: 1000, Bytes: 16 << 20, Threads: 2}
	b := arrangeWorker(t, limits, 800, worker)
	before := files(t, b.dir)
	for _, try := range attempts() {
		a, err := direct(t.Context(), b, fillIn(t, b, try.sql), limits)
		if a != nil {
			checkLeak(t, try, a, err)
		}
		// Without DuckDB's settings, changing a setting or naming a view works and gains nothing.
		bare := strings.HasSuffix(worker, "bare")
		if bare && try.settings {
			if a != nil && strings.Contains(a.text(), "/") {
				t.Errorf("%s: found %s", try.name, a.text())
			}
			continue
		}
		if err == nil && !try.harmless {
			t.Errorf("%s: was answered: %.300s", try.name, a.text())
		}
		if bomb := strings.HasPrefix(try.name, "huge text") || strings.HasSuffix(try.name, "bomb"); bomb && !bare && err != nil && nightjar.CodeOf(err) != nightjar.CodeLimit {
			t.Errorf("%s: %s, want a limit: %v (%v)", try.name, nightjar.CodeOf(err), err, errors.Unwrap(err))
		}
	}
	if after := files(t, b.dir); after != before {
		t.Errorf("files changed:\n%s\nbefore:\n%s", after, before)
	}
	if a, err := direct(t.Context(), b, "SELECT count(*) AS n FROM management", limits); err != nil || a.text() != "800\n" {
		t.Errorf("afterwards: %v", err)
	}
}

func files(t *testing.T, dir string) string {
	t.Helper()
	var out strings.Builder
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.Contains(path, "catalog.db") || strings.HasSuffix(path, "secret.txt") {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		fmt.Fprintf(&out, "%s %d\n", path, info.Size())
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out.String()
}
