package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/collect"
	"github.com/nightjar-sec/nightjar/internal/health"
	"github.com/nightjar-sec/nightjar/internal/journal"
	"github.com/nightjar-sec/nightjar/internal/m365"
	"github.com/nightjar-sec/nightjar/internal/secret"
)

// appender lets the pipeline's log write to the journal without knowing it.
type appender struct{ journal *journal.Journal }

// AppendEvents implements health.Appender.
func (a appender) AppendEvents(ctx context.Context, tenant nightjar.TenantID, events []nightjar.Event) error {
	_, err := a.journal.Append(ctx, journal.Batch{Tenant: tenant, Sources: []journal.Source{{Events: events}}})
	return err
}

func (a *App) pipelineLog() (*health.PipelineLog, error) {
	return health.NewPipelineLog(health.PipelineConfig{
		Appender: appender{a.journal}, Clock: a.clock, Logger: a.log.With("part", "pipeline"),
		Registry: a.registry, Registerer: a.registerer,
	})
}

func (a *App) collector(pipeline collect.Pipeline, webhook *m365.Webhook) (*collect.Collector, error) {
	c := a.opt.Config.Collect
	collector, err := collect.New(collect.Config{
		Journal: a.journal, Catalog: a.catalog, Clock: a.clock, Logger: a.log.With("part", "collect"), Registerer: a.registerer,
		Pipeline: pipeline, Warnings: a.registry, Tenants: a.Tenants, Place: a.atlas.Place, DataDir: a.opt.Config.DataDir,
		Activity: func(ctx context.Context, t nightjar.Tenant) (*m365.Activity, error) {
			return a.connect.Activity(ctx, t.ID)
		},
		Options: collect.Options{
			PollInterval: c.PollInterval, Overlap: c.Overlap, ReconcileEvery: c.ReconcileEvery, Margin: c.Margin,
			Concurrency: c.Concurrency, FeedConcurrency: c.FeedConcurrency, CommitDelay: c.CommitDelay,
			MemoryBytes: c.Memory, EventBytes: int(c.EventBytes), Webhook: webhook,
		},
	})
	if err != nil {
		return nil, err
	}
	a.collecting.Store(collector)
	return collector, nil
}

// webhook reads the shared value that Microsoft sends back; nil without a webhook.
func (a *App) webhook() (*m365.Webhook, error) {
	w := a.opt.Config.Webhook
	if w.URL == "" {
		return nil, nil //nolint:nilnil // nil is collect's word for polling only
	}
	value, err := os.ReadFile(w.AuthIDFile)
	if err != nil {
		return nil, fmt.Errorf("read webhook.auth_id_file: %w", err)
	}
	authID := strings.TrimSpace(string(value))
	if len(authID) < 16 {
		return nil, &nightjar.Error{
			Code: nightjar.CodeInvalid, Message: "the value in webhook.auth_id_file is shorter than 16 characters",
			Hint: "write a long random one: head -c 32 /dev/urandom | base64 > FILE",
		}
	}
	return &m365.Webhook{Address: w.URL, AuthID: secret.New(authID)}, nil
}

// CollectOnce collects until every tenant asked for is caught up or o.MaxWait
// has passed. It needs AccessCollect.
func (a *App) CollectOnce(ctx context.Context, o collect.OnceOptions) (collect.Summary, error) {
	pipeline, err := a.pipelineLog()
	if err != nil {
		return collect.Summary{}, err
	}
	webhook, err := a.webhook()
	if err != nil {
		return collect.Summary{}, err
	}
	collector, err := a.collector(pipeline, webhook)
	if err != nil {
		return collect.Summary{}, err
	}
	copier, err := a.auditCopier()
	if err != nil {
		return collect.Summary{}, err
	}
	if err := copier.Copy(ctx); err != nil {
		return collect.Summary{}, err
	}
	// The log runs beside the collector and ends after it, with its last rows stored.
	logCtx, stop := context.WithCancelCause(context.WithoutCancel(ctx))
	ended := make(chan error, 1)
	go func() { ended <- pipeline.Run(logCtx) }()
	summary, err := collector.Once(ctx, o)
	stop(errStopping)
	return summary, errors.Join(err, <-ended)
}

// Coverage returns what is stored, missing and lost of a tenant, by feed and
// hour. An open end of the span reaches to what Microsoft holds, and to now.
func (a *App) Coverage(ctx context.Context, tenant nightjar.TenantID, span Span) (collect.Coverage, error) {
	if span.To.IsZero() {
		span.To = a.clock.Now()
	}
	if span.From.IsZero() {
		span.From = span.To.Add(-nightjar.ContentRetention)
	}
	return collect.Cover(ctx, a.catalog, tenant, span.From, span.To)
}
