package api

import (
	"net/http"
	"slices"
	"strings"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/access"
	"github.com/nightjar-sec/nightjar/internal/secret"
)

// adapt puts the gates before a route's handler.
func (s *Server) adapt(route Route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := s.newCall(w, r, route)
		secure(c.w.Header(), s.cfg.HTTPS || r.TLS != nil)
		began := realClock().Now()
		err := s.pass(c)
		if err == nil {
			err = s.do(c) //nolint:contextcheck // a call holds the context of its request
		}
		s.metrics.count(route, err, realClock().Since(began))
		if err != nil {
			s.fail(c, err)
		}
	})
}

// pass leads a call through the gates.
func (s *Server) pass(c *call) error {
	if err := s.host(c.r); err != nil {
		return err
	}
	if err := s.origin.Check(c.r); err != nil {
		return problem(codeCrossOrigin, "the request comes from a page of another site", "open the console at its own address")
	}
	if err := s.rates.take(rateAddress, c.place()); err != nil {
		return err
	}
	if c.route.Rate == rateLogin {
		if err := s.rates.take(rateLogin, c.place()); err != nil {
			return err
		}
	}
	if c.route.Permission != anyone {
		var err error
		if c.who, err = s.identify(c); err != nil {
			return err
		}
		if c.route.Rate == rateHeavy || c.route.Rate == rateQuery {
			if err := s.rates.take(c.route.Rate, c.who.Person); err != nil {
				return err
			}
		}
	}
	if err := c.askedFor(); err != nil {
		return err
	}
	if err := c.large(); err != nil {
		return err
	}
	if err := c.readBody(); err != nil {
		return err
	}
	if c.route.Permission != anyone && c.route.Body > 0 {
		// A body can be held back for as long as a request may take: what ended
		// or changed meanwhile holds.
		var err error
		if c.who, err = s.identify(c); err != nil {
			return err
		}
	}
	if err := s.permit(c); err != nil {
		s.denied(c, err)
		return err
	}
	if c.route.StepUp && !s.fresh(c.who) {
		return needsProof()
	}
	return nil
}

// large refuses, before it is read, a body that is larger than others may be
// and comes from one who may do this for no tenant. Who may has time to send it.
func (c *call) large() error {
	p := c.route.Permission
	if c.route.Body <= queryBody || p == anyone {
		return nil
	}
	if p != signedIn && !slices.Contains(c.who.Permissions(), p) {
		err := forbidden(p)
		c.server.denied(c, err)
		return err
	}
	c.await(largeBound)
	return nil
}

// identify finds out who asks: by cookie or by token, never by both.
func (s *Server) identify(c *call) (access.Identity, error) {
	header := c.r.Header.Get("Authorization")
	cookie := s.sessionCookie(c.r)
	switch {
	case header != "" && !cookie.IsZero():
		return access.Identity{}, invalid("the request has a session and a token", "send one of them")
	case header != "":
		scheme, bearer, _ := strings.Cut(header, " ")
		if !strings.EqualFold(scheme, "Bearer") || bearer == "" {
			return access.Identity{}, unauthenticated()
		}
		if err := s.rates.look(rateToken, c.place()); err != nil {
			return access.Identity{}, err
		}
		who, err := s.cfg.Access.Token(c.ctx, secret.New(strings.TrimSpace(bearer)))
		if err != nil {
			_ = s.rates.take(rateToken, c.place()) // counts the failure; this one is refused anyway
			return access.Identity{}, hidden(err)
		}
		who.Address = c.from
		return who, nil
	case !cookie.IsZero():
		session := s.cfg.Access.Session
		if c.background {
			session = s.cfg.Access.SessionUnused
		}
		who, err := session(c.ctx, cookie)
		who.Address = c.from
		return who, hidden(err)
	default:
		return access.Identity{}, unauthenticated()
	}
}

func unauthenticated() error {
	return problem(nightjar.CodeUnauthenticated, "nobody is signed in", "sign in, or send an API token")
}

// hidden makes one answer of all the ways in which a session or token is not
// valid. What is wrong with Nightjar itself stays what it is.
func hidden(err error) error {
	switch nightjar.CodeOf(err) {
	case nightjar.CodeUnauthenticated, nightjar.CodeUnauthorized, nightjar.CodeNotFound, nightjar.CodeForbidden, nightjar.CodeInvalid:
		return unauthenticated()
	default:
		return err
	}
}

// host refuses names that are not ours over plain HTTP: a page of another site
// whose name was rebound to this machine would be of the same origin. By https
// the certificate sees to that.
func (s *Server) host(r *http.Request) error {
	if s.cfg.HTTPS || r.TLS != nil || PlainHost(r.Host) {
		return nil
	}
	return problem(codeCrossOrigin, "the console is not served under this name", "open it by its address, e.g. http://127.0.0.1:8470, or set public_url")
}

// fresh reports whether the caller proved lately who it is. A token proves it
// with each request; the demo's person has nothing to prove it with.
func (s *Server) fresh(who access.Identity) bool {
	return s.cfg.Demo || s.cfg.Access.Fresh(who)
}
