package sim

import (
	"net/http"
	"net/url"
)

// roleName is a permission as Microsoft's consent page words it.
func roleName(role string) string {
	switch role {
	case roleRead:
		return "Read activity data for your organization"
	case roleReadDLP:
		return "Read DLP policy events including detected sensitive data"
	}
	return role
}

// serveAdminConsent is where an administrator grants the operator's
// application what its registration asks for, for the whole tenant.
// Source: learn.microsoft.com/entra/identity-platform/v2-admin-consent, read 2026-11-22.
func (s *Server) serveAdminConsent(w http.ResponseWriter, r *http.Request) {
	s.truth.request("adminconsent")
	v, ok := s.begin(w, r, true)
	if !ok {
		return
	}
	if v.q.Get("scope") == "" {
		v.fault(errBadAuthorize("invalid_request", "The request must contain the following parameter: 'scope'.", 900144))
		return
	}
	who, in, _, ok := v.signedIn()
	if !ok {
		return
	}
	if !who.admin() {
		v.needAdmin(who)
		return
	}
	if !v.answered() {
		var asks []string
		for _, role := range s.operatorApp.Roles {
			asks = append(asks, roleName(role))
		}
		v.ask(who, in, asks)
		return
	}
	if !v.accepted() {
		v.back(errAdminDeclined())
		return
	}
	if t := s.tenants[in]; t != nil {
		t.consent(s.signInClock.Now(), s.operatorApp.Roles)
	}
	v.send(url.Values{"tenant": {in}, "scope": {v.q.Get("scope")}})
}
