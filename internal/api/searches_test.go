package api

import (
	"strings"
	"testing"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/access"
	"github.com/nightjar-sec/nightjar/internal/saved"
)

// keep saves a search as somebody and returns its id.
func (c *client) keep(body map[string]any) string {
	c.b.t.Helper()
	var made struct{ ID string }
	c.send(post, "/api/v1/searches", body).into(c.b.t, &made)
	return made.ID
}

// person signs in somebody with one role.
func (b *bundle) person(name string, role access.Role, tenant nightjar.TenantID) *client {
	b.t.Helper()
	link, err := b.access.Link(b.t.Context(), name)
	if err != nil {
		b.t.Fatal(err)
	}
	session, who, err := b.access.RedeemLink(b.t.Context(), link, somewhere)
	if err != nil {
		b.t.Fatal(err)
	}
	if err := b.access.SetGrants(b.t.Context(), access.Operator("test"), who.ID, []access.Grant{{Role: role, Tenant: tenant}}); err != nil {
		b.t.Fatal(err)
	}
	return b.session(session)
}

// TestAPrivateSearchIsNobodyElses goes through all that names a search's id.
func TestAPrivateSearchIsNobodyElses(t *testing.T) {
	t.Parallel()
	b := setup(t)
	body := map[string]any{"name": "mine", "kind": "sql", "query": "SELECT 'quietly' AS a"}
	id := b.admin.keep(body)
	other := b.person("other", access.RoleAdmin, "")
	path := "/api/v1/searches/" + id
	for method, sent := range map[string]any{get: nil, put: body, remove: nil} {
		if a := other.send(method, path, sent); a.code() != "not_found" {
			t.Errorf("%s as another administrator: %s", method, verdict(a))
		}
	}
	if a := other.send(get, "/api/v1/searches", nil); strings.Contains(string(a.body), "quietly") {
		t.Errorf("another administrator is shown %s", a.body)
	}
	if a := b.admin.send(get, path, nil); a.status != 200 {
		t.Errorf("its owner: %s", verdict(a))
	}
}

func TestSharingASearchNeedsTheRightToKeepDashboardsForAll(t *testing.T) {
	t.Parallel()
	b := setup(t)
	body := map[string]any{"name": "ours", "kind": "search", "query": "hello", "table": "management", "shared": true, "last_seconds": 60}
	for _, who := range []*client{b.person("viewer", access.RoleViewer, ""), b.person("some", access.RoleAnalyst, contoso)} {
		if a := who.send(post, "/api/v1/searches", body); a.code() != "forbidden" {
			t.Errorf("sharing: %s", verdict(a))
		}
	}
	analyst, viewer := b.person("analyst", access.RoleAnalyst, ""), b.person("reader", access.RoleViewer, contoso)
	id := analyst.keep(body)
	var seen struct {
		Items []struct {
			ID        string
			MayChange bool `json:"may_change"`
		}
	}
	viewer.send(get, "/api/v1/searches", nil).into(t, &seen)
	if len(seen.Items) != 1 || seen.Items[0].ID != id || seen.Items[0].MayChange {
		t.Errorf("a viewer is shown %+v", seen.Items)
	}
	if a := viewer.send(remove, "/api/v1/searches/"+id, nil); a.code() != "forbidden" {
		t.Errorf("a viewer removes it: %s", verdict(a))
	}
	if a := b.admin.send(remove, "/api/v1/searches/"+id, nil); a.status != 204 {
		t.Errorf("an administrator removes it: %s", verdict(a))
	}
	log := string(b.admin.send(get, "/api/v1/audit?limit=20", nil).body)
	if !strings.Contains(log, `"search.save"`) || !strings.Contains(log, `"search.remove"`) {
		t.Errorf("the audit log is %s", log)
	}
}

// TestASharedSearchTellsNobodyOfForeignTenants: it shows each caller those of
// its tenants that the caller may read.
func TestASharedSearchTellsNobodyOfForeignTenants(t *testing.T) {
	t.Parallel()
	b := setup(t)
	of := func(name string, tenants ...any) string {
		return b.admin.keep(map[string]any{"name": name, "kind": "sql", "query": "SELECT 1 AS a", "shared": true, "tenants": tenants})
	}
	both, foreign := of("both", contoso, fabrikam), of("foreign", fabrikam)
	who := b.person("reader", access.RoleAnalyst, contoso)
	if a := who.send(get, "/api/v1/searches", nil); strings.Contains(string(a.body), string(fabrikam)) || !strings.Contains(string(a.body), both) {
		t.Errorf("listed are %s", a.body)
	}
	whole := map[string]any{"name": "x", "kind": "sql", "query": "SELECT 1 AS a"}
	for method, sent := range map[string]any{get: nil, put: whole, remove: nil} {
		if a := who.send(method, "/api/v1/searches/"+foreign, sent); a.code() != "not_found" {
			t.Errorf("%s one of a foreign tenant alone: %s", method, verdict(a))
		}
	}
	if a := who.send(post, "/api/v1/searches", map[string]any{"name": "x", "kind": "sql", "query": "SELECT 1 AS a", "tenants": []any{fabrikam}}); a.code() != "not_found" {
		t.Errorf("naming a foreign tenant: %s", verdict(a))
	}
}

// TestARemovedPersonsPrivateSearchesGoAndTheSharedStay: nobody else could find
// the private ones, and others use those that are shared.
func TestARemovedPersonsPrivateSearchesGoAndTheSharedStay(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ben := b.person("ben", access.RoleAnalyst, "")
	ben.keep(map[string]any{"name": "private", "kind": "sql", "query": "SELECT 1 AS a"})
	shared := ben.keep(map[string]any{"name": "shared", "kind": "sql", "query": "SELECT 1 AS a", "shared": true})
	mine := b.admin.keep(map[string]any{"name": "mine", "kind": "sql", "query": "SELECT 1 AS a"})
	if a := b.admin.send(remove, "/api/v1/people/"+ben.id(), nil); a.status != 204 && a.status != 200 {
		t.Fatalf("removing: %s", verdict(a))
	}
	all, err := b.cfg.Saved.List(t.Context(), saved.Viewer{All: true})
	if err != nil || len(all) != 2 || all[0].ID != mine || all[1].ID != shared {
		t.Errorf("left are %+v, %v", all, err)
	}
}
