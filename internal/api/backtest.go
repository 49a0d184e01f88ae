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

	mu  sync.Mutex
	all []*backtest
}

// add takes a backtest in, unless as many run as may.
func (x *backtests) add(b *backtest) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.sweep()
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
	return nil
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

// begin makes a backtest of the caller's and starts it.
func (c *call) backtest(b *backtest, cfg detect.BacktestConfig) error {
	s := c.server
	raw := make([]byte, 16)
	if _, err := io.ReadFull(rand.Reader, raw); err != nil {
		return err
	}
	b.id, b.person = hex.EncodeToString(raw), c.who.ID
	// It goes on when the request is answered, and ends with its bound.
	ctx, cancel := context.WithCancelCause(context.WithoutCancel(c.ctx))
	b.cancel = cancel
	if err := s.backtests.add(b); err != nil {
		cancel(nil)
		return err
	}
	cfg.Progress = func(p detect.BacktestProgress) { s.backtests.told(b, p) }
	go func() {
		defer cancel(nil)
		ctx, stop := context.WithTimeout(ctx, backtestLongest)
		defer stop()
		report, err := detect.Backtest(ctx, cfg)
		if err != nil && !errors.Is(err, errCancelled) {
			s.log.WarnContext(ctx, "a backtest failed", "rule", b.rule, "error", err)
		}
		s.backtests.ended(b, report, err)
	}()
	return nil
}
