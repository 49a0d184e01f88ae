package api

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/uptrace/bun"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/access"
	"github.com/nightjar-sec/nightjar/internal/audit"
	"github.com/nightjar-sec/nightjar/internal/journal"
)

// shelf stores copied audit entries as the daemon does.
type shelf struct{ journal *journal.Journal }

func (s shelf) StoreEvents(ctx context.Context, tenant nightjar.TenantID, events []nightjar.Event, also func(context.Context, bun.Tx) error) error {
	_, err := s.journal.Append(ctx, journal.Batch{
		Tenant: tenant, Sources: []journal.Source{{Events: events}},
		Also: func(ctx context.Context, tx bun.Tx, _ journal.Receipt) error { return also(ctx, tx) },
	})
	return err
}

// TestTheTableAuditIsForThoseWhoMayReadTheLog asks it as everybody: also what
// was done to one's own tenant is not in it without the permission.
func TestTheTableAuditIsForThoseWhoMayReadTheLog(t *testing.T) {
	t.Parallel()
	b := setup(t)
	if a := b.admin.send(http.MethodPost, "/api/v1/connections/"+string(contoso)+"/pause", nil); a.status != http.StatusOK {
		t.Fatalf("pause: %d %s", a.status, a.body)
	}
	copier, err := audit.NewCopier(audit.CopierConfig{Log: b.audit, Store: shelf{b.cfg.Journal}})
	if err != nil {
		t.Fatal(err)
	}
	if err := copier.Copy(t.Context()); err != nil {
		t.Fatal(err)
	}
	ask := func(who *client, tenants ...nightjar.TenantID) string {
		t.Helper()
		body := map[string]any{"sql": "SELECT action, about_tenant, actor FROM audit WHERE action = 'connection.pause'"}
		if len(tenants) > 0 {
			body["tenants"] = tenants
		}
		a := who.send(http.MethodPost, "/api/v1/query", body)
		return string(a.body)
	}
	if got := ask(b.admin); !strings.Contains(got, `["connection.pause","`+string(contoso)+`","root"]`) {
		t.Errorf("an administrator of all sees %s", got)
	}
	for name, got := range map[string]string{
		"an analyst of all tenants":        ask(b.token(access.RoleAnalyst, "")),
		"an administrator of the tenant":   ask(b.token(access.RoleAdmin, contoso)),
		"a viewer of the tenant":           ask(b.token(access.RoleViewer, contoso)),
		"one who names the tenant":         ask(b.admin, contoso),
		"one who names the installation":   ask(b.token(access.RoleAnalyst, ""), nightjar.Installation),
		"one who names it as a tenant too": ask(b.token(access.RoleAdmin, contoso), contoso, nightjar.Installation),
	} {
		if strings.Contains(got, "connection.pause") {
			t.Errorf("%s sees %s", name, got)
		}
	}
}
