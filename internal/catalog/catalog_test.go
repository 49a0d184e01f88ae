package catalog

import (
	"context"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"github.com/nightjar-sec/nightjar"
)

var update = flag.Bool("update", false, "rewrite golden files")

func open(t *testing.T, path string) *DB {
	t.Helper()
	db, err := Open(t.Context(), Config{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func TestTheSchemaIsTheOneThatWasReviewed(t *testing.T) {
	t.Parallel()
	db := open(t, filepath.Join(t.TempDir(), FileName))
	var statements []string
	err := db.NewRaw("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'goose%' AND name NOT LIKE 'sqlite%' ORDER BY name").
		Scan(t.Context(), &statements)
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Join(statements, ";\n\n") + ";\n"
	golden := filepath.Join("testdata", "schema.sql")
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("the schema differs from %s; when that is meant, run go test ./internal/catalog -update\n%s", golden, got)
	}
}

func TestTheCatalogIsDurableAndPrivate(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "with space & more?", FileName)
	db := open(t, path)
	var mode string
	var synchronous, keys int
	for pragma, into := range map[string]any{"journal_mode": &mode, "synchronous": &synchronous, "foreign_keys": &keys} {
		if err := db.NewRaw("PRAGMA "+pragma).Scan(t.Context(), into); err != nil {
			t.Fatal(err)
		}
	}
	if mode != "wal" || synchronous != 2 || keys != 1 {
		t.Errorf("journal_mode %s, synchronous %d, foreign_keys %d; want wal, 2 (FULL), 1", mode, synchronous, keys)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, err %v", info.Mode(), err)
	}
}

func TestATransactionIsAllOrNothing(t *testing.T) {
	t.Parallel()
	db := open(t, filepath.Join(t.TempDir(), FileName))
	bump := func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewRaw("UPDATE journal_counters SET value = value + 1 WHERE name = 'seq'").Exec(ctx)
		return err
	}
	refused := errors.New("refused")
	err := db.InTx(t.Context(), func(ctx context.Context, tx bun.Tx) error { return errors.Join(bump(ctx, tx), refused) })
	if !errors.Is(err, refused) {
		t.Errorf("InTx returned %v", err)
	}
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if err := db.InTx(t.Context(), bump); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	var n int
	if err := db.NewRaw("SELECT value FROM journal_counters WHERE name = 'seq'").Scan(t.Context(), &n); err != nil || n != 20 {
		t.Errorf("counter is %d after 20 commits and a rollback, err %v", n, err)
	}
}

func TestWhatJoinsATransactionIsDoneOnceOrNotAtAll(t *testing.T) {
	t.Parallel()
	db := open(t, filepath.Join(t.TempDir(), FileName))
	add := func(n int) func(context.Context, bun.Tx) error {
		return func(ctx context.Context, tx bun.Tx) error {
			_, err := tx.NewRaw("UPDATE journal_counters SET value = value + ? WHERE name = 'seq'", n).Exec(ctx)
			return err
		}
	}
	refused := errors.New("refused")
	bad, joined := Join(t.Context(), func(context.Context, bun.Tx) error { return refused })
	if err := db.InTx(bad, add(100)); !errors.Is(err, refused) || joined() {
		t.Errorf("%v, joined %v", err, joined())
	}
	ctx, joined := Join(t.Context(), add(10))
	if err := db.InTx(ctx, func(context.Context, bun.Tx) error { return refused }); !errors.Is(err, refused) || joined() {
		t.Errorf("%v, joined %v", err, joined())
	}
	for range 3 {
		if err := db.InTx(ctx, add(1)); err != nil || !joined() {
			t.Errorf("%v, joined %v", err, joined())
		}
	}
	// What joins a context in which something waits does not push that out.
	outer, outerJoined := Join(t.Context(), add(1000))
	inner, innerJoined := Join(outer, add(200))
	if err := db.InTx(inner, add(1)); err != nil || !outerJoined() || !innerJoined() {
		t.Errorf("%v, joined %v and %v", err, outerJoined(), innerJoined())
	}
	if err := db.InTx(outer, add(1)); err != nil {
		t.Error(err)
	}
	var n int
	if err := db.NewRaw("SELECT value FROM journal_counters WHERE name = 'seq'").Scan(t.Context(), &n); err != nil || n != 1215 {
		t.Errorf("counter is %d, want 1215, err %v", n, err)
	}
}

func TestAReaderSeesTheCatalogOfARunningWriterAndCannotWrite(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), FileName)
	if _, err := Open(t.Context(), Config{Path: path, ReadOnly: true}); nightjar.CodeOf(err) != nightjar.CodeNotFound {
		t.Errorf("an absent catalog gives %v", err)
	}
	open(t, path)
	reader, err := Open(t.Context(), Config{Path: path, ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	if n, err := reader.NewSelect().Table("journal_segments").Count(t.Context()); err != nil || n != 0 {
		t.Errorf("%d segments, err %v", n, err)
	}
	if _, err := reader.NewRaw("DELETE FROM journal_counters").Exec(t.Context()); err == nil {
		t.Error("a read-only catalog was written to")
	}
}

func TestANewerSchemaIsRefused(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), FileName)
	db := open(t, path)
	if _, err := db.NewRaw("INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, 1)").Exec(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, readOnly := range []bool{false, true} {
		if _, err := Open(t.Context(), Config{Path: path, ReadOnly: readOnly}); nightjar.CodeOf(err) != nightjar.CodeConflict {
			t.Errorf("read only %v: %v", readOnly, err)
		}
	}
}

func TestOnlyOneProcessHoldsADataDirectory(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	lock, err := Lock(dir)
	if err != nil {
		t.Fatal(err)
	}
	_, err = Lock(dir)
	if nightjar.CodeOf(err) != nightjar.CodeConflict || !strings.Contains(err.Error(), "process ") || strings.Contains(err.Error(), "unknown") {
		t.Errorf("a second holder gets %v", err)
	}
	if err := lock.Unlock(); err != nil {
		t.Fatal(err)
	}
	again, err := Lock(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := again.Unlock(); err != nil {
		t.Error(err)
	}
}

func TestTimesSurviveTheCatalog(t *testing.T) {
	t.Parallel()
	for _, at := range []time.Time{{}, time.Date(2026, 11, 22, 1, 2, 3, 4000, time.UTC), time.Date(1960, 1, 1, 0, 0, 0, 0, time.UTC)} {
		if got := Time(Micros(at)); !got.Equal(at) {
			t.Errorf("%v came back as %v", at, got)
		}
	}
}
