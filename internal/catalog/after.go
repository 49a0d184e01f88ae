package catalog

import "context"

type afterKey struct{}

// afters is what is to be done once a transaction has committed.
type afters struct {
	list []func()
}

// AfterCommit has fn run once the write transaction that ctx is of has
// committed, and not at all when it fails: to wake whoever waits for what it
// wrote. fn must not block. It reports whether ctx is one that InTx handed to
// its function; when it is not, fn never runs.
func AfterCommit(ctx context.Context, fn func()) bool {
	a, ok := ctx.Value(afterKey{}).(*afters)
	if ok {
		a.list = append(a.list, fn)
	}
	return ok
}
