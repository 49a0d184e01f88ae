package ruleset

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/catalog"
)

const (
	sqlVersion    = `SELECT version FROM ruleset_state WHERE id = 1`
	sqlCount      = `UPDATE ruleset_state SET version = version + 1 WHERE id = 1`
	sqlChanges    = `SELECT * FROM ruleset_changes ORDER BY what, rule, pack, name, tenant`
	sqlDropChange = `DELETE FROM ruleset_changes WHERE what = ? AND rule = ? AND pack = ? AND name = ? AND tenant = ?`
	sqlPutChange  = `INSERT INTO ruleset_changes (what, rule, pack, name, tenant, value, title, reason, by_name, time) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (what, rule, pack, name, tenant) DO UPDATE SET value = excluded.value, title = excluded.title, reason = excluded.reason, by_name = excluded.by_name, time = excluded.time`
	sqlExceptions    = `SELECT * FROM ruleset_exceptions ORDER BY created, id`
	sqlPutException  = `INSERT INTO ruleset_exceptions (id, rule, title, fields, tenants, owner, reason, created, until) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`
	sqlDropException = `DELETE FROM ruleset_exceptions WHERE id = ?`
)

type changeRow struct {
	What   string `bun:"what"`
	Rule   string `bun:"rule"`
	Pack   string `bun:"pack"`
	Name   string `bun:"name"`
	Tenant string `bun:"tenant"`
	Value  string `bun:"value"`
	Title  string `bun:"title"`
	Reason string `bun:"reason"`
	By     string `bun:"by_name"`
	Time   int64  `bun:"time"`
}

type exceptionRow struct {
	ID      string `bun:"id"`
	Rule    string `bun:"rule"`
	Title   string `bun:"title"`
	Fields  string `bun:"fields"`
	Tenants string `bun:"tenants"`
	Owner   string `bun:"owner"`
	Reason  string `bun:"reason"`
	Created int64  `bun:"created"`
	Until   int64  `bun:"until"`
}

// readChanges reads all that was changed here, and the version of it.
func readChanges(ctx context.Context, db bun.IDB) (Changes, int64, error) {
	var out Changes
	var version int64
	// The version comes first: what changes meanwhile is read again.
	if err := db.NewRaw(sqlVersion).Scan(ctx, &version); err != nil {
		return out, 0, fmt.Errorf("read the version of rule changes: %w", catalog.Translate(err))
	}
	var rows []changeRow
	if err := db.NewRaw(sqlChanges).Scan(ctx, &rows); err != nil {
		return out, 0, fmt.Errorf("read rule changes: %w", catalog.Translate(err))
	}
	for _, r := range rows {
		c := Change{
			What: What(r.What), Rule: r.Rule, Pack: r.Pack, Name: r.Name, Tenant: nightjar.TenantID(r.Tenant),
			Title: r.Title, Reason: r.Reason, By: r.By, Time: catalog.Time(r.Time),
		}
		if err := json.Unmarshal([]byte(r.Value), &c.Value); err != nil {
			return out, 0, fmt.Errorf("read the change of rule %s: %w", r.Rule, err)
		}
		c.Value = canonical(c.Value)
		out.Changes = append(out.Changes, c)
	}
	var exceptions []exceptionRow
	if err := db.NewRaw(sqlExceptions).Scan(ctx, &exceptions); err != nil {
		return out, 0, fmt.Errorf("read rule exceptions: %w", catalog.Translate(err))
	}
	for _, r := range exceptions {
		e := Exception{ID: r.ID, Rule: r.Rule, Title: r.Title, Owner: r.Owner, Reason: r.Reason, Created: catalog.Time(r.Created)}
		if r.Until != 0 {
			e.Until = catalog.Time(r.Until)
		}
		if err := json.Unmarshal([]byte(r.Fields), &e.Where); err != nil {
			return out, 0, fmt.Errorf("read the exception %s: %w", r.ID, err)
		}
		for field, value := range e.Where {
			e.Where[field] = canonical(value)
		}
		if err := json.Unmarshal([]byte(r.Tenants), &e.Tenants); err != nil {
			return out, 0, fmt.Errorf("read the exception %s: %w", r.ID, err)
		}
		out.Exceptions = append(out.Exceptions, e)
	}
	return out, version, nil
}

func putChange(ctx context.Context, tx bun.Tx, c Change) error {
	if c.Value == nil {
		_, err := tx.NewRaw(sqlDropChange, c.What, c.Rule, c.Pack, c.Name, c.Tenant).Exec(ctx)
		return err //nolint:wrapcheck // the caller says what it was doing
	}
	value, err := json.Marshal(c.Value)
	if err != nil {
		return err
	}
	_, err = tx.NewRaw(sqlPutChange, c.What, c.Rule, c.Pack, c.Name, c.Tenant, string(value), c.Title, c.Reason, c.By, catalog.Micros(c.Time)).Exec(ctx)
	return err
}

func putException(ctx context.Context, tx bun.Tx, e Exception) error {
	fields, err := json.Marshal(e.Where)
	if err != nil {
		return err
	}
	tenants, err := json.Marshal(append([]nightjar.TenantID{}, e.Tenants...))
	if err != nil {
		return err
	}
	until := int64(0)
	if !e.Until.IsZero() {
		until = catalog.Micros(e.Until)
	}
	_, err = tx.NewRaw(sqlPutException, e.ID, e.Rule, e.Title, string(fields), string(tenants), e.Owner, e.Reason, catalog.Micros(e.Created), until).Exec(ctx)
	return err
}
