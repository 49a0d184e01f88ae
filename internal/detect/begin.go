package detect

import (
	"cmp"
	"context"
	"slices"
)

// begin takes up where the last process ended: the state of its last
// checkpoint, and from there on what it saw after that, without recording it
// again.
func (s *Stream) begin(ctx context.Context) (err error) {
	s.rules = s.cfg.Rules()
	if s.reader, err = s.cfg.Journal.Reader(ctx, readerName); err != nil {
		return err //nolint:wrapcheck // says what it was doing
	}
	first, err := s.beginning(ctx)
	if err != nil {
		return err
	}
	engine, err := assemble(Config{Rules: s.rules, TenantName: s.tenantName})
	if err != nil {
		return err
	}
	s.engine = engine
	cursor := s.reader.Position()
	from, cold, err := s.restore(ctx, cursor, first)
	if err != nil {
		return err
	}
	if err := s.replay(ctx, from, cursor); err != nil {
		return err
	}
	s.seq, s.committed, s.saved = cursor, cursor, cursor
	s.movedAt = s.wall.Now()
	s.follower = s.cfg.Journal.ReaderAfter(s.seq)
	s.log.InfoContext(ctx, "detection began", "rules", len(s.engine.entries), "correlations", len(s.engine.machines),
		"warmed_up", len(cold), "commit", cursor, "replayed_from", from)
	if err := s.warmUp(ctx, cold, nil); err != nil {
		return err
	}
	if !first && len(cold) == 0 {
		return nil
	}
	// The next start must know from which commit on these count.
	return s.checkpoint(ctx)
}

// replay shows the engine the commits behind from up to cursor again. What it
// finds was recorded when they came by first.
func (s *Stream) replay(ctx context.Context, from, cursor int64) error {
	reader := s.cfg.Journal.ReaderAfter(from)
	for at := from; at < cursor; {
		events, last, err := reader.Next(ctx, batchEvents)
		if err != nil {
			return err //nolint:wrapcheck // says what it was doing
		}
		if len(events) == 0 {
			break
		}
		for i := range events {
			if events[i].Seq <= cursor {
				s.engine.Observe(&events[i])
			}
		}
		at = min(last, cursor)
		s.engine.passed(at)
		s.metrics.replayed.Add(float64(len(events)))
	}
	s.engine.passed(cursor)
	return nil
}

// reload takes up other rules. Correlations that ask the same as before go on
// with what they know; what has changed goes on as it was until its successor
// knows what it needs.
func (s *Stream) reload(ctx context.Context) error {
	rules := s.cfg.Rules()
	if rules == s.rules || rules.Version() == s.rules.Version() {
		return nil
	}
	next, err := assemble(Config{Rules: rules, TenantName: s.tenantName})
	if err != nil {
		// What was in force stays in force.
		s.rules = rules
		s.log.ErrorContext(ctx, "changed rules cannot be taken up", "error", err)
		return nil
	}
	var running, cold []*machine
	for _, m := range next.machines {
		i := slices.IndexFunc(s.engine.machines, func(o *machine) bool { return o.key == m.key })
		if i >= 0 && s.engine.machines[i].version == m.version && s.engine.machines[i].failure == nil {
			m.goesOn(s.engine.machines[i])
			running = append(running, m)
			continue
		}
		if m.failure != nil {
			running = append(running, m)
			continue
		}
		m.since = s.seq
		if i >= 0 {
			running = append(running, s.engine.machines[i])
			if o := s.engine.machines[i]; o.failure != nil {
				m.since = o.seq // what came by since it failed was not looked at
			}
		}
		cold = append(cold, m)
	}
	next.before = cmp.Or(s.engine.before, s.rules)
	if s.warming.is(cold) {
		// Other rules changed: what is under way stays.
		next.heirs, next.machines = s.engine.heirs, running
		if err := next.compile(true); err != nil {
			return err
		}
		s.rules, s.engine = rules, next
		return s.checkpoint(ctx)
	}
	// What was being warmed up begins anew, with the commit that it counts from.
	if s.warming != nil {
		for _, m := range cold {
			for _, o := range s.warming.engine.machines {
				if o.key == m.key && o.version == m.version {
					m.since = o.since
				}
			}
		}
		s.abandon()
	}
	next.machines = running
	if err := next.compile(true); err != nil {
		return err
	}
	s.rules, s.engine, s.unwritten = rules, next, true
	s.log.InfoContext(ctx, "rules changed", "rules", len(next.entries), "correlations", len(next.machines), "warmed_up", len(cold))
	if err := s.warmUp(ctx, cold, nil); err != nil {
		return err
	}
	return s.checkpoint(ctx)
}
