package api

import (
	"context"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/connect"
)

// asker names the caller to what records by itself.
func (c *call) asker() connect.Who { return connect.Who{Actor: c.who.Actor(), Address: c.from} }

// recording does what the caller asks for and puts it on the audit log in the
// same transaction.
func (c *call) recording(action nightjar.AuditAction, tenant nightjar.TenantID, target string, detail map[string]string, do func(ctx context.Context) error) error {
	return c.server.cfg.Audit.Do(c.ctx, nightjar.AuditEntry{
		Actor: c.who.Actor(), Address: c.from, Action: action, Tenant: tenant, Target: target, Detail: detail,
	}, do)
}

// recordingFile does something to a file of people's and puts it on the audit
// log, or does neither.
func (c *call) recordingFile(action nightjar.AuditAction, target string, do func(ctx context.Context) error) error {
	return c.server.cfg.Audit.Around(c.ctx, nightjar.AuditEntry{Actor: c.who.Actor(), Address: c.from, Action: action, Target: target}, do)
}

// record puts on the audit log what changes nothing in the catalog.
func (c *call) record(action nightjar.AuditAction, tenant nightjar.TenantID, target string, detail map[string]string) error {
	return c.server.cfg.Audit.Record(c.ctx, nightjar.AuditEntry{
		Actor: c.who.Actor(), Address: c.from, Action: action, Tenant: tenant, Target: target, Detail: detail,
	})
}

// denied puts a refusal on the audit log. Each caller gets a few entries a
// minute: it must not be able to fill the log.
func (s *Server) denied(c *call, err error) {
	switch nightjar.CodeOf(err) {
	case nightjar.CodeForbidden, nightjar.CodeNotFound:
	default:
		return
	}
	if s.rates.take(rateDenied, c.who.Person) != nil {
		return
	}
	e := nightjar.AuditEntry{
		Actor: c.who.Actor(), Address: c.from, Action: nightjar.ActionAccessDeny, Tenant: c.tenant, Target: c.route.Operation,
		Outcome: nightjar.OutcomeDenied,
	}
	if err := s.cfg.Audit.Record(c.ctx, e); err != nil {
		s.log.ErrorContext(c.ctx, "a refusal cannot be put on the audit log", "request_id", c.id, "error", err)
	}
}
