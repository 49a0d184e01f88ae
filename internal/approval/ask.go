package approval

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/uptrace/bun"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/access"
	"github.com/nightjar-sec/nightjar/internal/catalog"
)

// Ask puts what somebody wants before a second person. Asking for the same
// again returns what waits already.
func (k *Keeper) Ask(ctx context.Context, by access.Identity, r Request) (Approval, error) {
	if by.Person == "" || !by.May(r.Permission, r.Tenant) {
		return Approval{}, &nightjar.Error{Code: nightjar.CodeForbidden, Message: "your role does not allow this", Hint: "ask an administrator for a role that does"}
	}
	parameters, hash, err := r.fixed()
	if err != nil {
		return Approval{}, err
	}
	id, err := k.newID()
	if err != nil {
		return Approval{}, err
	}
	var out Approval
	err = k.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		now := k.clock.Now()
		var found bool
		if out, found, err = k.same(ctx, tx, by.Person, hash, StateWaiting); err != nil || found {
			return err
		}
		var open int
		if err := tx.NewRaw(sqlCount, by.Person, catalog.Micros(now)).Scan(ctx, &open); err != nil {
			return fmt.Errorf("count what waits: %w", err)
		}
		if open >= maxOpen {
			return &nightjar.Error{
				Code: nightjar.CodeLimit, Message: fmt.Sprintf("%d things that you asked for wait for a second person already", open), Hint: "withdraw some of them",
			}
		}
		repeats, address := 0, ""
		if r.Repeats {
			repeats = 1
		}
		if by.Address.IsValid() {
			address = by.Address.Unmap().String()
		}
		actor := by.Actor()
		_, err := tx.NewRaw(sqlAdd, id, r.Operation, string(r.Permission), string(r.Tenant), bindable(r.Target), bindable(r.Summary), string(parameters), hash, repeats,
			by.Person, string(actor.Kind), actor.ID, actor.Name, address, catalog.Micros(now), catalog.Micros(now.Add(life))).Exec(ctx)
		if err != nil {
			return fmt.Errorf("write an approval: %w", err)
		}
		if out, err = k.read(ctx, tx, id); err != nil {
			return err
		}
		e := out.entry(nightjar.ActionApprovalAsk, by)
		e.Detail["summary"] = out.Summary
		return k.audit.Append(ctx, tx, e)
	})
	return out, err
}

// same finds an open approval of a person by what it is for.
func (k *Keeper) same(ctx context.Context, db bun.IDB, person, hash string, state State) (Approval, bool, error) {
	now := k.clock.Now()
	var r row
	err := db.NewRaw(sqlSame, person, hash, string(state), catalog.Micros(now)).Scan(ctx, &r)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return Approval{}, false, nil
	case err != nil:
		return Approval{}, false, fmt.Errorf("read an approval: %w", catalog.Translate(err))
	}
	return r.approval(now), true, nil
}

// entry is what the audit log says of an approval.
func (a Approval) entry(action nightjar.AuditAction, by access.Identity) nightjar.AuditEntry {
	return nightjar.AuditEntry{
		Actor: by.Actor(), Address: by.Address, Action: action, Tenant: a.Tenant, Target: a.Target,
		Detail: map[string]string{"approval": a.ID, "operation": a.Operation, "asked_by": a.AskedBy.Name, "sha256": a.Hash},
	}
}
