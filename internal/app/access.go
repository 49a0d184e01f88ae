package app

import (
	"context"

	"github.com/uptrace/bun"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/access"
	"github.com/nightjar-sec/nightjar/internal/approval"
	"github.com/nightjar-sec/nightjar/internal/audit"
	"github.com/nightjar-sec/nightjar/internal/clock"
	"github.com/nightjar-sec/nightjar/internal/journal"
	"github.com/nightjar-sec/nightjar/internal/saved"
)

// openAudit opens the audit log, and what waits for a second person. Like
// people, that lives by the wall's time.
func (a *App) openAudit() (err error) {
	if a.audit, err = audit.New(audit.Config{Catalog: a.catalog, Clock: a.clock}); err != nil {
		return err
	}
	a.approvals, err = approval.New(approval.Config{Catalog: a.catalog, Clock: clock.Real(), Audit: a.audit, Logger: a.log.With("part", "approval")})
	return err
}

// StoreEvents implements audit.Store.
func (a appender) StoreEvents(ctx context.Context, tenant nightjar.TenantID, events []nightjar.Event, also func(ctx context.Context, tx bun.Tx) error) error {
	_, err := a.journal.Append(ctx, journal.Batch{
		Tenant: tenant, Sources: []journal.Source{{Events: events}},
		Also: func(ctx context.Context, tx bun.Tx, _ journal.Receipt) error { return also(ctx, tx) },
	})
	return err
}

// auditCopier brings the audit log where it can be queried.
func (a *App) auditCopier() (*audit.Copier, error) {
	return audit.NewCopier(audit.CopierConfig{Log: a.audit, Store: appender{a.journal}, Clock: a.clock, Logger: a.log.With("part", "audit")})
}

// Installation is the tenant under which the table audit lies, for the queries
// of those who may read it.
func Installation() nightjar.Tenant {
	return nightjar.Tenant{ID: nightjar.Installation, Name: "nightjar"}
}

// openAccess opens the people. They live by the wall's time, also in a
// rehearsal: an authenticator knows no other.
func (a *App) openAccess() (err error) {
	a.people, err = access.New(access.Config{
		Catalog: a.catalog, Vault: a.vault, Clock: clock.Real(), Logger: a.log.With("part", "access"), Audit: a.audit,
		Registerer: a.registerer, Words: a.tenantNames, Removed: saved.Forget,
	})
	return err
}

// tenantNames are words that the password of somebody who may see those tenants
// must not be made of.
func (a *App) tenantNames(ctx context.Context, may func(nightjar.TenantID) bool) []string {
	tenants, err := a.Tenants(ctx)
	if err != nil {
		// Without them a password is judged by all else.
		a.log.DebugContext(ctx, "tenant names are not known", "error", err)
	}
	var names []string
	for _, t := range tenants {
		if may(t.ID) {
			names = append(names, t.Name)
		}
	}
	return names
}

// People returns who may do what; nil under AccessRead.
func (a *App) People() *access.Keeper { return a.people }

// Audit returns Nightjar's own audit log.
func (a *App) Audit() *audit.Log { return a.audit }

// Approvals returns what waits for a second person.
func (a *App) Approvals() *approval.Keeper { return a.approvals }
