package collect

import (
	"context"
	"sync"
	"time"

	nightjar "github.com/nightjar-sec/nightjar"
)

// tenantRun collects the feeds of one tenant.
type tenantRun struct {
	c         *Collector
	tenant    nightjar.Tenant
	once      bool
	committer *committer
	subs      *subscriptions
	slots     chan struct{} // fetches at a time
	feeds     []*feedRun
}

func newTenantRun(c *Collector, tenant nightjar.Tenant, once bool) *tenantRun {
	t := &tenantRun{
		c: c, tenant: tenant, once: once,
		committer: newCommitter(c, tenant),
		subs:      &subscriptions{c: c, tenant: tenant.ID, turn: make(chan struct{}, 1)},
		slots:     make(chan struct{}, max(1, c.opt.Concurrency*3/4)),
	}
	for _, feed := range nightjar.Feeds() {
		if !tenant.Feeds[feed].Off {
			t.feeds = append(t.feeds, newFeedRun(t, feed))
		}
	}
	t.committer.feeds = t.feeds
	return t
}

// flushTime is how long the last commits may take when the collector stops.
const flushTime = 20 * time.Second

// run collects until ctx ends. What was fetched by then is still committed.
// The error it returns is one after which the process must stop.
func (t *tenantRun) run(ctx context.Context) error {
	flush, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	defer context.AfterFunc(ctx, func() {
		if t.c.clock.Sleep(flush, flushTime) == nil {
			stop()
		}
	})()
	feeds, cancel := context.WithCancel(ctx)
	defer cancel()
	var fatal error
	var commits sync.WaitGroup
	commits.Go(t.committer.gather)
	commits.Go(func() { fatal = t.committer.commitAll(flush, cancel) })
	var wg sync.WaitGroup
	for _, f := range t.feeds {
		wg.Go(func() { f.run(feeds) })
	}
	wg.Wait()
	close(t.committer.in)
	commits.Wait()
	return fatal
}

// wake has the feed polled now; an empty feed means all of them.
func (t *tenantRun) wake(feed nightjar.Feed) {
	for _, f := range t.feeds {
		if feed == "" || f.feed == feed {
			signal(f.wake)
		}
	}
}
