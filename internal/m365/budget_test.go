package m365_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nightjar-sec/nightjar/internal/clock"
	"github.com/nightjar-sec/nightjar/internal/m365"
)

func newBudget(perMinute int) *m365.Budget {
	return m365.NewBudget(m365.BudgetConfig{PerMinute: perMinute, Rand: func() float64 { return 0.5 }})
}

// quota counts requests as Microsoft might: none of the windows of a minute,
// wherever it begins, may hold more than the limit.
type quota struct {
	mu   sync.Mutex
	sent []time.Time
}

func (q *quota) send() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.sent = append(q.sent, time.Now())
}

// lastMinute counts the requests of the minute that ends now.
func (q *quota) lastMinute() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	n := 0
	for i := len(q.sent) - 1; i >= 0 && time.Since(q.sent[i]) < time.Minute; i-- {
		n++
	}
	return n
}

func (q *quota) worstMinute() int {
	worst, from := 0, 0
	for i := range q.sent {
		for q.sent[i].Sub(q.sent[from]) >= time.Minute {
			from++
		}
		worst = max(worst, i-from+1)
	}
	return worst
}

func TestTheQuotaIsUsedUpAndNeverExceeded(t *testing.T) {
	t.Parallel()
	for _, perMinute := range []int{60, 2000, 6000} {
		synctest.Test(t, func(t *testing.T) {
			b, q := newBudget(perMinute), &quota{}
			ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
			defer cancel()
			var workers sync.WaitGroup
			for range 32 {
				workers.Go(func() {
					for {
						permit, err := b.Acquire(ctx)
						if err != nil {
							return
						}
						q.send()
						time.Sleep(50 * time.Millisecond) // latency
						b.Succeeded(permit)
					}
				})
			}
			workers.Wait()
			if got, least := len(q.sent), 3*perMinute*95/100; got < least {
				t.Errorf("%d a minute: %d requests in 3 minutes, want at least %d", perMinute, got, least)
			}
			if worst := q.worstMinute(); worst > perMinute {
				t.Errorf("%d a minute: %d requests in one minute", perMinute, worst)
			}
		})
	}
}

func TestThrottlingSlowsDownOncePerRoundAndRecovers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBudget(2000)
		var permits []m365.Permit
		for range 10 {
			time.Sleep(time.Millisecond)
			p, err := b.Acquire(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			permits = append(permits, p)
		}
		time.Sleep(50 * time.Millisecond)
		for _, p := range permits { // all of them were on their way
			b.Throttled(p, 0)
		}
		s := b.State()
		if share := s.PerMinute / s.Full; share < 0.69 || share > 0.71 {
			t.Errorf("ten answers of one round slowed to %.2f of the rate, want 0.70", share)
		}
		if pause := time.Until(s.PausedUntil); pause < 700*time.Millisecond || pause > 1300*time.Millisecond {
			t.Errorf("the first pause is %s", pause)
		}
		for range 200 { // throttled for good
			p, err := b.Acquire(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			b.Throttled(p, 0)
		}
		s = b.State()
		if share := s.PerMinute / s.Full; share < 0.099 {
			t.Errorf("the rate fell to %.3f of the full one, below the floor", share)
		}
		if pause := time.Until(s.PausedUntil); pause > 76*time.Second {
			t.Errorf("the pause grew to %s", pause)
		}
		time.Sleep(6 * time.Minute)
		if s = b.State(); s.PerMinute != s.Full {
			t.Errorf("after 6 quiet minutes the rate is %.0f of %.0f", s.PerMinute, s.Full)
		}
	})
}

func TestNothingIsSentBeforeRetryAfterAndNoBurstFollows(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBudget(2000)
		first, err := b.Acquire(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if pause, added := b.Throttled(first, 10*time.Minute); pause != 10*time.Minute || added != pause {
			t.Errorf("paused for %s, %s longer", pause, added)
		}
		if pause, added := b.Throttled(first, time.Minute); pause != 10*time.Minute || added != 0 {
			t.Errorf("a shorter one: paused for %s, %s longer", pause, added)
		}
		began := time.Now()
		var mu sync.Mutex
		var after []time.Duration
		var workers sync.WaitGroup
		for range 50 {
			workers.Go(func() {
				if _, err := b.Acquire(t.Context()); err != nil {
					t.Error(err)
				}
				mu.Lock()
				defer mu.Unlock()
				after = append(after, time.Since(began))
			})
		}
		workers.Wait()
		if after[0] < 10*time.Minute {
			t.Errorf("a request went %s before Retry-After", 10*time.Minute-after[0])
		}
		if last := after[len(after)-1]; last < 10*time.Minute+2*time.Second {
			t.Errorf("50 requests followed within %s", last-10*time.Minute)
		}
	})
}

// A server whose quota is half of what we believe: the budget must settle near
// it, neither far above (throttled all the time) nor far below.
func TestTheBudgetSettlesNearAnUnknownQuota(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const real, minutes = 1000, 20
		b, q := newBudget(2000), &quota{}
		ctx, cancel := context.WithTimeout(t.Context(), minutes*time.Minute)
		defer cancel()
		var mu sync.Mutex
		throttled := 0
		var workers sync.WaitGroup
		for range 16 {
			workers.Go(func() {
				for {
					permit, err := b.Acquire(ctx)
					if err != nil {
						return
					}
					full := q.lastMinute() >= real
					if !full {
						q.send()
					}
					time.Sleep(50 * time.Millisecond)
					if full {
						b.Throttled(permit, 0)
						mu.Lock()
						throttled++
						mu.Unlock()
					} else {
						b.Succeeded(permit)
					}
				}
			})
		}
		workers.Wait()
		t.Logf("served %d of %d possible, throttled %d", len(q.sent), minutes*real, throttled)
		if len(q.sent) < minutes*real*80/100 {
			t.Errorf("only %d of %d requests", len(q.sent), minutes*real)
		}
		if throttled > len(q.sent)*3/100 {
			t.Errorf("%d of %d requests were throttled", throttled, len(q.sent))
		}
	})
}

func TestBackfillGetsTheMajorityAndFreshIsNotStarved(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBudget(600)
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
		defer cancel()
		var mu sync.Mutex
		granted := map[m365.Priority]int{}
		var longest time.Duration
		var workers sync.WaitGroup
		for _, lane := range []m365.Priority{m365.PriorityBackfill, m365.PriorityFresh} {
			ctx := m365.WithPriority(ctx, lane)
			for range 8 {
				workers.Go(func() {
					for {
						asked := time.Now()
						if _, err := b.Acquire(ctx); err != nil {
							return
						}
						mu.Lock()
						granted[lane]++
						if lane == m365.PriorityFresh {
							longest = max(longest, time.Since(asked))
						}
						mu.Unlock()
					}
				})
			}
		}
		workers.Wait()
		share := float64(granted[m365.PriorityBackfill]) / float64(granted[m365.PriorityBackfill]+granted[m365.PriorityFresh])
		if share < 0.70 || share > 0.80 {
			t.Errorf("backfill got %.2f of the requests", share)
		}
		if longest > 4*time.Second { // 8 waiters at a quarter of 9.75 a second
			t.Errorf("a fresh request waited for %s", longest)
		}
	})
}

func TestOneLaneAloneGetsEverything(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBudget(600)
		ctx := m365.WithPriority(t.Context(), m365.PriorityFresh)
		began := time.Now()
		for range 600 {
			if _, err := b.Acquire(ctx); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(began); took > 61*time.Second {
			t.Errorf("600 requests took %s", took)
		}
	})
}

func TestLeavingTheQueueCostsNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBudget(2000)
		p, err := b.Acquire(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		b.Throttled(p, time.Hour)
		stop := errors.New("stopping")
		ctx, cancel := context.WithCancelCause(t.Context())
		var workers sync.WaitGroup
		for range 5 {
			workers.Go(func() {
				if _, err := b.Acquire(ctx); !errors.Is(err, stop) {
					t.Errorf("Acquire returned %v", err)
				}
			})
		}
		synctest.Wait()
		began := time.Now()
		cancel(stop)
		workers.Wait()
		if s := b.State(); s.Waiting != 0 {
			t.Errorf("%d wait", s.Waiting)
		}
		if took := time.Since(began); took != 0 {
			t.Errorf("leaving took %s", took)
		}
		if _, err := b.Acquire(ctx); !errors.Is(err, stop) {
			t.Errorf("Acquire with an ended context returned %v", err)
		}
	})
}

func TestTheBudgetFollowsAScaledClock(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := m365.NewBudget(m365.BudgetConfig{PerMinute: 2000, Clock: clock.Scaled(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), 60)})
		began := time.Now()
		for range 4000 {
			if _, err := b.Acquire(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(began); took < 1900*time.Millisecond || took > 2200*time.Millisecond {
			t.Errorf("two virtual minutes of requests took %s of the wall", took)
		}
	})
}
