package m365

import "context"

// Priority is the lane in which a request waits for the tenant's quota.
type Priority int

// The lanes. When both wait, backfill gets three requests of four: what
// expires first comes first, and the newest is never starved.
const (
	PriorityBackfill Priority = iota // the default
	PriorityFresh
	lanes
)

type priorityKey struct{}

// WithPriority chooses the lane for the requests made with the returned context.
func WithPriority(ctx context.Context, p Priority) context.Context {
	return context.WithValue(ctx, priorityKey{}, p)
}

func priorityOf(ctx context.Context) Priority {
	if p, ok := ctx.Value(priorityKey{}).(Priority); ok && p >= 0 && p < lanes {
		return p
	}
	return PriorityBackfill
}
