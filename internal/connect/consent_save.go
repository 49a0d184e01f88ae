package connect

import (
	"context"
	"time"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/clock"
)

// SaveConsent gives the connection of an attempt its name. It can be saved as
// soon as there is one; what is not done yet goes on by itself.
func (c *Connector) SaveConsent(ctx context.Context, id, name string) (Attempt, error) {
	r, err := c.consentRow(ctx, id)
	if err != nil {
		return Attempt{}, err
	}
	a := &r.attempt
	if r.Made == 0 || a.Status == AttemptCancelled {
		return *a, &nightjar.Error{
			Code: nightjar.CodeConflict, Message: "there is no connection to save yet", Hint: "wait until the permissions are granted",
		}
	}
	if name != "" && name != a.Connection {
		if _, err := c.Update(ctx, string(a.Tenant), Change{Name: &name}); err != nil {
			return *a, err
		}
		a.Connection = name
	}
	a.Saved, a.Updated = true, clock.Real().Now().Truncate(time.Microsecond)
	due := r.Due
	if err := c.saveConsent(ctx, &r, a.Status); err != nil {
		return *a, err
	}
	if due != 0 {
		c.wake()
	}
	return *a, nil
}

// CancelConsent ends an attempt. A connection that it made and that nobody
// saved is removed with it; what was granted at Microsoft stays until an
// administrator of the tenant deletes the application there.
func (c *Connector) CancelConsent(ctx context.Context, id string) (Attempt, error) {
	r, err := c.consentRow(ctx, id)
	if err != nil {
		return Attempt{}, err
	}
	a := &r.attempt
	was := a.Status
	if r.Made != 0 && !a.Renew && !a.Saved {
		if _, err := c.Remove(ctx, string(a.Tenant)); err != nil && nightjar.CodeOf(err) != nightjar.CodeNotFound {
			return *a, err
		}
	}
	a.Status, a.Detail, a.Updated = AttemptCancelled, "Cancelled.", clock.Real().Now().Truncate(time.Microsecond)
	return *a, c.saveConsent(ctx, &r, was)
}
