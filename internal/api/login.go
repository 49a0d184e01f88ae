package api

import (
	"encoding/json"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/access"
	"github.com/nightjar-sec/nightjar/internal/secret"
)

// plain reads a JSON text.
func plain(b []byte) (string, error) {
	var s string
	if err := json.Unmarshal(b, &s); err != nil {
		return "", invalid("a field that is a text holds something else", "docs/api.md has the fields")
	}
	return s, nil
}

func (s *Server) login(c *call) error {
	var q struct {
		Name     string     `json:"name"`
		Password secretText `json:"password"`
	}
	if err := c.decode(&q); err != nil {
		return err
	}
	if err := s.needsNoSetup(c); err != nil {
		return err
	}
	challenge, err := s.cfg.Access.Login(c.ctx, q.Name, q.Password.Value, c.from)
	if err != nil {
		return err
	}
	return c.ok(struct {
		Challenge string `json:"challenge"`
	}{challenge})
}

func (s *Server) needsNoSetup(c *call) error {
	setup, err := s.cfg.Access.NeedsSetup(c.ctx)
	if err == nil && setup && !s.cfg.Demo {
		return problem(codeSetupNeeded, "there is no administrator yet", "open the console and set up the first one with the token that nightjar serve printed")
	}
	return err
}

func (s *Server) verifyLogin(c *call) error {
	var q struct {
		Challenge secretText `json:"challenge"`
		Code      secretText `json:"code"`
	}
	if err := c.decode(&q); err != nil {
		return err
	}
	token, who, err := s.cfg.Access.Verify(c.ctx, q.Challenge.Reveal(), q.Code.Reveal(), c.from)
	if err != nil {
		return err
	}
	return s.signIn(c, token, who)
}

func (s *Server) loginByLink(c *call) error {
	var q struct {
		Token secretText `json:"token"`
	}
	if err := c.decode(&q); err != nil {
		return err
	}
	if !s.cfg.Demo {
		return problem(nightjar.CodeNotFound, "there is nothing at this address", "docs/api.md lists the operations")
	}
	token, who, err := s.cfg.Access.RedeemLink(c.ctx, q.Token.Value, c.from)
	if err != nil {
		return err
	}
	return s.signIn(c, token, who)
}

// signIn gives the browser a session that is new: one that was fixed on it
// before is worth nothing.
func (s *Server) signIn(c *call, token secret.Value, who access.Identity) error {
	s.setCookie(c.w, sessionName, token, sessionLife)
	return s.answerMe(c, who)
}

func (s *Server) logout(c *call) error {
	if cookie := s.sessionCookie(c.r); !cookie.IsZero() {
		who, err := s.cfg.Access.Session(c.ctx, cookie)
		if err == nil {
			who.Address = c.from
			err = s.cfg.Access.EndSession(c.ctx, who)
		}
		if err = expected(err); err != nil {
			return err
		}
	}
	s.setCookie(c.w, sessionName, secret.Value{}, 0)
	s.setCookie(c.w, enrolmentName, secret.Value{}, 0)
	return c.nothing()
}

// expected drops the error of a session that is over already.
func expected(err error) error {
	if nightjar.CodeOf(err) == nightjar.CodeUnauthenticated {
		return nil
	}
	return err
}
