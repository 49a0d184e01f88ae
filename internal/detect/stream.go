package detect

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/uptrace/bun"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/catalog"
	"github.com/nightjar-sec/nightjar/internal/clock"
	"github.com/nightjar-sec/nightjar/internal/journal"
	"github.com/nightjar-sec/nightjar/internal/ruleset"
)

// readerName is the name of the cursor.
const readerName = "detect"

// The rhythm of the stream, in the time of the wall.
const (
	batchEvents = 1000 // about how many events are observed before their findings are recorded

	gatherFor   = 50 * time.Millisecond
	commitEvery = time.Second // how often the cursor moves while nothing is found
	pollEvery   = time.Second // how often the journal is looked at without being told of a commit
	retryFirst  = 200 * time.Millisecond
	retryLast   = 10 * time.Second
	warmLast    = 5 * time.Minute  // between two tries to show rules the past, at most
	closeBound  = 10 * time.Second // for the last checkpoint
)

// Recorder keeps findings in the transaction that moves the cursor. A finding
// that it has already changes nothing. It keeps this package from depending on
// what becomes of findings.
type Recorder interface {
	Record(ctx context.Context, tx bun.Tx, findings []nightjar.Finding) error
}

// Warnings is where conditions are reported; health's registry is one.
type Warnings interface {
	Set(code nightjar.WarningCode, tenant nightjar.TenantID, source string, args map[string]string)
	Clear(code nightjar.WarningCode, tenant nightjar.TenantID, source string)
}

// StreamConfig is what a Stream needs.
type StreamConfig struct {
	Journal  *journal.Journal
	Catalog  *catalog.DB
	Recorder Recorder
	// Rules returns the rules in force; it is asked between batches, and
	// answers another set when they have changed.
	Rules func() *ruleset.Set
	// TenantName is how people call a tenant; nil means by its id.
	TenantName func(nightjar.TenantID) string
	Clock      clock.Clock  // the time that events are of
	Logger     *slog.Logger // nil discards
	Registerer prometheus.Registerer
	Warnings   Warnings // nil tells nobody
}

// Stream watches the journal as it grows. One at a time may run on a catalog.
type Stream struct {
	cfg     StreamConfig
	log     *slog.Logger
	wall    clock.Clock
	metrics *metrics

	reader *journal.Reader
	rules  *ruleset.Set
	engine *Engine
	begun  time.Time // when detection first ran here

	seq        int64 // the engine has seen all commits up to it
	committed  int64 // the durable cursor, as far as this process knows
	saved      int64 // the commit of the last checkpoint of all machines
	unwritten  bool  // a checkpoint of all machines is owed
	observed   int64 // events, since the start
	movedAt    time.Time
	restUntil  time.Time // no machine is saved before
	measuredAt time.Time
	// ahead says that the engine has seen what was not recorded: its state must
	// not be kept, for the next start finds it again.
	ahead bool

	follower *journal.Reader // behind seq; its cursor is nobody's
	warming  *warmup         // nil when nothing is warmed up
	lag      lag
	told     map[string]bool // rules that a warning is out for

	naming  sync.Mutex // a warming up asks for names too
	names   map[nightjar.TenantID]string
	namesAt time.Time
}

// NewStream checks the configuration.
func NewStream(cfg StreamConfig) (*Stream, error) {
	if cfg.Journal == nil || cfg.Catalog == nil || cfg.Recorder == nil || cfg.Rules == nil {
		return nil, &nightjar.Error{Code: nightjar.CodeInternal, Message: "detection needs a journal, a catalog, a recorder and rules"}
	}
	s := &Stream{cfg: cfg, log: cfg.Logger, wall: clock.Real(), told: map[string]bool{}}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.cfg.Warnings == nil {
		s.cfg.Warnings = silent{}
	}
	var err error
	s.metrics, err = newMetrics(cfg.Registerer)
	return s, err
}

type silent struct{}

func (silent) Set(nightjar.WarningCode, nightjar.TenantID, string, map[string]string) {}
func (silent) Clear(nightjar.WarningCode, nightjar.TenantID, string)                  {}

// namesFor is how long the name of a tenant is believed.
const namesFor = 30 * time.Second

// tenantName asks now and then only: it is needed for each event.
func (s *Stream) tenantName(id nightjar.TenantID) string {
	if s.cfg.TenantName == nil {
		return string(id)
	}
	s.naming.Lock()
	defer s.naming.Unlock()
	if now := s.wall.Now(); s.names == nil || now.Sub(s.namesAt) > namesFor {
		s.names, s.namesAt = map[nightjar.TenantID]string{}, now
	}
	name, ok := s.names[id]
	if !ok {
		name = s.cfg.TenantName(id)
		s.names[id] = name
	}
	return name
}

// Run watches until ctx ends. What fails is tried again: collection goes on
// without detection, and detection goes on where it was.
func (s *Stream) Run(ctx context.Context) error {
	defer s.abandon()
	wait := retryFirst
	for s.engine == nil {
		err := s.begin(ctx)
		if context.Cause(ctx) != nil {
			return nil
		}
		if err != nil {
			s.engine = nil
			s.log.ErrorContext(ctx, "detection cannot begin", "error", err)
			s.trouble(err)
			if s.wall.Sleep(ctx, wait) != nil {
				return nil
			}
			wait = min(2*wait, retryLast)
		}
	}
	s.follow(ctx)
	return s.end(ctx)
}

// follow observes what is committed until ctx ends.
func (s *Stream) follow(ctx context.Context) {
	wait := retryFirst
	for context.Cause(ctx) == nil {
		committed := s.cfg.Journal.Committed()
		progress, err := s.round(ctx)
		switch {
		case context.Cause(ctx) != nil:
			return
		case err != nil:
			s.log.ErrorContext(ctx, "detection does not get on; it tries again", "error", err)
			s.trouble(err)
			if s.wall.Sleep(ctx, wait) != nil {
				return
			}
			wait = min(2*wait, retryLast)
			continue
		case progress:
			wait = retryFirst
			continue
		}
		wait = retryFirst
		select {
		case <-ctx.Done():
		case <-committed:
			// Commits come in flocks: those of a moment are read together.
			_ = s.wall.Sleep(ctx, gatherFor)
		case <-s.warmed():
		case <-s.wall.After(pollEvery):
		}
	}
}

// end leaves the state behind as it is, so that the next start goes on at once.
func (s *Stream) end(ctx context.Context) error {
	if s.ahead || s.seq == s.saved && s.seq == s.committed {
		return nil
	}
	bound, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeBound)
	defer cancel()
	if err := s.checkpoint(bound); err != nil {
		// The next start observes again what this one saw: nothing is lost.
		s.log.WarnContext(bound, "detection ends without writing its state", "error", err)
	}
	return nil
}

// round takes up new rules and warmed machines, and one batch of events.
// Progress is true when there may be more at once.
func (s *Stream) round(ctx context.Context) (progress bool, err error) {
	if err := s.reload(ctx); err != nil {
		return false, err
	}
	if err := s.adopt(ctx); err != nil {
		return false, err
	}
	last, err := s.cfg.Journal.LastSeq(ctx)
	if err != nil {
		return false, err //nolint:wrapcheck // says what it was doing
	}
	s.lag.committed(last, s.wall.Now())
	if last > s.seq {
		if progress, err = s.batch(ctx); err != nil {
			return false, err
		}
		if !progress {
			s.seq = last // of what was committed there is nothing left: retention
		}
	}
	s.report()
	return progress, s.settle(ctx)
}

// batch observes the next commits and records what was found. False means that
// there were none.
func (s *Stream) batch(ctx context.Context) (bool, error) {
	events, last, err := s.follower.Next(ctx, batchEvents)
	if err != nil {
		return false, err //nolint:wrapcheck // says what it was doing
	}
	start := s.wall.Now()
	var found []nightjar.Finding
	for i := range events {
		found = append(found, s.engine.Observe(&events[i])...)
	}
	s.engine.passed(last)
	s.seq = max(s.seq, last)
	s.observed += int64(len(events))
	s.metrics.observed.Add(float64(len(events)))
	s.metrics.observing.Add(s.wall.Now().Sub(start).Seconds())
	return len(events) > 0, s.record(ctx, s.counting(found))
}

// counting leaves out what happened before Microsoft's memory began when
// detection first ran: what was stored long before is for a backtest.
func (s *Stream) counting(found []nightjar.Finding) []nightjar.Finding {
	from := s.begun.Add(-nightjar.ContentRetention)
	kept := found[:0]
	for _, f := range found {
		if !f.Time.Before(from) {
			kept = append(kept, f)
		}
	}
	return kept
}

// record keeps findings and moves the cursor, however often it must try: the
// engine has gone on and does not find them again.
func (s *Stream) record(ctx context.Context, found []nightjar.Finding) error {
	if len(found) == 0 {
		return nil
	}
	for wait := retryFirst; ; wait = min(2*wait, retryLast) {
		err := s.cfg.Catalog.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
			if err := s.cfg.Recorder.Record(ctx, tx, found); err != nil {
				return err
			}
			return s.reader.Commit(ctx, tx, s.seq)
		})
		if err == nil {
			s.moved()
			s.metrics.found(found)
			return nil
		}
		if cause := context.Cause(ctx); cause != nil {
			s.ahead = true
			return cause
		}
		s.log.ErrorContext(ctx, "findings cannot be recorded; tried again", "findings", len(found), "error", err)
		s.trouble(err)
		if err := s.wall.Sleep(ctx, wait); err != nil {
			s.ahead = true
			return err //nolint:wrapcheck // the end of ctx
		}
	}
}

// settle writes state, and moves the cursor over what found nothing, when it is
// time.
func (s *Stream) settle(ctx context.Context) error {
	if s.unwritten {
		return s.checkpoint(ctx)
	}
	if some, err := s.saveSome(ctx); some || err != nil {
		return err
	}
	if s.seq == s.committed || s.wall.Now().Sub(s.movedAt) < commitEvery {
		return nil
	}
	err := s.cfg.Catalog.InTx(ctx, func(ctx context.Context, tx bun.Tx) error { return s.reader.Commit(ctx, tx, s.seq) })
	if err != nil {
		return err //nolint:wrapcheck // says what it was doing
	}
	s.moved()
	return nil
}
