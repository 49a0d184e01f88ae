package collect

import (
	"context"
	"slices"
	"time"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/catalog"
)

// completeUntil returns the time before which all content of the tenant was
// made that is stored once a batch is, as far as Microsoft has shown it.
func (k *committer) completeUntil(ctx context.Context, batch []*delivery) (until time.Time, err error) {
	complete := map[*feedRun][]string{}
	for _, d := range batch {
		if d.last {
			complete[d.feed] = append(complete[d.feed], d.blob.ID)
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
// complete. Blobs that failed and rest do not count: they may rest until they
// expire. Nor does a feed that cannot be collected for now.
func (f *feedRun) completeUntil(ctx context.Context, complete []string) (time.Time, error) {
	now := f.c.clock.Now()
	f.mu.Lock()
	until, parked := f.seenTo, f.parked != ""
	f.mu.Unlock()
	if parked {
		return now, nil
	}
	if until.IsZero() {
		row, err := f.c.ledger.feed(ctx, f.tenant.ID, f.feed)
		if err != nil {
			return time.Time{}, err
		}
		until = later(later(row.cursor().to, f.schedule.start), now.Add(-nightjar.ContentRetention))
	}
	// They come by expiry, which is 7 days from when they were made.
	waiting, err := f.c.ledger.pending(ctx, f.tenant.ID, f.feed, now, false, int64(len(complete))+1)
	if err != nil {
		return time.Time{}, err
	}
	if i := slices.IndexFunc(waiting, func(e entry) bool { return !slices.Contains(complete, e.ID) }); i >= 0 {
		until = earlier(until, catalog.Time(waiting[i].Created))
	}
	return until, nil
}

// listedUntil says that all content that was made before is listed.
func (f *feedRun) listedUntil(t time.Time) {
	f.mu.Lock()
	f.seenTo = t
	f.mu.Unlock()
}
