package api

import (
	"net/http"
	"time"

	"github.com/nightjar-sec/nightjar/internal/access"
)

type tokenBody struct {
	ID       string              `json:"id"`
	Name     string              `json:"name"`
	Owner    string              `json:"owner"`
	Scopes   []access.Permission `json:"scopes"`
	Grants   []grantBody         `json:"grants"`
	Created  time.Time           `json:"created"`
	Expires  time.Time           `json:"expires"`
	LastUsed time.Time           `json:"last_used,omitzero"`
	Revoked  time.Time           `json:"revoked,omitzero"`
}

func tokenOf(t access.TokenInfo) tokenBody {
	return tokenBody{
		ID: t.ID, Name: t.Name, Owner: t.Owner, Scopes: some(t.Scopes), Grants: grantsBody(t.Grants),
		Created: t.Created, Expires: t.Expires, LastUsed: t.LastUsed, Revoked: t.Revoked,
	}
}

func (s *Server) listTokens(c *call) error {
	all, err := s.cfg.Access.Tokens(c.ctx, c.who)
	if err != nil {
		return err
	}
	out := []tokenBody{}
	for _, t := range all {
		out = append(out, tokenOf(t))
	}
	return c.ok(listOf(out))
}

func (s *Server) createToken(c *call) error {
	var q struct {
		Name    string              `json:"name"`
		Scopes  []access.Permission `json:"scopes"`
		Grants  []grantBody         `json:"grants"`
		Expires time.Time           `json:"expires"`
	}
	if err := c.decode(&q); err != nil {
		return err
	}
	spec := access.TokenSpec{Name: q.Name, Scopes: q.Scopes, Expires: q.Expires}
	if len(q.Grants) > 0 {
		spec.Grants = grantsOf(q.Grants)
	}
	token, info, err := s.cfg.Access.CreateToken(c.ctx, c.who, spec)
	if err != nil {
		return err
	}
	return c.answer(http.StatusCreated, struct {
		Token string    `json:"token"`
		Info  tokenBody `json:"info"`
	}{token.Reveal(), tokenOf(info)})
}

func (s *Server) revokeToken(c *call) error {
	if err := s.cfg.Access.RevokeToken(c.ctx, c.who, c.r.PathValue("id")); err != nil {
		return err
	}
	return c.nothing()
}
