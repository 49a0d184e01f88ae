package access

import (
	"context"
	"fmt"
	"net/netip"

	"github.com/uptrace/bun"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/catalog"
	"github.com/nightjar-sec/nightjar/internal/secret"
)

// inviteLink is a link that signs its person in, once. Only a demo makes one:
// there a password and an authenticator would guard made-up data.
const inviteLink = "link"

// Link makes a person of that name an administrator of all tenants, without
// password or authenticator, and returns a token that signs in as that person
// once, within an hour. It is for the demo alone; whoever serves real data
// never calls it, and RedeemLink then knows no token.
func (k *Keeper) Link(ctx context.Context, name string) (secret.Value, error) {
	name, err := CleanName(name)
	if err != nil {
		return secret.Value{}, err
	}
	token, hash, err := k.newToken()
	if err != nil {
		return secret.Value{}, err
	}
	id, err := k.newID()
	if err != nil {
		return secret.Value{}, err
	}
	fresh, err := k.newID()
	if err != nil {
		return secret.Value{}, err
	}
	err = k.inTx(ctx, func(ctx context.Context, tx bun.Tx) (nightjar.AuditEntry, error) {
		e := nightjar.AuditEntry{Actor: nightjar.Actor{Kind: nightjar.ActorSystem}, Action: nightjar.ActionSetupBegin, Target: name, Detail: map[string]string{"by": "demo link"}}
		p, found, err := one[personRow](ctx, tx, sqlPersonByName, nameKey(name))
		if err != nil {
			return e, err
		}
		if !found {
			p.ID = fresh
			if err := run(ctx, tx, sqlAddPerson, p.ID, name, nameKey(name), k.now()); err != nil {
				return e, err
			}
			if err := putGrants(ctx, tx, p.ID, []Grant{{Role: RoleAdmin}}); err != nil {
				return e, err
			}
		}
		if err := k.dropInvites(ctx, tx, sqlInvitesFor, inviteLink, name); err != nil {
			return e, err
		}
		now := k.clock.Now()
		return e, run(ctx, tx, sqlAddInvite, hash, id, inviteLink, name, p.ID, "", catalog.Micros(now), catalog.Micros(now.Add(bootstrapLife)))
	})
	if err != nil {
		return secret.Value{}, fmt.Errorf("make a link for %s: %w", name, err)
	}
	return token, nil
}

// RedeemLink signs in with a token of Link, and uses it up.
func (k *Keeper) RedeemLink(ctx context.Context, link secret.Value, from netip.Addr) (token secret.Value, who Identity, err error) {
	over := &nightjar.Error{
		Code: nightjar.CodeUnauthenticated, Message: "this link is used up or older than an hour", Hint: "start the demo again: it prints a new one",
	}
	err = k.inTx(ctx, func(ctx context.Context, tx bun.Tx) (nightjar.AuditEntry, error) {
		e := nightjar.AuditEntry{Address: from, Action: nightjar.ActionLogin, Detail: map[string]string{"factor": "demo link"}}
		in, found, err := k.invite(ctx, tx, link)
		if err != nil || !found || in.Kind != inviteLink {
			return e, orElse(err, over)
		}
		p, err := k.person(ctx, tx, in.Person)
		if err != nil {
			return e, err
		}
		if p.Disabled != 0 {
			return e, over
		}
		if err := k.dropInvites(ctx, tx, sqlInviteByID, in.ID); err != nil {
			return e, err
		}
		token, who, err = k.newSession(ctx, tx, p, Identity{Address: from})
		e.Actor, e.Target = who.Actor(), who.Name
		return e, err
	})
	return token, who, err
}
