package app

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/api"
	"github.com/nightjar-sec/nightjar/internal/collect"
	"github.com/nightjar-sec/nightjar/internal/dashboard"
	"github.com/nightjar-sec/nightjar/internal/geo"
	"github.com/nightjar-sec/nightjar/internal/health"
	"github.com/nightjar-sec/nightjar/internal/saved"
	"github.com/nightjar-sec/nightjar/internal/secret"
	"github.com/nightjar-sec/nightjar/internal/web"
)

// mountConsole serves the console and the API beside the probes, unless that
// would send passwords over a network in the clear.
func (a *App) mountConsole(mux *http.ServeMux, collector *collect.Collector, status *health.Handler) error {
	if !a.servesConsole() {
		a.log.Warn("the console is not served beyond this machine without https", "listen", a.opt.Config.Listen,
			"hint", "set tls.cert_file and tls.key_file, or public_url to the https address of a proxy")
		return nil
	}
	c := a.opt.Config
	engine, err := a.Query(0)
	if err != nil {
		return err
	}
	a.cleanups.add("end query workers", func() error {
		engine.Close()
		return nil
	})
	dashboards, err := dashboard.New(filepath.Join(c.DataDir, dashboard.FolderName))
	if err != nil {
		return err
	}
	rules, err := a.Rules(context.Background())
	if err != nil {
		return err
	}
	searches, err := a.Saved()
	if err != nil {
		return err
	}
	proxies, err := c.Console.Proxies()
	if err != nil {
		return err
	}
	// The first is what the console proposes. Whoever describes a cloud of
	// their own means to use it.
	var clouds []string
	for _, cloud := range append(slices.Clone(c.Clouds), nightjar.Clouds()...) {
		clouds = append(clouds, cloud.Name)
	}
	providers, err := a.singleSignOn()
	if err != nil {
		return err
	}
	_, port, err := net.SplitHostPort(c.Listen)
	if err != nil {
		return fmt.Errorf("read the listen address: %w", err)
	}
	server, err := api.New(api.Config{
		SSO: providers, Mapped: mapped(c.SSO),
		Access: a.people, Audit: a.audit, Approvals: a.approvals, Notifier: a.notifier, FourEyes: c.Console.FourEyes, Connect: a.connect, Collector: collector, Journal: a.journal, Engine: engine,
		Dashboards: dashboards, Saved: searches, Alerts: a.alerts, Rules: rules, RuleTests: a.ruleTests, Backtest: a.Backtest, Schedules: a.schedules, Registry: a.registry, Health: status.Status, Settings: a.settings, Clouds: clouds,
		Consent: c.Consent.ClientID != "", Build: a.opt.Build, Clock: a.clock, Logger: a.log.With("part", "api"), Registerer: a.registerer,
		PublicURL: c.Console.PublicURL, HTTPS: c.Console.HTTPS(), Port: port, TrustedProxies: proxies, Demo: a.opt.Demo, QueryLimits: a.queryLimits(),
	})
	if err != nil {
		return err
	}
	a.cleanups.add("end backtests", server.Close)
	console, err := web.New(web.Config{HTTPS: c.Console.HTTPS()})
	if err != nil {
		return err
	}
	mux.Handle("/api/", server)
	mux.Handle("/consent/callback", server)
	mux.Handle("/sso/{provider}/callback", server)
	mux.Handle("/", console)
	return nil
}

// Saved returns the store of saved searches.
func (a *App) Saved() (*saved.Store, error) {
	return saved.New(saved.Config{Catalog: a.catalog, Clock: a.clock}) //nolint:wrapcheck // a mistake in the wiring, named already
}

// servesConsole reports whether the console may be served at the listen
// address: on loopback, by https, or behind a proxy that speaks https.
func (a *App) servesConsole() bool {
	if a.opt.Config.Console.HTTPS() {
		return true
	}
	host, _, err := net.SplitHostPort(a.opt.Config.Listen)
	return err == nil && (host == "localhost" || net.ParseIP(host).IsLoopback())
}

// tellConsole says where the console is, and how the first administrator gets in.
func (a *App) tellConsole(ctx context.Context, address string) error {
	if a.opt.Console == nil || address == "" || !a.servesConsole() {
		return nil
	}
	where := a.opt.Config.Console.PublicURL
	if where == "" {
		where = "http://" + address
		if a.opt.Config.Console.CertFile != "" {
			where = "https://" + address
		}
	}
	needed, err := a.people.NeedsSetup(ctx)
	if err != nil {
		return err
	}
	var setup func() (secret.Value, error)
	if needed {
		setup = func() (secret.Value, error) { return a.people.Bootstrap(ctx) }
	}
	a.opt.Console(where, setup)
	return nil
}

func (a *App) settings(context.Context) api.Settings {
	c := a.opt.Config
	s := api.Settings{
		PublicURL: c.Console.PublicURL, Retention: c.Retention.Default, Tables: map[string]time.Duration{},
		Backup: "nightjar journal backup FOLDER",
	}
	for table, d := range c.Retention.Tables {
		s.Tables[string(table)] = d
	}
	if a.atlas != nil {
		s.Geo = geoFiles(a.atlas.Status())
	}
	for _, v := range c.Settings() {
		s.Options = append(s.Options, api.Option{Key: v.Key, Value: v.Value, From: string(v.Origin)})
	}
	return s
}

// geoFiles are the sources of places, and the files that should be and are not.
func geoFiles(st geo.Status) []api.GeoFile {
	var out []api.GeoFile
	for _, f := range st.Files {
		kind := "networks"
		switch {
		case f.Cities:
			kind = "cities"
		case f.Places:
			kind = "countries"
		case f.List != "":
			kind = string(f.List)
		}
		g := api.GeoFile{Name: f.Data, Kind: kind, Built: f.Built, Attribution: f.Attribution}
		if f.Old {
			g.Problem = "older than it should be: nightjar geo update"
		}
		out = append(out, g)
	}
	for _, t := range st.Troubles {
		out = append(out, api.GeoFile{Name: filepath.Base(t.File), Kind: "file", Problem: t.Reason})
	}
	return out
}
