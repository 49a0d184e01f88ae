package schedule

import (
	"context"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/ruleset"
)

// due asks about each span of a rule that has ended, the oldest first: of all
// tenants together, and of those that were left behind each on its own.
func (s *Scheduler) due(ctx context.Context, set *ruleset.Set, info *ruleset.Info, state State) (behind bool, err error) {
	tenants, err := s.cfg.Tenants(ctx)
	if err != nil {
		return false, err
	}
	label := info.Label()
	tenants = slices.DeleteFunc(slices.Clone(tenants), func(t nightjar.Tenant) bool { return set.Mode(label, t.ID) == ruleset.Off })
	late := map[nightjar.TenantID]State{}
	for id, one := range state.Tenants {
		if slices.ContainsFunc(tenants, func(t nightjar.Tenant) bool { return t.ID == id }) {
			late[id] = one
			continue
		}
		if err := s.cfg.Catalog.InTx(ctx, func(ctx context.Context, tx bun.Tx) error { return dropLate(ctx, tx, label, id) }); err != nil {
			return false, err
		}
		s.mended(asking{label, id})
	}
	until := state.Until
	if !s.waits(asking{label, ""}) {
		until, behind, err = s.together(ctx, set, info, until, tenants, late)
	}
	more, lateErr := s.alone(ctx, set, info, until, tenants, late)
	if err == nil {
		err = lateErr
	}
	return behind || more, err
}

// next is the end of the span after the one that ended at until.
func (s *Scheduler) next(ctx context.Context, info *ruleset.Info, until time.Time) (to, newest time.Time) {
	q := info.Scheduled
	newest = s.cfg.Clock.Now().Add(-q.Delay).Truncate(q.Every)
	if until.IsZero() {
		return newest, newest // of a rule that is new
	}
	to = until.Truncate(q.Every).Add(q.Every)
	if oldest := newest.Add(-catchUp); to.Before(oldest) {
		s.log.WarnContext(ctx, "a scheduled rule was not asked for long; what is older is left out", "rule", info.Label(), "from", until, "to", oldest)
		to = oldest.Truncate(q.Every)
	}
	return to, newest
}

// together asks about all tenants but those that are behind, and adds to
// these whom a question fails for.
func (s *Scheduler) together(ctx context.Context, set *ruleset.Set, info *ruleset.Info, until time.Time, tenants []nightjar.Tenant, late map[nightjar.TenantID]State) (reached time.Time, behind bool, err error) {
	label, every := info.Label(), info.Scheduled.Every
	to, newest := s.next(ctx, info, until)
	for range turn {
		if to.After(newest) {
			return until, false, nil
		}
		from := to.Add(-info.Scheduled.Lookback)
		asked := slices.DeleteFunc(slices.Clone(tenants), func(t nightjar.Tenant) bool { _, is := late[t.ID]; return is })
		findings, lost, err := s.findings(ctx, set, info, from, to, asked)
		if err != nil {
			return until, false, err
		}
		// Of tenants that are behind what was found is still compared.
		oldest := from
		for _, one := range late {
			if at := one.Until.Add(every - info.Scheduled.Lookback); at.Before(oldest) {
				oldest = at
			}
		}
		err = s.keep(ctx, info, from, to, findings, func(ctx context.Context, tx bun.Tx) error {
			for _, l := range lost {
				if err := putLate(ctx, tx, label, l.tenant, to.Add(-every)); err != nil {
					return err
				}
			}
			// The next span begins later: what ended before cannot overlap it.
			if err := forgetFound(ctx, tx, label, oldest); err != nil {
				return err
			}
			return putAsked(ctx, tx, label, to, s.cfg.Clock.Now())
		})
		if err != nil {
			return until, false, err
		}
		for _, l := range lost {
			late[l.tenant] = State{Until: to.Add(-every)}
			if l.err != nil {
				s.fails(ctx, info, l.tenant, l.err)
			}
		}
		until, to = to, to.Add(every)
	}
	return until, !to.After(newest), nil
}

// alone asks about tenants that are behind, each on its own, until they have
// come as far as the others.
func (s *Scheduler) alone(ctx context.Context, set *ruleset.Set, info *ruleset.Info, until time.Time, tenants []nightjar.Tenant, late map[nightjar.TenantID]State) (more bool, err error) {
	label, began := info.Label(), s.cfg.Clock.Now()
	for _, t := range s.byPatience(label, tenants) {
		state, is := late[t.ID]
		if !is || s.waits(asking{label, t.ID}) {
			continue
		}
		if s.cfg.Clock.Now().Sub(began) >= patience*info.Scheduled.Timeout {
			return true, nil
		}
		reached, failed := state.Until, false
		for n := 0; n < turn && reached.Before(until) && !failed; n++ {
			to, _ := s.next(ctx, info, reached)
			from := to.Add(-info.Scheduled.Lookback)
			findings, lost, err := s.findings(ctx, set, info, from, to, []nightjar.Tenant{t})
			if ctx.Err() != nil {
				return false, ctx.Err()
			}
			if err != nil {
				s.fails(ctx, info, t.ID, err)
				failed = true
				continue
			}
			if len(lost) > 0 {
				break // another time
			}
			err = s.keep(ctx, info, from, to, findings, func(ctx context.Context, tx bun.Tx) error {
				if to.Before(until) {
					return putLate(ctx, tx, label, t.ID, to)
				}
				return dropLate(ctx, tx, label, t.ID)
			})
			if err != nil {
				return false, err
			}
			reached = to
		}
		if !failed {
			s.mended(asking{label, t.ID})
			more = more || reached.Before(until)
		}
	}
	return more, nil
}

// byPatience has tenants first that did not fail, then those whose failure is
// the oldest.
func (s *Scheduler) byPatience(label string, tenants []nightjar.Tenant) []nightjar.Tenant {
	tried := func(t nightjar.Tenant) time.Time {
		if f := s.failed[asking{label, t.ID}]; f != nil {
			return f.again
		}
		return time.Time{}
	}
	out := slices.Clone(tenants)
	slices.SortStableFunc(out, func(a, b nightjar.Tenant) int { return tried(a).Compare(tried(b)) })
	return out
}

// keep keeps what was found in the span from from to to, with what moved says
// of how far it has come.
func (s *Scheduler) keep(ctx context.Context, info *ruleset.Info, from, to time.Time, findings []found, moved func(ctx context.Context, tx bun.Tx) error) error {
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
			if spoken(before, k, from, to) {
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
		return moved(ctx, tx)
	})
}

// found is a finding with what tells it from others of the same span.
type found struct {
	nightjar.Finding
	key string
}

// lost is a tenant that has no answer; err is nil when there was no time to
// ask about it.
type lost struct {
	tenant nightjar.TenantID
	err    error
}

// findings asks for each group of tenants with the same parameters. Of a group
// that fails it asks each tenant, so that one does not stop the others; it
// fails itself when all do.
func (s *Scheduler) findings(ctx context.Context, set *ruleset.Set, info *ruleset.Info, from, to time.Time, tenants []nightjar.Tenant) (out []found, without []lost, err error) {
	groups, err := groups(set, info, tenants)
	if err != nil {
		return nil, nil, err
	}
	var first error
	for _, group := range groups {
		more, err := ask(ctx, s.cfg.Asker, set, info, from, to, group)
		if ctx.Err() != nil {
			return nil, nil, ctx.Err()
		}
		out = append(out, more...)
		if err == nil {
			continue
		}
		if first == nil {
			first = err
		}
		if len(group) == 1 {
			without = append(without, lost{group[0].ID, err})
			continue
		}
		more, left := s.each(ctx, set, info, from, to, group)
		if ctx.Err() != nil {
			return nil, nil, ctx.Err()
		}
		out, without = append(out, more...), append(without, left...)
	}
	if len(without) == len(tenants) && !slices.ContainsFunc(without, func(l lost) bool { return l.err == nil }) {
		return nil, nil, first // nil when there is nobody to ask about
	}
	return out, without, nil
}

// each asks about each tenant of a group, as long as there is time.
func (s *Scheduler) each(ctx context.Context, set *ruleset.Set, info *ruleset.Info, from, to time.Time, group []nightjar.Tenant) (out []found, without []lost) {
	began := s.cfg.Clock.Now()
	for _, t := range group {
		if s.cfg.Clock.Now().Sub(began) >= patience*info.Scheduled.Timeout {
			without = append(without, lost{tenant: t.ID})
			continue
		}
		more, err := ask(ctx, s.cfg.Asker, set, info, from, to, []nightjar.Tenant{t})
		if err != nil {
			without = append(without, lost{t.ID, err})
			continue
		}
		out = append(out, more...)
	}
	return out, without
}
