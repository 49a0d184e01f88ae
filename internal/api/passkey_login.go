package api

import (
	"time"

	"github.com/nightjar-sec/nightjar/internal/secret"
)

// passkeyLife is as long as a browser keeps the cookie that a sign-in with a
// passkey is bound to; access ends the challenge by its own rules.
const passkeyLife = 5 * time.Minute

func (s *Server) beginPasskeyLogin(c *call) error {
	if err := s.needsNoSetup(c); err != nil {
		return err
	}
	// A second tab goes on with the first one's value.
	options, browser, err := s.cfg.Access.BeginPasskeyLogin(c.ctx, c.site(), s.cookie(c.r, passkeyName))
	if err != nil {
		return err
	}
	s.setCookie(c.w, passkeyName, browser, passkeyLife)
	return c.ok(ceremonyAnswer{options})
}

func (s *Server) loginByPasskey(c *call) error {
	var q deviceAnswer
	if err := c.decode(&q); err != nil {
		return err
	}
	token, who, err := s.cfg.Access.LoginByPasskey(c.ctx, c.site(), s.cookie(c.r, passkeyName), q.Credential, c.from)
	if err != nil {
		return err
	}
	s.setCookie(c.w, passkeyName, secret.Value{}, 0)
	return s.signIn(c, token, who)
}

func (s *Server) beginPasskeyStepUp(c *call) error {
	options, err := s.cfg.Access.BeginPasskeyStepUp(c.ctx, c.who, c.site())
	if err != nil {
		return err
	}
	return c.ok(ceremonyAnswer{options})
}

func (s *Server) stepUpByPasskey(c *call) error {
	var q deviceAnswer
	if err := c.decode(&q); err != nil {
		return err
	}
	if err := s.cfg.Access.StepUpByPasskey(c.ctx, c.who, c.site(), q.Credential); err != nil {
		return err
	}
	who, err := s.identify(c)
	if err != nil {
		return err
	}
	return s.answerMe(c, who)
}
