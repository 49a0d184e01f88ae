package detect

import (
	"cmp"
	"hash/maphash"
	"slices"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/ruleset"
)

// backtestAlerts bounds how many alerts of a rule a backtest tells apart: a
// rule that finds something in each event would fill the memory.
const backtestAlerts = 100_000

// Tally counts findings by rule and day, as a backtest reports them.
type Tally struct {
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

// NewTally returns a tally of the rules of some kinds that cfg asks.
func NewTally(cfg BacktestConfig, kinds ...ruleset.Kind) *Tally {
	t := &Tally{cfg: cfg, rules: map[string]*ruleTally{}, seed: maphash.MakeSeed()}
	for _, i := range cfg.Rules.Infos() {
		if i.Alerts && slices.Contains(kinds, i.Kind) && (cfg.Only == nil || slices.Contains(cfg.Only, i.Label())) {
			t.rules[i.Label()] = &ruleTally{
				BacktestRule: BacktestRule{Rule: i.Label(), Title: i.Title, Severity: i.Severity},
				days:         map[time.Time]int64{}, alerts: map[uint64]bool{},
			}
		}
	}
	return t
}

// Add counts a finding, unless it lies outside the time that was asked for.
func (t *Tally) Add(f nightjar.Finding) error {
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

// Findings is how many were counted.
func (t *Tally) Findings() int64 { return t.findings }

// Fail says why a rule found nothing, or no more.
func (t *Tally) Fail(label string, failure error) {
	if r := t.rules[label]; r != nil {
		r.Failure = failure.Error()
	}
}

func (t *Tally) report(e *Engine, took time.Duration) BacktestReport {
	for _, m := range e.machines {
		if m.failure != nil {
			t.Fail(m.label(), m.failure)
		}
	}
	return t.Report(took)
}

// Report is what was counted.
func (t *Tally) Report(took time.Duration) BacktestReport {
	out := BacktestReport{Events: t.events, Findings: t.findings, Took: took}
	for _, r := range t.rules {
		r.Alerts = int64(len(r.alerts))
		for day, n := range r.days {
			r.Days = append(r.Days, BacktestDay{day, n})
		}
		slices.SortFunc(r.Days, func(a, b BacktestDay) int { return a.Day.Compare(b.Day) })
		out.Rules = append(out.Rules, r.BacktestRule)
	}
	out.sort()
	return out
}

// With returns the report together with another.
func (r BacktestReport) With(o BacktestReport) BacktestReport {
	r.Events, r.Questions, r.Findings, r.Took = r.Events+o.Events, r.Questions+o.Questions, r.Findings+o.Findings, r.Took+o.Took
	r.Rules = slices.Concat(r.Rules, o.Rules)
	r.sort()
	return r
}

func (r *BacktestReport) sort() {
	slices.SortFunc(r.Rules, func(a, b BacktestRule) int {
		return cmp.Or(cmp.Compare(b.Findings, a.Findings), cmp.Compare(a.Rule, b.Rule))
	})
}
