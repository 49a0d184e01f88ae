package api

import (
	"github.com/nightjar-sec/nightjar"
)

// record puts what the caller does on the audit log.
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
	if s.rates.take(rateDenied, c.who.ID) != nil {
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
