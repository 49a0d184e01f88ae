package access

import (
	"context"
	"slices"
	"time"

	"github.com/uptrace/bun"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/catalog"
)

// maxPasskeys is how many a person may have: devices, not copies of a key.
const maxPasskeys = 20

type passkeyRow struct {
	ID         string `bun:"id"`
	Person     string `bun:"person"`
	Name       string `bun:"name"`
	Credential string `bun:"credential"`
	PublicKey  string `bun:"public_key"`
	Site       string `bun:"site"`
	Flags      int64  `bun:"flags"`
	Transports string `bun:"transports"`
	Counter    int64  `bun:"counter"`
	Created    int64  `bun:"created"`
	Used       int64  `bun:"used"`
}

// Passkey is one of a person's, as its owner sees it.
type Passkey struct {
	ID      string
	Name    string
	Site    string // the name of the site that it is bound to
	Created time.Time
	Used    time.Time // zero when never
}

func (r passkeyRow) passkey() Passkey {
	return Passkey{ID: r.ID, Name: r.Name, Site: r.Site, Created: catalog.Time(r.Created), Used: catalog.Time(r.Used)}
}

// Passkeys returns a person's own passkeys, the oldest first.
func (k *Keeper) Passkeys(ctx context.Context, who Identity) ([]Passkey, error) {
	if who.Kind != KindPerson {
		return nil, onlyPeople()
	}
	rows, err := many[passkeyRow](ctx, k.db, sqlPasskeys, who.ID)
	if err != nil {
		return nil, err
	}
	out := make([]Passkey, len(rows))
	for i, r := range rows {
		out[i] = r.passkey()
	}
	return out, nil
}

// holderAt is somebody who is signed in, with the passkeys of a site.
func (k *Keeper) holderAt(ctx context.Context, who Identity, site Site) (holder, error) {
	if who.Kind != KindPerson || who.Session == "" {
		return holder{}, onlyPeople()
	}
	rows, err := many[passkeyRow](ctx, k.db, sqlPasskeys, who.ID)
	if err != nil {
		return holder{}, err
	}
	return holderOf(who.ID, who.Name, site, rows)
}

// RemovePasskey forgets one of a person's own passkeys, unless it is the last
// way in. Those of another site, such as one of before public_url changed, lead
// nowhere. It ends the person's other sessions: a device that is gone may be
// signed in still.
func (k *Keeper) RemovePasskey(ctx context.Context, who Identity, site Site, id string) error {
	if who.Kind != KindPerson {
		return onlyPeople()
	}
	return k.inTx(ctx, func(ctx context.Context, tx bun.Tx) (nightjar.AuditEntry, error) {
		e := nightjar.AuditEntry{Actor: who.Actor(), Address: who.Address, Action: nightjar.ActionPersonCredential, Target: who.Name}
		rows, err := many[passkeyRow](ctx, tx, sqlPasskeys, who.ID)
		if err != nil {
			return e, err
		}
		for _, r := range rows {
			if r.ID != id {
				continue
			}
			e.Detail = map[string]string{"change": "passkey removed", "passkey": r.Name}
			if err := run(ctx, tx, sqlDropPasskey, r.ID); err != nil {
				return e, err
			}
			left, err := waysOf(ctx, tx, who.ID)
			other := slices.ContainsFunc(left, func(w Way) bool { return w != WayPasskey }) ||
				slices.ContainsFunc(rows, func(o passkeyRow) bool { return o.ID != r.ID && o.Site == site.Name })
			if err == nil && !other {
				err = &nightjar.Error{Code: nightjar.CodeConflict, Message: "this passkey is your only way to sign in", Hint: "add another one first"}
			}
			if err != nil {
				return e, err
			}
			return e, run(ctx, tx, sqlDropSessions, who.ID, who.Session)
		}
		return e, &nightjar.Error{Code: nightjar.CodeNotFound, Message: "you have no such passkey", Hint: "it may have been removed already"}
	})
}
