package collect

import (
	"context"
	"log/slog"
	"sync"
	"time"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/catalog"
)

// feedRun collects one feed of one tenant. Its poll loop alone moves the
// listing cursor; its dispatch loop alone decides what is fetched.
type feedRun struct {
	c         *Collector
	tenant    nightjar.Tenant
	feed      nightjar.Feed
	options   nightjar.FeedOptions
	schedule  schedule
	tag       string
	committer *committer
	subs      *subscriptions
	log       *slog.Logger
	once      bool // one complete poll is enough

	wake   chan struct{} // poll now
	work   chan struct{} // look for blobs to fetch now
	slots  chan struct{} // fetches at a time
	shared chan struct{} // fetches at a time of the tenant

	client keptClient

	telling sync.Mutex // held while a warning is set, or those of the ledger are set and ended
	told    int        // warnings set so far

	mu       sync.Mutex
	jobID    string
	inFlight map[string]bool // content ids between the choice and the commit
	gained   bool            // a second fetch brought something, ever
	hour     time.Time       // of sampled
	sampled  int             // young blobs chosen for a second fetch in this hour
	status   FeedSummary
	listedTo time.Time // all that was made before it is listed; zero before the first poll of this run
	refused  bool      // Microsoft refuses to list the feed
	caughtUp bool      // a poll of everything ended well in this run
	parked   string    // why nothing can be done for now; empty when something can
	failure  string    // the last one
	failedAt time.Time
}

func newFeedRun(t *tenantRun, feed nightjar.Feed) *feedRun {
	o := t.tenant.Feeds[feed]
	start := o.Start
	if start.IsZero() {
		start = t.tenant.Start
	}
	tag := o.Tag
	if tag == "" {
		tag = t.tenant.Tag
	}
	if tag == "" {
		tag = t.tenant.Name
	}
	c := t.c
	return &feedRun{
		c: c, tenant: t.tenant, feed: feed, options: o, tag: tag,
		schedule:  schedule{start: start, overlap: c.opt.Overlap, margin: c.opt.Margin, reconcile: c.opt.ReconcileEvery},
		committer: t.committer, subs: t.subs, once: t.once,
		log:    c.log.With("tenant", string(t.tenant.ID), "source", string(feed)),
		wake:   make(chan struct{}, 1),
		work:   make(chan struct{}, 1),
		slots:  make(chan struct{}, c.opt.FeedConcurrency),
		shared: t.slots,
		jobID:  newJob(), inFlight: make(map[string]bool),
		status: FeedSummary{Tenant: t.tenant.ID, Name: t.tenant.Name, Feed: feed},
	}
}

// run polls and fetches until ctx ends. Every fetch has ended when it returns.
func (f *feedRun) run(ctx context.Context) {
	var wg sync.WaitGroup
	wg.Go(func() { f.dispatchLoop(ctx) })
	wg.Go(func() { f.pollLoop(ctx) })
	wg.Go(func() { f.watchLoop(ctx) })
	wg.Wait()
}

func (f *feedRun) job() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.jobID
}

// signal wakes a loop that waits on ch; one that is awake will look again.
func signal(ch chan struct{}) {
	select {
	case ch <- struct{}{}:
	default:
	}
}

// settled says that a blob is no longer in flight.
func (f *feedRun) settled(id string) {
	f.mu.Lock()
	delete(f.inFlight, id)
	idle := len(f.inFlight) == 0
	f.mu.Unlock()
	if idle {
		signal(f.work)
	}
}

// stored reports what a commit brought.
func (f *feedRun) stored(t tally) {
	tenant, feed := string(f.tenant.ID), string(f.feed)
	m := f.c.metrics
	m.fetched.WithLabelValues(tenant, feed).Add(float64(t.blobs + t.seconds))
	m.stored.WithLabelValues(tenant, feed).Add(float64(t.stored))
	m.duplicates.WithLabelValues(tenant, feed).Add(float64(t.duplicates))
	m.discarded.WithLabelValues(tenant, feed, "filter").Add(float64(t.filtered))
	m.refetchGain.WithLabelValues(tenant, feed).Add(float64(t.gained))
	if !t.newest.IsZero() {
		m.lastEvent.WithLabelValues(tenant, feed).Set(float64(t.newest.Unix()))
	}
	f.mu.Lock()
	f.status.Fetched += t.blobs + t.seconds
	f.status.Stored += t.stored
	f.status.Duplicates += t.duplicates
	f.status.Filtered += t.filtered
	f.status.Refused += t.refused
	f.status.RefetchGain += t.gained
	first := t.gained > 0 && !f.gained
	f.gained = f.gained || t.gained > 0
	total := f.status.RefetchGain
	f.mu.Unlock()
	if t.gained > 0 {
		f.warn(nightjar.WarnRefetchGained, map[string]string{"count": count(total)})
	}
	if first {
		f.log.Warn("young content was incomplete", "gained", t.gained)
		signal(f.work)
	}
	if blobs := t.blobs + t.seconds; blobs > 0 {
		f.say(nightjar.PipelineFetched, nightjar.LevelInfo, blobs, "fetched %d blobs", blobs)
	}
	f.c.progress(f)
}

func (f *feedRun) hasGained() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.gained
}

func (f *feedRun) lastFailure() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.failure
}

// settleAt says when a blob that was just stored is fetched once more: when it
// was fetched so young that Microsoft may still have been writing it. All
// such blobs are, once that ever brought anything; until then, a sample: the
// first of each hour, and a share of the rest.
func (f *feedRun) settleAt(e entry, now time.Time) int64 {
	if e.FetchedAt-e.Created >= f.c.opt.YoungAge.Microseconds() {
		return 0
	}
	at := e.FetchedAt + f.c.opt.SettleAfter.Microseconds()
	if at >= e.Expires {
		return 0
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if h := now.Truncate(time.Hour); !h.Equal(f.hour) {
		f.hour, f.sampled = h, 0
	}
	f.sampled++
	if f.gained || f.sampled <= f.c.opt.SettlePerHour || f.sampled%f.c.opt.SettleShare == 0 {
		return at
	}
	return 0
}

// watchLoop keeps the figures of the feed's backlog, warns before content expires,
// and reminds of what was found.
func (f *feedRun) watchLoop(ctx context.Context) {
	defer f.c.metrics.forget(string(f.tenant.ID), string(f.feed))
	began := f.c.clock.Now()
	var reminded time.Time
	for {
		if now := f.c.clock.Now(); now.Sub(reminded) >= remindEvery {
			if err := f.remind(ctx); err == nil { // else the next turn tries again
				reminded = now
			}
		}
		if b, err := f.c.ledger.backlog(ctx, f.tenant.ID, f.feed, f.c.clock.Now()); err == nil {
			f.watch(b, began)
		}
		if f.c.clock.Sleep(ctx, max(f.c.opt.PollInterval, 15*time.Second)) != nil {
			return
		}
	}
}

// The marks of the 7-day cliff.
const (
	expiryAtRisk = 48 * time.Hour
	expiryNear   = 12 * time.Hour
)

func (f *feedRun) watch(b backlog, began time.Time) {
	now := f.c.clock.Now()
	tenant, feed := string(f.tenant.ID), string(f.feed)
	left := nightjar.ContentRetention
	lag := time.Duration(0)
	if b.Pending > 0 {
		left = catalog.Time(b.Expires).Sub(now)
		lag = now.Sub(catalog.Time(b.Created))
	}
	f.c.metrics.oldestExpiry.WithLabelValues(tenant, feed).Set(left.Seconds())
	f.c.metrics.lag.WithLabelValues(tenant, feed).Set(max(lag, 0).Seconds())
	f.c.metrics.pending.WithLabelValues(tenant, feed).Set(float64(b.Pending))
	args := map[string]string{"expires": now.Add(left).Format(time.RFC3339)}
	switch {
	case left < expiryNear && f.behind(now, began):
		f.warn(nightjar.WarnContentExpiryNear, args)
		f.warn(nightjar.WarnContentExpiryAtRisk, args)
	case left < expiryAtRisk && f.behind(now, began):
		f.calm(nightjar.WarnContentExpiryNear)
		f.warn(nightjar.WarnContentExpiryAtRisk, args)
	default:
		f.calm(nightjar.WarnContentExpiryNear, nightjar.WarnContentExpiryAtRisk)
	}
	f.mu.Lock()
	polled := f.status.Polled
	f.mu.Unlock()
	polled = later(polled, began)
	if now.Sub(polled) > max(3*f.c.opt.PollInterval, 15*time.Minute) {
		f.warn(nightjar.WarnSourceSilent, map[string]string{"since": polled.Format(time.RFC3339)})
	} else {
		f.calm(nightjar.WarnSourceSilent)
	}
}

// behind reports whether the feed has had a fair chance to fetch its backlog:
// the first minutes of a first run would always look like a cliff.
func (f *feedRun) behind(now, began time.Time) bool {
	return now.Sub(began) > 10*time.Minute
}
