package access

import (
	"context"

	nightjar "github.com/nightjar-sec/nightjar"
)

// Standing returns what somebody may do at this moment who is not asking just
// now: a person, or an API token by its id. It is for what was asked for
// earlier and is done later in that name; whoever is disabled, removed,
// revoked or over by then may do nothing.
func (k *Keeper) Standing(ctx context.Context, kind nightjar.ActorKind, id string) (Identity, error) {
	gone := &nightjar.Error{Code: nightjar.CodeForbidden, Message: "who asked for this cannot do it any more", Hint: "somebody else has to ask for it"}
	switch kind {
	case nightjar.ActorPerson:
		p, found, err := one[personRow](ctx, k.db, sqlPerson, id)
		if err != nil || !found || p.Disabled != 0 {
			return Identity{}, orElse(err, gone)
		}
		list, err := grantsOf(ctx, k.db, p.ID)
		return Identity{ID: p.ID, Person: p.ID, Name: p.Name, Kind: KindPerson, Grants: list}, err
	case nightjar.ActorToken:
		r, found, err := one[tokenRow](ctx, k.db, sqlTokenByID, id)
		if err != nil || !found || r.dead(k.clock.Now()) != "" {
			return Identity{}, orElse(err, gone)
		}
		return k.holder(ctx, r)
	case nightjar.ActorOperator, nightjar.ActorSystem, nightjar.ActorUnknown:
	}
	return Identity{}, gone
}

// holder is who a token stands for, with the rights of this moment.
func (k *Keeper) holder(ctx context.Context, r tokenRow) (Identity, error) {
	owner, err := grantsOf(ctx, k.db, r.Person)
	if err != nil {
		return Identity{}, err
	}
	own, err := grantsOf(ctx, k.db, r.ID)
	if err != nil {
		return Identity{}, err
	}
	return Identity{
		ID: r.ID, Person: r.Person, Name: r.PersonName + "/" + r.Name, Kind: KindToken, Grants: own, Scopes: splitScopes(r.Scopes), owner: owner,
	}, nil
}

// May reports whether the person may do p for the tenant; with "" whether for
// all tenants. Whoever is disabled may do nothing.
func (p Person) May(permission Permission, tenant nightjar.TenantID) bool {
	return !p.Disabled && allows(p.Grants, permission, tenant)
}
