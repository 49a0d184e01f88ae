package alert

import (
	"time"

	"github.com/nightjar-sec/nightjar"
)

// Status is where an alert stands.
type Status string

// The statuses.
const (
	StatusNew          Status = "new"
	StatusAcknowledged Status = "acknowledged"
	StatusClosed       Status = "closed"
)

// Statuses returns all statuses, in the order of an alert's life.
func Statuses() []Status { return []Status{StatusNew, StatusAcknowledged, StatusClosed} }

// Disposition is what people say of an alert when they close it.
type Disposition string

// The dispositions.
const (
	DispositionTrue   Disposition = "true"   // what the rule says happened, and it was an attack
	DispositionBenign Disposition = "benign" // it happened, and somebody was allowed to
	DispositionFalse  Disposition = "false"  // it did not happen, or the rule means something else
)

// Dispositions returns all dispositions.
func Dispositions() []Disposition {
	return []Disposition{DispositionTrue, DispositionBenign, DispositionFalse}
}

// Alert is findings of one fingerprint that belong together, and what people
// decided about them.
type Alert struct {
	ID     string // "A-…"
	Number int64  // 1, 2, 3 … in the order of opening
	Tenant nightjar.TenantID
	Rule   string
	Pack   string // "" when the rule is of none
	Title  string
	// Severity is the one in force: the highest of the findings, or what a
	// person set, whose name is SeverityBy.
	Severity     nightjar.Severity
	RuleSeverity nightjar.Severity
	SeverityBy   string
	Reason       string // of the latest finding
	Status       Status
	Disposition  Disposition // "" until it is closed
	Assignee     string      // id of a person; "" for nobody
	AssigneeName string
	Findings     int64
	Count        int64 // events of all findings
	First, Last  time.Time
	Began        time.Time // First as it was when the alert was opened; it never changes
	Opened       time.Time // by the clock, as the following
	Changed      time.Time
	Acknowledged time.Time // zero when it was not
	Closed       time.Time // zero when it is not
	Entities     []nightjar.Entity
	Tags         []string
	Fingerprint  string
	Incident     string // "I-…"
	Previous     string // the alert of the same fingerprint before; "" when there was none
	// Silence is the id of the silence or inhibition that keeps the alert from
	// being notified, and Inhibitor of the alert that hides it.
	Silence   string
	Inhibitor string
	Notified  bool   // whether anybody was told of it
	Latest    string // id of the latest finding
	// Version grows with what people decide on: their own changes and a raised
	// severity, not with counts.
	Version int64
	// Revision grows with each change of any alert.
	Revision int64
	// Former is how an alert was closed before Change closed it again; ""
	// wherever else it is read.
	Former Disposition
}

// Suppressed reports whether the alert is kept from being notified.
func (a Alert) Suppressed() bool { return a.Silence != "" }
