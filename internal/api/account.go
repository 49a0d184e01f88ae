package api

import (
	"net/http"
	"time"

	"github.com/nightjar-sec/nightjar/internal/secret"
)

func (s *Server) changePassword(c *call) error {
	var q struct {
		Old      secretText `json:"old"`
		Password secretText `json:"password"`
	}
	if err := c.decode(&q); err != nil {
		return err
	}
	if err := s.cfg.Access.ChangePassword(c.ctx, c.who, q.Old.Value, q.Password.Value); err != nil {
		return err
	}
	return c.nothing()
}

func (s *Server) makeRecoveryCodes(c *call) error {
	codes, err := s.cfg.Access.NewRecoveryCodes(c.ctx, c.who)
	if err != nil {
		return err
	}
	return c.answer(http.StatusCreated, struct {
		Recovery []string `json:"recovery_codes"`
	}{revealed(codes)})
}

// revealed are codes as they are shown, once, to the person whose they are.
func revealed(codes []secret.Value) []string {
	out := make([]string, len(codes))
	for i, code := range codes {
		out[i] = code.Reveal()
	}
	return out
}

type sessionBody struct {
	ID      string    `json:"id"`
	Address string    `json:"address,omitempty"`
	Created time.Time `json:"created"`
	Seen    time.Time `json:"seen"`
	Current bool      `json:"current"`
}

func (s *Server) listSessions(c *call) error {
	sessions, err := s.cfg.Access.Sessions(c.ctx, c.who)
	if err != nil {
		return err
	}
	out := []sessionBody{}
	for _, i := range sessions {
		b := sessionBody{ID: i.ID, Created: i.Created, Seen: i.Seen, Current: i.ID == c.who.Session}
		if i.Address.IsValid() {
			b.Address = i.Address.String()
		}
		out = append(out, b)
	}
	return c.ok(listOf(out))
}

func (s *Server) endSessions(c *call) error {
	if err := s.cfg.Access.EndOtherSessions(c.ctx, c.who); err != nil {
		return err
	}
	return c.nothing()
}
