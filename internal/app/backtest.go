package app

import (
	"context"
	"slices"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/clock"
	"github.com/nightjar-sec/nightjar/internal/detect"
	"github.com/nightjar-sec/nightjar/internal/journal"
	"github.com/nightjar-sec/nightjar/internal/ruleset"
	"github.com/nightjar-sec/nightjar/internal/schedule"
)

// Backtest asks rules of what is stored. Rules in SQL take a question a span:
// they are asked when cfg.Only names them.
func (a *App) Backtest(ctx context.Context, cfg detect.BacktestConfig) (report detect.BacktestReport, err error) {
	var questions []*ruleset.Info
	events := cfg.Only == nil
	for _, label := range cfg.Only {
		switch info := cfg.Rules.Info(label); {
		case info == nil || info.Kind == ruleset.Warning:
		case info.Kind == ruleset.Query:
			questions = append(questions, info)
		default:
			events = true
		}
	}
	cfg.Journal = a.journal
	if events {
		if report, err = detect.Backtest(ctx, cfg); err != nil {
			return report, err
		}
	}
	if len(questions) == 0 {
		return report, nil
	}
	asked, err := a.backtestQuestions(ctx, cfg, questions)
	return report.With(asked), err
}

// backtestQuestions asks each rule in SQL about all spans, one rule after the other.
func (a *App) backtestQuestions(ctx context.Context, cfg detect.BacktestConfig, rules []*ruleset.Info) (detect.BacktestReport, error) {
	wall := clock.Real()
	start := wall.Now()
	tenants, err := a.Known(ctx)
	if err != nil {
		return detect.BacktestReport{}, err
	}
	if cfg.Tenants != nil {
		tenants = slices.DeleteFunc(tenants, func(t nightjar.Tenant) bool { return !slices.Contains(cfg.Tenants, t.ID) })
	}
	engine, err := a.Query(1) // a worker that stays saves most of a question's time
	if err != nil {
		return detect.BacktestReport{}, err
	}
	defer engine.Close()
	from, to, err := a.stored(ctx, tenants)
	if err != nil {
		return detect.BacktestReport{}, err
	}
	if cfg.From.After(from) {
		from = cfg.From
	}
	if !cfg.To.IsZero() && cfg.To.Before(to) {
		to = cfg.To
	}
	tally := detect.NewTally(cfg, ruleset.Query)
	var all int64
	for i, info := range rules {
		asked, err := schedule.Backtest(ctx, schedule.BacktestConfig{
			Asker: asker{engine}, Rules: cfg.Rules, Rule: info, Tenants: tenants, From: from, To: to, Found: tally.Add,
			Progress: func(asked, of int64) {
				if cfg.Progress != nil {
					// Of rules that come after this one as much is left, about.
					cfg.Progress(detect.BacktestProgress{
						Questions: all + asked, Commit: int64(i)*of + asked, Of: int64(len(rules)) * of, Findings: tally.Findings(),
					})
				}
			},
		})
		all += asked
		if ctx.Err() != nil {
			return detect.BacktestReport{}, context.Cause(ctx)
		}
		if err != nil {
			tally.Fail(info.Label(), err)
		}
	}
	report := tally.Report(wall.Now().Sub(start))
	report.Questions = all
	return report, nil
}

// stored is the time that is stored of tenants: from the first event to now.
func (a *App) stored(ctx context.Context, tenants []nightjar.Tenant) (from, to time.Time, err error) {
	to = a.clock.Now()
	from = to
	for _, t := range tenants {
		segments, err := a.journal.Segments(ctx, journal.SegmentFilter{Tenants: []nightjar.TenantID{t.ID}})
		if err != nil {
			return from, to, err
		}
		for _, s := range segments {
			if s.MinTime.Before(from) {
				from = s.MinTime
			}
		}
	}
	return from, to, nil
}
