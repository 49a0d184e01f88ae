package access

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/catalog"
)

// Person is somebody who can sign in.
type Person struct {
	ID        string    `json:"id"`
	Name      string    `json:"name"`
	Grants    []Grant   `json:"grants"`
	Created   time.Time `json:"created"`
	LastLogin time.Time `json:"last_login"` // zero when never
	Disabled  bool      `json:"disabled"`
}

// People returns everybody by name.
func (k *Keeper) People(ctx context.Context) ([]Person, error) {
	rows, err := many[personRow](ctx, k.db, sqlPeople)
	if err != nil {
		return nil, err
	}
	granted, err := many[grantRow](ctx, k.db, sqlAllGrants)
	if err != nil {
		return nil, err
	}
	of := make(map[string][]grantRow)
	for _, g := range granted {
		of[g.Holder] = append(of[g.Holder], g)
	}
	out := make([]Person, len(rows))
	for i, r := range rows {
		out[i] = r.person(grants(of[r.ID]))
	}
	return out, nil
}

// Person finds one by id or by name.
func (k *Keeper) Person(ctx context.Context, ref string) (Person, error) {
	r, found, err := one[personRow](ctx, k.db, sqlPerson, ref)
	if err == nil && !found {
		r, found, err = one[personRow](ctx, k.db, sqlPersonByName, nameKey(ref))
	}
	if err != nil || !found {
		return Person{}, orElse(err, nobody(ref))
	}
	list, err := grantsOf(ctx, k.db, r.ID)
	return r.person(list), err
}

// SetGrants replaces what a person is granted. It holds from the person's next
// request on.
func (k *Keeper) SetGrants(ctx context.Context, by Identity, person string, list []Grant) error {
	list, err := checkGrants(by, list)
	if err != nil {
		return err
	}
	return k.change(ctx, by, person, nightjar.ActionPersonGrant, func(ctx context.Context, tx bun.Tx, p personRow, e *nightjar.AuditEntry) error {
		before, err := grantsOf(ctx, tx, p.ID)
		if err != nil {
			return err
		}
		e.Detail = map[string]string{"before": grantText(before), "after": grantText(list)}
		return putGrants(ctx, tx, p.ID, list)
	})
}

// Disable keeps a person from signing in, and ends all sessions and, for as
// long as it lasts, the person's tokens.
func (k *Keeper) Disable(ctx context.Context, by Identity, person string) error {
	return k.change(ctx, by, person, nightjar.ActionPersonDisable, func(ctx context.Context, tx bun.Tx, p personRow, _ *nightjar.AuditEntry) error {
		if err := run(ctx, tx, sqlDisable, k.now(), p.ID); err != nil {
			return err
		}
		if err := run(ctx, tx, sqlDropChallenges, int64(0), p.ID); err != nil {
			return err
		}
		return run(ctx, tx, sqlDropSessions, p.ID, "")
	})
}

// Enable lets a disabled person sign in again.
func (k *Keeper) Enable(ctx context.Context, by Identity, person string) error {
	return k.change(ctx, by, person, nightjar.ActionPersonEnable, func(ctx context.Context, tx bun.Tx, p personRow, _ *nightjar.AuditEntry) error {
		return run(ctx, tx, sqlDisable, int64(0), p.ID)
	})
}

// Remove forgets a person with all credentials, sessions and tokens. What the
// person did stays in the audit log.
func (k *Keeper) Remove(ctx context.Context, by Identity, person string) error {
	return k.change(ctx, by, person, nightjar.ActionPersonRemove, func(ctx context.Context, tx bun.Tx, p personRow, _ *nightjar.AuditEntry) error {
		if err := k.dropSeeds(ctx, tx, p.ID); err != nil {
			return err
		}
		if err := k.dropInvites(ctx, tx, sqlInvitesOf, p.ID); err != nil {
			return err
		}
		tokens, err := many[tokenRow](ctx, tx, sqlTokensOf, p.ID)
		if err != nil {
			return err
		}
		for _, t := range tokens {
			if err := run(ctx, tx, sqlDropGrants, t.ID); err != nil {
				return err
			}
		}
		if err := run(ctx, tx, sqlDropGrants, p.ID); err != nil {
			return err
		}
		return run(ctx, tx, sqlDropPerson, p.ID)
	})
}

// change does something to a person, unless it would leave nobody who can do
// everything.
func (k *Keeper) change(ctx context.Context, by Identity, person string, action nightjar.AuditAction, do func(context.Context, bun.Tx, personRow, *nightjar.AuditEntry) error) error {
	if err := mayManage(by); err != nil {
		return err
	}
	return k.inTx(ctx, func(ctx context.Context, tx bun.Tx) (nightjar.AuditEntry, error) {
		e := nightjar.AuditEntry{Actor: by.Actor(), Address: by.Address, Action: action}
		p, err := k.person(ctx, tx, person)
		if err != nil {
			return e, err
		}
		e.Target = p.Name
		before, err := admins(ctx, tx)
		if err != nil {
			return e, err
		}
		if err := do(ctx, tx, p, &e); err != nil {
			return e, err
		}
		after, err := admins(ctx, tx)
		if err != nil {
			return e, err
		}
		if after == 0 && before > 0 {
			return e, &nightjar.Error{
				Code: nightjar.CodeConflict, Message: fmt.Sprintf("%s is the last administrator of all tenants", p.Name),
				Hint: "make somebody else one first",
			}
		}
		return e, nil
	})
}

func (k *Keeper) person(ctx context.Context, db bun.IDB, id string) (personRow, error) {
	p, found, err := one[personRow](ctx, db, sqlPerson, id)
	if err != nil || !found {
		return p, orElse(err, nobody(id))
	}
	return p, nil
}

func nobody(ref string) error {
	return &nightjar.Error{Code: nightjar.CodeNotFound, Message: fmt.Sprintf("there is nobody %.80q", ref), Hint: "nightjar person list says who there is"}
}

func (r personRow) person(list []Grant) Person {
	return Person{
		ID: r.ID, Name: r.Name, Grants: list, Created: catalog.Time(r.Created), LastLogin: catalog.Time(r.LastLogin), Disabled: r.Disabled != 0,
	}
}

// mayManage refuses whoever must not change people.
func mayManage(by Identity) error {
	if by.MayAll(PermPeopleManage) {
		return nil
	}
	return &nightjar.Error{Code: nightjar.CodeForbidden, Message: "you may not manage people", Hint: "ask an administrator of all tenants"}
}

// checkGrants refuses grants that are none, or that give more than by has.
func checkGrants(by Identity, list []Grant) ([]Grant, error) {
	if len(list) == 0 {
		return nil, &nightjar.Error{Code: nightjar.CodeInvalid, Message: "no role is given", Hint: "give at least one, e.g. viewer for all tenants"}
	}
	list = slices.Clone(list)
	slices.SortFunc(list, func(a, b Grant) int {
		return strings.Compare(string(a.Tenant)+" "+string(a.Role), string(b.Tenant)+" "+string(b.Role))
	})
	list = slices.Compact(list)
	for _, g := range list {
		if !slices.Contains(Roles(), g.Role) {
			return nil, &nightjar.Error{Code: nightjar.CodeInvalid, Message: fmt.Sprintf("there is no role %.40q", g.Role), Hint: "the roles are viewer, helpdesk, analyst and admin"}
		}
		if g.Tenant != "" {
			if id, err := nightjar.ParseTenantID(string(g.Tenant)); err != nil || id != g.Tenant {
				return nil, &nightjar.Error{Code: nightjar.CodeInvalid, Message: fmt.Sprintf("%.40q is not the id of a tenant", g.Tenant), Hint: "nightjar tenant list shows the ids"}
			}
		}
		if !by.covers(g) {
			return nil, &nightjar.Error{
				Code: nightjar.CodeForbidden, Message: fmt.Sprintf("you cannot give %s, because you do not have it yourself", grantText([]Grant{g})),
				Hint: "ask an administrator of all tenants",
			}
		}
	}
	return list, nil
}
