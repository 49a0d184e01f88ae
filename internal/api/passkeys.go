package api

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/nightjar-sec/nightjar/internal/access"
)

// ceremonyAnswer is what a browser needs to make or to use a passkey.
type ceremonyAnswer struct {
	Options json.RawMessage `json:"options"`
}

// deviceAnswer is what a browser made of it, as it is.
type deviceAnswer struct {
	Credential json.RawMessage `json:"credential"`
}

type passkeyBody struct {
	ID      string    `json:"id"`
	Name    string    `json:"name"`
	Site    string    `json:"site"`
	Created time.Time `json:"created"`
	Used    time.Time `json:"used,omitzero"`
}

func passkeyOf(p access.Passkey) passkeyBody {
	return passkeyBody{ID: p.ID, Name: p.Name, Site: p.Site, Created: p.Created, Used: p.Used}
}

func (s *Server) listPasskeys(c *call) error {
	keys, err := s.cfg.Access.Passkeys(c.ctx, c.who)
	if err != nil {
		return err
	}
	out := []passkeyBody{}
	for _, p := range keys {
		out = append(out, passkeyOf(p))
	}
	return c.ok(listOf(out))
}

func (s *Server) beginPasskey(c *call) error {
	options, err := s.cfg.Access.BeginPasskey(c.ctx, c.who, c.site())
	if err != nil {
		return err
	}
	return c.ok(ceremonyAnswer{options})
}

func (s *Server) addPasskey(c *call) error {
	var q struct {
		Name string `json:"name"`
		deviceAnswer
	}
	if err := c.decode(&q); err != nil {
		return err
	}
	p, err := s.cfg.Access.AddPasskey(c.ctx, c.who, c.site(), q.Name, q.Credential)
	if err != nil {
		return err
	}
	return c.answer(http.StatusCreated, passkeyOf(p))
}

func (s *Server) removePasskey(c *call) error {
	if err := s.cfg.Access.RemovePasskey(c.ctx, c.who, c.site(), c.r.PathValue("id")); err != nil {
		return err
	}
	return c.nothing()
}
