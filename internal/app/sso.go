package app

import (
	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/access"
	"github.com/nightjar-sec/nightjar/internal/clock"
	"github.com/nightjar-sec/nightjar/internal/config"
	"github.com/nightjar-sec/nightjar/internal/m365"
	"github.com/nightjar-sec/nightjar/internal/sso"
)

// singleSignOn returns the configured providers of identities; nil when there
// are none. None of them is asked yet.
func (a *App) singleSignOn() (*sso.Service, error) {
	if len(a.opt.Config.SSO) == 0 {
		return nil, nil //nolint:nilnil // nil is the API's word for no providers
	}
	// People and providers live by the wall's time, also in a rehearsal.
	c := sso.Config{Clock: clock.Real(), Logger: a.log.With("part", "sso")}
	for _, p := range a.opt.Config.SSO {
		// The client is one of m365 for its bounds, its proxy and its refusal to
		// be led to another host.
		client, err := m365.NewHTTPClient(nightjar.Cloud{Name: p.ID, CAFile: p.CAFile}, m365.HTTPOptions{Proxy: a.opt.Config.Proxy, IdleConnections: 2})
		if err != nil {
			return nil, err
		}
		one := sso.ProviderConfig{
			ID: p.ID, Name: p.Name, Issuer: p.Issuer, Entra: p.IsEntra(), ClientID: p.ClientID, SecretFile: p.ClientSecretFile,
			Tenants: p.Tenants, Scopes: p.Scopes, HTTP: client,
		}
		if len(p.Roles) > 0 {
			one.RolesClaim = p.RolesClaim
		}
		c.Providers = append(c.Providers, one)
	}
	return sso.New(c)
}

// mapped says what the values of a provider's claim give by the configuration.
func mapped(providers []config.Provider) func(provider string, values []string) []access.Grant {
	return func(provider string, values []string) []access.Grant {
		var out []access.Grant
		for _, p := range providers {
			if p.ID != provider {
				continue
			}
			for _, v := range values {
				for _, r := range p.Roles {
					if r.Value == v {
						out = append(out, access.Grant{Role: access.Role(r.Role), Tenant: r.Tenant})
					}
				}
			}
		}
		return out
	}
}
