package schedule

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/ruleset"
)

// mostSpans bounds a backtest: a question each five minutes for almost a year.
const mostSpans = 100_000

// BacktestConfig says which question is asked of which time.
type BacktestConfig struct {
	Asker   Asker
	Rules   *ruleset.Set
	Rule    *ruleset.Info // of the kind Query
	Tenants []nightjar.Tenant
	// From and To bound the ends of the spans: at or after From, before To.
	From, To time.Time
	// Progress is told after each span; nil tells nobody.
	Progress func(asked, of int64)
	// Found is called with each finding, in order.
	Found func(nightjar.Finding) error
}

// Backtest asks a question of each span that ended in some time, as the
// scheduler would have, and records nothing. What arrived after the scheduler
// asked is there all the same. It returns how many spans it asked about.
func Backtest(ctx context.Context, cfg BacktestConfig) (asked int64, err error) {
	q := cfg.Rule.Scheduled
	if q == nil || q.Query == "" {
		return 0, &nightjar.Error{Code: nightjar.CodeInvalid, Message: fmt.Sprintf("%q asks no question in SQL", cfg.Rule.Title)}
	}
	tenants, err := groups(cfg.Rules, cfg.Rule, cfg.Tenants)
	if err != nil {
		return 0, err
	}
	first := cfg.From.Truncate(q.Every)
	if first.Before(cfg.From) {
		first = first.Add(q.Every)
	}
	of := max(0, int64((cfg.To.Sub(first)+q.Every-1)/q.Every))
	if of > mostSpans {
		return 0, &nightjar.Error{
			Code: nightjar.CodeLimit, Message: fmt.Sprintf("that is %d questions, one each %s; a backtest asks %d at most", of, q.Every, mostSpans),
			Hint: "choose a shorter time",
		}
	}
	before := map[foundKey]time.Time{}
	for to := first; to.Before(cfg.To); to = to.Add(q.Every) {
		from := to.Add(-q.Lookback)
		for _, group := range tenants {
			findings, err := ask(ctx, cfg.Asker, cfg.Rules, cfg.Rule, from, to, group)
			if ctx.Err() != nil {
				return asked, context.Cause(ctx)
			}
			if err != nil {
				return asked, fmt.Errorf("ask about the span up to %s: %w", to.Format(time.RFC3339), err)
			}
			for _, f := range once(findings) {
				k := foundKey{f.Tenant, f.key}
				if spoken(before, k, from, to) {
					continue
				}
				before[k] = to
				if err := cfg.Found(f.Finding); err != nil {
					return asked, err
				}
			}
		}
		// What ended before the next span begins cannot overlap it.
		for k, until := range before {
			if !until.After(from.Add(q.Every)) {
				delete(before, k)
			}
		}
		if asked++; cfg.Progress != nil {
			cfg.Progress(asked, of)
		}
	}
	return asked, nil
}

// once are findings without those that have the key of another: of rows with
// the same key one is kept.
func once(findings []found) []found {
	var out []found
	for _, f := range findings {
		if !slices.ContainsFunc(out, func(o found) bool { return o.ID == f.ID }) {
			out = append(out, f)
		}
	}
	return out
}
