package collect

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/catalog"
)

// feed reads the row of a feed; one that was never written is empty.
func (l ledger) feed(ctx context.Context, tenant nightjar.TenantID, feed nightjar.Feed) (feedRow, error) {
	r := feedRow{Tenant: tenant, Feed: feed}
	err := l.db.NewSelect().Model(&r).WherePK().Scan(ctx)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return r, fmt.Errorf("read the cursor of %s: %w", feed, catalog.Translate(err))
	}
	return r, nil
}

// commitListing makes the blobs of a listing durable, and with them the
// cursor: it never moves without the blobs that it has passed. It returns the
// blobs that were not known before. A gap goes into the same transaction.
func (l ledger) commitListing(ctx context.Context, c listingCommit) (found int64, err error) {
	err = l.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		found = 0
		if len(c.entries) > 0 {
			res, err := tx.NewInsert().Model(&c.entries).On("CONFLICT (tenant, feed, content_id) DO NOTHING").Exec(ctx)
			if err != nil {
				return err
			}
			if found, err = res.RowsAffected(); err != nil {
				return err
			}
		}
		row := feedRow{
			Tenant: c.tenant, Feed: c.feed, ListedFrom: catalog.Micros(c.from), ListedTo: catalog.Micros(c.to),
			Reconciled: catalog.Micros(c.reconciled), Polled: catalog.Micros(c.polled),
		}
		if c.reconcile {
			row.ReconcileFound = found
		}
		if c.gap.Duration() > 0 {
			if _, err := insertGap(ctx, tx, c.tenant, Gap{Feed: c.feed, From: c.gap.From, To: c.gap.To, Reason: c.gapReason, Detected: c.now}); err != nil {
				return err
			}
		}
		if !c.reconciled.IsZero() {
			if err := l.rearm(ctx, tx, c.tenant, c.feed, c.now); err != nil {
				return err
			}
		}
		_, err := tx.NewInsert().Model(&row).
			On("CONFLICT (tenant, feed) DO UPDATE").
			Set("listed_from = CASE WHEN EXCLUDED.listed_from = 0 THEN collect_feeds.listed_from WHEN collect_feeds.listed_from = 0 OR EXCLUDED.listed_from < collect_feeds.listed_from THEN EXCLUDED.listed_from ELSE collect_feeds.listed_from END").
			Set("listed_to = CASE WHEN EXCLUDED.listed_to = 0 THEN collect_feeds.listed_to ELSE EXCLUDED.listed_to END").
			Set("reconciled = CASE WHEN EXCLUDED.reconciled = 0 THEN collect_feeds.reconciled ELSE EXCLUDED.reconciled END").
			Set("polled = CASE WHEN EXCLUDED.polled = 0 THEN collect_feeds.polled ELSE EXCLUDED.polled END").
			Set("reconcile_found = collect_feeds.reconcile_found + EXCLUDED.reconcile_found").
			ModelTableExpr("collect_feeds").Exec(ctx)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("record the listing of %s: %w", c.feed, catalog.Translate(err))
	}
	return found, nil
}

// listingCommit is what one transaction of a listing records. Zero times
// leave what is there.
type listingCommit struct {
	tenant     nightjar.TenantID
	feed       nightjar.Feed
	entries    []entry
	from, to   time.Time
	reconciled time.Time
	polled     time.Time
	gap        Window
	gapReason  GapReason
	now        time.Time
	reconcile  bool // what is found was behind every ordinary poll
}

// insertGap records a gap; known reports that it was there already.
func insertGap(ctx context.Context, tx bun.Tx, tenant nightjar.TenantID, g Gap) (known bool, err error) {
	res, err := tx.NewRaw(`INSERT INTO collect_gaps (tenant, feed, from_time, to_time, reason, content_id, detected)
		VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
		tenant, g.Feed, catalog.Micros(g.From), catalog.Micros(g.To), g.Reason, g.ContentID, catalog.Micros(g.Detected)).Exec(ctx)
	if err != nil {
		return false, err
	}
	n, err := res.RowsAffected()
	return n == 0, err
}

// extendGap records a gap that goes on: the one that began at the same time
// now lasts until g.To.
func (l ledger) extendGap(ctx context.Context, tenant nightjar.TenantID, g Gap) error {
	err := l.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewRaw(`DELETE FROM collect_gaps WHERE tenant = ? AND feed = ? AND from_time = ? AND reason = ? AND content_id = ''`,
			tenant, g.Feed, catalog.Micros(g.From), g.Reason).Exec(ctx)
		if err == nil {
			_, err = insertGap(ctx, tx, tenant, g)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("record a gap of %s: %w", g.Feed, catalog.Translate(err))
	}
	return nil
}

// closeGaps takes back the gaps of blobs that could be had after all.
func closeGaps(ctx context.Context, tx bun.Tx, e entry) error {
	_, err := tx.NewRaw(`DELETE FROM collect_gaps WHERE tenant = ? AND feed = ? AND from_time = ? AND content_id = ?`,
		e.Tenant, e.Feed, e.Created, e.ID).Exec(ctx)
	return err
}

// longestWait is beyond every wait that a failure can ask for. A next attempt
// further away was written by a clock that ran ahead, and is due.
const longestWait = 7 * time.Hour

// pending returns the blobs that may be fetched at now: the limit that expire
// first, or last.
func (l ledger) pending(ctx context.Context, tenant nightjar.TenantID, feed nightjar.Feed, now time.Time, newest bool, limit int64) ([]entry, error) {
	var out []entry
	q := l.db.NewSelect().Model(&out).
		Where("tenant = ? AND feed = ? AND state IN ('listed', 'fetched')", tenant, feed).
		Where("next_attempt <= ? OR next_attempt > ?", catalog.Micros(now), catalog.Micros(now.Add(longestWait))).
		Limit(limit)
	if newest {
		q = q.OrderExpr("expires DESC, content_id DESC")
	} else {
		q = q.OrderExpr("expires ASC, content_id ASC")
	}
	if err := q.Scan(ctx); err != nil {
		return nil, fmt.Errorf("read what %s has to fetch: %w", feed, catalog.Translate(err))
	}
	return out, nil
}

// waiting returns blobs that are listed and not stored, those first that expire
// first; they do 7 days after they were made. Those are left out that failed
// many times and were first listed before a time.
func (l ledger) waiting(ctx context.Context, tenant nightjar.TenantID, feed nightjar.Feed, failing time.Time, limit int64) ([]entry, error) {
	var out []entry
	err := l.db.NewSelect().Model(&out).Column("content_id", "created").
		Where("tenant = ? AND feed = ? AND state IN ('listed', 'fetched')", tenant, feed).
		Where("attempts < ? OR first_listed >= ?", stubbornTries, catalog.Micros(failing)).
		OrderExpr("expires ASC, content_id ASC").Limit(limit).Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("read what %s waits for: %w", feed, catalog.Translate(err))
	}
	return out, nil
}

// rearm gives blobs in quarantine and lost ones that can still be had one more
// try: what could not be read a day ago may have been a proxy's page in the
// place of the blob, what did not exist may have come into being, and what had
// expired by a wrong clock has not. One more failure puts them back.
func (l ledger) rearm(ctx context.Context, tx bun.Tx, tenant nightjar.TenantID, feed nightjar.Feed, now time.Time) error {
	_, err := tx.NewRaw(`UPDATE collect_blobs SET state = 'listed', next_attempt = 0,
		unparsed = CASE WHEN unparsed > 0 THEN unparsed - 1 ELSE 0 END, cut_short = CASE WHEN cut_short > 0 THEN cut_short - 1 ELSE 0 END
		WHERE tenant = ? AND feed = ? AND state IN ('quarantined', 'missing', 'expired') AND expires > ? AND fetched_at < ? AND first_listed < ?`,
		tenant, feed, catalog.Micros(now), catalog.Micros(now.Add(-time.Hour)), catalog.Micros(now.Add(-time.Hour))).Exec(ctx)
	return err
}

// settling returns blobs whose second fetch is due.
func (l ledger) settling(ctx context.Context, tenant nightjar.TenantID, feed nightjar.Feed, now time.Time, limit int64) ([]entry, error) {
	var out []entry
	err := l.db.NewSelect().Model(&out).
		Where("tenant = ? AND feed = ? AND settle_at > 0 AND settle_at <= ? AND state = 'stored'", tenant, feed, catalog.Micros(now)).
		Where("next_attempt <= ? OR next_attempt > ?", catalog.Micros(now), catalog.Micros(now.Add(longestWait))).
		OrderExpr("settle_at, content_id").Limit(limit).Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("read what %s has to fetch again: %w", feed, catalog.Translate(err))
	}
	return out, nil
}

// backlog is what a feed still has to do.
type backlog struct {
	Pending  int64 `bun:"pending"`  // blobs not in a final state
	Expires  int64 `bun:"expires"`  // the earliest expiry among them
	Created  int64 `bun:"created"`  // when the oldest of them was created
	Due      int64 `bun:"due"`      // the earliest next attempt among them that is still to come
	Settling int64 `bun:"settling"` // blobs that wait for their second fetch
	SettleAt int64 `bun:"settle_at"`
}

func (l ledger) backlog(ctx context.Context, tenant nightjar.TenantID, feed nightjar.Feed, now time.Time) (backlog, error) {
	var b backlog
	// The bound on expires is no condition: it makes the index of what is
	// pending a better choice than those of all blobs.
	err := l.db.NewRaw(`SELECT count(*) AS pending, coalesce(min(expires), 0) AS expires, coalesce(min(created), 0) AS created,
		coalesce(min(CASE WHEN next_attempt > ? THEN next_attempt END), 0) AS due
		FROM collect_blobs WHERE tenant = ? AND feed = ? AND state IN ('listed', 'fetched') AND expires > 0`,
		catalog.Micros(now), tenant, feed).Scan(ctx, &b.Pending, &b.Expires, &b.Created, &b.Due)
	if err == nil {
		err = l.db.NewRaw(`SELECT count(*), coalesce(min(CASE WHEN next_attempt > settle_at THEN next_attempt ELSE settle_at END), 0)
			FROM collect_blobs WHERE tenant = ? AND feed = ? AND settle_at > 0`,
			tenant, feed).Scan(ctx, &b.Settling, &b.SettleAt)
	}
	if err != nil {
		return b, fmt.Errorf("read the backlog of %s: %w", feed, catalog.Translate(err))
	}
	return b, nil
}

// write puts whole rows, whose only owner the caller is, and what else must be
// true with them.
func (l ledger) write(ctx context.Context, tx bun.Tx, rows []entry) error {
	if len(rows) == 0 {
		return nil
	}
	_, err := tx.NewInsert().Model(&rows).
		On("CONFLICT (tenant, feed, content_id) DO UPDATE").
		Set("state = EXCLUDED.state").Set("attempts = EXCLUDED.attempts").
		Set("unparsed = EXCLUDED.unparsed").Set("cut_short = EXCLUDED.cut_short").Set("next_attempt = EXCLUDED.next_attempt").
		Set("reason = EXCLUDED.reason").Set("fetched_at = EXCLUDED.fetched_at").
		Set("settle_at = EXCLUDED.settle_at").Set("settled = EXCLUDED.settled").
		Set("bytes = EXCLUDED.bytes").Set("events = EXCLUDED.events").Set("stored = EXCLUDED.stored").
		Set("duplicates = EXCLUDED.duplicates").Set("filtered = EXCLUDED.filtered").Set("refused = EXCLUDED.refused").
		ModelTableExpr("collect_blobs").Exec(ctx)
	return err
}

// update writes one row in a transaction of its own, with a gap when the blob is lost.
// known reports that the gap was there already.
func (l ledger) update(ctx context.Context, e entry, gap *Gap) (known bool, err error) {
	err = l.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := l.write(ctx, tx, []entry{e}); err != nil {
			return err
		}
		if gap == nil {
			return nil
		}
		known, err = insertGap(ctx, tx, e.Tenant, *gap)
		return err
	})
	if err != nil {
		return false, fmt.Errorf("record the state of a blob of %s: %w", e.Feed, catalog.Translate(err))
	}
	return known, nil
}

// gained counts second fetches of a feed. When they brought something for the
// first time, every blob that was first fetched young and can still be had is
// to be fetched again; from then on settleAt sees to it.
func (l ledger) gained(ctx context.Context, tx bun.Tx, tenant nightjar.TenantID, feed nightjar.Feed, blobs, events int64, first bool, young, settle time.Duration, now time.Time) error {
	if _, err := tx.NewRaw(`UPDATE collect_feeds SET refetched = refetched + ?, refetch_gain = refetch_gain + ? WHERE tenant = ? AND feed = ?`,
		blobs, events, tenant, feed).Exec(ctx); err != nil {
		return err
	}
	if !first {
		return nil
	}
	_, err := tx.NewRaw(`UPDATE collect_blobs SET settle_at = fetched_at + ?
		WHERE tenant = ? AND feed = ? AND state = 'stored' AND settled = 0 AND settle_at = 0 AND expires > ? AND fetched_at - created < ?`,
		settle.Microseconds(), tenant, feed, catalog.Micros(now), young.Microseconds()).Exec(ctx)
	return err
}

// subscription records when a subscription was seen running or asked for; zero
// leaves what is there.
func (l ledger) subscription(ctx context.Context, tenant nightjar.TenantID, feed nightjar.Feed, seen, attempted time.Time) error {
	err := l.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewRaw(`INSERT INTO collect_feeds (tenant, feed, subscribed, subscription_attempted) VALUES (?, ?, ?, ?)
			ON CONFLICT (tenant, feed) DO UPDATE SET
			subscribed = CASE WHEN collect_feeds.subscribed = 0 THEN EXCLUDED.subscribed ELSE collect_feeds.subscribed END,
			subscription_attempted = CASE WHEN EXCLUDED.subscription_attempted = 0 THEN collect_feeds.subscription_attempted ELSE EXCLUDED.subscription_attempted END`,
			tenant, feed, catalog.Micros(seen), catalog.Micros(attempted)).Exec(ctx)
		return err
	})
	if err != nil {
		return fmt.Errorf("record the subscription to %s: %w", feed, catalog.Translate(err))
	}
	return nil
}

// quarantined is a row of collect_quarantine.
type quarantined struct {
	bun.BaseModel `bun:"table:collect_quarantine"`

	Tenant  nightjar.TenantID `bun:"tenant,pk"`
	Feed    nightjar.Feed     `bun:"feed,pk"`
	ID      string            `bun:"content_id,pk"`
	Path    string            `bun:"path,pk"`
	Whole   int               `bun:"whole"`
	Records int64             `bun:"records"`
	Bytes   int64             `bun:"bytes"`
	Reason  string            `bun:"reason"`
	Added   int64             `bun:"added"`
}

func insertQuarantine(ctx context.Context, tx bun.Tx, q quarantined) error {
	_, err := tx.NewInsert().Model(&q).On("CONFLICT (tenant, feed, content_id, path) DO NOTHING").Exec(ctx)
	return err
}
