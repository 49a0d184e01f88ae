package connect

import (
	"context"

	"github.com/uptrace/bun"

	nightjar "github.com/nightjar-sec/nightjar"
)

// SaveConsent gives the connection of an attempt its name. It can be saved as
// soon as there is one; what is not done yet goes on by itself.
func (c *Connector) SaveConsent(ctx context.Context, id, name string, by Who) (Attempt, error) {
	r, err := c.changeConsent(ctx, id, func(ctx context.Context, tx bun.Tx, r *consentRow) error {
		a := &r.attempt
		if r.Made == 0 || a.Status == AttemptCancelled {
			return &nightjar.Error{
				Code: nightjar.CodeConflict, Message: "there is no connection to save yet", Hint: "wait until the permissions are granted",
			}
		}
		conn, _, found, err := byID(ctx, tx, a.Tenant)
		if err != nil {
			return err
		}
		if !found || !conn.Removed.IsZero() {
			return &nightjar.Error{Code: nightjar.CodeConflict, Message: "the connection was removed meanwhile", Hint: "connect the tenant again"}
		}
		a.Connection = conn.Name
		detail := map[string]string{"step": "save", "name": conn.Name}
		if name != "" && name != conn.Name {
			renamed, err := c.updateIn(ctx, tx, a.Tenant, Change{Name: &name})
			if err != nil {
				return err
			}
			a.Connection, detail["name"], detail["was"] = renamed.Name, renamed.Name, conn.Name
		}
		a.Saved = true
		return c.record(ctx, tx, by.entry(nightjar.ActionConnectionConsent, a.Tenant, a.ID, detail))
	})
	if err == nil && r.Due != 0 {
		c.wake()
	}
	return r.attempt, err
}

// CancelConsent ends an attempt. A connection that it made and that nobody
// saved is removed with it; what was granted at Microsoft stays until an
// administrator of the tenant deletes the application there.
func (c *Connector) CancelConsent(ctx context.Context, id string, by Who) (Attempt, error) {
	removed := false
	r, err := c.changeConsent(ctx, id, func(ctx context.Context, tx bun.Tx, r *consentRow) error {
		a := &r.attempt
		// An attempt that was cancelled before has nothing left: what is connected
		// now was made by another.
		if r.Made != 0 && !a.Renew && !a.Saved && a.Status != AttemptCancelled {
			conn, _, found, err := byID(ctx, tx, a.Tenant)
			if err != nil {
				return err
			}
			// One that was made anew by other means meanwhile is not this attempt's.
			removed = found && conn.Removed.IsZero() && !conn.Declared && conn.Credential.Kind == CredentialConsent
			if removed {
				if _, err := c.removeIn(ctx, tx, conn); err != nil {
					return err
				}
				if err := c.record(ctx, tx, by.entry(nightjar.ActionConnectionRemove, conn.ID, conn.Name, map[string]string{"attempt": a.ID})); err != nil {
					return err
				}
			}
		}
		a.Status, a.Detail = AttemptCancelled, "Cancelled."
		return c.record(ctx, tx, by.entry(nightjar.ActionConnectionConsent, a.Tenant, a.ID, map[string]string{"step": "cancel"}))
	})
	if err == nil && removed {
		c.drop(r.attempt.Tenant)
	}
	return r.attempt, err
}
