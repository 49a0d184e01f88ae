package schedule

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/ruleset"
)

// due asks about each span of a rule that has ended, the oldest first.
func (s *Scheduler) due(ctx context.Context, set *ruleset.Set, info *ruleset.Info, state State) (behind bool, err error) {
	label, q := info.Label(), info.Scheduled
	if s.waits(label) {
		return false, nil
	}
	now := s.cfg.Clock.Now()
	newest := now.Add(-q.Delay).Truncate(q.Every)
	to := newest // of a rule that is new
	if !state.Until.IsZero() {
		to = state.Until.Truncate(q.Every).Add(q.Every)
		if oldest := newest.Add(-catchUp); to.Before(oldest) {
			s.log.WarnContext(ctx, "a scheduled rule was not asked for long; what is older is left out", "rule", label, "from", state.Until, "to", oldest)
			to = oldest.Truncate(q.Every)
		}
	}
	for range turn {
		if to.After(newest) {
			return false, nil
		}
		if err := s.ask(ctx, set, info, to); err != nil {
			return false, err
		}
		to = to.Add(q.Every)
	}
	return !to.After(newest), nil
}

// ask asks about the span that ends at to, and keeps what it finds.
func (s *Scheduler) ask(ctx context.Context, set *ruleset.Set, info *ruleset.Info, to time.Time) error {
	from := to.Add(-info.Scheduled.Lookback)
	findings, err := s.findings(ctx, set, info, from, to)
	if err != nil {
		return err
	}
	label := info.Label()
	return s.cfg.Catalog.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		before, err := readFound(ctx, tx, label)
		if err != nil {
			return err
		}
		var fresh []nightjar.Finding
		for _, f := range findings {
			// Of spans that overlap, the first to find something speaks.
			k := foundKey{f.Tenant, f.key}
			if until, found := before[k]; found && from.Before(until) && !until.Equal(to) {
				continue
			}
			if err := putFound(ctx, tx, label, k, to); err != nil {
				return err
			}
			fresh = append(fresh, f.Finding)
		}
		if len(fresh) > 0 {
			if err := s.cfg.Recorder.Record(ctx, tx, fresh); err != nil {
				return err
			}
		}
		// The next span begins later: what ended before cannot overlap it.
		if err := forgetFound(ctx, tx, label, from); err != nil {
			return err
		}
		return putAsked(ctx, tx, label, to, s.cfg.Clock.Now())
	})
}

// found is a finding with what tells it from others of the same span.
type found struct {
	nightjar.Finding
	key string
}

// findings asks for each group of tenants with the same parameters.
func (s *Scheduler) findings(ctx context.Context, set *ruleset.Set, info *ruleset.Info, from, to time.Time) ([]found, error) {
	tenants, err := s.cfg.Tenants(ctx)
	if err != nil {
		return nil, err
	}
	groups := map[string][]nightjar.Tenant{}
	for _, t := range tenants {
		if set.Mode(info.Label(), t.ID) == ruleset.Off {
			continue
		}
		values := map[string]any{}
		for _, p := range info.Parameters {
			values[p.Name] = set.Value(info, p.Name, t.ID)
		}
		key, err := json.Marshal(values)
		if err != nil {
			return nil, err
		}
		groups[string(key)] = append(groups[string(key)], t)
	}
	var keys []string
	for key := range groups {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	var out []found
	for _, key := range keys {
		group := groups[key]
		sql, err := info.SQL(func(name string) any { return set.Value(info, name, group[0].ID) }, from, to)
		if err != nil {
			return nil, err
		}
		answer, err := s.answer(ctx, info, sql, group)
		if err != nil {
			return nil, err
		}
		more, err := s.speak(set, info, answer, span{from, to, nightjar.FindingID(sql)})
		if err != nil {
			return nil, err
		}
		out = append(out, more...)
	}
	return out, nil
}

func (s *Scheduler) answer(ctx context.Context, info *ruleset.Info, sql string, tenants []nightjar.Tenant) (Answer, error) {
	bound, cancel := context.WithTimeout(ctx, info.Scheduled.Timeout)
	defer cancel()
	a, err := s.cfg.Asker.Ask(bound, sql, tenants, mostRows)
	switch {
	case err != nil && bound.Err() != nil && ctx.Err() == nil:
		return a, &nightjar.Error{Code: nightjar.CodeLimit, Message: fmt.Sprintf("the query takes longer than %s", info.Scheduled.Timeout), Err: err}
	case err != nil:
		return a, err
	case a.More:
		return a, &nightjar.Error{Code: nightjar.CodeLimit, Message: fmt.Sprintf("the query has more than %d rows", mostRows)}
	}
	lower := make([]string, len(a.Columns))
	for i, c := range a.Columns {
		lower[i] = strings.ToLower(c)
	}
	a.Columns = lower
	for _, name := range append(slices.Clone(info.Scheduled.By), info.Scheduled.Value) {
		if name != "" && !slices.Contains(a.Columns, strings.ToLower(name)) {
			return a, &nightjar.Error{Code: nightjar.CodeInvalid, Message: fmt.Sprintf("the query has no column %s", name)}
		}
	}
	return a, nil
}
