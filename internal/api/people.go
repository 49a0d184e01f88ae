package api

import (
	"net/http"
	"slices"
	"time"

	"github.com/nightjar-sec/nightjar/internal/access"
	"github.com/nightjar-sec/nightjar/internal/secret"
)

type personBody struct {
	ID        string         `json:"id"`
	Name      string         `json:"name"`
	State     string         `json:"state"`
	Grants    []grantBody    `json:"grants"`
	Created   time.Time      `json:"created"`
	LastLogin time.Time      `json:"last_login,omitzero"`
	Linked    []identityBody `json:"identities,omitempty"`
	// Ways are how the person can sign in.
	Ways []access.Way `json:"ways,omitempty"`
}

func personOf(p access.Person) personBody {
	b := personBody{ID: p.ID, Name: p.Name, State: "active", Grants: grantsBody(p.Grants), Created: p.Created, LastLogin: p.LastLogin, Ways: p.Ways}
	if p.Disabled {
		b.State = "disabled"
	}
	return b
}

func (s *Server) listPeople(c *call) error {
	people, err := s.cfg.Access.People(c.ctx)
	if err != nil {
		return err
	}
	waiting, err := s.cfg.Access.Invitations(c.ctx)
	if err != nil {
		return err
	}
	linked, err := s.cfg.Access.AllLinked(c.ctx)
	if err != nil {
		return err
	}
	out := []personBody{}
	for _, p := range people {
		b := personOf(p)
		b.Linked = identitiesOf(linked[p.ID])
		out = append(out, b)
	}
	for _, i := range waiting {
		if !i.Reset {
			out = append(out, personBody{ID: i.ID, Name: i.Name, State: "invited", Grants: grantsBody(i.Grants), Created: i.Created})
		}
	}
	return c.ok(listOf(out))
}

func (s *Server) invitePerson(c *call) error {
	var q struct {
		Name   string      `json:"name"`
		Grants []grantBody `json:"grants"`
	}
	if err := c.decode(&q); err != nil {
		return err
	}
	token, err := s.cfg.Access.Invite(c.ctx, c.who, q.Name, grantsOf(q.Grants))
	if err != nil {
		return err
	}
	return c.invitation(q.Name, token)
}

func (s *Server) resetPerson(c *call) error {
	p, err := s.cfg.Access.Person(c.ctx, c.r.PathValue("id"))
	if err != nil {
		return err
	}
	token, err := s.cfg.Access.Reset(c.ctx, c.who, p.ID)
	if err != nil {
		return err
	}
	tokens, err := s.cfg.Access.OpenTokens(c.ctx, p.ID)
	if err != nil {
		return err
	}
	return c.answer(http.StatusCreated, struct {
		Name   string `json:"name"`
		Link   string `json:"link"`
		Tokens int    `json:"tokens"`
	}{p.Name, c.linkTo(token), tokens})
}

// invitation shows a link, once. Its token stands behind '#', which browsers
// keep to themselves: it reaches no log of a server or proxy.
func (c *call) invitation(name string, token secret.Value) error {
	return c.answer(http.StatusCreated, struct {
		Name string `json:"name"`
		Link string `json:"link"`
	}{name, c.linkTo(token)})
}

func (c *call) linkTo(token secret.Value) string { return c.base() + "/invite#" + token.Reveal() }

func (s *Server) lookAtInvite(c *call) error {
	var q struct {
		Token secretText `json:"token"`
	}
	if err := c.decode(&q); err != nil {
		return err
	}
	i, err := s.cfg.Access.Invitation(c.ctx, q.Token.Value)
	if err != nil {
		return err
	}
	return c.ok(struct {
		Name  string `json:"name"`
		Reset bool   `json:"reset"`
		By    string `json:"by"`
	}{i.Name, i.Reset, i.By})
}

func (s *Server) acceptInvite(c *call) error {
	var q struct {
		Token    secretText `json:"token"`
		Password secretText `json:"password"`
	}
	if err := c.decode(&q); err != nil {
		return err
	}
	e, err := s.cfg.Access.AcceptInvite(c.ctx, q.Token.Value, q.Password.Value)
	if err != nil {
		return err
	}
	return s.enrolment(c, e)
}

// personChange is what is to be different about a person; nil leaves as it is.
type personChange struct {
	Grants   *[]grantBody `json:"grants,omitempty"`
	Disabled *bool        `json:"disabled,omitempty"`
}

func (s *Server) changePerson(c *call) error {
	var q personChange
	if err := c.decode(&q); err != nil {
		return err
	}
	if q.Grants == nil && q.Disabled == nil {
		return invalid("nothing is to be changed", "give grants or disabled")
	}
	id := c.r.PathValue("id")
	if q.Grants != nil {
		if err := s.cfg.Access.SetGrants(c.ctx, c.who, id, grantsOf(*q.Grants)); err != nil {
			return err
		}
	}
	if q.Disabled != nil {
		change := s.cfg.Access.Enable
		if *q.Disabled {
			change = s.cfg.Access.Disable
		}
		if err := change(c.ctx, c.who, id); err != nil {
			return err
		}
	}
	p, err := s.cfg.Access.Person(c.ctx, id)
	if err != nil {
		return err
	}
	return c.ok(personOf(p))
}

func (s *Server) removePerson(c *call) error {
	id := c.r.PathValue("id")
	waiting, err := s.cfg.Access.Invitations(c.ctx)
	if err != nil {
		return err
	}
	remove := s.cfg.Access.Remove
	if slices.ContainsFunc(waiting, func(i access.Invitation) bool { return i.ID == id }) {
		remove = s.cfg.Access.Uninvite
	}
	if err := remove(c.ctx, c.who, id); err != nil {
		return err
	}
	return c.nothing()
}
