package query

import (
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"
)

func seedTrees() []string {
	return []string{
		`{"error":false,"statements":[{"named_param_map":[],"node":{"type":"SELECT_NODE","modifiers":[],"cte_map":{"map":[]},"select_list":[{"class":"FUNCTION","type":"FUNCTION","alias":"","function_name":"now","schema":"","catalog":"","children":[],"filter":null,"order_bys":{"type":"ORDER_MODIFIER","orders":[]},"distinct":false,"is_operator":false,"export_state":false,"query_location":7}],"from_table":{"type":"BASE_TABLE","alias":"","sample":null,"query_location":1,"table_name":"management","schema_name":"","catalog_name":"","column_name_alias":[],"at_clause":null},"where_clause":null,"group_expressions":[],"group_sets":[],"aggregate_handling":"STANDARD_HANDLING","having":null,"sample":null,"qualify":null}}]}`,
		`{"error":true,"error_type":"parser","error_message":"x"}`,
		`[]`, `null`, `{"statements":[null]}`, `{"statements":[{"node":{"type":"SET_OPERATION_NODE","setop_type":"UNION","left":{},"right":null}}]}`,
	}
}

// FuzzCheck feeds the checker trees that no parser made: it may refuse, never panic.
func FuzzCheck(f *testing.F) {
	for _, s := range seedTrees() {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, tree string) {
		p, err := check(tree, time.Unix(0, 0))
		if err == nil && p == nil {
			t.Error("neither a plan nor an error")
		}
	})
}

func FuzzDecodeValue(f *testing.F) {
	seed, err := appendAll(nil, []any{int32(1), "x", []any{nil, true}, map[string]any{"a": 1.5}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(seed)
	f.Fuzz(func(t *testing.T, b []byte) {
		for len(b) > 0 {
			var err error
			if _, b, err = decodeValue(b, 0); err != nil {
				return
			}
		}
	})
}

// TestMutatedQueriesRunOnlyWhatIsListed mixes words of allowed and forbidden
// queries. What the check lets pass must name our functions and tables only,
// when it is written out and parsed once more.
func TestMutatedQueriesRunOnlyWhatIsListed(t *testing.T) {
	t.Parallel()
	b := arrange(t, Limits{}, 4)
	var all []string
	for _, f := range Functions() {
		all = append(all, strings.Fields(f.Example)...)
	}
	for _, a := range attempts() {
		if len(a.sql) < 300 {
			all = append(all, strings.Fields(a.sql)...)
		}
	}
	p, err := b.engine.pool.take(t.Context(), nil, b.engine.cfg.Limits)
	if err != nil {
		t.Fatal(err)
	}
	defer p.kill()
	rounds := 3000
	if os.Getenv("NIGHTJAR_FUZZ_LONG") != "" {
		rounds = 300_000
	}
	r := rand.New(rand.NewPCG(1, 2))
	passed := 0
	for range rounds {
		f := Functions()[r.IntN(len(Functions()))]
		words := strings.Fields(f.Example)
		for range 1 + r.IntN(3) {
			words[r.IntN(len(words))] = all[r.IntN(len(all))]
		}
		sql := strings.Join(words, " ")
		if _, err := b.engine.parse(t.Context(), p, sql); err != nil {
			continue
		}
		passed++
		lower := strings.ToLower(sql)
		for _, word := range []string{"read_", "glob(", "parquet_", "getenv", "current_setting", "duckdb_", "information_schema", "query(", "query_table", "unnest", "json_execute", "repeat(", "range("} {
			// In a text literal or as an alias the word is harmless.
			if i := strings.Index(lower, word); i >= 0 && strings.Count(lower[:i], "'")%2 == 0 && strings.HasSuffix(word, "(") {
				t.Errorf("passed: %s", sql)
			}
		}
	}
	if passed == 0 || passed == rounds {
		t.Errorf("%d of %d passed: the mixture tests nothing", passed, rounds)
	}
}
