package m365

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/nightjar-sec/nightjar/internal/clock"
)

// DefaultPerMinute is Microsoft's baseline of requests a minute for a tenant.
// Source: learn.microsoft.com/office/office-365-management-api/office-365-management-activity-api-reference#api-throttling,
// read 2026-11-22.
const DefaultPerMinute = 2000

// How the budget moves. Refill and burst add up to less than the quota, so
// that no minute, wherever it begins, sees more requests than the quota allows.
const (
	refillShare  = 0.975 // of the quota, refilled evenly over the minute
	burstShare   = 0.02  // of the quota, that may be saved up
	floorShare   = 0.10  // of the full rate: throttling never slows below this
	cutFactor    = 0.7   // the rate after a throttled answer
	recoverShare = 0.30  // of the full rate, regained in a minute
	firstPause   = time.Second
	longestPause = time.Minute // when an answer does not say how long
	backfillRun  = 3           // requests of backfill for each one of fresh, when both wait
)

// BudgetConfig configures a Budget.
type BudgetConfig struct {
	// PerMinute is the quota in requests a minute. 0 means DefaultPerMinute.
	PerMinute int
	Clock     clock.Clock
	// Rand gives numbers in [0,1) for jitter. nil means math/rand/v2.
	Rand func() float64
}

// Budget is the quota of one tenant: a token bucket that slows down when
// Microsoft throttles and recovers with time. Tenants do not share one, so one
// tenant's throttling slows no other. It is safe for concurrent use.
type Budget struct {
	clock clock.Clock
	rand  func() float64
	full  float64 // requests a second without throttling
	burst float64

	mu       sync.Mutex
	rate     float64 // requests a second now
	tokens   float64
	filled   time.Time // until when tokens and rate are accounted for
	paused   time.Time // nothing is granted before
	lastCut  time.Time
	strikes  int // throttled answers in a row, without one that told how long to wait
	queues   [lanes][]*waiter
	run      int // grants to backfill since the last one to fresh
	pumping  bool
	departed chan struct{} // wakes the pump when nobody waits any more
}

type waiter struct {
	granted chan struct{}
	done    bool // granted
}

// Permit is the leave to send one request.
type Permit struct{ at time.Time }

// NewBudget returns a full budget.
func NewBudget(cfg BudgetConfig) *Budget {
	if cfg.PerMinute <= 0 {
		cfg.PerMinute = DefaultPerMinute
	}
	if cfg.Rand == nil {
		cfg.Rand = rand.Float64
	}
	perMinute := float64(cfg.PerMinute)
	b := &Budget{
		clock: cfg.Clock, rand: cfg.Rand,
		full: perMinute * refillShare / 60, burst: max(1, perMinute*burstShare),
		filled: cfg.Clock.Now(), departed: make(chan struct{}, 1),
	}
	b.rate, b.tokens = b.full, b.burst
	return b
}

// Acquire waits until a request may be sent, in the lane that ctx names.
func (b *Budget) Acquire(ctx context.Context) (Permit, error) {
	if err := context.Cause(ctx); err != nil {
		return Permit{}, err
	}
	if p, free := b.take(); free {
		return p, nil
	}
	lane := priorityOf(ctx)
	b.mu.Lock()
	w := &waiter{granted: make(chan struct{})}
	b.queues[lane] = append(b.queues[lane], w)
	if !b.pumping {
		b.pumping = true
		go b.pump()
	}
	b.mu.Unlock()

	select {
	case <-w.granted:
		return Permit{at: b.clock.Now()}, nil
	case <-ctx.Done():
		b.leave(lane, w)
		return Permit{}, context.Cause(ctx)
	}
}

// take takes a permit when one is free and nobody waits.
func (b *Budget) take() (p Permit, free bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.clock.Now()
	b.refill(now)
	if b.waiting() > 0 || b.tokens < 1 || now.Before(b.paused) {
		return Permit{}, false
	}
	b.tokens--
	return Permit{at: now}, true
}

// leave takes a waiter out, or gives its token back when it was granted meanwhile.
func (b *Budget) leave(lane Priority, w *waiter) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if w.done {
		b.tokens++
		return
	}
	for i, other := range b.queues[lane] {
		if other == w {
			b.queues[lane] = append(b.queues[lane][:i], b.queues[lane][i+1:]...)
			break
		}
	}
	if b.waiting() == 0 {
		select {
		case b.departed <- struct{}{}:
		default:
		}
	}
}

// pump grants tokens as they come, and ends when nobody waits.
func (b *Budget) pump() {
	for {
		b.mu.Lock()
		wait := b.grant(b.clock.Now())
		if b.waiting() == 0 {
			b.pumping = false
			b.mu.Unlock()
			return
		}
		b.mu.Unlock()
		select {
		case <-b.clock.After(wait):
		case <-b.departed:
		}
	}
}

// grant serves waiters with the tokens at hand and returns how long until the next token.
func (b *Budget) grant(now time.Time) time.Duration {
	b.refill(now)
	for b.waiting() > 0 {
		if now.Before(b.paused) {
			return b.paused.Sub(now)
		}
		if b.tokens < 1 {
			return max(time.Duration((1-b.tokens)/b.rate*float64(time.Second)), time.Millisecond)
		}
		b.tokens--
		w := b.next()
		w.done = true
		close(w.granted)
	}
	return 0
}

func (b *Budget) waiting() int {
	return len(b.queues[PriorityBackfill]) + len(b.queues[PriorityFresh])
}

// next takes the waiter whose turn it is.
func (b *Budget) next() *waiter {
	lane := PriorityBackfill
	if len(b.queues[PriorityBackfill]) == 0 || (len(b.queues[PriorityFresh]) > 0 && b.run >= backfillRun) {
		lane = PriorityFresh
	}
	if lane == PriorityFresh {
		b.run = 0
	} else {
		b.run++
	}
	w := b.queues[lane][0]
	b.queues[lane][0] = nil
	b.queues[lane] = b.queues[lane][1:]
	return w
}

// refill accounts for the time since the last call: the rate recovers, tokens
// gather. A pause gathers nothing, so that it does not end in a burst.
func (b *Budget) refill(now time.Time) {
	from := b.filled
	if from.Before(b.paused) {
		from = b.paused
	}
	if elapsed := now.Sub(from).Seconds(); elapsed > 0 {
		b.rate = min(b.full, b.rate+elapsed*b.full*recoverShare/60)
		b.tokens = min(b.burst, b.tokens+elapsed*b.rate)
	}
	if now.After(b.filled) {
		b.filled = now
	}
}

// Succeeded reports an answer that was not throttled.
func (b *Budget) Succeeded(p Permit) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if p.at.After(b.lastCut) {
		b.strikes = 0
	}
}

// Throttled reports a throttled answer. The tenant pauses as long as the answer
// asked for, or else a time that grows with each throttled answer. Answers to
// requests that were sent before the last cut tell nothing new about the rate
// and do not slow it again. It returns how long the tenant pauses from now, and
// by how much this answer prolonged the pause.
func (b *Budget) Throttled(p Permit, retryAfter time.Duration) (pause, added time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.clock.Now()
	b.refill(now)
	fresh := p.at.After(b.lastCut)
	if fresh {
		b.rate = max(b.full*floorShare, b.rate*cutFactor)
		b.lastCut = now
		b.strikes++
	}
	pause = retryAfter
	if pause <= 0 && fresh {
		pause = min(firstPause<<min(b.strikes-1, 10), longestPause)
		pause = time.Duration(float64(pause) * (0.75 + 0.5*b.rand()))
	}
	before := max(b.paused.Sub(now), 0)
	if pause > before {
		b.paused = now.Add(pause)
	}
	b.tokens = 0
	return max(pause, before), max(pause-before, 0)
}

// BudgetState is where a budget stands.
type BudgetState struct {
	PerMinute   float64   // requests a minute that may be sent now
	Full        float64   // requests a minute without throttling
	PausedUntil time.Time // zero or past when it is not paused
	Waiting     int       // requests in both lanes
}

// State tells where the budget stands now.
func (b *Budget) State() BudgetState {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.refill(b.clock.Now())
	return BudgetState{PerMinute: b.rate * 60, Full: b.full * 60, PausedUntil: b.paused, Waiting: b.waiting()}
}
