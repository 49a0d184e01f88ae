package connect

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/uptrace/bun"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/catalog"
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

// putConsent stores an attempt. was is its former status; "" makes a new row.
// When another one was faster, the error has CodeConflict and nothing changed.
func putConsent(ctx context.Context, tx bun.Tx, r *consentRow, was AttemptStatus) error {
	doc, err := json.Marshal(r.attempt)
	if err != nil {
		return fmt.Errorf("encode attempt: %w", err)
	}
	a := r.attempt
	if a.Status.Final() {
		r.Due, r.Leg, r.State = 0, legNone, ""
	}
	if was == "" {
		_, err = tx.NewRaw(sqlConsentInsert, r.ID, a.Status, r.Leg, r.State, r.Browser, r.Redirect, r.Made, r.Tries, r.Due, string(doc),
			catalog.Micros(a.Expires), catalog.Micros(a.Updated)).Exec(ctx)
		if err != nil {
			return fmt.Errorf("store attempt: %w", err)
		}
		return nil
	}
	done, err := tx.NewRaw(sqlConsentUpdate, a.Status, r.Leg, r.State, r.Made, r.Tries, r.Due, string(doc), catalog.Micros(a.Updated), r.ID, was).Exec(ctx)
	if err != nil {
		return fmt.Errorf("store attempt: %w", err)
	}
	if n, err := done.RowsAffected(); err != nil || n == 0 {
		return &nightjar.Error{Code: nightjar.CodeConflict, Message: "the attempt has moved on meanwhile", Hint: "load it again", Err: err}
	}
	return nil
}

// saveConsent is putConsent in a transaction of its own, and tells those who watch.
func (c *Connector) saveConsent(ctx context.Context, r *consentRow, was AttemptStatus) error {
	err := c.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error { return putConsent(ctx, tx, r, was) })
	if err == nil {
		c.watchers.publish(r.attempt)
	}
	return err
}

func (c *Connector) consentRow(ctx context.Context, id string) (consentRow, error) {
	var r consentRow
	err := c.db.NewRaw(sqlConsent, id).Scan(ctx, &r)
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
