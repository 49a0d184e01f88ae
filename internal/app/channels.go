package app

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/alert/notify"
	"github.com/nightjar-sec/nightjar/internal/alert/notify/email"
	"github.com/nightjar-sec/nightjar/internal/alert/notify/pagerduty"
	"github.com/nightjar-sec/nightjar/internal/alert/notify/slack"
	"github.com/nightjar-sec/nightjar/internal/alert/notify/syslog"
	"github.com/nightjar-sec/nightjar/internal/alert/notify/teams"
	"github.com/nightjar-sec/nightjar/internal/alert/notify/webhook"
	"github.com/nightjar-sec/nightjar/internal/health"
	"github.com/nightjar-sec/nightjar/internal/secret"
)

// openNotify opens the outbox and the channels. Nothing is sent before it runs.
func (a *App) openNotify() error {
	c := a.opt.Config
	networks, err := c.Notify.Networks()
	if err != nil {
		return err
	}
	roots, err := authorities(c.Notify.CAFile)
	if err != nil {
		return err
	}
	proxy, err := proxyOf(c.Proxy)
	if err != nil {
		return err
	}
	a.notifier, err = notify.New(notify.Config{
		Catalog: a.catalog, Vault: a.vault, Clock: a.clock, Kinds: ChannelKinds(), AllowNetworks: networks, Proxy: proxy, RetryFor: c.Notify.RetryFor, PublicURL: a.consoleURL(),
		Names: a.toldName, Warnings: a.registry, Logger: a.log.With("part", "notify"), Registerer: a.registerer, Roots: roots, Version: a.opt.Build.Version,
	})
	return err
}

// toldName is how a message names a tenant; alerts about Nightjar itself are of
// the installation, which nobody connected.
func (a *App) toldName(id nightjar.TenantID) string {
	if id == nightjar.Installation {
		return Installation().Name
	}
	return a.tenantName(id)
}

// ChannelKinds are the kinds of channels that people can choose from.
func ChannelKinds() []notify.Kind {
	return []notify.Kind{email.Kind(), teams.Kind(), slack.Kind(), webhook.Kind(), pagerduty.Kind(), syslog.Kind()}
}

// Notifier returns the channels, routes and deliveries.
func (a *App) Notifier() *notify.Notifier { return a.notifier }

// consoleURL is where links in notifications lead.
func (a *App) consoleURL() string {
	c := a.opt.Config
	if c.Console.PublicURL != "" {
		return strings.TrimSuffix(c.Console.PublicURL, "/")
	}
	host, port, err := net.SplitHostPort(c.Listen)
	if err != nil || host == "" || port == "0" || net.ParseIP(host).IsUnspecified() {
		return ""
	}
	if c.Console.HTTPS() {
		return "https://" + c.Listen
	}
	return "http://" + c.Listen
}

// authorities are those of the system and those of a file; nil means those of
// the system alone.
func authorities(file string) (*x509.CertPool, error) {
	if file == "" {
		return nil, nil //nolint:nilnil // as crypto/tls has it
	}
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, &nightjar.Error{Code: nightjar.CodeInvalid, Message: "notify.ca_file cannot be read", Hint: "name a file of certificates in PEM", Err: err}
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	if !pool.AppendCertsFromPEM(pem) {
		return nil, &nightjar.Error{Code: nightjar.CodeInvalid, Message: "notify.ca_file holds no certificate in PEM", Hint: "it begins with -----BEGIN CERTIFICATE-----"}
	}
	return pool, nil
}

// heartbeat tells an outside monitor that collection and detection work; nil
// when none is configured.
func (a *App) heartbeat(checks []health.Check) (*notify.Heartbeat, error) {
	c := a.opt.Config.Notify
	if c.HeartbeatURLFile == "" {
		return nil, nil //nolint:nilnil // nothing to run
	}
	text, err := os.ReadFile(c.HeartbeatURLFile)
	if err != nil {
		return nil, &nightjar.Error{Code: nightjar.CodeInvalid, Message: "notify.heartbeat_url_file cannot be read", Hint: "name a file that holds the monitor's address", Err: err}
	}
	return notify.NewHeartbeat(notify.HeartbeatConfig{
		URL: secret.New(strings.TrimSpace(string(text))), Every: c.HeartbeatEvery, Post: c.HeartbeatMethod == "POST",
		Healthy: func(ctx context.Context) error { return a.working(ctx, checks) }, Environment: a.notifier.Environment(), Clock: a.clock,
		Warnings: a.registry, Registerer: a.registerer,
	})
}

// working says why what the heartbeat stands for does not work: a check
// fails, or detection or the pipeline does. What is wrong with one tenant is
// an alert's matter: the heartbeat is for what could not tell anybody.
func (a *App) working(ctx context.Context, checks []health.Check) error {
	var errs []error
	for _, c := range checks {
		if err := c.Run(ctx); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", c.Name, err))
		}
	}
	for _, w := range a.registry.Current() {
		switch w.Code {
		case nightjar.WarnDetectionBehind, nightjar.WarnDiskFull, nightjar.WarnCatalogIntegrity, nightjar.WarnPipelineLogStalled:
			errs = append(errs, errors.New(w.Title))
		case nightjar.WarnSourceSilent:
			if a.allSilent(ctx) {
				errs = append(errs, errors.New(w.Title))
			}
		default:
		}
	}
	return errors.Join(errs...)
}

// allSilent reports whether no tenant is collected any more.
func (a *App) allSilent(ctx context.Context) bool {
	tenants, err := a.Tenants(ctx)
	if err != nil {
		return true
	}
	silent := map[nightjar.TenantID]bool{}
	for _, w := range a.registry.Current() {
		if w.Code == nightjar.WarnSourceSilent {
			silent[w.Tenant] = true
		}
	}
	for _, t := range tenants {
		if !silent[t.ID] {
			return false
		}
	}
	return len(tenants) > 0
}
