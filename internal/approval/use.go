package approval

import (
	"context"

	"github.com/uptrace/bun"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/access"
	"github.com/nightjar-sec/nightjar/internal/catalog"
)

// Granted finds what a second person granted to the one who asks for it again.
func (k *Keeper) Granted(ctx context.Context, by access.Identity, r Request) (a Approval, found bool, err error) {
	_, hash, err := r.fixed()
	if err != nil || by.Person == "" {
		return a, false, err
	}
	return k.same(ctx, k.db, by.Person, hash, StateGranted)
}

// Check refuses a request that is no longer what was granted: what it is done
// to has changed since, or somebody changed what is kept of it.
func (a Approval) Check(r Request) error {
	_, hash, err := r.fixed()
	if err != nil {
		return err
	}
	if hash != a.Hash || !a.intact() || r.Permission != a.Permission {
		return &nightjar.Error{
			Code: nightjar.CodeConflict, Message: "what this is done to has changed since it was asked for", Hint: "refuse it, and let it be asked for anew",
		}
	}
	return nil
}

// Use takes a grant in the transaction of the change that it is for, so that
// the change is made once or not at all. by is in whose name it is made.
func (k *Keeper) Use(ctx context.Context, tx bun.Tx, by access.Identity, id string) error {
	a, err := k.read(ctx, tx, id)
	if err != nil {
		return err
	}
	if a.State != StateGranted {
		return over()
	}
	res, err := tx.NewRaw(sqlUse, catalog.Micros(k.clock.Now()), id).Exec(ctx)
	if err := moved(res, err); err != nil {
		return err
	}
	e := a.entry(nightjar.ActionApprovalUse, by)
	e.Detail["approved_by"] = a.Decider
	return k.audit.Append(ctx, tx, e)
}

// Failed keeps why what was granted was tried and is not done, for who asked:
// the second person has the answer, the first one has nothing. What is not
// granted any more keeps what it has.
func (k *Keeper) Failed(ctx context.Context, by access.Identity, id, reason string) error {
	if r := []rune(bindable(reason)); len(r) > maxReason {
		reason = string(r[:maxReason])
	} else {
		reason = string(r)
	}
	return k.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		a, err := k.read(ctx, tx, id)
		if err != nil || a.State != StateGranted {
			return err
		}
		res, err := tx.NewRaw(sqlFail, reason, id).Exec(ctx)
		if err := moved(res, err); err != nil {
			return err
		}
		e := a.entry(nightjar.ActionApprovalUse, by)
		e.Outcome = nightjar.OutcomeFailure
		e.Detail["approved_by"], e.Detail["reason"] = a.Decider, reason
		return k.audit.Append(ctx, tx, e)
	})
}

// Under does what was granted, in the name of by, and takes the grant in the
// first write transaction that it makes. What makes none takes it when it is
// done. A failure before that leaves the grant as it is.
func (k *Keeper) Under(ctx context.Context, by access.Identity, id string, do func(ctx context.Context) error) error {
	use := func(ctx context.Context, tx bun.Tx) error { return k.Use(ctx, tx, by, id) }
	joint, joined := catalog.Join(ctx, use)
	if err := do(joint); err != nil {
		return err
	}
	if joined() {
		return nil
	}
	return k.db.InTx(ctx, use)
}
