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
	earlier   *joiner // what waited in the context already; nil when nothing did
}

// Join returns a context whose next write transaction does fn as well, after
// its own work and before it commits: both become durable or neither does. It
// lets the one who asks for a change record it without the one who makes it
// knowing of records. What waits in ctx already is done as well. joined reports
// whether such a transaction has committed.
func Join(ctx context.Context, fn func(ctx context.Context, tx bun.Tx) error) (joint context.Context, joined func() bool) {
	earlier, _ := ctx.Value(joinKey{}).(*joiner) // nil when nothing waits
	j := &joiner{fn: fn, earlier: earlier}
	return context.WithValue(ctx, joinKey{}, j), j.committed.Load
}

// join does what waits in ctx, and returns it to be marked as done.
func join(ctx context.Context, tx bun.Tx) ([]*joiner, error) {
	var done []*joiner
	j, _ := ctx.Value(joinKey{}).(*joiner) // nil when nothing waits
	for ; j != nil; j = j.earlier {
		if j.committed.Load() {
			continue
		}
		if err := j.fn(ctx, tx); err != nil {
			return nil, err
		}
		done = append(done, j)
	}
	return done, nil
}
