package api

import (
	"encoding/json"

	"github.com/nightjar-sec/nightjar/internal/access"
)

type passkeyEnrolmentAnswer struct {
	ID       string          `json:"id"`
	Name     string          `json:"name"`
	Options  json.RawMessage `json:"options"`
	Recovery []string        `json:"recovery_codes"`
}

// passkeyEnrolment shows, once, what makes a passkey, and the recovery codes.
func (c *call) passkeyEnrolment(e access.PasskeyEnrolment) error {
	return c.ok(passkeyEnrolmentAnswer{ID: e.ID, Name: e.Name, Options: e.Options, Recovery: revealed(e.Recovery)})
}

func (s *Server) beginPasskeySetup(c *call) error {
	var q struct {
		Token secretText `json:"token"`
		Name  string     `json:"name"`
	}
	if err := c.decode(&q); err != nil {
		return err
	}
	e, err := s.cfg.Access.SetupByPasskey(c.ctx, c.site(), q.Token.Value, q.Name)
	if err != nil {
		return err
	}
	return c.passkeyEnrolment(e)
}

func (s *Server) acceptInviteByPasskey(c *call) error {
	var q struct {
		Token secretText `json:"token"`
	}
	if err := c.decode(&q); err != nil {
		return err
	}
	e, err := s.cfg.Access.AcceptInviteByPasskey(c.ctx, c.site(), q.Token.Value)
	if err != nil {
		return err
	}
	return c.passkeyEnrolment(e)
}

func (s *Server) confirmPasskeyEnrolment(c *call) error {
	var q struct {
		Enrolment secretText `json:"enrolment"`
		Passkey   string     `json:"passkey"`
		deviceAnswer
	}
	if err := c.decode(&q); err != nil {
		return err
	}
	token, who, err := s.cfg.Access.ConfirmPasskeyEnrolment(c.ctx, c.site(), q.Enrolment.Reveal(), q.Passkey, q.Credential, c.from)
	if err != nil {
		return err
	}
	return s.signIn(c, token, who)
}
