package api

import (
	"slices"
	"strings"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/access"
)

// personNow is what a second person knows somebody by.
type personNow struct {
	Name     string      `json:"name"`
	Grants   []grantBody `json:"grants"`
	Disabled bool        `json:"disabled"`
}

// person finds whom a call is about, by id alone, as what changes people does.
func (c *call) person() (access.Person, error) {
	id := c.r.PathValue("id")
	p, err := c.server.cfg.Access.Person(c.ctx, id)
	if err == nil && p.ID != id {
		err = problem(nightjar.CodeNotFound, "there is nobody of this id", "GET /api/v1/people lists the ids")
	}
	return p, err
}

func (c *call) about(p access.Person, summary string, body any) *matter {
	return &matter{
		target: p.Name, summary: summary, path: map[string]string{"id": p.ID}, body: body,
		now: personNow{p.Name, grantsBody(p.Grants), p.Disabled},
	}
}

// describeInvitation needs a second person for another administrator: the
// second person could be made by the first otherwise.
func (s *Server) describeInvitation(c *call) (*matter, error) {
	var q struct {
		Name   string      `json:"name"`
		Grants []grantBody `json:"grants"`
	}
	if err := c.decode(&q); err != nil {
		return nil, err
	}
	if !administers(grantsOf(q.Grants)) {
		return nil, nil //nolint:nilnil // needs nobody else
	}
	// What the second person reads must not be written by the first.
	name, err := access.CleanName(q.Name)
	if err != nil {
		return nil, err
	}
	q.Name = name
	return &matter{target: name, summary: "Invite " + quoted(name) + " as " + c.roles(grantsOf(q.Grants)) + ".", body: q}, nil
}

// describeChange covers what gives, changes or takes the role of an
// administrator, in whatever way.
func (s *Server) describeChange(c *call) (*matter, error) {
	var q personChange
	if err := c.decode(&q); err != nil {
		return nil, err
	}
	p, err := c.person()
	if err != nil {
		return nil, err
	}
	switch {
	case q.Grants == nil && q.Disabled == nil:
		return nil, nil //nolint:nilnil // the handler refuses it
	case q.Grants != nil && q.Disabled != nil:
		// Two changes are two transactions: a crash in between would leave half
		// of what was granted.
		return nil, invalid("grants and disabled are two changes", "ask for one after the other")
	case q.Grants != nil:
		after := grantsOf(*q.Grants)
		if !administers(p.Grants) && !administers(after) {
			return nil, nil //nolint:nilnil // needs nobody else
		}
		return c.about(p, "Make "+p.Name+", who is "+c.roles(p.Grants)+", "+c.roles(after)+".", q), nil
	case *q.Disabled:
		return c.about(p, "Keep "+p.Name+" ("+c.roles(p.Grants)+") from signing in: sessions end and API tokens stop working.", q), nil
	case administers(p.Grants):
		return c.about(p, "Let "+p.Name+" ("+c.roles(p.Grants)+") sign in again.", q), nil
	}
	return nil, nil //nolint:nilnil // needs nobody else
}

// describeRemoval leaves invitations alone: to withdraw one takes nothing from
// anybody.
func (s *Server) describeRemoval(c *call) (*matter, error) {
	waiting, err := s.cfg.Access.Invitations(c.ctx)
	if err != nil {
		return nil, err
	}
	if slices.ContainsFunc(waiting, func(i access.Invitation) bool { return i.ID == c.r.PathValue("id") }) {
		return nil, nil //nolint:nilnil // needs nobody else
	}
	p, err := c.person()
	if err != nil {
		return nil, err
	}
	return c.about(p, "Remove "+p.Name+" ("+c.roles(p.Grants)+") with all credentials, sessions and API tokens.", nil), nil
}

// describeUnlinking covers everybody: it takes a way in, as a reset does.
func (s *Server) describeUnlinking(c *call) (*matter, error) {
	p, err := c.person()
	if err != nil {
		return nil, err
	}
	m := c.about(p, "Unlink an account at a provider from "+p.Name+" ("+c.roles(p.Grants)+"), who cannot sign in with it any more: sessions end.", nil)
	m.path["identity"] = c.r.PathValue("identity")
	return m, nil
}

// describeReset covers everybody: the link makes whoever opens it that person.
func (s *Server) describeReset(c *call) (*matter, error) {
	p, err := c.person()
	if err != nil {
		return nil, err
	}
	return c.about(p, "Make a link that lets whoever opens it sign in as "+p.Name+" ("+c.roles(p.Grants)+") with a new password and authenticator.", nil), nil
}

func administers(list []access.Grant) bool {
	return slices.ContainsFunc(list, func(g access.Grant) bool { return g.Role == access.RoleAdmin })
}

// roles writes grants for people.
func (c *call) roles(list []access.Grant) string {
	if len(list) == 0 {
		return "without a role"
	}
	parts := make([]string, len(list))
	for i, g := range list {
		of := "all tenants"
		if g.Tenant != "" {
			of = string(g.Tenant)
			for _, k := range c.known {
				if k.ID == g.Tenant {
					of = k.Name
				}
			}
		}
		parts[i] = string(g.Role) + " of " + of
	}
	return strings.Join(parts, " and ")
}
