package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/catalog"
	"github.com/nightjar-sec/nightjar/internal/clock"
	"github.com/nightjar-sec/nightjar/internal/detect"
	"github.com/nightjar-sec/nightjar/internal/journal"
	"github.com/nightjar-sec/nightjar/internal/query"
	"github.com/nightjar-sec/nightjar/internal/ruleset"
	"github.com/nightjar-sec/nightjar/internal/schedule"
)

// RuleLab runs the tests of rules of all kinds. Close it when done. It is not
// safe for concurrent use.
type RuleLab struct {
	worker []string
	bench  *bench // nil until a question is asked
}

// NewRuleLab returns a lab whose query workers worker starts; see
// Options.WorkerCommand.
func NewRuleLab(worker []string) *RuleLab { return &RuleLab{worker: worker} }

// Run runs the tests of a rule.
func (l *RuleLab) Run(ctx context.Context, set *ruleset.Set, info *ruleset.Info) ([]ruleset.TestResult, error) {
	if info.Scheduled == nil {
		return detect.RunTests(set, info)
	}
	if info.Kind == ruleset.Query && len(info.Tests) > 0 {
		if err := l.open(ctx); err != nil {
			return nil, err
		}
	}
	return schedule.RunTests(ctx, l.bench, set, info)
}

// Try asks the question of a rule in SQL where nothing is stored, and returns
// the columns of the answer.
func (l *RuleLab) Try(ctx context.Context, set *ruleset.Set, info *ruleset.Info) ([]string, error) {
	if err := l.open(ctx); err != nil {
		return nil, err
	}
	return schedule.Try(ctx, l.bench, set, info)
}

func (l *RuleLab) open(ctx context.Context) error {
	if l.bench != nil {
		return nil
	}
	b, err := newBench(ctx, l.worker)
	if err == nil {
		l.bench = b
	}
	return err
}

// Close takes away what tests were about.
func (l *RuleLab) Close() error {
	if l.bench == nil {
		return nil
	}
	return l.bench.cleanups.run()
}

// ruleTests runs the tests of one rule, for the API.
func (a *App) ruleTests(ctx context.Context, set *ruleset.Set, info *ruleset.Info) ([]ruleset.TestResult, error) {
	lab := NewRuleLab(a.opt.WorkerCommand)
	results, err := lab.Run(ctx, set, info)
	return results, errors.Join(err, lab.Close())
}

// bench is a journal in a temporary folder, with a tenant for each test.
type bench struct {
	worker   []string
	journal  *journal.Journal
	tests    int
	cleanups cleanups
}

func newBench(ctx context.Context, worker []string) (b *bench, err error) {
	b = &bench{worker: worker}
	defer func() {
		if err != nil {
			err = fmt.Errorf("make a journal for tests of rules: %w", errors.Join(err, b.cleanups.run()))
		}
	}()
	dir, err := os.MkdirTemp("", "nightjar-test-")
	if err != nil {
		return b, err
	}
	b.cleanups.add("remove events of tests", func() error { return os.RemoveAll(dir) })
	db, err := catalog.Open(ctx, catalog.Config{Path: filepath.Join(dir, catalog.FileName)})
	if err != nil {
		return b, err
	}
	b.cleanups.add("close catalog of tests", db.Close)
	b.journal, err = journal.New(journal.Config{Dir: filepath.Join(dir, journal.FolderName), Catalog: db})
	return b, err
}

// Hold implements schedule.Lab.
func (b *bench) Hold(ctx context.Context, asked time.Time, events []ruleset.TestEvent, rows []nightjar.PipelineRecord) (nightjar.Tenant, schedule.Asker, error) {
	b.tests++
	tenant := ruleset.TestTenant()
	tenant.ID = nightjar.TenantID(fmt.Sprintf("7e570000-0000-4000-8000-%012x", b.tests))
	var all []nightjar.Event
	for i, t := range events {
		e, err := detect.TestEvent(t, tenant.ID, i)
		if err != nil {
			return tenant, nil, fmt.Errorf("event %d is none: %w", i+1, err)
		}
		e.Feed = feedOf(e.Table)
		all = append(all, e)
	}
	for _, r := range rows {
		r.Tenant = tenant.ID
		e, err := r.Event(r.Time)
		if err != nil {
			return tenant, nil, err
		}
		all = append(all, e)
	}
	if len(all) > 0 {
		if _, err := b.journal.Append(ctx, journal.Batch{Tenant: tenant.ID, Sources: []journal.Source{{Events: all}}}); err != nil {
			return tenant, nil, err
		}
	}
	engine, err := query.New(query.Config{Journal: b.journal, WorkerCommand: b.worker, Warm: -1, Clock: clock.Scaled(asked, 1)})
	if err != nil {
		return tenant, nil, err
	}
	b.cleanups.add("end workers of tests", func() error {
		engine.Close()
		return nil
	})
	return tenant, asker{engine}, nil
}

// feedOf is the feed that brings most of a table's events.
func feedOf(t nightjar.Table) nightjar.Feed {
	switch t {
	case nightjar.TableAzureAD:
		return nightjar.FeedAzureActiveDirectory
	case nightjar.TableExchange:
		return nightjar.FeedExchange
	case nightjar.TableSharePoint, nightjar.TableOneDrive:
		return nightjar.FeedSharePoint
	case nightjar.TableDLP:
		return nightjar.FeedDLP
	default:
		return nightjar.FeedGeneral
	}
}
