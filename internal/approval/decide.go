package approval

import (
	"context"
	"strings"
	"unicode/utf8"

	"github.com/uptrace/bun"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/access"
	"github.com/nightjar-sec/nightjar/internal/catalog"
)

// maxReason bounds the reason of a refusal, in characters.
const maxReason = 500

// Sees reports whether somebody may know of the approval: who asked, and
// whoever has the permission. An API token does no more than its scopes name
// with what its owner or another token asked for.
func (a Approval) Sees(by access.Identity) bool {
	asked := by.Person != "" && by.Person == a.AskedBy.Person && (by.Kind == access.KindPerson || by.ID == a.AskedBy.ID)
	return asked || by.May(a.Permission, a.Tenant)
}

// Decidable says why somebody cannot be the second person; nil when he can: a
// person who is signed in, not who asked, with the same permission for the same
// tenant. An API token never is: it acts while nobody looks.
func (a Approval) Decidable(by access.Identity) error {
	forbidden := func(message, hint string) error {
		return &nightjar.Error{Code: nightjar.CodeForbidden, Message: message, Hint: hint}
	}
	switch {
	case !a.Sees(by):
		return unknown()
	case by.Kind != access.KindPerson:
		return forbidden("an API token cannot be the second person", "sign in to the console")
	case by.Person == a.AskedBy.Person:
		return forbidden("the second person must be another one than who asked", "somebody else with the same role decides")
	case !by.May(a.Permission, a.Tenant):
		return forbidden("your role does not allow this", "ask an administrator for a role that does")
	}
	return nil
}

// Approve grants what waits. hash is that of what the second person looked
// at. Granting what is granted already changes nothing, so that what was not
// done then can be done now.
func (k *Keeper) Approve(ctx context.Context, by access.Identity, id, hash string) (Approval, error) {
	var out Approval
	err := k.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		a, err := k.decide(ctx, tx, by, id)
		if err != nil {
			return err
		}
		if hash != a.Hash || !a.intact() {
			return &nightjar.Error{Code: nightjar.CodeConflict, Message: "this is not what was asked for", Hint: "open the approval again and read what it does"}
		}
		out = a
		if a.State == StateGranted {
			return nil
		}
		now := k.clock.Now()
		res, err := tx.NewRaw(sqlGrant, by.Person, by.Name, catalog.Micros(now), catalog.Micros(now.Add(life)), id).Exec(ctx)
		if err := moved(res, err); err != nil {
			return err
		}
		if out, err = k.read(ctx, tx, id); err != nil {
			return err
		}
		return k.audit.Append(ctx, tx, out.entry(nightjar.ActionApprovalGrant, by))
	})
	return out, err
}

// Refuse ends what waits, with a reason for who asked.
func (k *Keeper) Refuse(ctx context.Context, by access.Identity, id, reason string) (Approval, error) {
	reason = strings.TrimSpace(bindable(reason))
	if reason == "" || utf8.RuneCountInString(reason) > maxReason {
		return Approval{}, &nightjar.Error{Code: nightjar.CodeInvalid, Message: "a refusal needs a reason of at most 500 characters", Hint: "say to who asked why not"}
	}
	var out Approval
	err := k.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		a, err := k.decide(ctx, tx, by, id)
		if err != nil {
			return err
		}
		now := catalog.Micros(k.clock.Now())
		res, err := tx.NewRaw(sqlRefuse, by.Person, by.Name, now, reason, now, id, string(a.State)).Exec(ctx)
		if err := moved(res, err); err != nil {
			return err
		}
		if out, err = k.read(ctx, tx, id); err != nil {
			return err
		}
		e := out.entry(nightjar.ActionApprovalRefuse, by)
		e.Detail["reason"] = reason
		return k.audit.Append(ctx, tx, e)
	})
	return out, err
}

// decide reads an open approval for somebody who may decide it.
func (k *Keeper) decide(ctx context.Context, tx bun.Tx, by access.Identity, id string) (Approval, error) {
	a, err := k.read(ctx, tx, id)
	if err != nil {
		return a, err
	}
	if err := a.Decidable(by); err != nil {
		return a, err
	}
	if !a.Open() {
		return a, over()
	}
	return a, nil
}

// Withdraw ends what the same person asked for, by session or by token.
func (k *Keeper) Withdraw(ctx context.Context, by access.Identity, id string) error {
	return k.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		a, err := k.read(ctx, tx, id)
		switch {
		case err != nil:
			return err
		case !a.Sees(by):
			return unknown()
		case by.Person != a.AskedBy.Person:
			return &nightjar.Error{Code: nightjar.CodeForbidden, Message: "only who asked can withdraw this", Hint: "refuse it instead"}
		case !a.Open():
			return over()
		}
		if err := k.end(ctx, tx, a, StateWithdrawn); err != nil {
			return err
		}
		return k.audit.Append(ctx, tx, a.entry(nightjar.ActionApprovalWithdraw, by))
	})
}
