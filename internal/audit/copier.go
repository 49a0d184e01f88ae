package audit

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/uptrace/bun"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/catalog"
	"github.com/nightjar-sec/nightjar/internal/clock"
)

// copyEvery is how long an entry may wait until it can be queried.
const copyEvery = 2 * time.Second

// Store stores events of one tenant durably, and runs also in the transaction
// that makes them so. It keeps this package from depending on the journal.
type Store interface {
	StoreEvents(ctx context.Context, tenant nightjar.TenantID, events []nightjar.Event, also func(ctx context.Context, tx bun.Tx) error) error
}

// CopierConfig is what a Copier needs.
type CopierConfig struct {
	Log    *Log
	Store  Store
	Clock  clock.Clock
	Logger *slog.Logger // nil discards
}

// Copier carries the entries of the log to the table audit of the journal,
// each once: how far it is moves in the transaction that stores the copies.
//
// All of them lie under nightjar.Installation, also those about one tenant:
// what everybody did to a tenant is not for everybody who may read its events.
type Copier struct {
	log   *Log
	store Store
	clock clock.Clock
	out   *slog.Logger
}

// NewCopier returns a copier; one at a time may run on a catalog.
func NewCopier(cfg CopierConfig) (*Copier, error) {
	if cfg.Log == nil || cfg.Store == nil {
		return nil, errors.New("an audit copier needs a log and a store")
	}
	c := &Copier{log: cfg.Log, store: cfg.Store, clock: cfg.Clock, out: cfg.Logger}
	if c.out == nil {
		c.out = slog.New(slog.DiscardHandler)
	}
	return c, nil
}

// Run copies every two seconds until ctx ends. What cannot be copied stays in
// the log and is tried again; the warnings about the disk say why.
func (c *Copier) Run(ctx context.Context) error {
	wall := clock.Real()
	failing := false
	for {
		err := c.Copy(ctx)
		if err != nil && context.Cause(ctx) == nil && !failing {
			c.out.ErrorContext(ctx, "audit entries cannot be copied to the journal", "error", err)
		}
		failing = err != nil
		select {
		case <-ctx.Done():
			return nil
		case <-wall.After(copyEvery):
		}
	}
}

// Copy carries over what is new.
func (c *Copier) Copy(ctx context.Context) error {
	for {
		n, err := c.copyPage(ctx)
		if err != nil {
			return fmt.Errorf("copy the audit log: %w", err)
		}
		if n < page {
			return nil
		}
	}
}

func (c *Copier) copyPage(ctx context.Context) (int, error) {
	var copied int64
	if err := c.log.db.NewRaw(sqlCopied).Scan(ctx, &copied); err != nil {
		return 0, catalog.Translate(err)
	}
	var rows []row
	// The last copied one too: the next names its hash.
	if err := c.log.db.NewRaw(sqlAfter, copied-1, page+1).Scan(ctx, &rows); err != nil {
		return 0, catalog.Translate(err)
	}
	previous := ""
	if len(rows) > 0 && rows[0].Seq == copied {
		previous, rows = rows[0].Hash, rows[1:]
	}
	if len(rows) == 0 {
		return 0, nil
	}
	events := make([]nightjar.Event, len(rows))
	now := c.clock.Now()
	for i, r := range rows {
		var err error
		if events[i], err = r.event(previous, now); err != nil {
			return 0, err
		}
		previous = r.Hash
	}
	last := rows[len(rows)-1].Seq
	return len(rows), c.store.StoreEvents(ctx, nightjar.Installation, events, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewRaw(sqlSetCopied, last).Exec(ctx)
		return err
	})
}

// event makes of a row an event of the table audit. The columns are borrowed
// from those of audit events; the query view gives them their names.
func (r row) event(previous string, now time.Time) (nightjar.Event, error) {
	e, _ := r.entry() // one that was tampered with is copied as it is; Verify names it
	raw, err := canonical(e, previous)
	if err != nil {
		return nightjar.Event{}, err
	}
	return nightjar.Event{
		Tenant: nightjar.Installation, ID: fmt.Sprintf("audit:%d", r.Seq), Table: nightjar.TableAudit,
		Time: e.Time, Ingested: now, ContentCreated: e.Time,
		Operation: r.Action, Workload: r.ActorKind, UserID: r.ActorName, UserKey: r.ActorID, ClientIP: e.Address,
		ObjectID: r.Target, AppID: r.Tenant, Result: r.Outcome, SessionID: r.Hash, Fields: r.Detail, Raw: raw,
	}, nil
}
