package api

import (
	"net/http"
	"strconv"
	"time"

	"github.com/nightjar-sec/nightjar/internal/secret"
)

// sessionLife is as long as a browser keeps the cookie; access ends the session
// by its own rules, which are at most this.
const sessionLife = 12 * time.Hour

// cookieName has the prefix that makes browsers insist on Secure, the path /
// and no domain. Over plain HTTP on loopback they refuse a Secure cookie, and
// keep one jar for all ports of a host: there the name ends in the port, so that
// a demo beside a nightjar signs nobody out of either.
// Source: developer.mozilla.org/docs/Web/HTTP/Reference/Headers/Set-Cookie, read 2026-11-22.
func (s *Server) cookieName(name string) string {
	if s.cfg.HTTPS {
		return "__Host-" + name
	}
	if s.cfg.Port != "" {
		return name + "-" + s.cfg.Port
	}
	return name
}

const (
	sessionName   = "nightjar"
	consentName   = "nightjar-consent"
	ssoName       = "nightjar-sso"
	enrolmentName = "nightjar-enrolment"
	passkeyName   = "nightjar-passkey"
)

func (s *Server) sessionCookie(r *http.Request) secret.Value {
	return s.cookie(r, sessionName)
}

func (s *Server) cookie(r *http.Request, name string) secret.Value {
	c, err := r.Cookie(s.cookieName(name))
	if err != nil {
		return secret.Value{}
	}
	return secret.New(c.Value)
}

// setCookie gives the browser a value that scripts cannot read. An empty value
// takes it back; a life of 0 ends with the browser. Lax, because Microsoft's pages lead back here by a link.
func (s *Server) setCookie(w http.ResponseWriter, name string, value secret.Value, life time.Duration) {
	c := &http.Cookie{ //nolint:gosec // Secure wherever people come by https; on loopback a browser would refuse it
		Name: s.cookieName(name), Value: value.Reveal(), Path: "/", HttpOnly: true, Secure: s.cfg.HTTPS,
		SameSite: http.SameSiteLaxMode, MaxAge: int(life / time.Second),
	}
	if value.IsZero() {
		c.MaxAge = -1
	}
	http.SetCookie(w, c)
}

func quoted(s string) string { return strconv.Quote(s) }
