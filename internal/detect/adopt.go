package detect

import (
	"context"
	"slices"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/ruleset"
)

// warmUp shows machines the past in the background. When that is tried again it
// waits first, longer with each try.
func (s *Stream) warmUp(ctx context.Context, cold []*machine, failed *warmup) error {
	if len(cold) == 0 {
		return nil
	}
	w, err := newWarmup(cold, s.engine.cfg)
	if err != nil {
		return err
	}
	if failed != nil {
		w.wait, w.failure = min(max(2*failed.wait, retryFirst), warmLast), failed.err
	}
	ctx, w.stop = context.WithCancel(ctx)
	s.warming, s.engine.heirs = w, cold
	go func() {
		defer close(w.done)
		if w.err = s.wall.Sleep(ctx, w.wait); w.err == nil {
			w.run(ctx, s.cfg.Journal, s.cfg.Clock.Now().Add(-w.lookBack()))
		}
	}()
	return nil
}

// warmed is closed when a warming up is done; nil when there is none.
func (s *Stream) warmed() <-chan struct{} {
	if s.warming == nil {
		return nil
	}
	return s.warming.done
}

// abandon ends a warming up, which the next start or set of rules begins anew.
func (s *Stream) abandon() {
	if s.warming != nil {
		s.warming.stop()
		<-s.warming.done
		s.warming = nil
	}
}

// inForce leaves out what rules found that were switched off meanwhile.
func (s *Stream) inForce(found []nightjar.Finding) []nightjar.Finding {
	return slices.DeleteFunc(found, func(f nightjar.Finding) bool { return s.rules.Mode(f.Rule, f.Tenant) == ruleset.Off })
}

// adopt takes machines in that know what they need.
func (s *Stream) adopt(ctx context.Context) error {
	w := s.warming
	if w == nil {
		return nil
	}
	select {
	case <-w.done:
	default:
		return nil
	}
	if w.err != nil {
		s.abandon()
		if w.failure == nil || w.failure.Error() != w.err.Error() {
			s.log.ErrorContext(ctx, "rules cannot be warmed up; tried again", "error", w.err)
		}
		cold := w.engine.machines
		for _, m := range cold {
			if err := m.reset(s.engine.source); err != nil {
				m.failure = err // it is warned of; the others go on
			}
		}
		return s.warmUp(ctx, cold, w)
	}
	for reader := s.cfg.Journal.ReaderAfter(w.seq); w.seq < s.seq; {
		before := w.seq
		if _, err := w.step(ctx, reader, batchEvents, s.seq); err != nil {
			return err
		}
		if w.seq == before {
			w.seq = s.seq // of what was committed there is nothing left
		}
	}
	// What it found of commits that the stream has not come to is recorded with
	// them all the same; it skips those then.
	found := s.inForce(w.found)
	s.warming, s.engine.heirs, s.engine.before = nil, nil, nil
	w.stop()
	keys := map[string]bool{}
	for _, m := range w.engine.machines {
		m.seq = max(m.seq, s.seq)
		keys[m.key] = true
	}
	s.engine.machines = slices.DeleteFunc(s.engine.machines, func(m *machine) bool { return keys[m.key] })
	s.engine.machines = append(s.engine.machines, w.engine.machines...)
	if err := s.engine.compile(true); err != nil {
		return err
	}
	s.log.InfoContext(ctx, "rules are warmed up", "correlations", len(w.engine.machines))
	if err := s.record(ctx, s.counting(found)); err != nil {
		return err
	}
	return s.checkpoint(ctx)
}
