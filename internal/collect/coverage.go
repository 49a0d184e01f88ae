package collect

import (
	"context"
	"fmt"
	"time"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/catalog"
)

// Coverage says how complete a tenant's record is, by feed and hour of content time.
type Coverage struct {
	Tenant nightjar.TenantID `json:"tenant"`
	From   time.Time         `json:"from"`
	To     time.Time         `json:"to"`
	Feeds  []FeedCoverage    `json:"feeds"`
}

// FeedCoverage is the coverage of one feed.
type FeedCoverage struct {
	Feed nightjar.Feed `json:"feed"`
	// ListedFrom and ListedTo bound the content time that was ever listed;
	// within it, what is not in a gap is complete.
	ListedFrom     time.Time      `json:"listed_from"`
	ListedTo       time.Time      `json:"listed_to"`
	LastSuccess    time.Time      `json:"last_success"`
	Reconciled     time.Time      `json:"reconciled"`
	ReconcileFound int64          `json:"reconcile_found"` // blobs that only the daily look at 7 days showed
	Refetched      int64          `json:"refetched"`       // young blobs that were fetched twice
	RefetchGain    int64          `json:"refetch_gain"`    // events that only the second fetch brought
	Total          HourCoverage   `json:"total"`
	Hours          []HourCoverage `json:"hours"`
	Gaps           []Gap          `json:"gaps"`
	Quarantine     []Quarantined  `json:"quarantine"`
}

// HourCoverage counts what became available in one hour. Blobs first, then
// events; Events = Stored + Duplicates + Filtered + Refused.
type HourCoverage struct {
	Hour        time.Time `json:"hour,omitzero"`
	Listed      int64     `json:"listed"`
	Pending     int64     `json:"pending"`
	Done        int64     `json:"done"` // blobs whose every event is in the journal
	Quarantined int64     `json:"quarantined"`
	Lost        int64     `json:"lost"` // expired or missing
	Events      int64     `json:"events"`
	Stored      int64     `json:"stored"`
	Duplicates  int64     `json:"duplicates"`
	Filtered    int64     `json:"filtered"`
	Refused     int64     `json:"refused"`
}

// Quarantined is a file of content that could not be taken in.
type Quarantined struct {
	ContentID string    `json:"content_id"`
	Path      string    `json:"path"`  // in the data folder
	Whole     bool      `json:"whole"` // the blob as received, rather than single records
	Records   int64     `json:"records"`
	Bytes     int64     `json:"bytes"`
	Reason    string    `json:"reason"`
	Added     time.Time `json:"added"`
}

// Coverage reports what was listed, stored and lost between two moments of
// content time. Hours in which nothing was listed are left out.
func (c *Collector) Coverage(ctx context.Context, tenant nightjar.TenantID, from, to time.Time) (Coverage, error) {
	return Cover(ctx, c.cfg.Catalog, tenant, from, to)
}

// Cover is Coverage for a process that does not collect. The catalog may be
// open for reading only.
func Cover(ctx context.Context, db *catalog.DB, tenant nightjar.TenantID, from, to time.Time) (Coverage, error) {
	l := ledger{db: db}
	cov := Coverage{Tenant: tenant, From: from.UTC(), To: to.UTC()}
	for _, feed := range nightjar.Feeds() {
		row, err := l.feed(ctx, tenant, feed)
		if err != nil {
			return cov, err
		}
		fc := FeedCoverage{
			Feed: feed, ListedFrom: catalog.Time(row.ListedFrom), ListedTo: catalog.Time(row.ListedTo),
			LastSuccess: catalog.Time(row.Polled), Reconciled: catalog.Time(row.Reconciled),
			ReconcileFound: row.ReconcileFound, Refetched: row.Refetched, RefetchGain: row.RefetchGain,
		}
		if fc.Hours, err = l.hours(ctx, tenant, feed, from, to); err != nil {
			return cov, err
		}
		for _, h := range fc.Hours {
			fc.Total.add(h)
		}
		if fc.Gaps, err = l.gaps(ctx, tenant, feed, from, to); err != nil {
			return cov, err
		}
		if fc.Quarantine, err = l.quarantine(ctx, tenant, feed, from, to); err != nil {
			return cov, err
		}
		cov.Feeds = append(cov.Feeds, fc)
	}
	return cov, nil
}

func (h *HourCoverage) add(o HourCoverage) {
	h.Listed += o.Listed
	h.Pending += o.Pending
	h.Done += o.Done
	h.Quarantined += o.Quarantined
	h.Lost += o.Lost
	h.Events += o.Events
	h.Stored += o.Stored
	h.Duplicates += o.Duplicates
	h.Filtered += o.Filtered
	h.Refused += o.Refused
}

func (l ledger) hours(ctx context.Context, tenant nightjar.TenantID, feed nightjar.Feed, from, to time.Time) ([]HourCoverage, error) {
	var rows []struct {
		Hour int64
		HourCoverage
	}
	err := l.db.NewRaw(`SELECT hour, sum(listed) AS listed, sum(pending) AS pending, sum(done) AS done, sum(quarantined) AS quarantined, sum(lost) AS lost,
		sum(events) AS events, sum(stored) AS stored, sum(duplicates) AS duplicates, sum(filtered) AS filtered, sum(refused) AS refused
		FROM (SELECT created / ? AS hour, 1 AS listed,
			CASE WHEN state IN ('listed', 'fetched') THEN 1 ELSE 0 END AS pending,
			CASE WHEN state = 'stored' THEN 1 ELSE 0 END AS done,
			CASE WHEN state = 'quarantined' THEN 1 ELSE 0 END AS quarantined,
			CASE WHEN state IN ('expired', 'missing') THEN 1 ELSE 0 END AS lost,
			events, stored, duplicates, filtered, refused
			FROM collect_blobs WHERE tenant = ? AND feed = ? AND created >= ? AND created < ?
			UNION ALL
			SELECT hour, blobs, 0, blobs, 0, 0, events, stored, duplicates, filtered, 0
			FROM collect_hours WHERE tenant = ? AND feed = ? AND hour >= ? AND hour < ?) AS blobs
		GROUP BY hour ORDER BY hour`,
		hourMicros, tenant, feed, catalog.Micros(from), catalog.Micros(to),
		tenant, feed, catalog.Micros(from)/hourMicros, (catalog.Micros(to)+hourMicros-1)/hourMicros).Scan(ctx, &rows)
	if err != nil {
		return nil, fmt.Errorf("read the coverage of %s: %w", feed, catalog.Translate(err))
	}
	out := make([]HourCoverage, 0, len(rows))
	for _, r := range rows {
		r.HourCoverage.Hour = time.UnixMicro(r.Hour * hourMicros).UTC()
		out = append(out, r.HourCoverage)
	}
	return out, nil
}

func (l ledger) gaps(ctx context.Context, tenant nightjar.TenantID, feed nightjar.Feed, from, to time.Time) ([]Gap, error) {
	var rows []struct {
		FromTime, ToTime, Detected int64
		Reason                     GapReason
		ContentID                  string
	}
	err := l.db.NewRaw(`SELECT from_time, to_time, reason, content_id, detected FROM collect_gaps
		WHERE tenant = ? AND feed = ? AND from_time < ? AND to_time >= ? ORDER BY from_time, content_id`,
		tenant, feed, catalog.Micros(to), catalog.Micros(from)).Scan(ctx, &rows)
	if err != nil {
		return nil, fmt.Errorf("read the gaps of %s: %w", feed, catalog.Translate(err))
	}
	out := make([]Gap, 0, len(rows))
	for _, r := range rows {
		out = append(out, Gap{
			Feed: feed, From: catalog.Time(r.FromTime), To: catalog.Time(r.ToTime),
			Reason: r.Reason, ContentID: r.ContentID, Detected: catalog.Time(r.Detected),
		})
	}
	return out, nil
}

func (l ledger) quarantine(ctx context.Context, tenant nightjar.TenantID, feed nightjar.Feed, from, to time.Time) ([]Quarantined, error) {
	var rows []quarantined
	err := l.db.NewSelect().Model(&rows).
		Where("tenant = ? AND feed = ?", tenant, feed).
		Where("content_id IN (SELECT content_id FROM collect_blobs WHERE tenant = ? AND feed = ? AND created >= ? AND created < ?)",
			tenant, feed, catalog.Micros(from), catalog.Micros(to)).
		OrderExpr("added, content_id").Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the quarantine of %s: %w", feed, catalog.Translate(err))
	}
	out := make([]Quarantined, 0, len(rows))
	for _, r := range rows {
		out = append(out, Quarantined{
			ContentID: r.ID, Path: r.Path, Whole: r.Whole == 1, Records: r.Records,
			Bytes: r.Bytes, Reason: r.Reason, Added: catalog.Time(r.Added),
		})
	}
	return out, nil
}
