package collect

import (
	"context"
	"fmt"
	"time"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/catalog"
)

const (
	// findingHolds is how long people are warned of what the ledger found: as
	// long as Microsoft would have held the content. Coverage tells of it for good.
	findingHolds = nightjar.ContentRetention
	// remindEvery is between two looks at what the ledger has found.
	remindEvery = time.Hour
)

// findings are what a feed's ledger has found lately, and people must know.
type findings struct {
	gaps        int64
	gap         Gap   // the last one found
	quarantined int64 // blobs that are in quarantine still
	refused     int64 // records
	refusal     string
	late        int64 // blobs that only the daily look showed
	gained      int64 // events that second fetches brought, ever
}

// remind sets the warnings that the ledger gives reason for, and ends those
// that it does not any more: a gap that was closed, content whose quarantine
// ended, and all of it after findingHolds. So a restart forgets no warning.
// That young content gains holds for good, since it is then fetched twice for good.
func (f *feedRun) remind(ctx context.Context) error {
	for {
		f.telling.Lock()
		told := f.told
		f.telling.Unlock()
		found, err := f.c.ledger.findings(ctx, f.tenant.ID, f.feed, f.c.clock.Now().Add(-findingHolds))
		if err != nil {
			return err
		}
		f.telling.Lock()
		// A warning that was set while the ledger was read may be of what it
		// did not show yet, and must not be ended by it.
		same := told == f.told
		if same {
			f.retell(found)
		}
		f.telling.Unlock()
		if same {
			return nil
		}
	}
}

// retell brings the warnings in line with the findings. The caller holds f.telling.
func (f *feedRun) retell(found findings) {
	f.warnIf(found.gaps > 0, nightjar.WarnDataGap, map[string]string{
		"from": found.gap.From.Format(time.RFC3339), "to": found.gap.To.Format(time.RFC3339), "reason": found.gap.Reason.text(),
	})
	f.warnIf(found.quarantined > 0, nightjar.WarnBlobQuarantined, map[string]string{"count": count(found.quarantined)})
	f.warnIf(found.refused > 0, nightjar.WarnEventsDiscarded, map[string]string{"count": count(found.refused), "reason": found.refusal})
	f.warnIf(found.late > 0, nightjar.WarnReconcileMissing, map[string]string{"count": count(found.late)})
	f.warnIf(found.gained > 0, nightjar.WarnRefetchGained, map[string]string{"count": count(found.gained)})
}

func (f *feedRun) warnIf(holds bool, code nightjar.WarningCode, args map[string]string) {
	if holds {
		f.c.warn.Set(code, f.tenant.ID, string(f.feed), args)
	} else {
		f.calm(code)
	}
}

// findings reads what was found since a moment.
func (l ledger) findings(ctx context.Context, tenant nightjar.TenantID, feed nightjar.Feed, since time.Time) (found findings, err error) {
	at := catalog.Micros(since)
	var gaps []struct {
		FromTime, ToTime int64
		Reason           GapReason
		N                int64
	}
	err = l.db.NewRaw(`SELECT from_time, to_time, reason, count(*) OVER () AS n FROM collect_gaps
		WHERE tenant = ? AND feed = ? AND detected > ? ORDER BY detected DESC, to_time DESC, content_id LIMIT 1`, tenant, feed, at).Scan(ctx, &gaps)
	if err == nil && len(gaps) > 0 {
		found.gaps = gaps[0].N
		found.gap = Gap{Feed: feed, From: catalog.Time(gaps[0].FromTime), To: catalog.Time(gaps[0].ToTime), Reason: gaps[0].Reason}
	}
	if err == nil {
		err = l.db.NewRaw(`SELECT coalesce(sum(CASE WHEN q.whole = 1 AND b.state = 'quarantined' THEN 1 ELSE 0 END), 0),
			coalesce(sum(CASE WHEN q.whole = 0 THEN q.records ELSE 0 END), 0), coalesce(max(CASE WHEN q.whole = 0 THEN q.reason END), '')
			FROM collect_quarantine AS q
			LEFT JOIN collect_blobs AS b ON b.tenant = q.tenant AND b.feed = q.feed AND b.content_id = q.content_id
			WHERE q.tenant = ? AND q.feed = ? AND q.added > ?`, tenant, feed, at).Scan(ctx, &found.quarantined, &found.refused, &found.refusal)
	}
	if err == nil {
		// A blob is listed for the first time at most so long after its creation.
		created := catalog.Micros(since.Add(-nightjar.ContentRetention - 24*time.Hour))
		err = l.db.NewRaw(`SELECT count(*) FROM collect_blobs WHERE tenant = ? AND feed = ? AND created > ? AND reconcile = 1 AND first_listed > ?`,
			tenant, feed, created, at).Scan(ctx, &found.late)
	}
	if err != nil {
		return found, fmt.Errorf("read what %s has found: %w", feed, catalog.Translate(err))
	}
	row, err := l.feed(ctx, tenant, feed)
	found.gained = row.RefetchGain
	return found, err
}
