package alert

import (
	"crypto/rand"
	"io"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/catalog"
	"github.com/nightjar-sec/nightjar/internal/clock"
)

// Config is what a Keeper needs.
type Config struct {
	Catalog *catalog.DB
	Clock   clock.Clock
	// Outbox is told of changes; nil: nobody is.
	Outbox Outbox
	// Audit records what people do; nil: nothing does.
	Audit  Auditor
	Random io.Reader // of the ids of silences; nil means crypto/rand
	// Pack says which pack a rule is of; nil: rules are of none.
	Pack func(rule string) string
	// Collect is how far in event time a finding may lie from an open alert of
	// its fingerprint to become part of it; 0 means 24 hours.
	Collect time.Duration
	// Related is how far apart alerts of one incident may lie; 0 means 24 hours.
	Related time.Duration
	// Registerer takes the metrics; nil leaves them unregistered.
	Registerer prometheus.Registerer
}

// Keeper keeps findings, alerts, incidents and silences. It is safe for
// concurrent use, also by several processes on one catalog: what it decides on
// it reads in the transaction that writes.
type Keeper struct {
	db      *catalog.DB
	clock   clock.Clock
	outbox  Outbox
	audit   Auditor
	random  io.Reader
	pack    func(rule string) string
	collect time.Duration
	related time.Duration
	metrics *metrics
}

const day = 24 * time.Hour

// New returns the keeper of the catalog's alerts.
func New(cfg Config) (*Keeper, error) {
	if cfg.Catalog == nil {
		return nil, &nightjar.Error{Code: nightjar.CodeInternal, Message: "alerts need a catalog"}
	}
	if cfg.Collect < 0 || cfg.Related < 0 {
		return nil, &nightjar.Error{Code: nightjar.CodeInternal, Message: "alerts collect findings over a span that is not negative"}
	}
	k := &Keeper{
		db: cfg.Catalog, clock: cfg.Clock, outbox: cfg.Outbox, audit: cfg.Audit, random: cfg.Random, pack: cfg.Pack,
		collect: cfg.Collect, related: cfg.Related,
	}
	if k.random == nil {
		k.random = rand.Reader
	}
	if k.pack == nil {
		k.pack = func(string) string { return "" }
	}
	if k.collect == 0 {
		k.collect = day
	}
	if k.related == 0 {
		k.related = day
	}
	var err error
	if k.metrics, err = newMetrics(cfg.Registerer, cfg.Catalog); err != nil {
		return nil, err
	}
	return k, nil
}

// now is the clock's time as the catalog keeps it.
func (k *Keeper) now() time.Time { return catalog.Time(catalog.Micros(k.clock.Now())) }
