package collect

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"sync"
	"time"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/clock"
	"github.com/nightjar-sec/nightjar/internal/m365"
)

// Collector collects the feeds of all tenants. Its methods are safe for
// concurrent use, but only one of Run and Once may run at a time.
type Collector struct {
	cfg     Config
	opt     Options
	clock   clock.Clock
	log     *slog.Logger
	pipe    Pipeline
	warn    Warnings
	ledger  ledger
	metrics *metrics
	memory  *memory
	slots   chan struct{} // fetches at a time, all tenants

	mu         sync.Mutex
	running    map[nightjar.TenantID]*running
	onProgress func(*feedRun)
}

// running is a tenant being collected.
type running struct {
	*tenantRun
	cancel context.CancelFunc
	done   chan struct{}
}

// New returns a collector. It does nothing before Run or Once.
func New(cfg Config) (*Collector, error) {
	cfg.Options = cfg.Options.withDefaults()
	if err := cfg.validate(); err != nil {
		return nil, err
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if cfg.Pipeline == nil {
		cfg.Pipeline = silent{}
	}
	if cfg.Warnings == nil {
		cfg.Warnings = silent{}
	}
	m, err := newMetrics(cfg.Registerer)
	if err != nil {
		return nil, fmt.Errorf("register the collector's metrics: %w", err)
	}
	return &Collector{
		cfg: cfg, opt: cfg.Options, clock: cfg.Clock, log: cfg.Logger, pipe: cfg.Pipeline, warn: cfg.Warnings,
		ledger: ledger{db: cfg.Catalog}, metrics: m,
		memory:  newMemory(cfg.Options.MemoryBytes, m.inFlight.Set),
		slots:   make(chan struct{}, cfg.Options.Concurrency),
		running: make(map[nightjar.TenantID]*running),
	}, nil
}

// Run collects until ctx ends, then commits what is fetched already and
// returns nil. It returns an error only when the process must stop: after a
// failed fsync nothing that the journal says can be trusted.
func (c *Collector) Run(ctx context.Context) error {
	if err := c.sweepQuarantine(); err != nil {
		return err
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var wg sync.WaitGroup
	for {
		tenants, err := c.cfg.Tenants(ctx)
		if err != nil && ctx.Err() == nil {
			// Those that run go on; whoever was added waits for the next look.
			c.log.ErrorContext(ctx, "cannot read the list of tenants", "tenant", "", "source", "collect", "error", err)
		} else if err == nil {
			c.reconcileTenants(ctx, tenants, &wg, stop)
		}
		if c.clock.Sleep(ctx, c.opt.TenantRefresh) != nil {
			break
		}
	}
	wg.Wait()
	if fatal, ok := errors.AsType[fatalError](context.Cause(ctx)); ok {
		return fatal.error
	}
	return nil
}

// fatalError tells a failure from being stopped, in the cause of a context.
type fatalError struct{ error }

// reconcileTenants starts who is new, stops who left or paused, and restarts
// whose configuration changed.
func (c *Collector) reconcileTenants(ctx context.Context, tenants []nightjar.Tenant, wg *sync.WaitGroup, stop context.CancelCauseFunc) {
	wanted := make(map[nightjar.TenantID]nightjar.Tenant, len(tenants))
	for _, t := range tenants {
		if !t.Paused {
			wanted[t.ID] = t
		}
	}
	c.mu.Lock()
	var leaving []*running
	for id, r := range c.running {
		if t, ok := wanted[id]; !ok || !reflect.DeepEqual(t, r.tenant) {
			leaving = append(leaving, r)
			delete(c.running, id)
		}
	}
	c.mu.Unlock()
	for _, r := range leaving {
		r.cancel()
	}
	for _, r := range leaving {
		<-r.done
	}
	for id, t := range wanted {
		c.mu.Lock()
		_, runs := c.running[id]
		c.mu.Unlock()
		if !runs {
			c.start(ctx, t, false, wg, stop)
		}
	}
}

func (c *Collector) start(ctx context.Context, t nightjar.Tenant, once bool, wg *sync.WaitGroup, stop context.CancelCauseFunc) *running {
	ctx, cancel := context.WithCancel(ctx)
	r := &running{tenantRun: newTenantRun(c, t, once), cancel: cancel, done: make(chan struct{})}
	c.mu.Lock()
	c.running[t.ID] = r
	c.mu.Unlock()
	c.log.InfoContext(ctx, "collection begins", "tenant", string(t.ID), "source", "collect", "feeds", len(r.feeds))
	wg.Go(func() {
		defer close(r.done)
		defer cancel()
		if err := r.run(ctx); err != nil {
			stop(fatalError{err})
		}
	})
	return r
}

// Wake has a feed polled now rather than at its next turn. An unknown tenant
// or feed does nothing; an empty feed means all feeds of the tenant.
func (c *Collector) Wake(tenant nightjar.TenantID, feed nightjar.Feed) {
	c.mu.Lock()
	r := c.running[tenant]
	c.mu.Unlock()
	if r != nil {
		r.wake(feed)
	}
}

// OnThrottle takes what a tenant's client says of a throttled answer, and
// tells people. It does not block.
func (c *Collector) OnThrottle(i m365.ThrottleInfo) {
	c.mu.Lock()
	r := c.running[i.Tenant]
	c.mu.Unlock()
	if r == nil || len(r.feeds) == 0 {
		return
	}
	f := r.feeds[0]
	for _, other := range r.feeds {
		if other.feed == i.Feed {
			f = other
		}
	}
	f.c.metrics.failures.WithLabelValues(string(i.Tenant), string(f.feed), string(m365.KindThrottled)).Inc()
	f.say(nightjar.PipelineThrottled, nightjar.LevelWarning, 0, "throttled: %s answered %d; pauses for %s and goes on with %.0f requests a minute",
		i.Operation, i.Status, i.Pause, i.PerMinute)
}

// OnRetry takes what a tenant's client is about to try again, so that whoever
// waits for the run sees why before the client gives up. It does not block.
func (c *Collector) OnRetry(i m365.RetryInfo) {
	c.mu.Lock()
	r := c.running[i.Tenant]
	c.mu.Unlock()
	if r == nil {
		return
	}
	for _, f := range r.feeds {
		if i.Feed == "" || f.feed == i.Feed {
			f.failed(i.Err)
		}
	}
}

// serverNow is the time at Microsoft, as the last answer told it: a window
// that ends in its future or begins before its retention is refused.
func (c *Collector) serverNow(act *m365.Activity) time.Time {
	now := c.clock.Now()
	skew, known := act.Skew()
	if known && skew.Abs() > clockSkewed {
		c.warn.Set(nightjar.WarnClockSkew, "", "collect", map[string]string{"skew": skew.Round(time.Second).String()})
	} else if known {
		c.warn.Clear(nightjar.WarnClockSkew, "", "collect")
	}
	if skew.Abs() < 2*time.Second { // the header counts whole seconds
		return now
	}
	return now.Add(skew)
}

// clockSkewed is how far the clocks may differ before people are told.
const clockSkewed = time.Minute

// progress tells Once that something moved.
func (c *Collector) progress(f *feedRun) {
	c.mu.Lock()
	tell := c.onProgress
	c.mu.Unlock()
	if tell != nil {
		tell(f)
	}
}

// Status returns what this run has done so far, by tenant.
func (c *Collector) Status() map[nightjar.TenantID][]FeedSummary {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := make(map[nightjar.TenantID][]FeedSummary, len(c.running))
	for id, r := range c.running {
		for _, f := range r.feeds {
			out[id] = append(out[id], f.snapshot())
		}
	}
	return out
}
