package api

import (
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/access"
	"github.com/nightjar-sec/nightjar/internal/secret"
)

// secretText is a secret in a body. It goes from JSON into a secret.Value, so
// that no log of a body can show it.
type secretText struct{ secret.Value }

// UnmarshalJSON implements json.Unmarshaler.
func (t *secretText) UnmarshalJSON(b []byte) error {
	s, err := plain(b)
	t.Value = secret.New(s)
	return err
}

type enrolmentAnswer struct {
	ID       string   `json:"id"`
	Name     string   `json:"name"`
	Secret   string   `json:"secret"`
	URI      string   `json:"uri"`
	Recovery []string `json:"recovery_codes"`
}

// enrolmentLife makes the cookie one that ends with the browser: a second factor
// is not to wait on a disk. access ends the enrolment by its own rules.
const enrolmentLife time.Duration = 0

// enrolment shows what makes a second factor, to this browser alone: the cookie
// lets a page that is reloaded go on where it was, and scripts cannot read it.
func (s *Server) enrolment(c *call, e access.Enrolment) error {
	s.setCookie(c.w, enrolmentName, secret.New(e.ID), enrolmentLife)
	out := enrolmentAnswer{ID: e.ID, Name: e.Name, Secret: e.Secret.Reveal(), URI: e.URI.Reveal(), Recovery: revealed(e.Recovery)}
	return c.ok(out)
}

func (s *Server) beginSetup(c *call) error {
	var q struct {
		Token    secretText `json:"token"`
		Name     string     `json:"name"`
		Password secretText `json:"password"`
	}
	if err := c.decode(&q); err != nil {
		return err
	}
	e, err := s.cfg.Access.Setup(c.ctx, q.Token.Value, q.Name, q.Password.Value)
	if err != nil {
		return err
	}
	return s.enrolment(c, e)
}

// resumeEnrolment shows the second factor again to the browser that began.
func (s *Server) resumeEnrolment(c *call) error {
	id := s.cookie(c.r, enrolmentName)
	if id.IsZero() {
		return c.nothing()
	}
	e, err := s.cfg.Access.ResumeEnrolment(c.ctx, id.Reveal())
	if nightjar.CodeOf(err) == nightjar.CodeUnauthenticated {
		s.setCookie(c.w, enrolmentName, secret.Value{}, 0)
		return c.nothing()
	}
	if err != nil {
		return err
	}
	return s.enrolment(c, e)
}

func (s *Server) confirmEnrolment(c *call) error {
	var q struct {
		Enrolment secretText `json:"enrolment"`
		Code      secretText `json:"code"`
	}
	if err := c.decode(&q); err != nil {
		return err
	}
	token, who, err := s.cfg.Access.ConfirmEnrolment(c.ctx, q.Enrolment.Reveal(), q.Code.Reveal(), c.from)
	if err != nil {
		return err
	}
	s.setCookie(c.w, enrolmentName, secret.Value{}, 0)
	return s.signIn(c, token, who)
}
