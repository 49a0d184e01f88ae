package access

import (
	"context"

	"github.com/uptrace/bun"
)

// Way is how a person can sign in.
type Way string

// The ways.
const (
	WayPasskey  Way = "passkey"
	WayPassword Way = "password" // with a code of an authenticator
	WayProvider Way = "provider" // at a provider of identities
)

type wayRow struct {
	Person string `bun:"person"`
	Way    string `bun:"way"`
}

// Ways returns how the person behind an identity can sign in; none when only
// the demo's link leads in.
func (k *Keeper) Ways(ctx context.Context, who Identity) ([]Way, error) {
	return waysOf(ctx, k.db, who.Person)
}

func waysOf(ctx context.Context, db bun.IDB, person string) ([]Way, error) {
	rows, err := many[wayRow](ctx, db, sqlWaysOf, person, person, person)
	return ways(rows), err
}

func ways(rows []wayRow) []Way {
	var out []Way
	for _, r := range rows {
		out = append(out, Way(r.Way))
	}
	return out
}
