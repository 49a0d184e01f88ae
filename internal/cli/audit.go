package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/app"
	"github.com/nightjar-sec/nightjar/internal/audit"
)

func newAudit(p Process) *cobra.Command {
	return noun("audit", "Read and verify who did what in Nightjar", newAuditList(p), newAuditVerify(p), newAuditExport(p))
}

// audited does what the command line was asked for, and puts it on the audit
// log in the same transaction.
func audited(ctx context.Context, p Process, a *app.App, action nightjar.AuditAction, t nightjar.Tenant, do func(ctx context.Context) error) error {
	return a.Audit().Do(ctx, audit.Entry{Actor: operator(p).Actor(), Action: action, Tenant: t.ID, Target: t.Name}, do)
}
