package alert

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"time"

	"github.com/uptrace/bun"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/catalog"
	"github.com/nightjar-sec/nightjar/internal/clock"
)

const (
	// copyEvery is how long a finding or a change may wait until it can be
	// queried. What changes more often is copied once: each copy is a segment.
	copyEvery = 5 * time.Second
	copyPage  = 500
)

// Store stores events of one tenant durably, each once by its id, and runs
// also in the transaction that makes them so. It keeps this package from
// depending on the journal.
type Store interface {
	StoreEvents(ctx context.Context, tenant nightjar.TenantID, events []nightjar.Event, also func(ctx context.Context, tx bun.Tx) error) error
}

// CopierConfig is what a Copier needs.
type CopierConfig struct {
	Keeper *Keeper
	Store  Store
	Logger *slog.Logger // nil discards
}

// Copier carries findings and alerts to the tables of these names in the
// journal, under their tenants. A finding is copied once; of an alert each
// state that it was in when the copier looked, with the same time, so that
// they are found and dropped together.
type Copier struct {
	keeper *Keeper
	store  Store
	out    *slog.Logger
}

// NewCopier returns a copier; one at a time may run on a catalog.
func NewCopier(cfg CopierConfig) (*Copier, error) {
	if cfg.Keeper == nil || cfg.Store == nil {
		return nil, errors.New("a copier of alerts needs a keeper and a store")
	}
	c := &Copier{keeper: cfg.Keeper, store: cfg.Store, out: cfg.Logger}
	if c.out == nil {
		c.out = slog.New(slog.DiscardHandler)
	}
	return c, nil
}

// Run copies every five seconds, and forgets what is over once a day, until
// ctx ends. What cannot be copied is tried again; the warnings about the disk
// say why.
func (c *Copier) Run(ctx context.Context) error {
	wall := clock.Real()
	failing := false
	var pruned time.Time
	for {
		err := c.Copy(ctx)
		if now := c.keeper.now(); err == nil && now.Sub(pruned) > day {
			pruned = now
			err = c.keeper.Prune(ctx)
		}
		if err != nil && context.Cause(ctx) == nil && !failing {
			c.out.ErrorContext(ctx, "findings and alerts cannot be copied to the journal", "error", err)
		}
		failing = err != nil
		select {
		case <-ctx.Done():
			return nil
		case <-wall.After(copyEvery):
		}
	}
}

const (
	sqlFindingsAfter = `SELECT ` + findingColumns + ` FROM alert_findings WHERE seq > ? ORDER BY seq LIMIT ?`
	sqlAlertsAfter   = alertRead + ` WHERE a.revision > ? ORDER BY a.revision LIMIT ?`
	sqlAlertIDs      = `SELECT number, id FROM alert_alerts WHERE number IN (?)`
	sqlEvidence      = `SELECT ` + findingColumns + ` FROM alert_findings WHERE id IN (?)`

	sqlCopiedFinding  = `UPDATE alert_counters SET copied_finding = ? WHERE id = 1`
	sqlCopiedRevision = `UPDATE alert_counters SET copied_revision = ? WHERE id = 1`
)

// Copy carries over what is new.
func (c *Copier) Copy(ctx context.Context) error {
	for _, copyOne := range []func(context.Context) (int, error){c.findings, c.alerts} {
		for {
			n, err := copyOne(ctx)
			if err != nil {
				return fmt.Errorf("copy findings and alerts: %w", err)
			}
			if n < copyPage {
				break
			}
		}
	}
	return nil
}

// findings copies a page of findings.
func (c *Copier) findings(ctx context.Context) (int, error) {
	at, err := readCounters(ctx, c.keeper.db)
	if err != nil {
		return 0, err
	}
	found, err := readFindings(ctx, c.keeper.db, sqlFindingsAfter, at.CopiedFinding, copyPage)
	if err != nil || len(found) == 0 {
		return 0, err
	}
	numbers := []int64{0}
	for _, f := range found {
		numbers = append(numbers, f.Alert)
	}
	var rows []row
	if err := c.keeper.db.NewRaw(sqlAlertIDs, bun.List(numbers)).Scan(ctx, &rows); err != nil {
		return 0, fmt.Errorf("read the ids of alerts: %w", catalog.Translate(err))
	}
	ids := map[int64]string{}
	for _, r := range rows {
		ids[r.Number] = r.ID
	}
	now := c.keeper.now()
	events := make([]nightjar.Event, len(found))
	for i, f := range found {
		events[i] = f.event(ids[f.Alert], now)
	}
	return len(found), c.put(ctx, events, sqlCopiedFinding, found[len(found)-1].Number)
}

// alerts copies a page of alerts that changed, as they are now.
func (c *Copier) alerts(ctx context.Context) (int, error) {
	at, err := readCounters(ctx, c.keeper.db)
	if err != nil {
		return 0, err
	}
	found, err := readAlerts(ctx, c.keeper.db, sqlAlertsAfter, at.CopiedRevision, copyPage)
	if err != nil || len(found) == 0 {
		return 0, err
	}
	latest := make([]string, len(found))
	for i, a := range found {
		latest[i] = a.Latest
	}
	evidence, err := readFindings(ctx, c.keeper.db, sqlEvidence, bun.List(latest))
	if err != nil {
		return 0, err
	}
	of := map[string][]nightjar.EventRef{}
	for _, f := range evidence {
		of[f.ID] = f.Events
	}
	now := c.keeper.now()
	events := make([]nightjar.Event, len(found))
	for i, a := range found {
		events[i] = a.event(of[a.Latest], now)
	}
	return len(found), c.put(ctx, events, sqlCopiedRevision, found[len(found)-1].Revision)
}

// put stores events under their tenants, and moves the mark with the last of
// them: after a crash in between the others are stored once all the same,
// since the store knows their ids.
func (c *Copier) put(ctx context.Context, events []nightjar.Event, mark string, to int64) error {
	var tenants []nightjar.TenantID
	of := map[nightjar.TenantID][]nightjar.Event{}
	for _, e := range events {
		if of[e.Tenant] == nil {
			tenants = append(tenants, e.Tenant)
		}
		of[e.Tenant] = append(of[e.Tenant], e)
	}
	for i, tenant := range tenants {
		err := c.store.StoreEvents(ctx, tenant, of[tenant], func(ctx context.Context, tx bun.Tx) error {
			if i < len(tenants)-1 {
				return nil
			}
			_, err := tx.NewRaw(mark, to).Exec(ctx)
			return err
		})
		if err != nil {
			return fmt.Errorf("store for the tenant %s: %w", tenant, err)
		}
	}
	return nil
}

// event makes of a finding an event of the table findings. The columns are
// borrowed from those of audit events; the query view gives them their names.
func (f Recorded) event(alert string, now time.Time) nightjar.Event {
	e := nightjar.Event{
		Tenant: f.Tenant, ID: "finding:" + f.ID, Table: nightjar.TableFindings, Time: f.Time, Ingested: now, ContentCreated: f.Recorded,
		Operation: f.Rule, Workload: string(f.Severity), ObjectID: f.Title, SessionID: alert,
	}
	if f.DryRun {
		e.Result = "dry_run"
	}
	e.UserID, e.ClientIP = named(f.Entities)
	e.Raw = raw(map[string]any{
		"id": f.ID, "rule": f.Rule, "version": f.Version, "title": f.Title, "severity": f.Severity, "reason": f.Reason, "alert": alert, "fingerprint": f.Fingerprint,
		"time": f.Time, "first": f.First, "last": f.Last, "recorded": f.Recorded, "count": f.Count, "dry_run": f.DryRun, "entities": listed(f.Entities),
		"tags": listed(f.Tags), "values": f.Values, "events": listed(f.Events), "event_ids": eventIDs(f.Events),
	})
	return e
}

// event makes of an alert an event of the table alerts, one for each state.
func (a *kept) event(evidence []nightjar.EventRef, now time.Time) nightjar.Event {
	e := nightjar.Event{
		Tenant: a.Tenant, ID: fmt.Sprintf("alert:%s:%d", a.ID, a.Revision), Table: nightjar.TableAlerts, Time: a.Began, Ingested: now, ContentCreated: a.Changed,
		Operation: a.Rule, Workload: string(a.Severity), ObjectID: a.Title, Result: string(a.Status), SessionID: a.ID,
	}
	e.UserID, e.ClientIP = named(a.Entities)
	body := map[string]any{
		"id": a.ID, "number": a.Number, "rule": a.Rule, "pack": a.Pack, "title": a.Title, "severity": a.Severity, "rule_severity": a.RuleSeverity, "reason": a.Reason,
		"status": a.Status, "disposition": a.Disposition, "assignee": a.AssigneeName, "findings": a.Findings, "count": a.Count, "first": a.First, "last": a.Last,
		"opened": a.Opened, "changed": a.Changed, "fingerprint": a.Fingerprint, "incident": a.Incident, "previous": a.Previous, "silence": a.Silence,
		"entities": listed(a.Entities), "tags": listed(a.Tags), "version": a.Version, "revision": a.Revision, "event_ids": eventIDs(evidence),
	}
	for name, at := range map[string]time.Time{"acknowledged": a.Acknowledged, "closed": a.Closed} {
		if !at.IsZero() {
			body[name] = at
		}
	}
	e.Raw = raw(body)
	return e
}

// named returns the first user and the first address of those that something
// is about.
func named(entities []nightjar.Entity) (user string, address netip.Addr) {
	for _, e := range entities {
		switch {
		case e.Kind == nightjar.EntityUser && user == "":
			user = e.Value
		case e.Kind == nightjar.EntityAddress && !address.IsValid():
			address, _ = netip.ParseAddr(e.Value) // what is no address is left out
		}
	}
	return user, address
}

func eventIDs(events []nightjar.EventRef) []string {
	out := make([]string, len(events))
	for i, e := range events {
		out[i] = e.ID
	}
	return out
}

func listed[T any](v []T) []T {
	if v == nil {
		return []T{}
	}
	return v
}

func raw(body map[string]any) []byte {
	b, err := json.Marshal(body)
	if err != nil {
		return []byte("{}") // cannot be: texts, numbers and times alone
	}
	return b
}
