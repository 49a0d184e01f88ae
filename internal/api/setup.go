package api

import (
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

// enrolment shows, once, what makes a second factor.
func (c *call) enrolment(e access.Enrolment) error {
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
	return c.enrolment(e)
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
	return s.signIn(c, token, who)
}
