package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/access"
)

// rights says what each role may, once more and independent of the code: a
// change there must be made here too, by somebody who means it.
func rights() map[access.Role][]string {
	viewer := []string{"status.read", "event.read"}
	helpdesk := append(slices.Clone(viewer), "token.own")
	analyst := append(slices.Clone(helpdesk), "event.export", "dashboard.manage", "rule.manage", "alert.manage")
	admin := append(slices.Clone(analyst), "connection.manage", "people.manage", "audit.read", "settings.manage", "notify.manage")
	return map[access.Role][]string{access.RoleViewer: viewer, access.RoleHelpdesk: helpdesk, access.RoleAnalyst: analyst, access.RoleAdmin: admin}
}

// may says whether a role that is granted for a tenant ("" for all) allows p
// for a tenant ("" for all).
func may(role access.Role, granted nightjar.TenantID, p string, tenant nightjar.TenantID) bool {
	if !slices.Contains(rights()[role], p) {
		return false
	}
	if granted == "" {
		return true
	}
	return tenant == granted && !slices.Contains([]string{"dashboard.manage", "people.manage", "audit.read", "settings.manage", "notify.manage"}, p)
}

// reached is what a handler in place of the real one sees.
type reached struct {
	Tenant nightjar.TenantID
	Scope  []nightjar.TenantID
}

// gatesOnly makes a server with all routes, whose handlers only say which
// tenants reached them.
func (b *bundle) gatesOnly() *httptest.Server {
	routes := Routes()
	for i := range routes {
		routes[i].handle = func(_ *Server, c *call) error {
			r := reached{Tenant: c.tenant}
			for _, t := range c.scope {
				r.Scope = append(r.Scope, t.ID)
			}
			slices.Sort(r.Scope)
			return c.ok(r)
		}
	}
	s := *b.api
	s.mux = http.NewServeMux()
	// A matrix is faster than any caller: its requests must not be counted.
	s.rates = newRates(realClock())
	for class := range s.rates.classes {
		s.rates.classes[class] = allowance{1 << 20, 1}
	}
	s.mount(routes)
	web := httptest.NewServer(&s)
	b.t.Cleanup(web.Close)
	return web
}

// TestEveryRoleMeetsEveryRouteForEveryTenant walks the table of routes with
// every role, granted for all tenants or for one, and asks for no tenant, for
// the own, a foreign and an unknown one.
func TestEveryRoleMeetsEveryRouteForEveryTenant(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.web = b.gatesOnly()
	tried := 0
	for _, granted := range []nightjar.TenantID{"", contoso} {
		for _, role := range access.Roles() {
			who := b.token(role, granted)
			for _, r := range Routes() {
				for _, named := range []nightjar.TenantID{"", contoso, fabrikam, stranger} {
					if named == "" && r.Tenant == tenantPath || named != "" && (r.Tenant == tenantNone || r.Tenant == tenantAll) {
						continue
					}
					tried++
					a := who.send(r.Method, pathFor(r, named), bodyFor(r, named))
					if want := wanted(r, role, granted, named); verdict(a) != want {
						t.Errorf("%s of %q asks %s for %q: %s, want %s: %s", role, granted, r.Operation, named, verdict(a), want, a.body)
					}
				}
			}
		}
	}
	if tried < 8*len(Routes()) {
		t.Errorf("only %d cases for %d routes", tried, len(Routes()))
	}
}

// expectedScope are the known tenants that p holds for.
func expectedScope(role access.Role, granted nightjar.TenantID, p string) []nightjar.TenantID {
	var out []nightjar.TenantID
	for _, known := range []nightjar.TenantID{contoso, fabrikam} {
		if may(role, granted, p, known) {
			out = append(out, known)
		}
	}
	return out
}

// wanted derives what must happen from the route's row and rights alone.
func wanted(r Route, role access.Role, granted, named nightjar.TenantID) string {
	p := string(r.Permission)
	some := may(role, granted, p, granted)
	switch {
	case r.Permission == anyone, r.Permission == signedIn:
		return "reached  []"
	case r.Tenant == tenantAll:
		if may(role, granted, p, "") {
			return "reached  []"
		}
		return "403 forbidden"
	case r.Tenant == tenantNone:
		if some {
			return "reached  []"
		}
		return "403 forbidden"
	case named == "":
		if !some {
			return "403 forbidden"
		}
		return fmt.Sprintf("reached  %v", expectedScope(role, granted, p))
	}
	if r.Body > queryBody && !some {
		return "403 forbidden" // before it is read for whom it is
	}
	single := r.Tenant == tenantPath || r.Operation == "addConnection"
	switch {
	case granted != "" && named != granted, !single && named == stranger:
		return "404 not_found"
	case !may(role, granted, p, named):
		return "403 forbidden"
	case single:
		return fmt.Sprintf("reached %s []", named)
	default:
		return fmt.Sprintf("reached  [%s]", named)
	}
}

func verdict(a answer) string {
	if a.status != http.StatusOK {
		return fmt.Sprintf("%d %s", a.status, a.code())
	}
	var r reached
	_ = json.Unmarshal(a.body, &r) // an answer of another shape differs from what is expected
	return fmt.Sprintf("reached %s %v", r.Tenant, r.Scope)
}

func pathFor(r Route, tenant nightjar.TenantID) string {
	path := strings.NewReplacer("{tenant}", string(tenant), "{id}", "some-id", "{ref}", "1:2", "{kind}", "az").Replace(r.Path)
	if r.Tenant == tenantQuery && tenant != "" {
		path += "?tenant=" + string(tenant)
	}
	return path
}

func bodyFor(r Route, tenant nightjar.TenantID) any {
	switch {
	case r.Body == 0:
		return nil
	case tenant == "" || r.Tenant != tenantBody:
		return map[string]any{}
	case r.Operation == "addConnection":
		return map[string]any{"tenant_id": tenant}
	default:
		return map[string]any{"tenants": []any{tenant}}
	}
}

// TestNobodyGetsInWithoutASession asks every route as nobody, with a session
// that is made up, and with a token that is.
func TestNobodyGetsInWithoutASession(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.web = b.gatesOnly()
	for name, who := range map[string]*client{
		"nobody": {b: b}, "a made-up session": {b: b, cookie: "nightjar=" + strings.Repeat("a", 43)},
		"a session of the other name": {b: b, cookie: "__Host-" + b.admin.cookie},
	} {
		for _, r := range Routes() {
			a := who.send(r.Method, pathFor(r, contoso), bodyFor(r, contoso))
			if open := r.Permission == anyone; open != (a.status == http.StatusOK) || !open && a.code() != "unauthenticated" {
				t.Errorf("%s asks %s: %s", name, r.Operation, verdict(a))
			}
		}
	}
	if a := (&client{b: b, bearer: "nj_made-up"}).send(http.MethodGet, "/api/v1/me", nil); a.code() != "unauthenticated" {
		t.Errorf("a made-up token: %s", verdict(a))
	}
	both := *b.admin
	both.bearer = b.token(access.RoleViewer, "").bearer
	if a := both.send(http.MethodGet, "/api/v1/me", nil); a.code() != "invalid" {
		t.Errorf("a session and a token at once: %s", verdict(a))
	}
}
