package sim

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// call is one request to the Management Activity API that passed the door.
type call struct {
	tenant    *tenant
	claims    accessClaims
	publisher string
	query     url.Values // keys in lower case: the service does not mind the case
}

// management serves the Management Activity API's root.
func (s *Server) management() http.Handler {
	mux := http.NewServeMux()
	for _, version := range []string{"v1.0", "v1"} {
		feed := "/api/" + version + "/{tenant}/activity/feed/"
		mux.HandleFunc("POST "+feed+"subscriptions/start", s.operation("start", func(w http.ResponseWriter, r *http.Request, c call) *apiError {
			f, fault := c.feed()
			if fault != nil {
				return fault
			}
			return s.startSubscription(w, r, c.tenant, f)
		}))
		mux.HandleFunc("POST "+feed+"subscriptions/stop", s.operation("stop", func(w http.ResponseWriter, _ *http.Request, c call) *apiError {
			f, fault := c.feed()
			if fault != nil {
				return fault
			}
			return s.stopSubscription(w, c.tenant, f)
		}))
		mux.HandleFunc("GET "+feed+"subscriptions/list", s.operation("list", func(w http.ResponseWriter, _ *http.Request, c call) *apiError {
			s.listSubscriptions(w, c.tenant)
			return nil
		}))
		mux.HandleFunc("GET "+feed+"subscriptions/content", s.operation("content", s.listContent))
		mux.HandleFunc("GET "+feed+"subscriptions/notifications", s.operation("notifications", s.listNotifications))
		mux.HandleFunc("GET "+feed+"audit/{id...}", s.operation("audit", s.serveBlob))
	}
	mux.HandleFunc("GET /sim/report", s.serveReport)
	mux.HandleFunc("GET /sim/time", s.serveTime)
	mux.HandleFunc("GET /sim/events", s.serveEvents)
	return mux
}

// operation wraps an operation with what all have in common: latency, outages
// and bursts, the token, the tenant, the quota, and the passing faults.
func (s *Server) operation(name string, serve func(http.ResponseWriter, *http.Request, call) *apiError) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		s.truth.request(name)
		c := call{query: lowerKeys(r.URL.RawQuery)}
		c.publisher = c.query.Get("publisheridentifier")
		if fault := s.admit(r, &c); fault != nil {
			s.truth.apiError(fault.Code)
			fault.write(w)
			return
		}
		if c.publisher == "" {
			s.truth.violate(c.tenant.ID, "no PublisherIdentifier", name)
			c.publisher = "00000000-0000-0000-0000-000000000000"
		}
		if s.throttle(w, r, c, name) || s.stumble(w, r, c.tenant, name) {
			return
		}
		if fault := serve(w, r, c); fault != nil {
			s.truth.apiError(fault.Code)
			fault.write(w)
		}
	}
}

// admit checks the tenant in the URL and the bearer token.
func (s *Server) admit(r *http.Request, c *call) *apiError {
	id := strings.ToLower(r.PathValue("tenant"))
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		return &apiError{http.StatusUnauthorized, "AF10000", "Authorization has been denied for this request."}
	}
	claims, err := s.mint.verify(token, s.signInClock.Now())
	switch {
	case errors.Is(err, errTokenExpired):
		return &apiError{http.StatusUnauthorized, "", "Authorization has been denied for this request."}
	case err != nil:
		return &apiError{http.StatusUnauthorized, "AF10000", "Authorization has been denied for this request."}
	case !s.isManagement(claims.Audience):
		s.truth.violate(id, "token for another resource", claims.Audience)
		return &apiError{http.StatusUnauthorized, "AF10000", "Authorization has been denied for this request."}
	case !guidShape.MatchString(id):
		return errTenantNotGUID(id)
	case claims.Tenant != id:
		s.truth.violate(id, "token of another tenant", claims.Tenant)
		return errOtherTenant(id, claims.Tenant)
	}
	t := s.tenants[id]
	if t == nil {
		return errNoSuchTenant(id)
	}
	c.tenant, c.claims = t, claims
	switch {
	case !claims.grants(roleRead) && !claims.grants(roleReadDLP):
		return errNoPermission()
	case t.AuditDisabled, t.auditOff(s.signInClock.Now(), s.scenario.AuditOffFor):
		return errAuditOff(id)
	}
	if f, ok := feedNamed(c.query.Get("contenttype")); ok && !s.mayRead(c, f) {
		return errNoPermission()
	}
	return nil
}

// mayRead says whether the token opens a feed, and the scenario does not shut it.
func (s *Server) mayRead(c *call, feed int) bool {
	role := roleRead
	if feed == feedDLP {
		role = roleReadDLP
	}
	return c.claims.grants(role) && !s.shut(feed, s.clock.Now())
}

// shut says whether the scenario denies a feed at a time.
func (s *Server) shut(feed int, at time.Time) bool {
	for _, name := range s.scenario.Unauthorised {
		if f, _ := feedNamed(name); f == feed {
			until := s.scenario.UnauthorisedUntil
			return until == 0 || at.Before(s.origin.Add(until))
		}
	}
	return false
}

// feed reads the contentType parameter.
func (c call) feed() (int, *apiError) {
	name := c.query.Get("contenttype")
	if name == "" {
		return 0, errMissingParameter("contentType")
	}
	f, ok := feedNamed(name)
	if !ok {
		return 0, errBadContentType()
	}
	return f, nil
}

// lowerKeys reads a query with its keys in lower case; the first of equal keys wins.
func lowerKeys(raw string) url.Values {
	q, _ := url.ParseQuery(raw) // what can be read is kept; a missing parameter is noticed later
	out := make(url.Values, len(q))
	for k, v := range q {
		if k = strings.ToLower(k); !out.Has(k) && len(v) > 0 {
			out.Set(k, v[0])
		}
	}
	return out
}
