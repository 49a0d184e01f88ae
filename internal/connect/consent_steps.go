package connect

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/uptrace/bun"

	nightjar "github.com/nightjar-sec/nightjar"
)

// connectionOf returns the connection that an attempt is about: the one that
// it made, the one that it renews, or one that does not exist yet.
func (c *Connector) connectionOf(ctx context.Context, r *consentRow) (Connection, error) {
	a := &r.attempt
	conn, _, found, err := byID(ctx, c.db, a.Tenant)
	if err != nil {
		return conn, err
	}
	connected := found && conn.Removed.IsZero()
	switch {
	case r.Made != 0 && !connected:
		a.Status, a.Detail = AttemptCancelled, "The connection was removed meanwhile."
		return conn, nil
	case r.Made != 0:
		a.Connection = conn.Name
		return conn, nil
	case connected && !a.Renew:
		_, err := c.taken(ctx, a)
		return conn, err
	case connected:
		// What the tenant is to be collected with from now on.
		renewed := c.newConsentConnection(conn.Tenant)
		return renewed, nil
	}
	a.Renew = false // what was to be renewed was removed meanwhile: this is a new one
	t := nightjar.Tenant{ID: a.Tenant, Name: suggestedName(a), Cloud: a.Cloud}
	if found {
		t.Created = conn.Created // removed earlier: it comes back
	}
	return c.newConsentConnection(t), nil
}

// askMicrosoft tries sign-in, permissions and auditing anew: a token that was
// given before consent was known everywhere holds no permissions for an hour.
func (c *Connector) askMicrosoft(ctx context.Context, r *consentRow, conn Connection, now time.Time) error {
	a := &r.attempt
	k := c.newChecker(conn, "")
	settings := k.runStep(ctx, StepSettings, "", nil, k.settings)
	if settings.Status == StepFailed {
		a.hold(AttemptTokenWorks, settings, now)
		return context.Cause(ctx)
	}
	token := k.runStep(ctx, StepToken, "", nil, k.token)
	if token.Status == StepFailed {
		a.hold(AttemptTokenWorks, token, now)
		return context.Cause(ctx)
	}
	if identity := k.identity(ctx); identity.Status == StepFailed {
		// Never tried again: whoever signs such tokens is not who we think.
		a.hold(AttemptTokenWorks, identity, now)
		a.fail(identity.Cause, identity.Detail, remedyAgain)
		return nil
	}
	a.mark(AttemptTokenWorks, AttemptStep{Status: AttemptStepOK, Detail: "Nightjar signs in to the tenant " + string(a.Tenant) + "."}, now)
	permissions := k.permissions(ctx)
	partly := permissions.Status == StepWarn && permissions.Cause == CauseMissingPermission
	if permissions.Status == StepFailed || partly && now.Sub(a.Consented) < patience {
		a.hold(AttemptPermissionsGranted, permissions, now)
		return nil
	}
	if r.Made == 0 {
		// From here on the tenant can be collected, so it is: Save names it.
		if err := c.makeConnection(ctx, r, conn); err != nil || a.Status.Final() {
			return err
		}
	}
	a.mark(AttemptPermissionsGranted, AttemptStep{Status: AttemptStepOK, Cause: permissions.Cause, Detail: permissions.Detail, Remedy: permissions.Remedy}, now)
	auditing := k.runStep(ctx, StepAuditing, "", nil, k.auditing)
	if auditing.Status == StepFailed {
		a.hold(AttemptAuditingOn, auditing, now)
		return context.Cause(ctx)
	}
	if !a.done(AttemptAuditingOn) && c.cfg.Ready != nil {
		c.cfg.Ready(a.Tenant)
	}
	a.mark(AttemptAuditingOn, AttemptStep{Status: AttemptStepOK, Detail: auditing.Detail}, now)
	a.subscribed(k.report.Subscriptions, now)
	return nil
}

// hold says that a step is not done yet, and why. What Microsoft's delay
// explains is shown as waiting at first; what only a person can mend, at once
// as failed.
func (a *Attempt) hold(name AttemptStepName, s Step, now time.Time) {
	fresh := AttemptStep{Status: AttemptStepFailed, Cause: s.Cause, Detail: s.Detail, Remedy: s.Remedy}
	switch s.Cause { //nolint:exhaustive // the others need a person
	case CauseMissingConsent, CauseMissingPermission, CauseBlockedNetwork, CauseThrottled, CauseService, CauseNotRecognised, CauseUnexpected:
		if now.Sub(a.Consented) < patience {
			fresh.Status = AttemptStepWaiting
			fresh.Detail = "Microsoft's services do not all know of the consent yet; that takes up to some minutes. Last answer: " + s.Detail
			fresh.Remedy = ""
		}
	}
	a.mark(name, fresh, now)
}

// subscribed says which feeds run. One is enough to go on: Microsoft may make
// the others wait for 15 minutes.
func (a *Attempt) subscribed(feeds []FeedState, now time.Time) {
	on, running := 0, 0
	for _, f := range feeds {
		if f.Status != "off" {
			on++
		}
		if f.Status == "enabled" {
			running++
		}
	}
	detail := fmt.Sprintf("%d of %d feeds run.", running, on)
	if running == 0 {
		a.mark(AttemptSubscriptionsStart, AttemptStep{Status: AttemptStepWaiting, Detail: "The collector is about to start the feeds."}, now)
		return
	}
	a.mark(AttemptSubscriptionsStart, AttemptStep{Status: AttemptStepOK, Detail: detail}, now)
}

// askLedger says what was collected.
func (c *Connector) askLedger(ctx context.Context, a *Attempt, now time.Time) error {
	if c.cfg.Progress == nil {
		return nil
	}
	p, err := c.cfg.Progress(ctx, a.Tenant)
	if err != nil {
		return fmt.Errorf("read the progress of tenant %s: %w", a.Connection, err)
	}
	if p.Subscribed > 0 {
		a.mark(AttemptSubscriptionsStart, AttemptStep{Status: AttemptStepOK, Detail: fmt.Sprintf("%d feeds run.", p.Subscribed)}, now)
	}
	if !a.done(AttemptSubscriptionsStart) {
		return nil
	}
	if p.Blobs == 0 {
		a.mark(AttemptFirstBlobListed, AttemptStep{Status: AttemptStepWaiting, Detail: "Microsoft can take up to 12 hours to offer the first content of a new subscription. You can save and leave this page."}, now)
		return nil
	}
	a.mark(AttemptFirstBlobListed, AttemptStep{Status: AttemptStepOK, Detail: fmt.Sprintf("Microsoft offers %d content blobs.", p.Blobs)}, now)
	if p.Events == 0 {
		a.mark(AttemptFirstEventCollected, AttemptStep{Status: AttemptStepWaiting, Detail: "The content is being fetched."}, now)
		return nil
	}
	a.mark(AttemptFirstEventCollected, AttemptStep{Status: AttemptStepOK, Detail: fmt.Sprintf("%d events are stored.", p.Events)}, now)
	return nil
}

// makeConnection stores the connection together with the attempt, so that a
// cancelled attempt cannot leave one behind. A conflict means that the attempt
// was cancelled, or the tenant connected by other means, in this very moment;
// the next round sees which.
func (c *Connector) makeConnection(ctx context.Context, r *consentRow, conn Connection) error {
	a := &r.attempt
	err := c.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		known, err := all(ctx, tx)
		if err != nil {
			return err
		}
		if !a.Renew {
			conn.Name = freeName(known, conn.Name)
		}
		for _, k := range known {
			if a.Renew && k.ID == conn.ID {
				continue
			}
			if err := collides(k, conn); err != nil {
				return err
			}
		}
		if err := c.store(ctx, tx, conn, material{}); err != nil {
			return err
		}
		r.Made, a.Connection = 1, conn.Name
		action := nightjar.ActionConnectionAdd
		if a.Renew {
			action = nightjar.ActionConnectionSecret
		}
		detail := map[string]string{"credential": string(CredentialConsent), "attempt": a.ID}
		if err := c.record(ctx, tx, a.beginner().entry(action, a.Tenant, conn.Name, detail)); err != nil {
			return err
		}
		return putConsent(ctx, tx, r)
	})
	if err == nil {
		c.log.InfoContext(ctx, "tenant connected by consent", "tenant", string(conn.ID), "renewed", a.Renew)
	}
	return err
}

// suggestedName makes a name of the domain that the administrator signed in with.
func suggestedName(a *Attempt) string {
	_, domain, _ := strings.Cut(a.Account, "@")
	label, _, _ := strings.Cut(domain, ".")
	label = strings.ToLower(label)
	if !tenantName.MatchString(label) {
		return "tenant-" + string(a.Tenant[:8])
	}
	return label
}

// freeName appends a number to a name that is taken.
func freeName(known []Connection, name string) string {
	taken := func(s string) bool {
		for _, k := range known {
			if k.Removed.IsZero() && strings.EqualFold(k.Name, s) {
				return true
			}
		}
		return false
	}
	free := name
	for n := 2; taken(free); n++ {
		free = fmt.Sprintf("%.55s-%d", name, n)
	}
	return free
}
