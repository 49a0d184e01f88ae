package audit

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/uptrace/bun"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/catalog"
	"github.com/nightjar-sec/nightjar/internal/catalog/catalogtest"
)

type bundle struct {
	*Log
	t  *testing.T
	db *catalog.DB
}

func setup(t *testing.T) *bundle {
	t.Helper()
	db, err := catalogtest.Open(t.Context(), catalog.Config{Path: filepath.Join(t.TempDir(), catalog.FileName)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	l, err := New(Config{Catalog: db})
	if err != nil {
		t.Fatal(err)
	}
	return &bundle{l, t, db}
}

// write appends n entries in one transaction.
func (b *bundle) write(n int) {
	b.t.Helper()
	err := b.db.InTx(b.t.Context(), func(ctx context.Context, tx bun.Tx) error {
		for range n {
			if err := b.Append(ctx, tx, entry(nightjar.ActionConnectionAdd)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.t.Fatal(err)
	}
}

// sql does to the catalog what somebody could do who holds the file.
func (b *bundle) sql(statement string) {
	b.t.Helper()
	if _, err := b.db.NewRaw(statement).Exec(b.t.Context()); err != nil {
		b.t.Fatal(err)
	}
}

func entry(action nightjar.AuditAction) Entry {
	return Entry{
		Actor: nightjar.Actor{ID: "p1", Name: "Ada <&>", Kind: nightjar.ActorPerson}, Action: action,
		Target: "contoso", Detail: map[string]string{"b": "2", "a": "1"},
	}
}
