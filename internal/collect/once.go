package collect

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/catalog"
	"github.com/nightjar-sec/nightjar/internal/clock"
)

// OnceOptions are the choices of one run until caught up.
type OnceOptions struct {
	// Tenants limits the run; empty means every tenant that is not paused.
	Tenants []nightjar.TenantID
	// MaxWait bounds the run, waiting for throttling and retries included, in
	// the collector's time; 0 means 1 hour.
	MaxWait time.Duration
	// Settle also waits for the second fetches of young content.
	Settle bool
	// Progress is told of what moved, at most a few times a second; may be nil.
	Progress func(Progress)
}

// Progress says how far a run is, in things.
type Progress struct {
	Tenant  nightjar.TenantID
	Feed    nightjar.Feed
	Listed  int64     // blobs known, of this run and before
	Pending int64     // of them not yet in a final state
	Stored  int64     // events stored by this run
	Oldest  time.Time // creation of the oldest pending blob; zero when none is
	// Settling counts young blobs that are stored and wait for their second fetch.
	Settling int64
	// Failure is what went wrong within the last minute, while content is not
	// yet listed up to now; empty when nothing did.
	Failure string
}

// FeedSummary is what a run did for one feed.
type FeedSummary struct {
	Tenant      nightjar.TenantID `json:"tenant"`
	Name        string            `json:"tenant_name,omitempty"`
	Feed        nightjar.Feed     `json:"feed"`
	Listed      int64             `json:"listed"`      // blobs seen for the first time
	Fetched     int64             `json:"fetched"`     // blobs
	Stored      int64             `json:"stored"`      // events
	Duplicates  int64             `json:"duplicates"`  // events
	Filtered    int64             `json:"filtered"`    // events
	Refused     int64             `json:"refused"`     // records put into quarantine one by one
	Quarantined int64             `json:"quarantined"` // blobs
	Missing     int64             `json:"missing"`     // blobs
	Expired     int64             `json:"expired"`     // blobs
	Gaps        int64             `json:"gaps"`
	RefetchGain int64             `json:"refetch_gain"` // events that only a second fetch brought
	Settling    int64             `json:"settling"`     // young blobs that a later run fetches once more
	Complete    bool              `json:"complete"`
	Reason      string            `json:"reason,omitempty"` // why it is not complete
	Polled      time.Time         `json:"-"`
}

// Summary is what a run did.
type Summary struct {
	Feeds    []FeedSummary `json:"feeds"`
	Complete bool          `json:"complete"`
	Reason   string        `json:"reason,omitempty"`
}

// Once collects until everything up to now is listed and every listed blob is
// in a final state, waiting through throttling and retries up to MaxWait. A
// feed that nothing can be done for ends at once, incomplete, with its reason.
// An incomplete summary is not an error.
func (c *Collector) Once(ctx context.Context, o OnceOptions) (Summary, error) {
	if o.MaxWait <= 0 {
		o.MaxWait = time.Hour
	}
	if err := c.sweepQuarantine(); err != nil {
		return Summary{}, err
	}
	tenants, err := c.chosen(ctx, o.Tenants)
	if err != nil {
		return Summary{}, err
	}
	runCtx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var wg sync.WaitGroup
	moved := make(chan struct{}, 1)
	c.mu.Lock()
	c.onProgress = func(*feedRun) { signal(moved) }
	c.mu.Unlock()
	defer func() {
		c.mu.Lock()
		c.onProgress = nil
		c.running = make(map[nightjar.TenantID]*running)
		c.mu.Unlock()
	}()
	var feeds []*feedRun
	for _, t := range tenants {
		feeds = append(feeds, c.start(runCtx, t, true, &wg, stop).feeds...)
	}
	err = c.untilCaughtUp(runCtx, feeds, o, moved)
	sum := c.summarise(feeds, o, err)
	stop(nil)
	wg.Wait()
	for i, f := range feeds {
		sum.Feeds[i].take(f.snapshot()) // what the last commits brought
	}
	if fatal, ok := errors.AsType[fatalError](context.Cause(runCtx)); ok {
		return sum, fatal.error
	}
	if ctx.Err() != nil {
		return sum, &nightjar.Error{Code: nightjar.CodeInterrupted, Message: "collection was stopped", Hint: "run it again: it goes on where it was", Err: context.Cause(ctx)}
	}
	return sum, nil
}

func (c *Collector) chosen(ctx context.Context, ids []nightjar.TenantID) ([]nightjar.Tenant, error) {
	all, err := c.cfg.Tenants(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the list of tenants: %w", err)
	}
	var out []nightjar.Tenant
	for _, t := range all {
		if len(ids) == 0 && !t.Paused || slices.Contains(ids, t.ID) {
			out = append(out, t)
		}
	}
	if len(all) == 0 {
		return nil, &nightjar.Error{
			Code: nightjar.CodeNotFound, Message: "no tenant is connected",
			Hint: "connect one with nightjar tenant add (docs/connect.md), or name the configuration that declares it with --config",
		}
	}
	if len(out) == 0 && len(ids) == 0 {
		return nil, &nightjar.Error{Code: nightjar.CodeNotFound, Message: "every tenant is paused", Hint: "name one with --tenant to collect it all the same"}
	}
	if len(ids) > len(out) {
		return nil, &nightjar.Error{Code: nightjar.CodeNotFound, Message: "there is no such tenant to collect", Hint: "see: nightjar tenant list"}
	}
	return out, nil
}

// untilCaughtUp waits until every feed is done, or nothing can be done.
func (c *Collector) untilCaughtUp(ctx context.Context, feeds []*feedRun, o OnceOptions, moved <-chan struct{}) error {
	deadline := c.clock.Now().Add(o.MaxWait)
	for {
		open := 0
		for _, f := range feeds {
			done, p, err := f.done(ctx, o.Settle)
			if err != nil {
				return err
			}
			if !done {
				open++
			}
			if o.Progress != nil {
				o.Progress(p)
			}
		}
		if open == 0 {
			return nil
		}
		left := deadline.Sub(c.clock.Now())
		if left <= 0 {
			return errTimeUp
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-moved:
			// The ledger is asked a few times a second at most, by the wall:
			// in a rehearsal it is no faster.
			if err := clock.Real().Sleep(ctx, 200*time.Millisecond); err != nil {
				return err
			}
		case <-c.clock.After(min(left, 5*time.Second)):
		}
	}
}

// recently is how long a failure is news.
const recently = time.Minute

var errTimeUp = errors.New("the time given was up")

// done reports whether a feed has nothing left to do in a single run.
func (f *feedRun) done(ctx context.Context, settle bool) (bool, Progress, error) {
	b, err := f.c.ledger.backlog(ctx, f.tenant.ID, f.feed, f.c.clock.Now())
	if err != nil {
		return false, Progress{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	p := Progress{
		Tenant: f.tenant.ID, Feed: f.feed, Listed: f.status.Listed, Pending: b.Pending,
		Stored: f.status.Stored, Oldest: catalog.Time(b.Created), Settling: b.Settling,
	}
	if !f.caughtUp && f.c.clock.Now().Sub(f.failedAt) < recently {
		p.Failure = f.failure
	}
	if f.parked != "" && !f.caughtUp {
		return true, p, nil
	}
	return f.caughtUp && b.Pending == 0 && len(f.inFlight) == 0 && (!settle || b.Settling == 0), p, nil
}

func (f *feedRun) snapshot() FeedSummary {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.status
}

// take replaces the figures, and keeps the verdict.
func (s *FeedSummary) take(later FeedSummary) {
	later.Complete, later.Reason, later.Settling = s.Complete, s.Reason, s.Settling
	*s = later
}

// summarise judges each feed.
func (c *Collector) summarise(feeds []*feedRun, o OnceOptions, cause error) Summary {
	sum := Summary{Complete: true}
	ctx, cancel := c.clock.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for _, f := range feeds {
		s := f.snapshot()
		done, p, err := f.done(ctx, o.Settle)
		s.Settling = p.Settling
		f.mu.Lock()
		parked, caughtUp := f.parked, f.caughtUp
		f.mu.Unlock()
		lost := s.Missing + s.Expired + s.Quarantined
		switch {
		case err != nil:
			s.Reason = err.Error()
		case parked != "" && !caughtUp:
			s.Reason = parked
		case !done && !caughtUp:
			s.Reason = "stopped before the content was listed up to now"
			if errors.Is(cause, errTimeUp) {
				s.Reason = "not listed up to now within the time given"
			}
			last := f.lastFailure()
			if last != "" {
				s.Reason += ": " + last
			}
			if last != "" || errors.Is(cause, errTimeUp) {
				s.Reason += "; see: nightjar tenant check " + f.tenant.Name
			}
		case !done:
			s.Reason = fmt.Sprintf("blobs not fetched yet: %d", p.Pending)
			if last := f.lastFailure(); last != "" {
				s.Reason += "; last failure: " + last
			}
		case lost > 0 || s.Gaps > 0:
			s.Reason = fmt.Sprintf("blobs lost or in quarantine: %d, gaps: %d", lost, s.Gaps)
		default:
			s.Complete = true
		}
		if !s.Complete {
			sum.Complete = false
		}
		sum.Feeds = append(sum.Feeds, s)
	}
	if errors.Is(cause, errTimeUp) {
		sum.Reason = fmt.Sprintf("the time given (%s) was up", o.MaxWait)
	} else if !sum.Complete {
		sum.Reason = "some feeds are incomplete"
	}
	return sum
}
