package detect

import (
	"context"
	"slices"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/clock"
	"github.com/nightjar-sec/nightjar/internal/journal"
	"github.com/nightjar-sec/nightjar/internal/ruleset"
)

// backtestEvents is how many events a backtest reads at once: more than the
// stream does, since compacted files are looked through anew for each batch.
const backtestEvents = 50_000

// BacktestConfig says which rules are asked of which events.
type BacktestConfig struct {
	Journal *journal.Journal
	Rules   *ruleset.Set
	// Only restricts it to the rules with these labels; nil asks all.
	Only []string
	// Tenants restricts it to their events; nil asks of all.
	Tenants []nightjar.TenantID
	// From and To bound the time of findings; zero does not. Events from
	// before are shown to correlations all the same, as far as they look back.
	From, To time.Time
	// Samples is how many findings of each rule the report has.
	Samples    int
	TenantName func(nightjar.TenantID) string
	// Progress is told now and then; nil tells nobody.
	Progress func(BacktestProgress)
	// Found is called with each finding, in order; nil is not.
	Found func(nightjar.Finding) error
}

// BacktestProgress says how far a backtest is.
type BacktestProgress struct {
	Events   int64
	Commit   int64 // seen
	Of       int64 // the last to be seen
	Findings int64
	// Questions is how many spans were asked about, of rules in SQL; Commit and
	// Of are then about them.
	Questions int64
}

// BacktestReport is what a backtest found.
type BacktestReport struct {
	Events    int64
	Questions int64 // of rules in SQL: a span each
	Findings  int64
	Took      time.Duration // by the wall
	// Rules are those that were asked, the busiest first.
	Rules []BacktestRule
}

// BacktestRule is what one rule found.
type BacktestRule struct {
	Rule     string
	Title    string
	Severity nightjar.Severity
	Findings int64
	// Alerts is how many different fingerprints a day they have, which is about
	// how many alerts they make; it stops at 100,000.
	Alerts  int64
	Days    []BacktestDay
	Samples []nightjar.Finding
	// Failure is why the rule found nothing, or no more from some event on.
	Failure string
}

// BacktestDay is the findings of one UTC day.
type BacktestDay struct {
	Day      time.Time
	Findings int64
}

// Backtest asks rules of what the journal holds, with the engine of the
// stream. It works beside a running one and records nothing.
func Backtest(ctx context.Context, cfg BacktestConfig) (BacktestReport, error) {
	wall := clock.Real()
	start := wall.Now()
	e, err := New(Config{Rules: cfg.Rules, TenantName: cfg.TenantName, Only: cfg.Only, Tried: true})
	if err != nil {
		return BacktestReport{}, err
	}
	end, err := cfg.Journal.LastSeq(ctx)
	if err != nil {
		return BacktestReport{}, err //nolint:wrapcheck // says what it was doing
	}
	at := int64(0)
	if !cfg.From.IsZero() {
		w := warmup{engine: e}
		if at, err = startAt(ctx, cfg.Journal, cfg.From.Add(-w.lookBack())); err != nil {
			return BacktestReport{}, err
		}
	}
	t := NewTally(cfg, ruleset.Detection, ruleset.Correlation)
	reader := cfg.Journal.ReaderAfter(at)
	for at < end {
		if err := context.Cause(ctx); err != nil {
			return t.report(e, wall.Now().Sub(start)), err
		}
		events, last, err := reader.Next(ctx, backtestEvents)
		if err != nil {
			return BacktestReport{}, err //nolint:wrapcheck // says what it was doing
		}
		if len(events) == 0 {
			break
		}
		for i := range events {
			if events[i].Seq > end || cfg.Tenants != nil && !slices.Contains(cfg.Tenants, events[i].Tenant) {
				continue
			}
			if audited(events[i].Table) {
				t.events++
			}
			for _, f := range e.Observe(&events[i]) {
				if err := t.Add(f); err != nil {
					return BacktestReport{}, err
				}
			}
		}
		at = last
		e.passed(at)
		if cfg.Progress != nil {
			cfg.Progress(BacktestProgress{Events: t.events, Commit: min(at, end), Of: end, Findings: t.findings})
		}
	}
	return t.report(e, wall.Now().Sub(start)), nil
}
