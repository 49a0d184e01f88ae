package nightjar

import (
	"strings"
	"time"
)

// Feed is a content type of the Management Activity API.
type Feed string

// The five feeds.
const (
	FeedAzureActiveDirectory Feed = "Audit.AzureActiveDirectory"
	FeedExchange             Feed = "Audit.Exchange"
	FeedSharePoint           Feed = "Audit.SharePoint"
	FeedGeneral              Feed = "Audit.General"
	FeedDLP                  Feed = "DLP.All"
)

// Feeds returns the five feeds in a fixed order.
func Feeds() []Feed {
	return []Feed{FeedAzureActiveDirectory, FeedExchange, FeedSharePoint, FeedGeneral, FeedDLP}
}

// ParseFeed finds a feed by its name without regard to case: Microsoft's
// answers and people's files differ in it (DLP.ALL).
func ParseFeed(s string) (Feed, error) {
	for _, f := range Feeds() {
		if strings.EqualFold(string(f), strings.TrimSpace(s)) {
			return f, nil
		}
	}
	return "", &Error{
		Code:    CodeInvalid,
		Message: "unknown feed " + quote(s),
		Hint:    "the feeds are Audit.AzureActiveDirectory, Audit.Exchange, Audit.SharePoint, Audit.General and DLP.All",
	}
}

// ContentRetention is how long Microsoft keeps a content blob after it became
// available. Source: office-365-management-activity-api-reference, read 2026-11-22.
const ContentRetention = 7 * 24 * time.Hour

// Blob is one content blob as a listing names it. Its id is opaque and may
// hold '$'; its URI is to be used as it is.
type Blob struct {
	Feed    Feed
	ID      string
	URI     string
	Created time.Time // contentCreated: when Microsoft made it available
	Expires time.Time // contentExpiration
}

// BlobState is where a blob stands in the ledger.
type BlobState string

// The states. A blob only moves forward; the last five are final.
const (
	BlobListed      BlobState = "listed"      // known, not yet fetched
	BlobFetched     BlobState = "fetched"     // part of a large blob is stored, the rest is not
	BlobStored      BlobState = "stored"      // every event is in the journal
	BlobExpired     BlobState = "expired"     // Microsoft says it expired (AF20051): lost
	BlobMissing     BlobState = "missing"     // Microsoft says it does not exist (AF20050): lost
	BlobQuarantined BlobState = "quarantined" // does not parse; its bytes are kept as received
)
