package connect

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	nightjar "github.com/nightjar-sec/nightjar"
)

// Change is what is to be different about an added connection; nil leaves as it is.
type Change struct {
	Name   *string
	Tag    *string
	Start  *time.Time
	Feeds  map[nightjar.Feed]nightjar.FeedOptions
	Paused *bool
}

// Update changes a connection that was added by command or consent. Collection
// goes on with the change at its next round.
func (c *Connector) Update(ctx context.Context, ref string, change Change) (Connection, error) {
	conn, err := c.Show(ctx, ref)
	if err != nil {
		return Connection{}, err
	}
	if conn.Declared {
		return conn, declaredElsewhere(conn)
	}
	err = c.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) (err error) {
		conn, err = c.updateIn(ctx, tx, conn.ID, change)
		return err
	})
	return conn, err
}

func (c *Connector) updateIn(ctx context.Context, tx bun.Tx, id nightjar.TenantID, change Change) (Connection, error) {
	fresh, certificate, _, err := byID(ctx, tx, id)
	if err != nil {
		return fresh, err
	}
	if fresh.Declared {
		return fresh, declaredElsewhere(fresh)
	}
	change.apply(&fresh.Tenant)
	if fresh.Tenant, err = c.normalised(fresh.Tenant); err != nil {
		return fresh, err
	}
	known, err := all(ctx, tx)
	if err != nil {
		return fresh, err
	}
	for _, k := range known {
		if k.ID == fresh.ID {
			continue
		}
		if err := collides(k, fresh); err != nil {
			return fresh, err
		}
	}
	fresh.Updated = c.clock.Now().Truncate(time.Microsecond)
	return fresh, put(ctx, tx, fresh, certificate)
}

func (ch Change) apply(t *nightjar.Tenant) {
	if ch.Name != nil {
		t.Name = *ch.Name
	}
	if ch.Tag != nil {
		t.Tag = *ch.Tag
	}
	if ch.Start != nil {
		t.Start = *ch.Start
	}
	if ch.Feeds != nil {
		t.Feeds = ch.Feeds
	}
	if ch.Paused != nil {
		t.Paused = *ch.Paused
	}
}

// Pause stops collection of a tenant. Nothing is lost as long as it is resumed
// within the seven days that Microsoft holds content.
func (c *Connector) Pause(ctx context.Context, ref string) (Connection, error) {
	paused := true
	return c.Update(ctx, ref, Change{Paused: &paused})
}

// Resume goes on with collection.
func (c *Connector) Resume(ctx context.Context, ref string) (Connection, error) {
	paused := false
	return c.Update(ctx, ref, Change{Paused: &paused})
}

func declaredElsewhere(conn Connection) error {
	return &nightjar.Error{
		Code: nightjar.CodeConflict, Message: conn.Name + " is declared in the configuration", Hint: "change it there and restart",
	}
}
