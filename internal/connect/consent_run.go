package connect

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/clock"
)

const (
	// consistencyLimit is how long Microsoft's side may take to know of a
	// consent everywhere. It takes seconds to minutes; nothing is published.
	consistencyLimit = 30 * time.Minute
	// patience is how long the same refusal is shown as waiting before it is
	// shown as a failure with its remedy. Either way it is tried again.
	patience = 3 * time.Minute
	// contentLimit is how long the first content is waited for. Microsoft says
	// up to 12 hours. Source: learn.microsoft.com/office/office-365-management-api/office-365-management-activity-api-reference, read 2026-11-22.
	contentLimit = 24 * time.Hour
	// The pauses between two rounds of an attempt: against Microsoft's
	// services, and against our own ledger.
	firstPause, longestPause   = 2 * time.Second, 30 * time.Second
	ledgerPause, longestLedger = 3 * time.Second, 5 * time.Minute
	// idlePause is how long the loop sleeps at most, and breath at least.
	idlePause, breath = time.Minute, 250 * time.Millisecond
	// pruneEvery is how often old attempts are forgotten.
	pruneEvery = time.Hour
	// consentsKept is how long an attempt that is over can still be looked at.
	consentsKept = 30 * 24 * time.Hour
)

// Progress is how far collection of a tenant has come.
type Progress struct {
	Subscribed int       // feeds whose subscription was seen running
	Blobs      int64     // content that was ever listed
	Events     int64     // stored from it
	FirstEvent time.Time // when the first content was stored, by the collector's clock
}

// Run moves the attempts that consent has come for, until ctx ends. What
// consent changes at Microsoft takes seconds to minutes to be known there, so
// each step is tried again until it is done or time is up.
func (c *Connector) Run(ctx context.Context) error {
	wall := clock.Real()
	var pruned time.Time
	for {
		wait, err := c.round(ctx)
		if now := wall.Now(); err == nil && now.Sub(pruned) >= pruneEvery {
			pruned, err = now, c.pruneConsents(ctx, now)
		}
		if err != nil && ctx.Err() == nil {
			c.log.ErrorContext(ctx, "attempts to connect cannot be moved", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-c.woken:
		case <-wall.After(wait):
		}
	}
}

// wake makes Run look at once.
func (c *Connector) wake() {
	select {
	case c.woken <- struct{}{}:
	default: // it will look anyway
	}
}

// round moves each attempt whose time has come, and returns how long to wait.
func (c *Connector) round(ctx context.Context) (time.Duration, error) {
	now := clock.Real().Now()
	var rows []consentRow
	if err := c.db.NewRaw(sqlConsentsDue, now.UnixMicro()).Scan(ctx, &rows); err != nil {
		return idlePause, fmt.Errorf("read attempts: %w", err)
	}
	var errs []error
	for i := range rows {
		if err := context.Cause(ctx); err != nil {
			return idlePause, err
		}
		errs = append(errs, c.move(ctx, &rows[i])) // one that cannot be moved holds up no other
	}
	if err := errors.Join(errs...); err != nil {
		return longestPause, err
	}
	var next int64
	if err := c.db.NewRaw(sqlConsentsNext).Scan(ctx, &next); err != nil || next == 0 {
		return idlePause, err
	}
	return min(idlePause, max(breath, time.UnixMicro(next).Sub(clock.Real().Now()))), nil
}

// move tries an attempt's next steps once.
func (c *Connector) move(ctx context.Context, r *consentRow) error {
	if err := r.decode(); err != nil {
		return err
	}
	a := &r.attempt
	now := clock.Real().Now().Truncate(time.Microsecond)
	if a.Status == AttemptConsent {
		a.fail(CauseConsentExpired, "Nobody came back from Microsoft's page within an hour.",
			"Begin again. If Microsoft's page showed an error with an AADSTS number, look it up in docs/connect.md.")
	} else if err := c.tryAttempt(ctx, r, now); nightjar.CodeOf(err) == nightjar.CodeConflict {
		return nil // it has moved on meanwhile
	} else if err != nil {
		return err
	}
	r.Tries++
	a.Updated = now
	if !a.Status.Final() {
		r.Due = clock.Real().Now().Add(r.pause()).UnixMicro()
	}
	err := c.saveConsent(ctx, r, a.over()...)
	if nightjar.CodeOf(err) == nightjar.CodeConflict {
		return nil // it has moved on meanwhile
	}
	return err
}

// pause is how long until the next round.
func (r *consentRow) pause() time.Duration {
	if r.attempt.done(AttemptSubscriptionsStart) {
		// Only our own ledger is asked now; it gets slower as the wait gets longer.
		return min(longestLedger, ledgerPause+clock.Real().Since(r.attempt.Consented)/60)
	}
	return min(longestPause, firstPause+firstPause*time.Duration(r.Tries)/2)
}

// tryAttempt runs the steps that are not done.
func (c *Connector) tryAttempt(ctx context.Context, r *consentRow, now time.Time) error {
	a := &r.attempt
	conn, err := c.connectionOf(ctx, r)
	if err != nil || a.Status.Final() {
		return err
	}
	if !a.done(AttemptSubscriptionsStart) {
		if err := c.askMicrosoft(ctx, r, conn, now); err != nil || a.Status.Final() {
			return err
		}
	}
	if r.Made != 0 {
		if err := c.askLedger(ctx, a, now); err != nil {
			return err
		}
	}
	if a.done(AttemptFirstEventCollected) && a.done(AttemptSubscriptionsStart) {
		a.Status = AttemptConnected
		return nil
	}
	a.giveUp(now)
	return nil
}

// giveUp ends an attempt whose time is up, with the reason of its first step
// that is not done. A connection that it made stays, and goes on trying.
func (a *Attempt) giveUp(now time.Time) {
	kept := ""
	if a.Connection != "" {
		kept = " The connection " + a.Connection + " stays and goes on trying."
	}
	switch {
	case !a.done(AttemptSubscriptionsStart) && !now.Before(a.Deadline):
		for _, s := range a.Steps {
			if s.Status == AttemptStepOK {
				continue
			}
			cause := s.Cause
			if cause == CauseNone {
				cause = CauseUnexpected
			}
			a.mark(s.Name, AttemptStep{Status: AttemptStepFailed, Cause: cause, Detail: s.Detail, Remedy: s.Remedy}, now)
			a.fail(cause, s.Detail+kept, s.Remedy)
			return
		}
	case !now.Before(a.Consented.Add(contentLimit)):
		a.fail(CauseNoContent, "Microsoft has delivered no content for a day, though the feeds are subscribed."+kept,
			"Check in the Microsoft Purview portal that the audit log shows new entries, then run Test connection.")
	}
}

// pruneConsents forgets attempts that were over long ago.
func (c *Connector) pruneConsents(ctx context.Context, now time.Time) error {
	return c.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if _, err := tx.NewRaw(sqlConsentsPrune, now.Add(-consentsKept).UnixMicro()).Exec(ctx); err != nil {
			return fmt.Errorf("forget old attempts: %w", err)
		}
		return nil
	})
}
