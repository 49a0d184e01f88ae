package detect

import (
	"cmp"
	"context"
	"hash/maphash"
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

// backtestAlerts bounds how many alerts of a rule a backtest tells apart: a
// rule that finds something in each event would fill the memory.
const backtestAlerts = 100_000

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
}

// BacktestReport is what a backtest found.
type BacktestReport struct {
	Events   int64
	Findings int64
	Took     time.Duration // by the wall
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
	t := newTally(cfg)
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
				if err := t.add(f); err != nil {
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

// tally counts findings by rule and day.
type tally struct {
	cfg              BacktestConfig
	events, findings int64
	rules            map[string]*ruleTally
	seed             maphash.Seed
}

type ruleTally struct {
	BacktestRule
	days   map[time.Time]int64
	alerts map[uint64]bool // hashes of fingerprints and days
}

func newTally(cfg BacktestConfig) *tally {
	t := &tally{cfg: cfg, rules: map[string]*ruleTally{}, seed: maphash.MakeSeed()}
	for _, i := range cfg.Rules.Infos() {
		kind := i.Kind == ruleset.Detection || i.Kind == ruleset.Correlation
		if i.Alerts && kind && (cfg.Only == nil || slices.Contains(cfg.Only, i.Label())) {
			t.rules[i.Label()] = &ruleTally{
				BacktestRule: BacktestRule{Rule: i.Label(), Title: i.Title, Severity: i.Severity},
				days:         map[time.Time]int64{}, alerts: map[uint64]bool{},
			}
		}
	}
	return t
}

func (t *tally) add(f nightjar.Finding) error {
	if !t.cfg.From.IsZero() && f.Time.Before(t.cfg.From) || !t.cfg.To.IsZero() && !f.Time.Before(t.cfg.To) {
		return nil
	}
	t.findings++
	if r := t.rules[f.Rule]; r != nil {
		day := f.Time.UTC().Truncate(24 * time.Hour)
		r.Findings++
		r.days[day]++
		if len(r.alerts) < backtestAlerts {
			r.alerts[maphash.String(t.seed, f.Fingerprint+day.Format(time.DateOnly))] = true
		}
		if len(r.Samples) < t.cfg.Samples {
			r.Samples = append(r.Samples, f)
		}
	}
	if t.cfg.Found == nil {
		return nil
	}
	return t.cfg.Found(f)
}

func (t *tally) report(e *Engine, took time.Duration) BacktestReport {
	out := BacktestReport{Events: t.events, Findings: t.findings, Took: took}
	for _, m := range e.machines {
		if r := t.rules[m.label()]; r != nil && m.failure != nil {
			r.Failure = m.failure.Error()
		}
	}
	for _, r := range t.rules {
		r.Alerts = int64(len(r.alerts))
		for day, n := range r.days {
			r.Days = append(r.Days, BacktestDay{day, n})
		}
		slices.SortFunc(r.Days, func(a, b BacktestDay) int { return a.Day.Compare(b.Day) })
		out.Rules = append(out.Rules, r.BacktestRule)
	}
	slices.SortFunc(out.Rules, func(a, b BacktestRule) int {
		return cmp.Or(cmp.Compare(b.Findings, a.Findings), cmp.Compare(a.Rule, b.Rule))
	})
	return out
}
