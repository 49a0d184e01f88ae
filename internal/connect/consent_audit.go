package connect

import (
	"context"
	"net/netip"

	"github.com/uptrace/bun"

	nightjar "github.com/nightjar-sec/nightjar"
)

// Auditor appends to the audit log in the caller's transaction. It keeps this
// package from depending on that one.
type Auditor interface {
	Append(ctx context.Context, tx bun.Tx, e nightjar.AuditEntry) error
}

// Who asks for something, as the audit log is to name it.
type Who struct {
	Actor   nightjar.Actor
	Address netip.Addr
}

func (w Who) entry(action nightjar.AuditAction, tenant nightjar.TenantID, target string, detail map[string]string) nightjar.AuditEntry {
	return nightjar.AuditEntry{Actor: w.Actor, Address: w.Address, Action: action, Tenant: tenant, Target: target, Detail: detail}
}

// record appends entries in the transaction of what they tell of: what cannot
// be recorded is not done. Whoever asks for any other change of a connection
// records it; of an attempt at consent much happens while nobody asks.
func (c *Connector) record(ctx context.Context, tx bun.Tx, entries ...nightjar.AuditEntry) error {
	if c.cfg.Audit == nil {
		return nil
	}
	for _, e := range entries {
		if err := c.cfg.Audit.Append(ctx, tx, e); err != nil {
			return err
		}
	}
	return nil
}

// beginner is who began an attempt, in whose name it goes on by itself.
func (a *Attempt) beginner() Who {
	if a.Actor.Kind == "" { // an attempt of an older version
		return Who{Actor: nightjar.Actor{Name: a.By, Kind: nightjar.ActorUnknown}}
	}
	return Who{Actor: a.Actor}
}

// answered is the record of what Microsoft's pages sent the browser back with.
// Who grants consent may be nobody that Nightjar knows.
func (a *Attempt) answered(at leg, from netip.Addr) nightjar.AuditEntry {
	w := Who{Actor: nightjar.Actor{Name: a.Account, Kind: nightjar.ActorUnknown}, Address: from}
	return a.outcome(w.entry(nightjar.ActionConnectionConsent, a.Tenant, a.ID, map[string]string{
		"step": string(at), "account": a.Account, "begun_by": a.By,
	}))
}

// over is the record of how an attempt ended by itself; there is none while it
// goes on.
func (a *Attempt) over() []nightjar.AuditEntry {
	if !a.Status.Final() {
		return nil
	}
	e := a.beginner().entry(nightjar.ActionConnectionConsent, a.Tenant, a.ID, map[string]string{"step": "end", "status": string(a.Status)})
	return []nightjar.AuditEntry{a.outcome(e)}
}

func (a *Attempt) outcome(e nightjar.AuditEntry) nightjar.AuditEntry {
	if a.Status == AttemptFailed {
		e.Outcome, e.Detail["cause"] = nightjar.OutcomeFailure, string(a.Cause)
	}
	return e
}
