package sso

import (
	"crypto/rand"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/clock"
)

// ProviderConfig is one provider of identities.
type ProviderConfig struct {
	ID   string // in addresses: letters, digits and dashes
	Name string // as its button shows it
	// Issuer is what the provider calls itself, to the letter. Of Entra it is
	// https://login.microsoftonline.com/<tenant id>/v2.0, or the same with
	// organizations or common, when Tenants says whose people are meant.
	Issuer string
	// Entra says that it is Microsoft's: its tokens name a tenant (tid) and a
	// person in it (oid).
	Entra      bool
	ClientID   string
	SecretFile string // of the client secret; it is read for each sign-in
	// Tenants are the tenants whose people may sign in; needed when the issuer
	// is that of all tenants.
	Tenants []nightjar.TenantID
	Scopes  []string // beside openid and profile
	// RolesClaim names the claim whose values are handed to the caller; empty
	// means that none is looked at.
	RolesClaim string
	HTTP       *http.Client // with timeouts; its redirects are not followed elsewhere
}

// anyTenant reports whether the issuer is that of all of Entra's tenants.
func (p ProviderConfig) anyTenant() bool {
	return p.Entra && slices.Contains([]string{"organizations", "common"}, p.tenantPart())
}

// tenantPart is the tenant in the issuer of Entra.
func (p ProviderConfig) tenantPart() string {
	rest := strings.TrimSuffix(p.Issuer, "/v2.0")
	return rest[strings.LastIndex(rest, "/")+1:]
}

// anyIssuer is how Entra writes an issuer that stands for every tenant.
// Source: learn.microsoft.com/entra/identity-platform/access-tokens#validate-the-issuer, read 2026-11-22.
const anyIssuer = "{tenantid}"

// expects is the issuer that the provider's own description must name.
func (p ProviderConfig) expects() string {
	if p.anyTenant() {
		return strings.TrimSuffix(p.Issuer, p.tenantPart()+"/v2.0") + anyIssuer + "/v2.0"
	}
	return p.Issuer
}

// Config is what a Service needs.
type Config struct {
	Providers []ProviderConfig
	Clock     clock.Clock
	Random    io.Reader    // of states, nonces and verifiers; nil means crypto/rand
	Logger    *slog.Logger // nil discards
}

// Service knows the providers. It is safe for concurrent use.
type Service struct {
	providers []*provider
	clock     clock.Clock
	random    io.Reader
	log       *slog.Logger
	attempts  *attempts
}

// New returns the service. It asks no provider yet: one that does not answer
// must not keep Nightjar from starting.
func New(cfg Config) (*Service, error) {
	s := &Service{clock: cfg.Clock, random: cfg.Random, log: cfg.Logger}
	if s.random == nil {
		s.random = rand.Reader
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	for _, p := range cfg.Providers {
		if p.ID == "" || p.Issuer == "" || p.ClientID == "" || p.HTTP == nil || p.anyTenant() && len(p.Tenants) == 0 {
			return nil, &nightjar.Error{Code: nightjar.CodeInternal, Message: "a provider of identities is not described whole"}
		}
		s.providers = append(s.providers, newProvider(p, s.clock))
	}
	var err error
	s.attempts, err = newAttempts(s.clock, s.random)
	return s, err
}

// Provider names a provider to people.
type Provider struct{ ID, Name string }

// Providers returns them in the order of the configuration.
func (s *Service) Providers() []Provider {
	out := make([]Provider, len(s.providers))
	for i, p := range s.providers {
		out[i] = Provider{p.cfg.ID, p.cfg.Name}
	}
	return out
}

func (s *Service) provider(id string) (*provider, error) {
	for _, p := range s.providers {
		if p.cfg.ID == id {
			return p, nil
		}
	}
	return nil, &nightjar.Error{Code: nightjar.CodeNotFound, Message: "there is no such provider of identities", Hint: "they stand under sso in the configuration"}
}
