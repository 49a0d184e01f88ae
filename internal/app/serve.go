package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/audit"
	"github.com/nightjar-sec/nightjar/internal/collect"
	"github.com/nightjar-sec/nightjar/internal/connect"
	"github.com/nightjar-sec/nightjar/internal/health"
	"github.com/nightjar-sec/nightjar/internal/m365"
)

// Serve collects, maintains the journal and answers on the listen address
// until ctx ends. It returns nil after a clean stop. It needs AccessCollect.
func (a *App) Serve(ctx context.Context) (err error) {
	a.limitMemory()
	if err := a.registerProcess(); err != nil {
		return fmt.Errorf("register metrics: %w", err)
	}
	pipeline, err := a.pipelineLog()
	if err != nil {
		return err
	}
	webhook, err := a.webhook()
	if err != nil {
		return err
	}
	collector, err := a.collector(pipeline, webhook)
	if err != nil {
		return err
	}
	disk, err := health.NewDisk(health.DiskConfig{Dir: a.opt.Config.DataDir, Registry: a.registry, Registerer: a.registerer})
	if err != nil {
		return err
	}
	expiry, err := connect.NewExpiry(connect.ExpiryConfig{Connector: a.connect, Warnings: a.registry, Registerer: a.registerer})
	if err != nil {
		return err
	}
	copier, err := a.auditCopier()
	if err != nil {
		return err
	}
	alertCopier, err := a.alertCopier()
	if err != nil {
		return err
	}
	rules, err := a.Rules(ctx)
	if err != nil {
		return err
	}
	scheduler, err := a.scheduler(rules)
	if err != nil {
		return err
	}
	detection, err := a.detection(rules)
	if err != nil {
		return err
	}
	auditWatch, err := audit.NewWatch(audit.WatchConfig{
		Log: a.audit, Warnings: a.registry, Logger: a.log.With("part", "audit"), HeadFile: filepath.Join(a.opt.Config.DataDir, audit.HeadFileName),
	})
	if err != nil {
		return err
	}
	listener, err := a.listen(ctx)
	if err != nil {
		return err
	}
	manager := newSystemd(a.opt.NotifySocket, a.opt.WatchdogUsec)
	checks := []health.Check{
		health.CatalogCheck(a.catalog, a.clock), disk.Check(),
		{Name: "key", Run: a.vault.Healthy},
		{Name: "journal", Run: func(context.Context) error { return a.journal.Stopped() }},
	}
	parts := []part{
		{"journal", a.journal.Run},
		{"pipeline log", pipeline.Run},
		{"audit copier", copier.Run},
		{"alert copier", alertCopier.Run},
		{"audit watch", auditWatch.Run},
		{"disk", disk.Run},
		{"catalog integrity", health.NewIntegrity(a.catalog, a.registry).Run},
		{"query sandbox", a.watchSandbox},
		{"credential expiry", expiry.Run},
		{"consent", a.connect.Run},
		{"geo", a.atlas.Run},
		{"access", a.people.Run},
		{"notify", a.notifier.Run},
		{"approvals", a.approvals.Run},
		{"rules", rules.Run},
		{"detect", detection.Run},
		{"schedule", scheduler.Run},
		{"collect", collector.Run},
	}
	heartbeat, err := a.heartbeat(checks)
	if err != nil {
		return errors.Join(err, closed(listener))
	}
	if heartbeat != nil {
		parts = append(parts, part{"heartbeat", heartbeat.Run})
	}
	if listener != nil {
		handler, err := a.handler(collector, webhook, checks) //nolint:contextcheck // the rules that it asks for were read above, with ctx
		if err != nil {
			return errors.Join(err, listener.Close())
		}
		secured, err := a.secured(listener)
		if err != nil {
			return errors.Join(err, listener.Close())
		}
		parts = append(parts, part{"http", func(ctx context.Context) error { return serveHTTP(ctx, secured, handler) }})
	}
	parts = append(parts, part{"systemd", func(ctx context.Context) error { return manager.feed(ctx, a.catalog.PingContext) }})

	// After all that can refuse to start: a refused start is no run, and must
	// not look like one that crashed.
	life, err := health.Begin(ctx, health.LifetimeConfig{
		Catalog: a.catalog, Clock: a.clock, Registry: a.registry, Registerer: a.registerer,
	})
	if err != nil {
		if listener != nil {
			err = errors.Join(err, listener.Close())
		}
		return err
	}
	a.announce(ctx, manager, listener)
	err = supervise(ctx, a.log, a.opt.ShutdownBound, parts)
	// The last words are best effort: systemd sees the process end either way.
	_ = manager.notify(context.WithoutCancel(ctx), "STOPPING=1")
	a.log.InfoContext(ctx, "stopped", "cause", fmt.Sprint(context.Cause(ctx)))
	bound, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeBound)
	defer cancel()
	return errors.Join(err, life.End(bound))
}

// closed closes a listener, if there is one.
func closed(l net.Listener) error {
	if l == nil {
		return nil
	}
	return l.Close()
}

func (a *App) announce(ctx context.Context, manager systemd, listener net.Listener) {
	address := ""
	if listener != nil {
		address = listener.Addr().String()
	}
	if host, _, err := net.SplitHostPort(address); err == nil && !net.ParseIP(host).IsLoopback() {
		a.log.WarnContext(ctx, "listening beyond this machine: health and metrics ask for no login", "listen", address)
	}
	a.log.InfoContext(ctx, "started", "data_dir", a.opt.Config.DataDir, "listen", address, "version", a.opt.Build.Version)
	if err := manager.notify(ctx, "READY=1"); err != nil {
		a.log.WarnContext(ctx, "systemd cannot be told", "error", err)
	}
	if a.opt.Ready != nil {
		a.opt.Ready(address)
	}
	if err := a.tellConsole(ctx, address); err != nil {
		a.log.ErrorContext(ctx, "the way into the console cannot be told", "error", err)
	}
}

// collectAt is how much garbage the daemon lets gather before it collects it, in
// percent of what is in use. Go's own 100 has a daemon with a backlog take a
// fifth more memory, and saves it a tenth of its processor time then.
const collectAt = 50

// limitMemory applies memory_limit. GOMEMLIMIT and GOGC, if set, have the last
// word, for whoever runs the process knows its container better than the file does.
func (a *App) limitMemory() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(collectAt)
	}
	if limit := a.opt.Config.MemoryLimit; limit > 0 && os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(limit)
	}
}

func (a *App) listen(ctx context.Context) (net.Listener, error) {
	address := a.opt.Config.Listen
	if address == "" {
		return nil, nil //nolint:nilnil // nil listens nowhere
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, &nightjar.Error{
			Code: nightjar.CodeConflict, Message: "cannot listen on " + address,
			Hint: "give another address with listen, or an empty one to listen nowhere", Err: err,
		}
	}
	return l, nil
}

func (a *App) handler(collector *collect.Collector, webhook *m365.Webhook, checks []health.Check) (http.Handler, error) {
	status, err := health.NewHandler(health.HTTPConfig{
		Registry: a.registry, Gatherer: a.registerer, Checks: checks, Build: a.opt.Build, Clock: a.clock,
		Logger: a.log.With("part", "http"),
	})
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	for _, path := range []string{"/livez", "/readyz", "/healthz", "/metrics"} {
		mux.Handle(path, a.underOwnName(a.besidesProxy(path, status)))
	}
	if err := a.mountConsole(mux, collector, status); err != nil {
		return nil, err
	}
	if webhook != nil {
		mux.Handle("/webhook", collector.Webhook(webhook.AuthID))
	}
	return mux, nil
}

// The bounds of one HTTP exchange. What takes longer, a stream or an export,
// sets bounds of its own (internal/api/stream.go); whoever else does is broken
// or hostile.
const (
	readHeaderTimeout = 5 * time.Second
	readTimeout       = 15 * time.Second
	writeTimeout      = 30 * time.Second
	idleTimeout       = 60 * time.Second
	maxHeaderBytes    = 16 << 10
	closeBound        = 5 * time.Second
)

func serveHTTP(ctx context.Context, l net.Listener, h http.Handler) error {
	server := &http.Server{
		Handler: h, ReadHeaderTimeout: readHeaderTimeout, ReadTimeout: readTimeout, WriteTimeout: writeTimeout,
		IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeaderBytes,
		// Streams end with the process, and do not hold it up.
		BaseContext: func(net.Listener) context.Context { return ctx },
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(l) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	bound, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeBound)
	defer cancel()
	if err := server.Shutdown(bound); err != nil {
		return errors.Join(err, server.Close())
	}
	return nil
}
