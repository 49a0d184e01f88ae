package access

import (
	"context"
	"slices"
	"strconv"

	"github.com/uptrace/bun"

	nightjar "github.com/nightjar-sec/nightjar"
)

// stillGives reports whether whoever made an invitation could make it now.
// Nobody gives what he does not have any more: a link that was made before its
// maker was removed, disabled or demoted would be a way back in.
func (k *Keeper) stillGives(ctx context.Context, db bun.IDB, in inviteRow) (bool, error) {
	if in.Giver == "" {
		return true, nil // by whoever has the data directory
	}
	p, found, err := one[personRow](ctx, db, sqlPerson, in.Giver)
	if err != nil || !found || p.Disabled != 0 {
		return false, err
	}
	giver := Identity{ID: p.ID, Person: p.ID, Kind: KindPerson}
	if giver.Grants, err = grantsOf(ctx, db, p.ID); err != nil {
		return false, err
	}
	holder := in.ID
	if in.Kind == inviteReset {
		holder = in.Person // the link makes whoever opens it that person
	}
	given, err := grantsOf(ctx, db, holder)
	if err != nil {
		return false, err
	}
	return giver.MayAll(PermPeopleManage) && !slices.ContainsFunc(given, func(g Grant) bool { return !giver.covers(g) }), nil
}

// invited are the grants that whoever takes up an invitation has then.
func (k *Keeper) invited(ctx context.Context, in inviteRow) ([]Grant, error) {
	switch in.Kind {
	case inviteSetup:
		return []Grant{{Role: RoleAdmin}}, nil
	case inviteReset:
		return grantsOf(ctx, k.db, in.Person)
	}
	return grantsOf(ctx, k.db, in.ID)
}

// dropLostInvites ends the invitations that somebody made and could not make
// any more, and puts their number on record.
func (k *Keeper) dropLostInvites(ctx context.Context, tx bun.Tx, giver string, e *nightjar.AuditEntry) error {
	rows, err := many[inviteRow](ctx, tx, sqlInvitesBy, giver)
	if err != nil {
		return err
	}
	lost := 0
	for _, r := range rows {
		ok, err := k.stillGives(ctx, tx, r)
		if err != nil {
			return err
		}
		if ok {
			continue
		}
		lost++
		if err := k.dropInvites(ctx, tx, sqlInviteByID, r.ID); err != nil {
			return err
		}
	}
	if lost > 0 {
		if e.Detail == nil {
			e.Detail = map[string]string{}
		}
		e.Detail["invitations_ended"] = strconv.Itoa(lost)
	}
	return nil
}

// dropGivenInvites ends all links that somebody made for others, except one that
// is being taken up, and returns how many.
func (k *Keeper) dropGivenInvites(ctx context.Context, tx bun.Tx, giver, except string) (int, error) {
	rows, err := many[inviteRow](ctx, tx, sqlInvitesBy, giver)
	if err != nil {
		return 0, err
	}
	ended := 0
	for _, r := range rows {
		if r.ID == except {
			continue
		}
		if err := k.dropInvites(ctx, tx, sqlInviteByID, r.ID); err != nil {
			return ended, err
		}
		ended++
	}
	return ended, nil
}

// OpenTokens returns how many API tokens of a person work, or would if the
// person was not disabled: a reset ends them all.
func (k *Keeper) OpenTokens(ctx context.Context, person string) (int, error) {
	return openTokens(ctx, k.db, person, k.now())
}

func openTokens(ctx context.Context, db bun.IDB, person string, now int64) (int, error) {
	rows, err := many[tokenRow](ctx, db, sqlTokensOf, person)
	if err != nil {
		return 0, err
	}
	n := 0
	for _, r := range rows {
		if r.Revoked == 0 && r.Expires > now {
			n++
		}
	}
	return n, nil
}

// revokeTokens ends all API tokens of a person, and returns how many worked.
func (k *Keeper) revokeTokens(ctx context.Context, tx bun.Tx, person string) (int, error) {
	n, err := openTokens(ctx, tx, person, k.now())
	if err != nil || n == 0 {
		return 0, err
	}
	return n, run(ctx, tx, sqlRevokeAll, k.now(), person)
}
