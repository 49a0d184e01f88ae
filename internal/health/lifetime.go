package health

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/uptrace/bun"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/catalog"
	"github.com/nightjar-sec/nightjar/internal/clock"
)

const (
	stateRun   = "run"
	stateProbe = "probe"

	runStarted = "started"
	runEnded   = "ended"
)

// LifetimeConfig is what a Lifetime needs.
type LifetimeConfig struct {
	Catalog    *catalog.DB
	Clock      clock.Clock
	Registry   *Registry             // nil: no warning
	Registerer prometheus.Registerer // nil: no metric
}

// Lifetime marks the run of a process in the catalog, so that the next one
// knows whether this one closed.
type Lifetime struct {
	db      *catalog.DB
	clock   clock.Clock
	unclean bool
	started time.Time
}

// Begin marks the start of a run and learns how the previous one ended.
// Only the process that holds the data directory's lock may call it.
func Begin(ctx context.Context, cfg LifetimeConfig) (*Lifetime, error) {
	l := &Lifetime{db: cfg.Catalog, clock: cfg.Clock}
	err := l.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		var value string
		var updated int64
		err := tx.NewRaw(sqlState, stateRun).Scan(ctx, &value, &updated)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		if l.unclean = value == runStarted; l.unclean {
			l.started = catalog.Time(updated)
		}
		return putState(ctx, tx, stateRun, runStarted, l.clock.Now())
	})
	if err != nil {
		return nil, fmt.Errorf("mark the start of the run: %w", err)
	}
	if l.unclean && cfg.Registry != nil {
		cfg.Registry.Set(nightjar.WarnUncleanShutdown, "", "", map[string]string{"started": l.started.Format(time.RFC3339)})
	}
	if cfg.Registerer != nil {
		g := prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "nightjar_prev_shutdown_unclean", Help: "1 when the previous run ended without closing.",
		})
		if l.unclean {
			g.Set(1)
		}
		if err := cfg.Registerer.Register(g); err != nil {
			return nil, err
		}
	}
	return l, nil
}

// PreviousUnclean reports whether the previous run ended without closing, and
// when it had started.
func (l *Lifetime) PreviousUnclean() (started time.Time, unclean bool) {
	return l.started, l.unclean
}

// End marks that the run closed. Call it last, before the catalog closes.
func (l *Lifetime) End(ctx context.Context) error {
	err := l.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		return putState(ctx, tx, stateRun, runEnded, l.clock.Now())
	})
	if err != nil {
		return fmt.Errorf("mark the end of the run: %w", err)
	}
	return nil
}

// CatalogCheck returns the readiness check that writes to the catalog.
func CatalogCheck(db *catalog.DB, c clock.Clock) Check {
	return Check{Name: "catalog", Run: func(ctx context.Context) error {
		return db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
			return putState(ctx, tx, stateProbe, "", c.Now())
		})
	}}
}

func putState(ctx context.Context, tx bun.Tx, name, value string, at time.Time) error {
	_, err := tx.NewRaw(sqlPutState, name, value, catalog.Micros(at)).Exec(ctx)
	return err
}
