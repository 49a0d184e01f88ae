package connect

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/catalog"
	"github.com/nightjar-sec/nightjar/internal/clock"
)

// consentRow is a row of connect_consents.
type consentRow struct {
	ID       string `bun:"id"`
	Leg      leg    `bun:"leg"`
	State    string `bun:"state"`
	Browser  string `bun:"browser"`
	Redirect string `bun:"redirect"`
	Made     int    `bun:"made"`
	Tries    int    `bun:"tries"`
	Due      int64  `bun:"due"`
	Stored   string `bun:"attempt"`

	attempt Attempt
}

func (r *consentRow) decode() error {
	if err := json.Unmarshal([]byte(r.Stored), &r.attempt); err != nil {
		return &nightjar.Error{Code: nightjar.CodeCorrupt, Message: "the attempt " + r.ID + " cannot be read", Err: err}
	}
	return nil
}

// putConsent stores an attempt, if it is still as it was read: a round takes
// seconds, and what a person does meanwhile must not be overwritten. Otherwise
// the error has CodeConflict and nothing changed. One that was not read is new.
func putConsent(ctx context.Context, tx bun.Tx, r *consentRow) error {
	doc, err := json.Marshal(r.attempt)
	if err != nil {
		return fmt.Errorf("encode attempt: %w", err)
	}
	a := r.attempt
	if a.Status.Final() {
		r.Due, r.Leg, r.State = 0, legNone, ""
	}
	if r.Stored == "" {
		_, err = tx.NewRaw(sqlConsentInsert, r.ID, a.Status, r.Leg, r.State, r.Browser, r.Redirect, r.Made, r.Tries, r.Due, string(doc),
			catalog.Micros(a.Expires), catalog.Micros(a.Updated)).Exec(ctx)
		if err != nil {
			return fmt.Errorf("store attempt: %w", err)
		}
		r.Stored = string(doc)
		return nil
	}
	done, err := tx.NewRaw(sqlConsentUpdate, a.Status, r.Leg, r.State, r.Made, r.Tries, r.Due, string(doc), catalog.Micros(a.Updated), r.ID, r.Stored).Exec(ctx)
	if err != nil {
		return fmt.Errorf("store attempt: %w", err)
	}
	if n, err := done.RowsAffected(); err != nil || n == 0 {
		return &nightjar.Error{Code: nightjar.CodeConflict, Message: "the attempt has moved on meanwhile", Hint: "load it again", Err: err}
	}
	r.Stored = string(doc)
	return nil
}

// saveConsent is putConsent in a transaction of its own, with its record, and
// tells those who watch.
func (c *Connector) saveConsent(ctx context.Context, r *consentRow, entries ...nightjar.AuditEntry) error {
	err := c.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := putConsent(ctx, tx, r); err != nil {
			return err
		}
		return c.record(ctx, tx, entries...)
	})
	if err == nil {
		c.watchers.publish(r.attempt)
	}
	return err
}

// changeConsent reads an attempt, changes it and stores it, with nobody else
// in between.
func (c *Connector) changeConsent(ctx context.Context, id string, change func(ctx context.Context, tx bun.Tx, r *consentRow) error) (r consentRow, err error) {
	err = c.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if r, err = readConsent(ctx, tx, id); err != nil {
			return err
		}
		if err := change(ctx, tx, &r); err != nil {
			return err
		}
		r.attempt.Updated = clock.Real().Now().Truncate(time.Microsecond)
		return putConsent(ctx, tx, &r)
	})
	if err == nil {
		c.watchers.publish(r.attempt)
	}
	return r, err
}

func (c *Connector) consentRow(ctx context.Context, id string) (consentRow, error) {
	return readConsent(ctx, c.db, id)
}

func readConsent(ctx context.Context, db bun.IDB, id string) (consentRow, error) {
	var r consentRow
	err := db.NewRaw(sqlConsent, id).Scan(ctx, &r)
	if errors.Is(err, sql.ErrNoRows) {
		return r, &nightjar.Error{Code: nightjar.CodeNotFound, Message: "there is no such attempt to connect", Hint: "begin again under Connections"}
	}
	if err != nil {
		return r, fmt.Errorf("read attempt: %w", catalog.Translate(err))
	}
	return r, r.decode()
}

// Attempt returns an attempt as it stands.
func (c *Connector) Attempt(ctx context.Context, id string) (Attempt, error) {
	r, err := c.consentRow(ctx, id)
	return r.attempt, err
}
