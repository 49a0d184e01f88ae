package sim

import (
	"net/http"
	"time"
)

// damage is what happens to a blob's body in passing.
type damage int

const (
	damageNone damage = iota
	damageTruncate
	damageHTML
	damageSlow
)

// strikes says whether a passing fault strikes this request for a thing. The
// n-th request for the same thing meets the same fate with the same seed, and
// after Repeats strikes of a kind the thing is left alone.
func (s *Server) strikes(p float64, t *tenant, kind, thing string) bool {
	if p <= 0 {
		return false
	}
	id := ""
	seed := s.seed
	if t != nil {
		id, seed = t.ID, t.schedule.seed
	}
	key := id + kind + thing
	s.strikeMu.Lock()
	defer s.strikeMu.Unlock()
	c := s.struck[key]
	c.asked++
	hit := c.hits < s.scenario.Repeats && share(hashText(seed, kind, thing, string(rune(c.asked)))) < p
	if hit {
		c.hits++
	}
	s.struck[key] = c
	if hit {
		s.truth.fault(kind)
	}
	return hit
}

// strikeCount is how often a fault was considered for a thing and struck it.
type strikeCount struct{ asked, hits int }

// thing names what a request asks for, for strikes: an operation and a blob or feed.
func thing(r *http.Request, name string) string {
	if id := r.PathValue("id"); id != "" {
		return name + " " + id
	}
	q := lowerKeys(r.URL.RawQuery)
	return name + " " + q.Get("contenttype") + " " + q.Get("starttime") + " " + q.Get("nextpage")
}

// stumble lets the passing faults that need no body strike; true means answered.
func (s *Server) stumble(w http.ResponseWriter, r *http.Request, t *tenant, name string) bool {
	sc, what := &s.scenario, thing(r, name)
	switch {
	case s.strikes(sc.Reset, t, "reset", what):
		reset(w)
	case s.strikes(sc.ServerError, t, "server error", what):
		switch hashText(s.seed, "which error", what) % 4 {
		case 0:
			errInternal().write(w)
		case 1:
			http.Error(w, "Bad Gateway", http.StatusBadGateway)
		case 2:
			http.Error(w, "The service is unavailable.", http.StatusServiceUnavailable)
		default:
			http.Error(w, "Gateway Timeout", http.StatusGatewayTimeout)
		}
	case s.strikes(sc.Unauthorized, t, "unauthorized", what):
		writeJSON(w, http.StatusUnauthorized, map[string]string{"Message": "Authorization has been denied for this request."})
	default:
		return false
	}
	return true
}

// damage draws what happens to a blob's body.
func (s *Server) damage(t *tenant, b blob) damage {
	sc := &s.scenario
	switch {
	case s.strikes(sc.Truncate, t, "truncate", b.id):
		return damageTruncate
	case s.strikes(sc.PassingHTML, t, "passing html", b.id):
		return damageHTML
	case s.strikes(sc.Slow, t, "slow body", b.id):
		return damageSlow
	}
	return damageNone
}

// faultToken spoils a token request; true means answered.
func (s *Server) faultToken(w http.ResponseWriter) bool {
	if !s.strikes(s.scenario.TokenError, nil, "token error", "token") {
		return false
	}
	http.Error(w, "The service is unavailable.", http.StatusServiceUnavailable)
	return true
}

// reset ends the connection without an answer.
func reset(w http.ResponseWriter) {
	if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
		_ = conn.Close() // that it ends is the point
		return
	}
	panic(http.ErrAbortHandler) // HTTP/2 cannot be hijacked; its stream is reset instead
}

// throttle applies the quota and the scenario's throttling; true means answered.
func (s *Server) throttle(w http.ResponseWriter, r *http.Request, c call, name string) bool {
	sc, t, now := &s.scenario, c.tenant, s.clock.Now()
	s.truth.heeds(t.ID, now)
	if sc.Quota > 0 {
		t.mu.Lock()
		b, quota := &t.quota, sc.Quota
		if c.query.Get("publisheridentifier") == "" {
			// Callers without an identifier share one pool between them.
			b, quota = &t.pool, max(sc.Quota/10, 1)
		}
		wait, ok := b.take(quota, now)
		t.mu.Unlock()
		if !ok {
			s.truth.fault("quota")
			s.refuse(w, c, throttling{wait: wait}, false)
			return true
		}
	}
	what := thing(r, name)
	if !s.strikes(sc.Throttle.Share, t, "throttle", what) {
		return false
	}
	h := hashText(t.schedule.seed, "throttle form", what)
	out := throttling{forbidden: share(h) < sc.Throttle.Forbidden}
	if sc.Throttle.RetryAfterMax > 0 {
		spread := sc.Throttle.RetryAfterMax - sc.Throttle.RetryAfterMin
		out.wait = sc.Throttle.RetryAfterMin + time.Duration(share(mix(h))*float64(spread))
		out.after = seconds(out.wait)
	}
	s.refuse(w, c, out, share(mix(mix(h))) < sc.Throttle.Garbage)
	return true
}

func (s *Server) refuse(w http.ResponseWriter, c call, t throttling, garbage bool) {
	switch {
	case garbage:
		t.after = "soon"
	case t.after != "":
		s.truth.askedToWait(c.tenant.ID, s.clock.Now().Add(t.wait))
	}
	s.truth.throttled(c.tenant.ID)
	t.write(w, c.publisher)
}

// outage says whether the service is down, and with which status it says so;
// 0 means that it does not answer.
func (s *Server) outage(now time.Time) (status int, down bool) {
	since := now.Sub(s.origin)
	for _, o := range s.scenario.Outages {
		if since >= o.From && since < o.From+o.For {
			return 0, true
		}
	}
	for _, b := range s.scenario.Bursts {
		if since >= b.From && since < b.From+b.For {
			return b.Status, true
		}
	}
	return 0, false
}
