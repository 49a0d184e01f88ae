package collect

import (
	"context"
	"time"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/catalog"
)

// A blob that cannot be had is tried until it expires. After so much time and
// so many tries, which take half a day, it is no longer waited for.
const (
	stubborn      = 24 * time.Hour
	stubbornTries = 50
)

// completeUntil returns the time before which all content of the tenant was
// made that is stored once a batch is, as far as Microsoft has shown it.
func (k *committer) completeUntil(ctx context.Context, batch []*delivery) (until time.Time, err error) {
	complete := map[*feedRun]map[string]bool{}
	for _, d := range batch {
		if d.last {
			if complete[d.feed] == nil {
				complete[d.feed] = map[string]bool{}
			}
			complete[d.feed][d.blob.ID] = true
		}
	}
	until = k.c.clock.Now()
	for _, f := range k.feeds {
		own, err := f.completeUntil(ctx, complete[f])
		if err != nil {
			return time.Time{}, err
		}
		until = earlier(until, own)
	}
	return until, nil
}

// completeUntil is the same of one feed, of which some blobs are about to be
// complete. A feed that is refused does not count: there may never be anything.
func (f *feedRun) completeUntil(ctx context.Context, complete map[string]bool) (time.Time, error) {
	now := f.c.clock.Now()
	f.mu.Lock()
	until, refused := f.listedTo, f.refused
	f.mu.Unlock()
	switch {
	case refused:
		return now, nil
	case until.IsZero():
		row, err := f.c.ledger.feed(ctx, f.tenant.ID, f.feed)
		if err != nil {
			return time.Time{}, err
		}
		until = later(later(row.cursor().to, f.schedule.start), now.Add(-nightjar.ContentRetention))
	case now.Sub(until) <= 2*f.c.opt.PollInterval: // what comes between two polls is no backlog
		until = now
	}
	waiting, err := f.c.ledger.waiting(ctx, f.tenant.ID, f.feed, now.Add(-stubborn), int64(len(complete))+1)
	if err != nil {
		return time.Time{}, err
	}
	for _, e := range waiting {
		if !complete[e.ID] {
			return earlier(until, catalog.Time(e.Created)), nil
		}
	}
	return until, nil
}

// allListed says that all content that was made before is listed.
func (f *feedRun) allListed(to time.Time) {
	f.mu.Lock()
	f.listedTo = to
	f.mu.Unlock()
}

// setRefused says whether Microsoft refuses to list the feed.
func (f *feedRun) setRefused(refused bool) {
	f.mu.Lock()
	f.refused = refused
	f.mu.Unlock()
}
