package api

import (
	"cmp"
	"context"
	"errors"
	"sync"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/clock"
)

// Each query is a process of up to query.memory: without a bound one dashboard
// in ten browsers would take the machine.
const (
	defaultQueries     = 4
	defaultQueriesEach = 3
	// Exports take minutes: they never hold all that runs at a time.
	exportsAll, exportsEach = 2, 1
	// queueWait is how long a query waits for its turn. A dashboard asks for
	// all of its panels at once, so that waiting is normal and short.
	queueWait = 30 * time.Second
	// queueEach bounds the queries of one caller that wait.
	queueEach = 40
)

// gate lets so many queries run at a time, and so many of one caller.
type gate struct {
	each  int
	slots chan struct{}

	mu      sync.Mutex
	callers map[string]*turnstile
}

// turnstile is one caller's share.
type turnstile struct {
	slots   chan struct{}
	present int // that run or wait
}

func newGate(all, each int) *gate {
	return &gate{
		each: cmp.Or(each, defaultQueriesEach), slots: make(chan struct{}, cmp.Or(all, defaultQueries)),
		callers: map[string]*turnstile{},
	}
}

var errQueue = errors.New("waited for its turn")

// enter waits for a turn; leave must be called when the query is over.
func (g *gate) enter(ctx context.Context, caller string) (leave func(), err error) {
	own, err := g.join(caller)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, queueWait, errQueue)
	defer cancel()
	// The own share first: whoever waits for it must not hold a common slot.
	if err := take(ctx, own.slots); err != nil {
		g.depart(caller)
		return nil, err
	}
	if err := take(ctx, g.slots); err != nil {
		<-own.slots
		g.depart(caller)
		return nil, err
	}
	return func() {
		<-g.slots
		<-own.slots
		g.depart(caller)
	}, nil
}

func take(ctx context.Context, slots chan struct{}) error {
	select {
	case slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		if errors.Is(context.Cause(ctx), errQueue) {
			return busy()
		}
		return context.Cause(ctx)
	}
}

func busy() error {
	return problem(nightjar.CodeLimit, "too many queries run at once", "wait until one is done, or cancel one")
}

func (g *gate) join(caller string) (*turnstile, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	t := g.callers[caller]
	if t == nil {
		t = &turnstile{slots: make(chan struct{}, g.each)}
		g.callers[caller] = t
	}
	if t.present >= g.each+queueEach {
		return nil, busy()
	}
	t.present++
	return t, nil
}

func (g *gate) depart(caller string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if t := g.callers[caller]; t != nil {
		if t.present--; t.present == 0 {
			delete(g.callers, caller)
		}
	}
}

// realClock is the wall's: people wait by it.
func realClock() clock.Clock { return clock.Real() }

// seats bounds how many streams each caller holds open.
type seats struct {
	most int

	mu    sync.Mutex
	taken map[string]int
}

func newSeats(most int) *seats { return &seats{most: most, taken: map[string]int{}} }

// join takes a seat; leave must be called when the stream is over.
func (s *seats) join(caller string) (leave func(), err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.taken[caller] >= s.most {
		return nil, problem(nightjar.CodeLimit, "too many streams are open", "close one of the tabs that follow events")
	}
	s.taken[caller]++
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.taken[caller]--; s.taken[caller] == 0 {
			delete(s.taken, caller)
		}
	}, nil
}
