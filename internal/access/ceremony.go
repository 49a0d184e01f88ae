package access

import (
	"context"

	"github.com/uptrace/bun"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/catalog"
)

// ceremony says what a passkey is asked for. An answer to one is none to another.
type ceremony string

const (
	ceremonyAdd    ceremony = "add"     // by a person who is signed in; bound to the session
	ceremonyEnrol  ceremony = "enrol"   // bound to the enrolment
	ceremonyLogin  ceremony = "login"   // bound to the browser
	ceremonyStepUp ceremony = "step_up" // bound to the session
)

type ceremonyRow struct {
	Hash    string `bun:"hash"`
	Kind    string `bun:"kind"`
	Binding string `bun:"binding"`
	Expires int64  `bun:"expires"`
}

// putCeremony remembers that a challenge was given out. Only its hash is kept:
// the answer brings the challenge along, signed.
func (k *Keeper) putCeremony(ctx context.Context, tx bun.Tx, kind ceremony, binding, challenge string) error {
	// Anybody may begin to sign in: what is over goes at once, not every hour.
	if err := run(ctx, tx, sqlOldCeremonies, k.now()); err != nil {
		return err
	}
	return run(ctx, tx, sqlAddCeremony, hashOf(challenge), string(kind), binding, catalog.Micros(k.clock.Now().Add(challengeLife)))
}

func (k *Keeper) beginCeremony(ctx context.Context, kind ceremony, binding, challenge string) error {
	return k.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error { return k.putCeremony(ctx, tx, kind, binding, challenge) })
}

// takeCeremony uses a challenge up, in a transaction of its own: whether the
// answer is right or not, there is no second one.
func (k *Keeper) takeCeremony(ctx context.Context, kind ceremony, binding, challenge string) error {
	return k.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		c, found, err := one[ceremonyRow](ctx, tx, sqlCeremony, hashOf(challenge), k.now())
		if err != nil || !found || c.Kind != string(kind) || c.Binding != binding {
			return orElse(err, ceremonyOver())
		}
		return run(ctx, tx, sqlDropCeremony, c.Hash)
	})
}

func ceremonyOver() error {
	return &nightjar.Error{
		Code: nightjar.CodeUnauthenticated, Message: "this request for a passkey is over: five minutes passed, or it was answered before",
		Hint: "try again",
	}
}
