package app

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/access"
	"github.com/nightjar-sec/nightjar/internal/alert"
	"github.com/nightjar-sec/nightjar/internal/alert/notify"
	"github.com/nightjar-sec/nightjar/internal/approval"
	"github.com/nightjar-sec/nightjar/internal/audit"
	"github.com/nightjar-sec/nightjar/internal/catalog"
	"github.com/nightjar-sec/nightjar/internal/clock"
	"github.com/nightjar-sec/nightjar/internal/collect"
	"github.com/nightjar-sec/nightjar/internal/connect"
	"github.com/nightjar-sec/nightjar/internal/dashboard"
	"github.com/nightjar-sec/nightjar/internal/geo"
	"github.com/nightjar-sec/nightjar/internal/health"
	"github.com/nightjar-sec/nightjar/internal/journal"
	"github.com/nightjar-sec/nightjar/internal/m365"
	"github.com/nightjar-sec/nightjar/internal/query"
	"github.com/nightjar-sec/nightjar/internal/secret"
)

// Access is what a command wants of the data directory.
type Access int

const (
	// AccessRead only looks. It works beside a daemon and needs no key.
	AccessRead Access = iota
	// AccessManage changes tenants and keys in short transactions, beside a daemon.
	AccessManage
	// AccessCollect stores and moves events. One process at a time has it.
	AccessCollect
)

// App is the opened parts. Close it when done.
type App struct {
	opt      Options
	clock    clock.Clock
	log      *slog.Logger
	cleanups cleanups

	registerer *prometheus.Registry
	catalog    *catalog.DB
	journal    *journal.Journal
	vault      *secret.Vault // nil under AccessRead
	connect    *connect.Connector
	metrics    *m365.Metrics
	registry   *health.Registry
	atlas      *geo.Atlas // nil unless AccessCollect
	audit      *audit.Log
	people     *access.Keeper // nil under AccessRead
	approvals  *approval.Keeper
	alerts     *alert.Keeper
	ruleKeeper ruleKeeper
	notifier   *notify.Notifier
	// collecting is the collector once there is one: the clients, which exist
	// before it, tell it of throttling.
	collecting atomic.Pointer[collect.Collector]
}

// Open opens what mode asks for. The tenants of the configuration file are
// declared, unless the command only looks.
func Open(ctx context.Context, o Options, mode Access) (*App, error) {
	if err := o.validate(); err != nil {
		return nil, err
	}
	a := &App{opt: o, clock: o.Clock, log: o.Logger, registerer: prometheus.NewRegistry()}
	if err := a.open(ctx, mode); err != nil {
		return nil, errors.Join(err, a.Close())
	}
	return a, nil
}

func (a *App) open(ctx context.Context, mode Access) error {
	if mode == AccessCollect {
		lock, err := catalog.Lock(a.opt.Config.DataDir)
		if err != nil {
			return err
		}
		a.cleanups.add("unlock data_dir", lock.Unlock)
	}
	db, err := catalog.Open(ctx, catalog.Config{Path: a.opt.catalogPath(), ReadOnly: mode == AccessRead})
	if err != nil {
		return err
	}
	a.catalog = db
	a.cleanups.add("close catalog", db.Close)
	conditions := a.log
	if mode != AccessCollect {
		conditions = nil // whoever does not collect says in its answer what is wrong
	}
	a.registry = health.NewRegistry(health.RegistryConfig{Clock: a.clock, Logger: conditions, Names: a.tenantName})
	if err := a.openJournal(); err != nil {
		return err
	}
	if err := a.openAudit(); err != nil {
		return err
	}
	if mode == AccessCollect {
		if a.atlas, err = Geo(a.opt, a.registry); err != nil {
			return err
		}
	}
	if mode != AccessRead {
		if err := a.openVault(ctx); err != nil {
			return err
		}
	}
	if err := a.openNotify(); err != nil {
		return err
	}
	if err := a.openAlerts(); err != nil {
		return err
	}
	if err := a.openConnect(); err != nil {
		return err
	}
	if mode != AccessRead {
		if err := a.openAccess(); err != nil {
			return err
		}
	}
	if mode == AccessRead || a.opt.Config.File == "" {
		// Without a file nothing is declared, which is not the same as a file
		// that declares nothing: that one would remove what an earlier declared.
		return nil
	}
	return a.declare(ctx)
}

func (a *App) openJournal() (err error) {
	c := a.opt.Config
	a.journal, err = journal.New(journal.Config{
		Dir: a.opt.journalDir(), Catalog: a.catalog, Clock: a.clock, Logger: a.log.With("part", "journal"), Registerer: a.registerer,
		DedupeBytes: int(c.Collect.DedupeMemory), MaintainEvery: c.Journal.MaintainEvery, Damaged: a.damaged,
		Beside:    []string{filepath.Join(c.DataDir, collect.QuarantineFolder), filepath.Join(c.DataDir, dashboard.FolderName)},
		Retention: journal.Retention{Default: c.Retention.Default, Tables: c.Retention.Tables},
	})
	return err
}

func (a *App) openVault(ctx context.Context) (err error) {
	a.vault, err = secret.OpenVault(ctx, secret.VaultConfig{
		Catalog: a.catalog, Clock: a.clock, KeyFile: a.opt.keyFile(), CredentialsDir: a.opt.CredentialsDir, Create: true,
	})
	return err
}

// Close gives back what Open took, the last first.
func (a *App) Close() error { return a.cleanups.run() }

// Journal returns the journal.
func (a *App) Journal() *journal.Journal { return a.journal }

// Vault returns the sealed secrets; nil under AccessRead.
func (a *App) Vault() *secret.Vault { return a.vault }

// Clock returns the time that the parts go by.
func (a *App) Clock() clock.Clock { return a.clock }

// Query returns the engine for analysts' questions, which keeps warm idle
// workers ready; 0 keeps as many as the engine sees fit, below 0 none.
func (a *App) Query(warm int) (*query.Engine, error) {
	return query.New(query.Config{
		Warm:    warm,
		Journal: a.journal, WorkerCommand: a.opt.WorkerCommand, Limits: a.queryLimits(),
		Clock: a.clock, Logger: a.log.With("part", "query"),
	})
}

// registerProcess adds the figures of the Go runtime and of the process.
func (a *App) registerProcess() error {
	return errors.Join(
		a.registerer.Register(collectors.NewGoCollector()),
		a.registerer.Register(collectors.NewProcessCollector(collectors.ProcessCollectorOpts{})),
		a.registerer.Register(a.registry.Collector()),
		health.RegisterBuild(a.registerer, a.opt.Build),
	)
}

// tenantName is how people know a tenant; its id when it cannot be read.
func (a *App) tenantName(id nightjar.TenantID) string {
	if a.connect == nil {
		return string(id)
	}
	tenants, err := a.Tenants(context.Background())
	if err != nil {
		return string(id)
	}
	for _, t := range tenants {
		if t.ID == id {
			return t.Name
		}
	}
	return string(id)
}

func (a *App) queryLimits() query.Limits {
	q := a.opt.Config.Query
	return query.Limits{Memory: q.Memory, Wall: q.Timeout, Rows: q.Rows, Bytes: q.Bytes, Threads: q.Threads}
}
