package collect

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/nightjar-sec/nightjar/internal/catalog"
)

// How many blobs one look at the ledger takes. Small, so that what is newly
// listed soon gets its turn.
const (
	oldestBatch  = 96
	newestBatch  = 32
	settledBatch = 16
)

// dispatchLoop starts fetches until ctx ends, and then waits for them.
func (f *feedRun) dispatchLoop(ctx context.Context) {
	var fetches sync.WaitGroup
	defer fetches.Wait()
	for ctx.Err() == nil {
		next, due, err := f.choose(ctx)
		if err != nil {
			if ctx.Err() != nil {
				return
			}
			f.fail("read the ledger", err)
			due = f.c.opt.RetryFirst
		}
		for _, b := range next {
			if !f.acquire(ctx) {
				return
			}
			f.mu.Lock()
			f.inFlight[b.ID] = true
			f.mu.Unlock()
			fetches.Go(func() {
				defer func() { <-f.slots }()
				f.fetch(ctx, b)
			})
		}
		if len(next) > 0 {
			continue
		}
		select {
		case <-ctx.Done():
		case <-f.work:
		case <-f.c.clock.After(due):
		}
	}
}

// choose reads what to fetch next, in order, and how long to wait when there is nothing.
func (f *feedRun) choose(ctx context.Context) (next []choice, due time.Duration, err error) {
	now := f.c.clock.Now()
	// What is in flight now may end while the ledger is read: the row read of it
	// is of before, and to fetch by that would count the blob twice.
	f.mu.Lock()
	inHand := maps.Clone(f.inFlight)
	f.mu.Unlock()
	busy := int64(len(inHand))
	l, tenant := f.c.ledger, f.tenant.ID
	oldest, err := l.pending(ctx, tenant, f.feed, now, false, oldestBatch+busy)
	if err != nil {
		return nil, 0, err
	}
	var newest []entry
	if int64(len(oldest)) == oldestBatch+busy { // else all of them are in hand
		if newest, err = l.pending(ctx, tenant, f.feed, now, true, newestBatch+busy); err != nil {
			return nil, 0, err
		}
	}
	settling, err := l.settling(ctx, tenant, f.feed, now, settledBatch+busy)
	if err != nil {
		return nil, 0, err
	}
	next = interleave(without(oldest, inHand), without(newest, inHand), without(settling, inHand))
	if len(next) > 0 {
		return next, 0, nil
	}
	b, err := l.backlog(ctx, tenant, f.feed, now)
	if err != nil {
		return nil, 0, err
	}
	return nil, b.wait(now), nil
}

// wait is how long until the ledger has something to fetch, if no listing
// and no ending fetch changes that first.
func (b backlog) wait(now time.Time) time.Duration {
	d := 10 * time.Minute
	if b.Due > 0 {
		d = min(d, catalog.Time(b.Due).Sub(now))
	}
	if b.SettleAt > 0 {
		d = min(d, catalog.Time(b.SettleAt).Sub(now))
	}
	return max(d, time.Second)
}

// without leaves out what was in flight before the entries were read. The loop
// that asks is the only one that puts blobs in flight.
func without(entries []entry, inHand map[string]bool) []entry {
	return slices.DeleteFunc(entries, func(e entry) bool { return inHand[e.ID] })
}

// acquire waits for the right to fetch: first one of the feed's slots, then
// one of those that are shared. A feed whose fetches hang holds its own only,
// and a tenant never all of everybody's.
func (f *feedRun) acquire(ctx context.Context) bool {
	select {
	case f.slots <- struct{}{}:
	case <-ctx.Done():
		return false
	}
	if f.enter(ctx) != nil {
		<-f.slots
		return false
	}
	return true
}

// enter takes one of the tenant's slots and one of everybody's.
func (f *feedRun) enter(ctx context.Context) error {
	select {
	case f.shared <- struct{}{}:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	select {
	case f.c.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		<-f.shared
		return context.Cause(ctx)
	}
}

// leave gives both back.
func (f *feedRun) leave() {
	<-f.c.slots
	<-f.shared
}
