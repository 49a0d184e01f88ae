package api

import (
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/access"
)

type grantBody struct {
	Role   access.Role       `json:"role"`
	Tenant nightjar.TenantID `json:"tenant,omitempty"`
}

func grantsBody(list []access.Grant) []grantBody {
	out := make([]grantBody, len(list))
	for i, g := range list {
		out[i] = grantBody(g)
	}
	return out
}

func grantsOf(list []grantBody) []access.Grant {
	out := make([]access.Grant, len(list))
	for i, g := range list {
		out[i] = access.Grant(g)
	}
	return out
}

type mayBody struct {
	Permission access.Permission   `json:"permission"`
	All        bool                `json:"all"`
	Tenants    []nightjar.TenantID `json:"tenants"`
}

type tenantRef struct {
	ID        nightjar.TenantID `json:"id"`
	Name      string            `json:"name"`
	Connected bool              `json:"connected"`
}

type meAnswer struct {
	ID            string              `json:"id"`
	Name          string              `json:"name"`
	Kind          access.Kind         `json:"kind"`
	Grants        []grantBody         `json:"grants"`
	Scopes        []access.Permission `json:"scopes,omitempty"`
	May           []mayBody           `json:"may"`
	Tenants       []tenantRef         `json:"tenants"`
	Authenticated time.Time           `json:"authenticated,omitzero"`
	Fresh         bool                `json:"fresh"`
	RecoveryLeft  *int                `json:"recovery_codes_left,omitempty"`
	Ways          []access.Way        `json:"ways,omitempty"`
}

func (s *Server) getMe(c *call) error { return s.answerMe(c, c.who) }

func (s *Server) stepUp(c *call) error {
	var q struct {
		Code secretText `json:"code"`
	}
	if err := c.decode(&q); err != nil {
		return err
	}
	if err := s.cfg.Access.StepUp(c.ctx, c.who, q.Code.Reveal()); err != nil {
		return err
	}
	who, err := s.identify(c)
	if err != nil {
		return err
	}
	return s.answerMe(c, who)
}

func (s *Server) answerMe(c *call, who access.Identity) error {
	var err error
	if c.known, err = s.cfg.Connect.Known(c.ctx); err != nil {
		return err
	}
	c.who = who
	out := meAnswer{
		ID: who.ID, Name: who.Name, Kind: who.Kind, Grants: grantsBody(who.Grants), Scopes: who.Scopes, May: []mayBody{},
		Tenants: c.tenantRefs(), Authenticated: who.Authenticated, Fresh: s.fresh(who),
	}
	if who.Kind == access.KindPerson {
		left, err := s.cfg.Access.RecoveryCodesLeft(c.ctx, who)
		if err != nil {
			return err
		}
		out.RecoveryLeft = &left
		if out.Ways, err = s.cfg.Access.Ways(c.ctx, who); err != nil {
			return err
		}
	}
	for _, p := range who.Permissions() {
		m := mayBody{Permission: p, All: who.MayAll(p), Tenants: []nightjar.TenantID{}}
		if !m.All {
			for _, t := range c.may(p) {
				m.Tenants = append(m.Tenants, t.ID)
			}
		}
		out.May = append(out.May, m)
	}
	return c.ok(out)
}

// tenantRefs are the tenants that the caller may see in any way.
func (c *call) tenantRefs() []tenantRef {
	out := []tenantRef{}
	for _, k := range c.known {
		if c.sees(k.ID) {
			out = append(out, tenantRef{k.ID, k.Name, k.Removed.IsZero()})
		}
	}
	return out
}

func (s *Server) listTenants(c *call) error { return c.ok(listOf(c.tenantRefs())) }
