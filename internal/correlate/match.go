package correlate

import (
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/sigma"
)

// Match says that an event matches a rule.
type Match struct {
	Tenant nightjar.TenantID
	Rule   *sigma.Rule  // one of Config.Rules
	Event  *sigma.Event // decoded, with what was added to it
	Ref    nightjar.EventRef
	Time   time.Time // when it happened
	// Ingested is when it was received; zero when that is not known. An event
	// of which it says that it happened more than an hour later counts as of
	// then, or one wrong clock would age all that others have.
	Ingested time.Time
}

// Hit says that a correlation holds.
type Hit struct {
	Correlation *sigma.Correlation
	Tenant      nightjar.TenantID
	// Key are the values of group-by, in its order, folded (sigma.Fold).
	Key []string
	// Time is that of the last event that the hit rests on, First and Last
	// those of the first and last.
	Time, First, Last time.Time
	Count             int64               // events that it rests on
	Events            []nightjar.EventRef // the first of them, nightjar.MaxEvidence at most
	// Values are for reasons: count, and by type distinct, values, sum,
	// average, median, percentile; those of the other types are with them.
	Values map[string]string
	// Trigger is the event that completed it: the one that was just seen, or,
	// for what is decided when time has passed, the last that it rests on. Of
	// a correlation over correlations it is that of the inner one.
	Trigger Match
}
