package m365

import "context"

// Gate is what a caller holds for a request that callers for other tenants
// need too, such as a place among the fetches of all. A request leaves it
// whenever it waits for its own tenant (a sign-in, the quota, a pause before
// another try), so that one tenant's waiting takes nothing from the others,
// and enters again right before it is sent. Both are called by one goroutine
// at a time and do nothing when there is nothing to do.
type Gate interface {
	Leave()
	Enter(ctx context.Context) error
}

type gateKey struct{}

// WithGate has the requests made with the returned context respect a gate.
func WithGate(ctx context.Context, g Gate) context.Context {
	return context.WithValue(ctx, gateKey{}, g)
}

func gateOf(ctx context.Context) Gate {
	if g, ok := ctx.Value(gateKey{}).(Gate); ok {
		return g
	}
	return noGate{}
}

type noGate struct{}

func (noGate) Leave() {}

func (noGate) Enter(context.Context) error { return nil }
