package api

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"io"
	"slices"
	"sync"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/clock"
	"github.com/nightjar-sec/nightjar/internal/detect"
	"github.com/nightjar-sec/nightjar/internal/ruleset"
)

const (
	// backtestsAll bounds the backtests that run at a time; each person has one.
	backtestsAll = 2
	// backtestLongest ends one that nobody waits for.
	backtestLongest = 30 * time.Minute
	backtestShown   = time.Hour // after its end
	backtestSamples = 100
)

// backtest is one run of a rule over what is stored.
type backtest struct {
	id     string
	person string
	rule   string
	scope  []nightjar.Tenant
	from   time.Time
	to     time.Time
	begun  time.Time
	cancel context.CancelCauseFunc

	// Under the lock of backtests.
	state    string
	problem  string
	progress detect.BacktestProgress
	report   *detect.BacktestReport
	until    time.Time // when it is forgotten; zero while it runs
}

var errCancelled = errors.New("cancelled")

// backtests are those that run or are lately over.
type backtests struct {
	clock clock.Clock

	mu     sync.Mutex
	all    []*backtest
	closed bool
	// running are those that were added and are not over.
	running sync.WaitGroup
}

// add takes a backtest in, unless as many run as may.
func (x *backtests) add(b *backtest) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.sweep()
	if x.closed {
		return problem(nightjar.CodeUnavailable, "the server is being stopped", "try again when it is back")
	}
	running := 0
	for _, o := range x.all {
		if !o.until.IsZero() {
			continue
		}
		if running++; o.person == b.person {
			return problem(nightjar.CodeConflict, "a backtest of yours is running", "wait for it, or cancel it")
		}
	}
	if running >= backtestsAll {
		return problem(nightjar.CodeLimit, "other people's backtests are running", "try again in a few minutes")
	}
	b.state, b.begun = "running", x.clock.Now()
	x.all = append(x.all, b)
	x.running.Add(1)
	return nil
}

// remove takes out one that did not start.
func (x *backtests) remove(b *backtest) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.all = slices.DeleteFunc(x.all, func(o *backtest) bool { return o == b })
	x.running.Done()
}

// close cancels those that run, waits for them, and lets no other start.
func (x *backtests) close() {
	x.mu.Lock()
	x.closed = true
	for _, b := range x.all {
		if b.until.IsZero() && b.cancel != nil {
			b.cancel(errCancelled)
		}
	}
	x.mu.Unlock()
	x.running.Wait()
}

// sweep forgets what is over; the caller holds the lock.
func (x *backtests) sweep() {
	now := x.clock.Now()
	x.all = slices.DeleteFunc(x.all, func(b *backtest) bool { return !b.until.IsZero() && !now.Before(b.until) })
}

// find returns a person's backtest of a rule.
func (x *backtests) find(id, person, rule string) (*backtest, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.sweep()
	for _, b := range x.all {
		if b.id == id && b.person == person && b.rule == rule {
			return b, nil
		}
	}
	return nil, problem(nightjar.CodeNotFound, "there is no such backtest", "begin it again")
}

func (x *backtests) told(b *backtest, p detect.BacktestProgress) {
	x.mu.Lock()
	defer x.mu.Unlock()
	b.progress = p
}

// ended keeps what came out.
func (x *backtests) ended(b *backtest, report detect.BacktestReport, err error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	b.until = x.clock.Now().Add(backtestShown)
	switch {
	case err == nil:
		b.state, b.report = "done", &report
	case errors.Is(err, errCancelled):
		b.state = "cancelled"
	case errors.Is(err, context.DeadlineExceeded):
		b.state, b.problem = "failed", "it took longer than "+backtestLongest.String()+": choose a shorter span"
	default:
		b.state, b.problem = "failed", "what is stored cannot be read: the server's log says why"
	}
}

// backtest starts a backtest of the caller's, of the rules of set. Compiling
// them is work too, so that it has its place before.
func (c *call) backtest(b *backtest, set *ruleset.Set, cfg detect.BacktestConfig) error {
	s := c.server
	raw := make([]byte, 16)
	if _, err := io.ReadFull(rand.Reader, raw); err != nil {
		return err
	}
	b.id, b.person = hex.EncodeToString(raw), c.who.ID
	// It goes on when the request is answered, and ends with its bound, or with
	// the server.
	ctx, cancel := context.WithCancelCause(context.WithoutCancel(c.ctx))
	b.cancel = cancel
	if err := s.backtests.add(b); err != nil {
		cancel(nil)
		return err
	}
	var err error
	if cfg.Rules, err = detect.Tried(set, ruleset.Options{Now: s.cfg.Clock.Now()}); err != nil {
		s.backtests.remove(b)
		cancel(nil)
		return err
	}
	cfg.Progress = func(p detect.BacktestProgress) { s.backtests.told(b, p) }
	go func() {
		defer s.backtests.running.Done()
		defer cancel(nil)
		ctx, stop := context.WithTimeout(ctx, backtestLongest)
		defer stop()
		report, err := s.cfg.Backtest(ctx, cfg)
		if err != nil && !errors.Is(err, errCancelled) {
			s.log.WarnContext(ctx, "a backtest failed", "rule", b.rule, "error", err)
		}
		s.backtests.ended(b, report, err)
	}()
	return nil
}
