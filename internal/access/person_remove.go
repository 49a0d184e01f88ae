package access

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"

	nightjar "github.com/nightjar-sec/nightjar"
)

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
		if k.gone != nil {
			if err := k.gone(ctx, tx, p.ID); err != nil {
				return err
			}
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
		if err := k.dropLostInvites(ctx, tx, p.ID, &e); err != nil {
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
