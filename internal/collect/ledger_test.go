package collect

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/uptrace/bun"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/catalog"
	"github.com/nightjar-sec/nightjar/internal/catalog/catalogtest"
)

func TestABlobThatWasMissingIsTriedAgainAndItsGapCloses(t *testing.T) {
	t.Parallel()
	db, err := catalogtest.Open(t.Context(), catalog.Config{Path: filepath.Join(t.TempDir(), catalog.FileName)})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	l, ctx := ledger{db: db}, t.Context()
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	created := now.Add(-26 * time.Hour)
	e := entry{
		Tenant: realTenant, Feed: nightjar.FeedExchange, ID: "2026$x", State: nightjar.BlobMissing, Attempts: 2,
		Created: catalog.Micros(created), Expires: catalog.Micros(created.Add(nightjar.ContentRetention)), FirstListed: catalog.Micros(created),
	}
	gap := &Gap{Feed: e.Feed, From: created, To: created, Reason: GapMissing, ContentID: e.ID, Detected: created}
	for _, want := range []bool{false, true} {
		if known, err := l.update(ctx, e, gap); err != nil || known != want {
			t.Fatalf("the gap is known: %v, %v", known, err)
		}
	}
	if _, err := l.commitListing(ctx, listingCommit{tenant: e.Tenant, feed: e.Feed, reconciled: now, now: now}); err != nil {
		t.Fatal(err)
	}
	pending, err := l.pending(ctx, e.Tenant, e.Feed, now, false, 10)
	if err != nil || len(pending) != 1 {
		t.Fatalf("the daily look leaves %d blobs to fetch: %v", len(pending), err)
	}
	err = db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error { return closeGaps(ctx, tx, pending[0]) })
	gaps, gapsErr := l.gaps(ctx, e.Tenant, e.Feed, created.Add(-time.Hour), now)
	if err != nil || gapsErr != nil || len(gaps) != 0 {
		t.Errorf("the gaps are %+v: %v %v", gaps, err, gapsErr)
	}
}

func TestAWaitWrittenByAClockThatRanAheadEndsWithIt(t *testing.T) {
	t.Parallel()
	db, err := catalogtest.Open(t.Context(), catalog.Config{Path: filepath.Join(t.TempDir(), catalog.FileName)})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	l, ctx := ledger{db: db}, t.Context()
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	for id, wait := range map[string]time.Duration{"soon": 10 * time.Minute, "asked": 6 * time.Hour, "ahead": 30 * 24 * time.Hour} {
		e := entry{
			Tenant: realTenant, Feed: nightjar.FeedExchange, ID: id, State: nightjar.BlobListed, Attempts: 1,
			Expires: catalog.Micros(now.Add(time.Hour)), NextAttempt: catalog.Micros(now.Add(wait)),
		}
		if _, err := l.update(ctx, e, nil); err != nil {
			t.Fatal(err)
		}
	}
	pending, err := l.pending(ctx, realTenant, nightjar.FeedExchange, now, false, 10)
	if err != nil || len(pending) != 1 || pending[0].ID != "ahead" {
		t.Errorf("due are %+v: %v", pending, err)
	}
}
