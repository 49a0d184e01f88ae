package catalog

import (
	"context"
	"errors"
	"path/filepath"
	"testing"

	"github.com/uptrace/bun"
)

// TestWhoWaitsForACommitIsWokenByItAlone wakes after a commit, when its rows
// can be read, and not after a transaction that failed.
func TestWhoWaitsForACommitIsWokenByItAlone(t *testing.T) {
	t.Parallel()
	db, err := Open(t.Context(), Config{Path: filepath.Join(t.TempDir(), FileName)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	rows := -1
	write := func(fail error) error {
		return db.InTx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			if !AfterCommit(ctx, func() { _ = db.NewRaw(`SELECT count(*) FROM notify_reminders`).Scan(ctx, &rows) }) {
				t.Error("the context of a transaction is not known")
			}
			if _, err := tx.NewRaw(`INSERT INTO notify_reminders (alert, channel, route, every, next, round, notice) VALUES ('a', 'c', 'r', 1, 1, 1, '')`).Exec(ctx); err != nil {
				return err
			}
			return fail
		})
	}
	if err := write(errors.New("no")); err == nil || rows != -1 {
		t.Fatalf("a transaction that failed: %v, %d rows were seen", err, rows)
	}
	if err := write(nil); err != nil || rows != 1 {
		t.Fatalf("after the commit %d rows were seen; %v", rows, err)
	}
	if AfterCommit(t.Context(), func() { t.Error("it ran") }) {
		t.Error("a context of no transaction is taken for one")
	}
}
