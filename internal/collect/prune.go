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

const (
	// ledgerKept is how long a stored blob stays in the ledger. Microsoft lists
	// a blob for 7 days; twice that leaves no doubt that it is not new.
	ledgerKept = 2 * nightjar.ContentRetention
	// pruneBatch is how many rows one transaction removes: other commits wait for it.
	pruneBatch = 2000
)

const hourMicros = int64(time.Hour / time.Microsecond)

// prune sums up, by hour, the stored blobs that no listing can show any more,
// and drops their rows: the ledger would grow for ever. What was lost or is in
// quarantine stays, row by row.
func (l ledger) prune(ctx context.Context, tenant nightjar.TenantID, feed nightjar.Feed, now time.Time) (dropped int64, err error) {
	before := catalog.Micros(now.Add(-ledgerKept))
	for {
		n, err := l.pruneSome(ctx, tenant, feed, before)
		dropped += n
		if err != nil {
			return dropped, fmt.Errorf("prune the ledger of %s: %w", feed, catalog.Translate(err))
		}
		if n < pruneBatch {
			return dropped, nil
		}
	}
}

func (l ledger) pruneSome(ctx context.Context, tenant nightjar.TenantID, feed nightjar.Feed, before int64) (n int64, err error) {
	const old = ` FROM collect_blobs WHERE tenant = ? AND feed = ? AND created < ? AND first_listed < ? AND state = 'stored' AND refused = 0`
	err = l.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		upTo := before
		var last int64
		err := tx.NewRaw(`SELECT created`+old+` ORDER BY created LIMIT 1 OFFSET ?`, tenant, feed, before, before, pruneBatch-1).Scan(ctx, &last)
		switch {
		case err == nil:
			upTo = last + 1 // with all that are as old
		case !errors.Is(err, sql.ErrNoRows):
			return err
		}
		_, err = tx.NewRaw(`INSERT INTO collect_hours (tenant, feed, hour, blobs, events, stored, duplicates, filtered)
			SELECT tenant, feed, created / ?, count(*), sum(events), sum(stored), sum(duplicates), sum(filtered)`+old+`
			GROUP BY tenant, feed, created / ?
			ON CONFLICT (tenant, feed, hour) DO UPDATE SET blobs = collect_hours.blobs + EXCLUDED.blobs,
			events = collect_hours.events + EXCLUDED.events, stored = collect_hours.stored + EXCLUDED.stored,
			duplicates = collect_hours.duplicates + EXCLUDED.duplicates, filtered = collect_hours.filtered + EXCLUDED.filtered`,
			hourMicros, tenant, feed, upTo, before, hourMicros).Exec(ctx)
		if err != nil {
			return err
		}
		res, err := tx.NewRaw(`DELETE`+old, tenant, feed, upTo, before).Exec(ctx)
		if err != nil {
			return err
		}
		n, err = res.RowsAffected()
		return err
	})
	return n, err
}
