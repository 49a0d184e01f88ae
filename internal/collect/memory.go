package collect

import (
	"context"
	"sync"

	"golang.org/x/sync/semaphore"
)

// memory bounds the decoded events that wait for their commit, over all
// tenants. Whoever holds some of it must be able to give it back without
// getting more: a fetch that is refused sends what it has to the journal
// first, and only then waits.
type memory struct {
	sem   *semaphore.Weighted
	limit int64

	mu   sync.Mutex
	used int64
	show func(float64)
}

func newMemory(limit int64, show func(float64)) *memory {
	return &memory{sem: semaphore.NewWeighted(limit), limit: limit, show: show}
}

// try takes n bytes if they are free.
func (m *memory) try(n int64) bool {
	if !m.sem.TryAcquire(min(n, m.limit)) {
		return false
	}
	m.add(min(n, m.limit))
	return true
}

// take waits for n bytes. The caller must hold none.
func (m *memory) take(ctx context.Context, n int64) error {
	if err := m.sem.Acquire(ctx, min(n, m.limit)); err != nil {
		return context.Cause(ctx)
	}
	m.add(min(n, m.limit))
	return nil
}

// give returns n bytes.
func (m *memory) give(n int64) {
	if n == 0 {
		return
	}
	m.sem.Release(n)
	m.add(-n)
}

func (m *memory) add(n int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.used += n
	m.show(float64(m.used))
}
