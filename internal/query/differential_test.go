package query

import (
	"database/sql"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/journal"
)

// TestWhatIsNotReadIsNotMissed asks random questions twice: of the engine,
// which reads as little as it can, and of plain DuckDB, which reads everything
// and has our functions in a form that shares nothing with ours.
func TestWhatIsNotReadIsNotMissed(t *testing.T) {
	t.Parallel()
	b := arrange(t, Limits{}, 6000)
	b.engine.slice = 200 // so that few rows take several slices of time
	if _, err := b.journal.Compact(t.Context(), contoso.ID); err != nil {
		t.Fatal(err)
	}
	for _, e := range oddlySpelled() { // each in a file of its own, which can be left out by itself
		if _, err := b.journal.Append(t.Context(), journal.Batch{Tenant: contoso.ID, Sources: []journal.Source{{Events: []nightjar.Event{e}}}}); err != nil {
			t.Fatal(err)
		}
	}
	plain := plainTables(t, b)
	for _, path := range jsonPaths() {
		for _, value := range jsonValues() {
			q := fmt.Sprintf("SELECT id FROM management WHERE json_value(raw, %s) = %s ORDER BY id", path, value)
			if a, _ := b.ask(t, q, contoso); a.text() != plainAnswer(t, plain, q) {
				t.Errorf("%s: %.300s", q, a.text())
			}
		}
	}
	r := rand.New(rand.NewPCG(1, 2))
	empty, spared := 0, 0
	for range 200 {
		q := question(r)
		a, stats := b.ask(t, q, contoso)
		if want := plainAnswer(t, plain, q); unordered(a) != want {
			t.Errorf("%s\ngot  %.400s\nwant %.400s", q, a.text(), want)
		}
		if text := a.text(); text == "" || text == "0\n" {
			empty++
		}
		if stats.Segments < stats.SegmentsTotal {
			spared++
		}
	}
	// Questions without an answer, or that read everything, test nothing.
	if empty > 100 || spared < 40 {
		t.Errorf("%d of 200 questions have no answer, %d read less than everything", empty, spared)
	}
}

// oddlySpelled are events whose JSON says ordinary things in unusual ways.
func oddlySpelled() []nightjar.Event {
	var out []nightjar.Event
	for i, raw := range []string{
		`{"ErrorNumber":"5\u00305\u0031","Note":"fully \u0070ayroll"}`,
		`{"ErrorNumber":"\u0035\u0030\u0030\u0035\u0031","ObjectId":"the Orchid\u0050roject plan"}`,
		`{"Error\u004eumber":"50051"}`,
		`{"ErrorNumber": 50051, "Share": 1.50, "Big": 1E2}`,
		`{"ErrorNumber":50051.0,"Share":15e-1,"Big":100.0}`,
		`{"ErrorNumber":["50051"],"Share":"1.5","Big":"100.0","List":[1, 2]}`,
		`{"ErrorNumber":null,"Nested":{"ErrorNumber":"50052","a name":"x-y"},"List":"[1,2]"}`,
		`{"ErrorNumber":"50051 ","List":[ 1,2 ],"Nested":{"a name":"x\u002dy"}}`,
		`{"errornumber":"50051","Note":"PAYROLL_001.DOCX zebra"}`,
		`{"ErrorNumber":"05\/0051","Note":"the OrchidProject plan"}`,
	} {
		table := nightjar.TableAzureAD
		if i%3 == 2 {
			table = nightjar.TableExchange
		}
		at := dayOne.Add(time.Duration(i) * 7 * time.Hour)
		out = append(out, nightjar.Event{
			Tenant: contoso.ID, ID: fmt.Sprintf("odd-%d", i), Table: table, Time: at, Ingested: at, ContentCreated: at,
			Operation: "UserLoggedIn", Workload: "AzureActiveDirectory", UserID: "odd@contoso.example", Raw: []byte(raw),
		})
	}
	return out
}

// plainTables gives plain DuckDB the tables over all files.
func plainTables(t *testing.T, b *bundle) *sql.DB {
	t.Helper()
	db := plainDuckDB(t, b, `CREATE MACRO json_value(j, p) AS coalesce(json_extract_string(j, p), '');
		CREATE MACRO has_token(s, w) AS list_contains(string_split_regex(lower(s), '[^a-z0-9]+'), lower(w));
		CREATE MACRO tbucket(i, x) AS time_bucket(i, x)`)
	for _, q := range []string{
		"CREATE VIEW management AS SELECT * RENAME (creation_time AS time) FROM ev",
		`CREATE VIEW azure_ad AS SELECT * FROM management WHERE "table" = 'azure_ad'`,
		`CREATE VIEW exchange AS SELECT * FROM management WHERE "table" = 'exchange'`,
	} {
		if _, err := db.ExecContext(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
	return db
}

// question makes a query of the forms that the engine treats specially.
func question(r *rand.Rand) string {
	pick := func(list ...string) string { return list[r.IntN(len(list))] }
	table := pick("management", "management", "azure_ad", "exchange")
	where := "WHERE " + condition(r, "")
	switch r.IntN(7) {
	case 0:
		return fmt.Sprintf("SELECT count(*) AS n FROM %s %s", table, where)
	case 1:
		return fmt.Sprintf("SELECT id, time, raw, fields FROM %s ORDER BY time DESC, id LIMIT %d", table, 1+r.IntN(60))
	case 2:
		return fmt.Sprintf("SELECT id, raw FROM %s %s ORDER BY time DESC, id LIMIT %d", table, where, 1+r.IntN(200))
	case 3:
		return fmt.Sprintf("SELECT tbucket(INTERVAL '%s', time) AS b, count(*) AS n FROM %s %s GROUP BY b ORDER BY b", pick("5 minutes", "1 hour", "1 day", "7 days"), table, where)
	case 4:
		return fmt.Sprintf("SELECT user_id, count(*) AS n, max(json_value(raw, '$.ErrorNumber')) AS e FROM %s %s GROUP BY user_id ORDER BY n DESC, user_id LIMIT 5", table, where)
	case 5:
		return fmt.Sprintf("SELECT count(*) AS n, count(DISTINCT b.id) AS m FROM %s AS a %s JOIN exchange AS b ON a.user_id = b.user_id AND a.operation = 'UserLoggedIn' WHERE %s AND %s",
			table, pick("", "LEFT"), condition(r, "a."), condition(r, "b."))
	default:
		return fmt.Sprintf("SELECT (SELECT count(*) FROM %s %s) AS x, count(*) AS y FROM management WHERE %s", table, where, condition(r, ""))
	}
}

func jsonValues() []string {
	return []string{"'50051'", "'50052'", "'50051.0'", "'payroll_003.docx'", "'the OrchidProject plan'", "'1.5'", "'100.0'", "'[1,2]'", "''", "'x-y'", "'05/0051'"}
}

func jsonPaths() []string {
	return []string{"'$.ErrorNumber'", "'$.SourceFileName'", "'$.ObjectId'", "'$.Share'", "'$.Big'", "'$.List'", `'$.Nested."a name"'`, "'$.Nested.ErrorNumber'", "'$.DeviceProperties[2].Value'"}
}

// condition is a conjunction, so that it says something of what can be left out.
func condition(r *rand.Rand, prefix string) string {
	parts := []string{term(r, prefix, 0)}
	for r.IntN(2) == 0 {
		parts = append(parts, term(r, prefix, 0))
	}
	return strings.Join(parts, " AND ")
}

func term(r *rand.Rand, prefix string, depth int) string {
	pick := func(list ...string) string { return list[r.IntN(len(list))] }
	column := func(name string) string { return prefix + name }
	at := func() string {
		return fmt.Sprintf("TIMESTAMP '%s'", dayOne.Add(time.Duration(r.IntN(100*60))*time.Minute).Format(time.DateTime))
	}
	word := func() string {
		return pick("payroll", "OrchidProject", "zebra", "50051", "u0035", "contoso", "x", "docx", "nowhere", "50053", "001")
	}
	value := func() string { return pick(jsonValues()...) }
	path := func() string { return pick(jsonPaths()...) }
	json := func() string { return fmt.Sprintf("json_value(%s, %s)", column("raw"), path()) }
	switch r.IntN(12) {
	case 0, 1:
		return fmt.Sprintf("%s %s %s", column("time"), pick("<", "<=", ">", ">="), at())
	case 2:
		return fmt.Sprintf("%s %s %s - INTERVAL '%d hours'", at(), pick("<", ">="), column("time"), r.IntN(20))
	case 3:
		return fmt.Sprintf("%s BETWEEN %s AND %s + INTERVAL %d DAY", column("time"), at(), at(), r.IntN(3))
	case 4:
		return fmt.Sprintf("has_token(%s, '%s')", column("raw"), word())
	case 5:
		return fmt.Sprintf("contains(%s, '%s')", column("raw"), pick(" OrchidProject ", "payroll_0", "\"zebra-", ":\"50051\"", "contoso", "\\u0035"))
	case 6, 7:
		return fmt.Sprintf("%s = %s", json(), value())
	case 8:
		return fmt.Sprintf("%s IN (%s, %s)", json(), value(), value())
	case 9:
		return fmt.Sprintf("%s = '%s'", column("user_id"), pick("anna.berg1@contoso.example", "li.wei3@contoso.example", "odd@contoso.example", "nobody"))
	case 10:
		return fmt.Sprintf("%s <> %s", json(), value())
	default:
		if depth > 1 {
			return fmt.Sprintf("%s = 'UserLoggedIn'", column("operation"))
		}
		return fmt.Sprintf("(%s OR NOT %s)", term(r, prefix, depth+1), term(r, prefix, depth+1))
	}
}
