package catalog

import (
	"context"
	"sync/atomic"

	"github.com/uptrace/bun"
)

type joinKey struct{}

// joiner is something that is to be done once, in somebody else's transaction.
type joiner struct {
	fn        func(ctx context.Context, tx bun.Tx) error
	committed atomic.Bool
}

// Join returns a context whose next write transaction does fn as well, after
// its own work and before it commits: both become durable or neither does. It
// lets the one who asks for a change record it without the one who makes it
// knowing of records. joined reports whether such a transaction has committed.
func Join(ctx context.Context, fn func(ctx context.Context, tx bun.Tx) error) (joint context.Context, joined func() bool) {
	j := &joiner{fn: fn}
	return context.WithValue(ctx, joinKey{}, j), j.committed.Load
}

// join does what waits in ctx, and returns it to be marked as done.
func join(ctx context.Context, tx bun.Tx) (*joiner, error) {
	j, ok := ctx.Value(joinKey{}).(*joiner)
	if !ok || j.committed.Load() {
		return nil, nil //nolint:nilnil // nothing waits
	}
	return j, j.fn(ctx, tx)
}
