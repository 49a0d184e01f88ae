package query

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/parquet-go/parquet-go"
	"github.com/uptrace/bun"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/catalog"
	"github.com/nightjar-sec/nightjar/internal/catalog/catalogtest"
	"github.com/nightjar-sec/nightjar/internal/journal"
)

// withoutColumn writes a Parquet file again without one of its columns.
func withoutColumn(t *testing.T, path, column string) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	from, err := parquet.OpenFile(file, int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	group := parquet.Group{}
	for _, f := range from.Schema().Fields() {
		if f.Name() != column {
			group[f.Name()] = f
		}
	}
	temp := filepath.Join(t.TempDir(), "less.parquet")
	out, err := os.Create(temp)
	if err != nil {
		t.Fatal(err)
	}
	schema := parquet.NewSchema("row", group)
	conversion, err := parquet.Convert(schema, from.Schema())
	if err != nil {
		t.Fatal(err)
	}
	w := parquet.NewGenericWriter[any](out, schema)
	for _, g := range from.RowGroups() {
		rows := parquet.ConvertRowGroup(g, conversion).Rows()
		if _, err := parquet.CopyRows(w, rows); err != nil && !errors.Is(err, io.EOF) {
			t.Fatal(err)
		}
		if err := rows.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(w.Close(), out.Close()); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(temp, path); err != nil {
		if data, err = os.ReadFile(temp); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestFilesOfBothFormatsAnswerTogether(t *testing.T) {
	t.Parallel()
	b := arrange(t, Limits{}, 400)
	segments, err := b.journal.Segments(t.Context(), journal.SegmentFilter{Tenants: []nightjar.TenantID{contoso.ID}})
	if err != nil || len(segments) < 3 {
		t.Fatalf("%d segments, %v", len(segments), err)
	}
	db, err := catalogtest.Open(t.Context(), catalog.Config{Path: filepath.Join(b.dir, "catalog.db")})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	const sql = `SELECT table_name, place_source, country, count(*) AS n, count(DISTINCT id) AS ids FROM management GROUP BY ALL ORDER BY table_name, country`
	const late = `SELECT id, place_source, raw FROM management ORDER BY time, id`
	want, _ := b.ask(t, sql, contoso)
	wantLate, _ := b.ask(t, late, contoso)
	for _, s := range segments[:2] {
		withoutColumn(t, b.journal.Path(s), placeSource)
		err := db.InTx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			_, err := tx.NewRaw("UPDATE journal_segments SET format = 1 WHERE id = ?", s.ID).Exec(ctx)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if got, _ := b.ask(t, sql, contoso); got.text() != want.text() {
		t.Errorf("got\n%s\nwant\n%s", got.text(), want.text())
	}
	if got, _ := b.ask(t, late, contoso); got.text() != wantLate.text() {
		t.Error("raw by reference is another")
	}
	if got, _ := b.ask(t, "SELECT count(*) AS n FROM management WHERE place_source = ''", contoso, fabrikam); got.text() != "800\n" {
		t.Errorf("of both tenants %s", got.text())
	}
}
