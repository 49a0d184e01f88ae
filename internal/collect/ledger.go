package collect

import (
	"time"

	"github.com/uptrace/bun"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/catalog"
)

// entry is a row of the blob ledger. Times are catalog microseconds. While a
// blob is in flight its feed's loop is the only one that changes the row.
type entry struct {
	bun.BaseModel `bun:"table:collect_blobs"`

	Tenant      nightjar.TenantID  `bun:"tenant,pk"`
	Feed        nightjar.Feed      `bun:"feed,pk"`
	ID          string             `bun:"content_id,pk"`
	URI         string             `bun:"uri"`
	Created     int64              `bun:"created"`
	Expires     int64              `bun:"expires"`
	State       nightjar.BlobState `bun:"state"`
	FirstListed int64              `bun:"first_listed"`
	Attempts    int                `bun:"attempts"`
	Unparsed    int                `bun:"unparsed"`
	CutShort    int                `bun:"cut_short"`
	NextAttempt int64              `bun:"next_attempt"`
	Reason      string             `bun:"reason"`
	FetchedAt   int64              `bun:"fetched_at"`
	SettleAt    int64              `bun:"settle_at"`
	Settled     int                `bun:"settled"`
	Bytes       int64              `bun:"bytes"`
	Events      int64              `bun:"events"`
	Stored      int64              `bun:"stored"`
	Duplicates  int64              `bun:"duplicates"`
	Filtered    int64              `bun:"filtered"`
	Refused     int64              `bun:"refused"`
	Reconcile   int                `bun:"reconcile"`
}

// blob returns what the client needs to fetch it.
func (e *entry) blob() nightjar.Blob {
	return nightjar.Blob{
		Feed: e.Feed, ID: e.ID, URI: e.URI,
		Created: catalog.Time(e.Created), Expires: catalog.Time(e.Expires),
	}
}

// feedRow is a row of collect_feeds.
type feedRow struct {
	bun.BaseModel `bun:"table:collect_feeds"`

	Tenant         nightjar.TenantID `bun:"tenant,pk"`
	Feed           nightjar.Feed     `bun:"feed,pk"`
	ListedFrom     int64             `bun:"listed_from"`
	ListedTo       int64             `bun:"listed_to"`
	Reconciled     int64             `bun:"reconciled"`
	Polled         int64             `bun:"polled"`
	Subscribed     int64             `bun:"subscribed"`
	Attempted      int64             `bun:"subscription_attempted"`
	ReconcileFound int64             `bun:"reconcile_found"`
	Refetched      int64             `bun:"refetched"`
	RefetchGain    int64             `bun:"refetch_gain"`
}

func (r feedRow) cursor() cursor {
	return cursor{from: catalog.Time(r.ListedFrom), to: catalog.Time(r.ListedTo), reconciled: catalog.Time(r.Reconciled)}
}

// GapReason says why content is missing.
type GapReason string

// The reasons.
const (
	GapOutage   GapReason = "outage"   // it left Microsoft's retention before it could be listed
	GapExpired  GapReason = "expired"  // it was listed, and expired before it could be fetched
	GapMissing  GapReason = "missing"  // it was listed, and Microsoft says it does not exist
	GapDisabled GapReason = "disabled" // the subscription did not run
)

// Gap is a span of content time that is known to be incomplete, or one lost
// blob; then ContentID names it and the span is its moment.
type Gap struct {
	Feed      nightjar.Feed `json:"feed"`
	From      time.Time     `json:"from"`
	To        time.Time     `json:"to"`
	Reason    GapReason     `json:"reason"`
	ContentID string        `json:"content_id,omitempty"`
	Detected  time.Time     `json:"detected"`
}

// ledger reads and writes the collect_ tables of one catalog.
type ledger struct {
	db *catalog.DB
}
