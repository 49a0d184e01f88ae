package app

import (
	"context"
	"fmt"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/collect"
	"github.com/nightjar-sec/nightjar/internal/config"
	"github.com/nightjar-sec/nightjar/internal/connect"
	"github.com/nightjar-sec/nightjar/internal/m365"
)

func (a *App) openConnect() (err error) {
	c := a.opt.Config
	if a.metrics, err = m365.NewMetrics(a.registerer); err != nil {
		return fmt.Errorf("register metrics of requests: %w", err)
	}
	a.connect, err = connect.New(connect.Config{
		Catalog: a.catalog, Vault: a.vault, Audit: a.audit, Clouds: c.AllClouds(), Clock: a.clock, Logger: a.log.With("part", "connect"),
		HTTP:        m365.HTTPOptions{Proxy: c.Proxy, IdleConnections: c.Collect.Concurrency},
		PublisherID: c.PublisherID, RequestsPerMinute: c.Collect.RequestsPerMinute, Metrics: a.metrics,
		OnThrottle: func(i m365.ThrottleInfo) {
			if collector := a.collecting.Load(); collector != nil {
				collector.OnThrottle(i)
			}
		},
		OnRetry: func(i m365.RetryInfo) {
			if collector := a.collecting.Load(); collector != nil {
				collector.OnRetry(i)
			}
		},
		Consent: connect.ConsentApp{
			ClientID: c.Consent.ClientID, SecretFile: c.Consent.ClientSecretFile, CertificateFile: c.Consent.CertificateFile,
			PrivateKeyFile: c.Consent.PrivateKeyFile, RedirectURL: c.Consent.RedirectURL,
		},
		Ready: func(tenant nightjar.TenantID) {
			if collector := a.collecting.Load(); collector != nil {
				collector.Wake(tenant, "")
			}
		},
		Progress: a.firstSteps, ExpiryWarning: c.Connect.ExpiryWarning,
	})
	return err
}

// firstSteps tells connect how far collection of a tenant has come.
func (a *App) firstSteps(ctx context.Context, tenant nightjar.TenantID) (connect.Progress, error) {
	f, err := collect.FirstStepsOf(ctx, a.catalog, tenant)
	return connect.Progress{Subscribed: f.Subscribed, Blobs: f.Blobs, Events: f.Events, FirstEvent: f.FirstEvent}, err
}

// declare makes the tenants of the configuration file known.
func (a *App) declare(ctx context.Context) error {
	var declarations []connect.Declaration
	for _, t := range a.opt.Config.Tenants {
		declarations = append(declarations, connect.Declaration{Tenant: t.Domain(), Credential: credential(t)})
	}
	done, err := a.connect.Declare(ctx, declarations)
	if err != nil {
		return fmt.Errorf("declare the tenants of the configuration: %w", err)
	}
	for _, notice := range done.Notices {
		a.log.WarnContext(ctx, "tenant of the configuration", "notice", notice)
	}
	if len(done.Added)+len(done.Changed)+len(done.Removed) > 0 {
		a.log.InfoContext(ctx, "tenants declared", "added", done.Added, "changed", done.Changed, "removed", done.Removed)
	}
	return nil
}

func credential(t config.Tenant) connect.CredentialInput {
	return connect.CredentialInput{
		SecretFile: t.ClientSecretFile, CertificateFile: t.CertificateFile,
		PrivateKeyFile: t.PrivateKeyFile, FederatedTokenFile: t.FederatedTokenFile,
	}
}

// Connections returns the tenants' connections: those of List, Show, Add, Check and Remove.
func (a *App) Connections() *connect.Connector { return a.connect }

// Tenants returns the connected tenants.
func (a *App) Tenants(ctx context.Context) ([]nightjar.Tenant, error) { return a.connect.Tenants(ctx) }

// Known returns the tenants that are or once were connected; the events of all
// of them can be asked for.
func (a *App) Known(ctx context.Context) ([]nightjar.Tenant, error) {
	known, err := a.connect.Known(ctx)
	if err != nil {
		return nil, err
	}
	tenants := make([]nightjar.Tenant, len(known))
	for i, k := range known {
		tenants[i] = k.Tenant
	}
	return tenants, nil
}
