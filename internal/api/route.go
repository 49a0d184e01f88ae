package api

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/nightjar-sec/nightjar/internal/access"
	"github.com/nightjar-sec/nightjar/internal/ruleset"
)

// Permissions that are none: of routes that ask for no session, and of those
// that any session or token may use.
const (
	anyone   access.Permission = "none"
	signedIn access.Permission = "any"
)

// tenantSource says which part of a request names the tenants that the route's
// permission must hold for.
type tenantSource string

const (
	// tenantNone: the permission must hold for some tenant. What the handler
	// shows of tenants it takes from call.may.
	tenantNone  tenantSource = "none"
	tenantPath  tenantSource = "path"  // {tenant}
	tenantQuery tenantSource = "query" // ?tenant=, several times; none means all that the caller may
	tenantBody  tenantSource = "body"  // "tenants" or "tenant_id"; none means all that the caller may
	tenantAll   tenantSource = "all"   // the permission must hold for all tenants, also future ones
)

// rateClass is a limit on how often a route is used.
type rateClass string

const (
	rateNormal rateClass = ""
	rateLogin  rateClass = "login" // where secrets are tried; by address
	rateQuery  rateClass = "query" // starts a query
	rateHeavy  rateClass = "heavy" // asks Microsoft, or reads a whole log
)

// Route is one row of the table of routes.
type Route struct {
	Method     string
	Path       string
	Operation  string // operationId of openapi.yaml
	Permission access.Permission
	Tenant     tenantSource
	StepUp     bool
	Rate       rateClass
	// Body is the largest body in bytes; 0 for a route that takes none.
	Body int64

	handle func(*Server, *call) error
}

const (
	smallBody   = 64 << 10
	queryBody   = 1 << 20
	changesBody = ruleset.MaxChanges
)

// tooLarge says how large a body may be.
func (r Route) tooLarge() error {
	size, hint := fmt.Sprintf("%d KiB", r.Body>>10), "shorten it"
	if r.Body >= 1<<20 {
		size = fmt.Sprintf("%d MiB", r.Body>>20)
	}
	if r.Operation == "importRuleChanges" {
		hint = "nightjar rule import takes a file of that size; part what is larger by tenant"
	}
	return problem(codeTooLarge, "the body is larger than "+size, hint)
}

// mount makes the routes reachable, and answers everything else in the shape
// that callers can read.
func (s *Server) mount(routes []Route) {
	methods := map[string][]string{}
	for _, r := range routes {
		methods[r.Path] = append(methods[r.Path], r.Method)
		s.mux.Handle(r.Method+" "+r.Path, s.adapt(r))
	}
	for path, allowed := range methods {
		slices.Sort(allowed)
		list := strings.Join(allowed, ", ")
		refuse := func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Allow", list)
			s.refuse(w, r, problem(codeMethod, "this address does not take "+r.Method, "it takes "+list))
		}
		// One by one: a pattern of all methods would contend with those of
		// neighbours such as {ref}.
		for _, m := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions} {
			if !slices.Contains(allowed, m) {
				s.mux.HandleFunc(m+" "+path, refuse)
			}
		}
	}
	s.mux.HandleFunc("/api/", func(w http.ResponseWriter, r *http.Request) {
		s.refuse(w, r, problem("not_found", "there is nothing at this address", "docs/api.md lists the operations"))
	})
}
