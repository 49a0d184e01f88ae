package access

import (
	"context"
	"fmt"
	"net/netip"
	"time"

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

// SessionInfo describes a session to its owner.
type SessionInfo struct {
	ID      string     `json:"id"`
	Address netip.Addr `json:"address"`
	Created time.Time  `json:"created"`
	Seen    time.Time  `json:"seen"`
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
	now, address := k.now(), ""
	if who.Address.IsValid() {
		address = who.Address.Unmap().String()
	}
	if err := run(ctx, tx, sqlAddSession, hash, id, p.ID, address, now, now, now); err != nil {
		return token, who, err
	}
	if err := run(ctx, tx, sqlSawPerson, now, p.ID); err != nil {
		return token, who, err
	}
	who.ID, who.Person, who.Name, who.Kind = p.ID, p.ID, p.Name, KindPerson
	who.Grants, who.Session, who.Authenticated = list, id, catalog.Time(now)
	return token, who, nil
}

// Session returns who a session's token belongs to, with the rights of this
// moment. A session ends 30 minutes after its last use, 12 hours after its
// beginning, or when it, its person or all are ended.
func (k *Keeper) Session(ctx context.Context, token secret.Value) (Identity, error) {
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
	if now.Sub(catalog.Time(s.Seen)) >= seenEvery {
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

// Sessions returns a person's own sessions, the newest first.
func (k *Keeper) Sessions(ctx context.Context, who Identity) ([]SessionInfo, error) {
	now := k.clock.Now()
	rows, err := many[sessionRow](ctx, k.db, sqlSessions, who.Person, catalog.Micros(now.Add(-sessionIdle)), catalog.Micros(now.Add(-sessionLife)))
	if err != nil {
		return nil, err
	}
	out := make([]SessionInfo, len(rows))
	for i, r := range rows {
		out[i] = SessionInfo{ID: r.ID, Created: catalog.Time(r.Created), Seen: catalog.Time(r.Seen)}
		out[i].Address, _ = netip.ParseAddr(r.Address) // "" is an address that is not known
	}
	return out, nil
}

// EndSession signs out: it ends the session that the identity comes from.
func (k *Keeper) EndSession(ctx context.Context, who Identity) error {
	if who.Session == "" {
		return onlyPeople()
	}
	return k.inTx(ctx, func(ctx context.Context, tx bun.Tx) (nightjar.AuditEntry, error) {
		return nightjar.AuditEntry{Actor: who.Actor(), Address: who.Address, Action: nightjar.ActionLogout, Target: who.Name}, run(ctx, tx, sqlDropSession, who.Session)
	})
}

// EndSessions ends all sessions of a person but the one that asks. Everybody
// may end his own; those of others need people.manage.
func (k *Keeper) EndSessions(ctx context.Context, by Identity, person string) error {
	if by.Kind != KindPerson || by.ID != person {
		if err := mayManage(by); err != nil {
			return err
		}
	}
	return k.inTx(ctx, func(ctx context.Context, tx bun.Tx) (nightjar.AuditEntry, error) {
		e := nightjar.AuditEntry{Actor: by.Actor(), Address: by.Address, Action: nightjar.ActionLogout, Detail: map[string]string{"sessions": "all others"}}
		p, err := k.person(ctx, tx, person)
		if err != nil {
			return e, err
		}
		e.Target = p.Name
		return e, run(ctx, tx, sqlDropSessions, p.ID, by.Session)
	})
}

// StepUp asks a person who is signed in for a code again, before something
// that matters. The session is fresh for five minutes afterwards.
func (k *Keeper) StepUp(ctx context.Context, who Identity, code string) error {
	if who.Kind != KindPerson || who.Session == "" {
		return onlyPeople()
	}
	try, err := k.limits.begin(nameKey(who.Name), who.Address)
	if err != nil {
		return err
	}
	proof, err := k.prove(ctx, who.ID, code)
	if err != nil {
		try.withdrawn()
		return err
	}
	var refused error
	err = k.inTx(ctx, func(ctx context.Context, tx bun.Tx) (nightjar.AuditEntry, error) {
		e := nightjar.AuditEntry{Actor: who.Actor(), Address: who.Address, Action: nightjar.ActionStepUp, Target: who.Name}
		factor, ok, err := proof.spend(ctx, tx, k.now())
		if err != nil {
			return e, err
		}
		e.Detail = map[string]string{"factor": factor}
		if !ok {
			refused, e.Outcome = wrongCode(), nightjar.OutcomeFailure
			return e, nil
		}
		refused = nil
		return e, run(ctx, tx, sqlStepUp, k.now(), who.Session, who.ID)
	})
	switch {
	case err != nil:
		try.withdrawn()
		return fmt.Errorf("step up: %w", err)
	case refused != nil:
		return refused
	}
	try.succeeded()
	return nil
}

// Fresh reports whether both factors, or a code again, were given within the
// last five minutes. A token and the command line cannot step up: a token was
// made by somebody who did, and can do only what its scopes name.
func (k *Keeper) Fresh(who Identity) bool {
	switch who.Kind {
	case KindPerson:
		age := k.clock.Since(who.Authenticated)
		return age >= 0 && age <= freshFor
	case KindToken, KindOperator:
		return true
	}
	return false
}
