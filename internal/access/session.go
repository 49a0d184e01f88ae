package access

import (
	"context"

	"github.com/uptrace/bun"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/catalog"
	"github.com/nightjar-sec/nightjar/internal/secret"
)

type sessionRow struct {
	Hash          string `bun:"hash"`
	ID            string `bun:"id"`
	Person        string `bun:"person"`
	Address       string `bun:"address"`
	Created       int64  `bun:"created"`
	Seen          int64  `bun:"seen"`
	Authenticated int64  `bun:"authenticated"`
	Name          string `bun:"name"`
}

// newSession signs a person in. Each sign-in has a token of its own.
func (k *Keeper) newSession(ctx context.Context, tx bun.Tx, p personRow, who Identity) (secret.Value, Identity, error) {
	token, hash, err := k.newToken()
	if err != nil {
		return token, who, err
	}
	id, err := k.newID()
	if err != nil {
		return token, who, err
	}
	list, err := grantsOf(ctx, tx, p.ID)
	if err != nil {
		return token, who, err
	}
	if who.provider == "" {
		// Whoever is here by a claim must not get round it.
		if mapped, err := k.isMapped(ctx, tx, p.ID); err != nil || mapped {
			return token, who, orElse(err, refusal(nightjar.CodeForbidden, RefusalMapped, "your provider decides what you may do, so you sign in there alone", "sign in by it"))
		}
		who.Authenticated = k.clock.Now()
	}
	now, address := k.now(), ""
	if who.Address.IsValid() {
		address = who.Address.Unmap().String()
	}
	if err := run(ctx, tx, sqlAddSession, hash, id, p.ID, address, now, now, catalog.Micros(who.Authenticated)); err != nil {
		return token, who, err
	}
	if err := run(ctx, tx, sqlSawPerson, now, p.ID); err != nil {
		return token, who, err
	}
	who.ID, who.Person, who.Name, who.Kind = p.ID, p.ID, p.Name, KindPerson
	who.Grants, who.Session, who.Authenticated = list, id, catalog.Time(catalog.Micros(who.Authenticated))
	return token, who, nil
}

// Session returns who a session's token belongs to, with the rights of this
// moment. A session ends 30 minutes after its last use, 12 hours after its
// beginning, or when it, its person or all are ended. Asking is a use.
func (k *Keeper) Session(ctx context.Context, token secret.Value) (Identity, error) {
	return k.session(ctx, token, true)
}

// SessionUnused is Session without being a use: for what an open page asks by
// itself, while nobody may be sitting in front of it.
func (k *Keeper) SessionUnused(ctx context.Context, token secret.Value) (Identity, error) {
	return k.session(ctx, token, false)
}

func (k *Keeper) session(ctx context.Context, token secret.Value, use bool) (Identity, error) {
	now := k.clock.Now()
	s, found, err := one[sessionRow](ctx, k.db, sqlSession, hashOf(token.Reveal()),
		catalog.Micros(now.Add(-sessionIdle)), catalog.Micros(now.Add(-sessionLife)))
	if err != nil {
		return Identity{}, err
	}
	if !found {
		return Identity{}, &nightjar.Error{Code: nightjar.CodeUnauthenticated, Message: "nobody is signed in, or the session is over", Hint: "sign in"}
	}
	list, err := grantsOf(ctx, k.db, s.Person)
	if err != nil {
		return Identity{}, err
	}
	if use && now.Sub(catalog.Time(s.Seen)) >= seenEvery {
		k.saw(ctx, sqlSeeSession, catalog.Micros(now), s.Hash)
	}
	return Identity{
		ID: s.Person, Person: s.Person, Name: s.Name, Kind: KindPerson, Grants: list, Session: s.ID, Authenticated: catalog.Time(s.Authenticated),
	}, nil
}

// saw notes the use of a session or token. A catalog that cannot be written
// at the moment is no reason to refuse a request that only reads.
func (k *Keeper) saw(ctx context.Context, statement string, now int64, key string) {
	err := k.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error { return run(ctx, tx, statement, now, key, now) })
	if err != nil {
		k.log.DebugContext(ctx, "last use is not noted", "error", err)
	}
}
