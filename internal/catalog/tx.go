package catalog

import (
	"context"
	"errors"
	"fmt"

	"github.com/uptrace/bun"
)

// ErrCommit marks an error of the commit itself: whether the transaction is
// durable is unknown. The caller reads what it wrote, or stops.
var ErrCommit = errors.New("commit of the catalog transaction")

// InTx runs fn in one write transaction and commits it when fn returns nil.
// Writers of one process queue here in order of arrival; fn must use tx and
// never the DB for writing, or it would wait for itself.
func (db *DB) InTx(ctx context.Context, fn func(ctx context.Context, tx bun.Tx) error) error {
	select {
	case db.writer <- struct{}{}:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	defer func() { <-db.writer }()

	// A cancelled context ends fn, never the commit half-way: whether a commit
	// that was interrupted is durable could only be guessed.
	tx, err := db.BeginTx(context.WithoutCancel(ctx), nil)
	if err != nil {
		return fmt.Errorf("begin catalog transaction: %w", Translate(err))
	}
	committed := false
	defer func() {
		if !committed {
			_ = tx.Rollback() // fails only when the transaction is over already
		}
	}()
	after := &afters{}
	ctx = context.WithValue(ctx, afterKey{}, after)
	if err := fn(ctx, tx); err != nil {
		return Translate(err)
	}
	joined, err := join(ctx, tx)
	if err != nil {
		return Translate(err)
	}
	if err := context.Cause(ctx); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("%w: %w", ErrCommit, Translate(err))
	}
	committed = true
	for _, j := range joined {
		j.committed.Store(true)
	}
	for _, done := range after.list {
		done()
	}
	return nil
}
