package query

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/nightjar-sec/nightjar"
)

// TestAnAnswerAsParquetReadsBack has DuckDB read what was written.
func TestAnAnswerAsParquetReadsBack(t *testing.T) {
	t.Parallel()
	b := arrange(t, Limits{}, 500)
	path := filepath.Join(t.TempDir(), "answer.parquet")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	sink := NewParquet(file)
	sql := `SELECT time, id, record_type, lat, 1.5 AS z, record_type > 14 AS b, [1, 2] AS list, raw, id AS "an odd, name", country AS a, 2 AS z
		FROM management ORDER BY time, id`
	if _, err := b.engine.Run(t.Context(), Request{SQL: sql, Tenants: []nightjar.Tenant{contoso}}, sink); err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{sink.Close(), file.Close()} {
		if err != nil {
			t.Fatal(err)
		}
	}
	db := plainDuckDB(t, b, "")
	var shape string
	err = db.QueryRowContext(t.Context(), "SELECT string_agg(column_name || ' ' || column_type, ', ') FROM (DESCRIBE SELECT * FROM read_parquet('"+path+"'))").Scan(&shape)
	if err != nil {
		t.Fatal(err)
	}
	want := "time TIMESTAMP WITH TIME ZONE, id VARCHAR, record_type BIGINT, lat DOUBLE, z DOUBLE, b BOOLEAN, list VARCHAR, raw VARCHAR, an odd, name VARCHAR, a VARCHAR, z_2 BIGINT"
	if shape != want {
		t.Errorf("the file has %s\nwant %s", shape, want)
	}
	var n, same int
	err = db.QueryRowContext(t.Context(), `SELECT count(*), count_if(e.creation_time = p.time AT TIME ZONE 'UTC' AND e.raw = p.raw AND e.record_type = p.record_type AND p.lat IS NULL AND p.b = (e.record_type > 14) AND p.list = '[1,2]' AND p.z = 1.5)
		FROM read_parquet('`+path+`') AS p JOIN ev AS e ON e.id = p.id`).Scan(&n, &same)
	if err != nil || n != 500 || same != 500 {
		t.Errorf("%d rows, %d the same: %v", n, same, err)
	}
}

// TestParquetHoldsAListOfWhatIsNoNumber, which JSON cannot spell: it is null there.
func TestParquetHoldsAListOfWhatIsNoNumber(t *testing.T) {
	t.Parallel()
	b := arrange(t, Limits{}, 1)
	path := filepath.Join(t.TempDir(), "answer.parquet")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	sink := NewParquet(file)
	sql := `SELECT ['NaN'::DOUBLE, 1.5, 'Infinity'::DOUBLE] AS list, [['NaN'::DOUBLE], [2]] AS nested, 'NaN'::DOUBLE AS alone FROM management`
	if _, err := b.engine.Run(t.Context(), Request{SQL: sql, Tenants: []nightjar.Tenant{contoso}}, sink); err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{sink.Close(), file.Close()} {
		if err != nil {
			t.Fatal(err)
		}
	}
	var list, nested string
	var alone bool
	err = plainDuckDB(t, b, "").QueryRowContext(t.Context(), "SELECT list, nested, isnan(alone) FROM read_parquet('"+path+"')").Scan(&list, &nested, &alone)
	if err != nil || list != "[null,1.5,null]" || nested != "[[null],[2]]" || !alone {
		t.Errorf("the file has %s and %s, %t: %v", list, nested, alone, err)
	}
}
