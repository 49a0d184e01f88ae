package health

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/clock"
)

// Appender stores events of one tenant durably and drops those whose identity
// is stored already. It keeps this package from depending on the journal.
type Appender interface {
	AppendEvents(ctx context.Context, tenant nightjar.TenantID, events []nightjar.Event) error
}

const (
	flushInterval = 2 * time.Second
	flushRows     = 1000 // a fuller buffer is written before its time
	maxMessage    = 4 << 10
	// rowCost is what a row takes beside its strings.
	rowCost = 256
	// finalFlush bounds the last write when the process stops.
	finalFlush = 10 * time.Second
)

// PipelineConfig is what a PipelineLog needs.
type PipelineConfig struct {
	Appender   Appender
	Clock      clock.Clock // gives rows their time; flushing follows the wall
	Logger     *slog.Logger
	Registry   *Registry             // nil: a stall is only logged
	Registerer prometheus.Registerer // nil: no metrics
	// MaxBytes bounds what waits in memory while the journal cannot store;
	// 0 means 8 MiB, about 20,000 rows.
	MaxBytes int
}

// PipelineLog writes what the pipeline says of itself to collectors_out.
//
// Add never blocks and never fails. While the journal cannot store, the newest
// rows are kept, the dropped ones are counted, and a row of their tenant says
// how many are missing as soon as one can be stored again. A PipelineLog is
// safe for concurrent use; stop it after everything that adds to it.
type PipelineLog struct {
	appender Appender
	clock    clock.Clock
	log      *slog.Logger
	registry *Registry
	metrics  *pipelineMetrics
	maxBytes int
	full     chan struct{}

	flushing sync.Mutex // one flush at a time, so that rows keep their order

	mu      sync.Mutex
	rows    []nightjar.PipelineRecord
	bytes   int
	dropped map[nightjar.TenantID]loss
	stalled bool
}

// loss is a span of rows that had to be dropped.
type loss struct {
	rows     int64
	from, to time.Time
}

// NewPipelineLog returns an empty log.
func NewPipelineLog(cfg PipelineConfig) (*PipelineLog, error) {
	if cfg.Appender == nil {
		return nil, errors.New("a pipeline log needs an appender")
	}
	p := &PipelineLog{
		appender: cfg.Appender, clock: cfg.Clock, log: cfg.Logger, registry: cfg.Registry,
		metrics:  newPipelineMetrics(),
		maxBytes: cmp.Or(cfg.MaxBytes, 8<<20),
		full:     make(chan struct{}, 1),
		dropped:  make(map[nightjar.TenantID]loss),
	}
	if p.log == nil {
		p.log = slog.New(slog.DiscardHandler)
	}
	if cfg.Registerer != nil {
		if err := p.metrics.register(cfg.Registerer); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// Add takes a row. A row without id or time is given them; one without tenant
// goes to the process's own log only, because a table row belongs to a tenant.
func (p *PipelineLog) Add(r nightjar.PipelineRecord) {
	if r.Tenant == "" {
		p.log.Info("pipeline", "collector", r.Collector, "action", string(r.Action), "level", string(r.Level), "message", r.Message)
		return
	}
	if r.ID == "" {
		r.ID = newID()
	}
	if r.Time.IsZero() {
		r.Time = p.clock.Now()
	}
	r.Message = shorten(r.Message)
	p.metrics.rows.WithLabelValues(string(r.Action), string(r.Level)).Inc()

	p.mu.Lock()
	p.rows = append(p.rows, r)
	p.bytes += cost(r)
	p.trim()
	full := len(p.rows) == flushRows
	p.mu.Unlock()
	if full {
		select {
		case p.full <- struct{}{}:
		default:
		}
	}
}

// Run writes rows every two seconds until ctx ends, and then once more.
func (p *PipelineLog) Run(ctx context.Context) error {
	wall := clock.Real()
	for {
		select {
		case <-ctx.Done():
			last, cancel := wall.WithTimeout(context.WithoutCancel(ctx), finalFlush)
			defer cancel()
			return p.Flush(last)
		case <-wall.After(flushInterval):
		case <-p.full:
		}
		_ = p.Flush(ctx) // the rows are kept and tried again; Flush reports the stall
	}
}

// Flush writes what waits. What could not be stored waits on.
func (p *PipelineLog) Flush(ctx context.Context) error {
	p.flushing.Lock()
	defer p.flushing.Unlock()
	rows, dropped := p.take()
	byTenant := make(map[nightjar.TenantID][]nightjar.PipelineRecord)
	var order []nightjar.TenantID
	for tenant, l := range dropped {
		order = append(order, tenant)
		byTenant[tenant] = append(byTenant[tenant], p.gapRow(tenant, l))
	}
	slices.Sort(order)
	for _, r := range rows {
		if _, ok := byTenant[r.Tenant]; !ok {
			order = append(order, r.Tenant)
		}
		byTenant[r.Tenant] = append(byTenant[r.Tenant], r)
	}
	failed := make(map[nightjar.TenantID]bool)
	var errs []error
	for _, tenant := range order {
		events, err := p.events(byTenant[tenant])
		if err == nil {
			err = p.appender.AppendEvents(ctx, tenant, events)
		}
		if err != nil {
			failed[tenant] = true
			errs = append(errs, fmt.Errorf("store pipeline rows of tenant %s: %w", tenant, err))
		}
	}
	err := errors.Join(errs...)
	p.putBack(rows, dropped, failed)
	p.report(err)
	return err
}

func (p *PipelineLog) take() ([]nightjar.PipelineRecord, map[nightjar.TenantID]loss) {
	p.mu.Lock()
	defer p.mu.Unlock()
	rows, dropped := p.rows, p.dropped
	p.rows, p.bytes, p.dropped = nil, 0, make(map[nightjar.TenantID]loss)
	return rows, dropped
}

// putBack returns the rows of the tenants that failed to the front.
func (p *PipelineLog) putBack(rows []nightjar.PipelineRecord, dropped map[nightjar.TenantID]loss, failed map[nightjar.TenantID]bool) {
	if len(failed) == 0 {
		return
	}
	rows = slices.DeleteFunc(rows, func(r nightjar.PipelineRecord) bool { return !failed[r.Tenant] })
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, r := range rows {
		p.bytes += cost(r)
	}
	p.rows = append(rows, p.rows...)
	for tenant, l := range dropped {
		if failed[tenant] {
			p.dropped[tenant] = p.dropped[tenant].join(l)
		}
	}
	p.trim()
}

// trim drops the oldest rows until the buffer is within its bound.
func (p *PipelineLog) trim() {
	n := 0
	for ; n < len(p.rows)-1 && p.bytes > p.maxBytes; n++ {
		r := p.rows[n]
		p.bytes -= cost(r)
		p.dropped[r.Tenant] = p.dropped[r.Tenant].join(loss{rows: 1, from: r.Time, to: r.Time})
		p.metrics.dropped.Inc()
	}
	if n > 0 {
		p.rows = slices.Delete(p.rows, 0, n)
	}
}

func (p *PipelineLog) report(err error) {
	p.mu.Lock()
	began, ended := err != nil && !p.stalled, err == nil && p.stalled
	p.stalled = err != nil
	p.mu.Unlock()
	switch {
	case began:
		p.log.Error("pipeline log cannot be stored", "error", err)
		if p.registry != nil {
			p.registry.Set(nightjar.WarnPipelineLogStalled, "", "", map[string]string{
				"since": p.clock.Now().Format(time.RFC3339), "reason": string(nightjar.CodeOf(err)),
			})
		}
	case ended:
		p.log.Info("pipeline log is stored again")
		if p.registry != nil {
			p.registry.Clear(nightjar.WarnPipelineLogStalled, "", "")
		}
	}
}

func (l loss) join(o loss) loss {
	if l.rows == 0 {
		return o
	}
	if o.rows == 0 {
		return l
	}
	l.rows += o.rows
	if o.from.Before(l.from) {
		l.from = o.from
	}
	if o.to.After(l.to) {
		l.to = o.to
	}
	return l
}

func cost(r nightjar.PipelineRecord) int {
	return rowCost + len(r.Message) + len(r.Collector) + len(r.JobID)
}

func shorten(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	if len(s) <= maxMessage {
		return s
	}
	return strings.ToValidUTF8(s[:maxMessage], "") + "…"
}

func newID() string {
	b := make([]byte, 16)
	_, _ = rand.Read(b) // never fails: crypto/rand ends the process instead
	return "pipeline:" + hex.EncodeToString(b)
}
