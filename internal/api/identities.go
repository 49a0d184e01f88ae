package api

import (
	"context"
	"net/netip"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/access"
	"github.com/nightjar-sec/nightjar/internal/secret"
)

// identityBody is an identity at a provider with which a person signs in.
type identityBody struct {
	ID        string            `json:"id"`
	Provider  string            `json:"provider"`
	Account   string            `json:"account"`
	Issuer    string            `json:"issuer"`
	Directory nightjar.TenantID `json:"directory,omitempty"`
	Subject   string            `json:"subject"`
	Mapped    bool              `json:"mapped"`
	Created   time.Time         `json:"created"`
	Used      time.Time         `json:"used,omitzero"`
}

func identitiesOf(list []access.Linked) []identityBody {
	out := make([]identityBody, len(list))
	for i, l := range list {
		out[i] = identityBody{
			ID: l.ID, Provider: l.Provider, Account: l.Account, Issuer: l.Issuer, Directory: l.Tenant, Subject: l.Subject,
			Mapped: l.Mapped, Created: l.Created, Used: l.Used,
		}
	}
	return out
}

func (s *Server) listIdentities(c *call) error {
	list, err := s.cfg.Access.LinkedOf(c.ctx, c.who.Person)
	if err != nil {
		return err
	}
	return c.ok(listOf(identitiesOf(list)))
}

func (s *Server) unlinkIdentity(c *call) error {
	if err := s.cfg.Access.UnlinkIdentity(c.ctx, c.who, c.r.PathValue("id")); err != nil {
		return err
	}
	return c.nothing()
}

func (s *Server) unlinkPerson(c *call) error {
	if err := s.cfg.Access.Unlink(c.ctx, c.who, c.r.PathValue("id"), c.r.PathValue("identity")); err != nil {
		return err
	}
	return c.nothing()
}

// joinBy is SignInBy for somebody who holds an invitation.
func (s *Server) joinBy(invite secret.Value) func(context.Context, access.Assertion, netip.Addr) (secret.Value, access.Identity, error) {
	return func(ctx context.Context, a access.Assertion, from netip.Addr) (secret.Value, access.Identity, error) {
		return s.cfg.Access.JoinBy(ctx, invite, a, from)
	}
}
