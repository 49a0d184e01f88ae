package connect

import (
	"net/url"
	"strings"
	"time"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/secret"
)

// AttemptStatus is where an attempt to connect by consent stands.
type AttemptStatus string

// The statuses. The last three are final.
const (
	AttemptConsent   AttemptStatus = "consent"   // a person is at Microsoft's pages
	AttemptChecking  AttemptStatus = "checking"  // consent is there; Nightjar waits for each step
	AttemptConnected AttemptStatus = "connected" // every step is done
	AttemptFailed    AttemptStatus = "failed"    // Cause, Detail and Remedy say why
	AttemptCancelled AttemptStatus = "cancelled" // by a person here
)

// Final reports whether nothing happens to the attempt any more.
func (s AttemptStatus) Final() bool { return s != AttemptConsent && s != AttemptChecking }

// AttemptStepName names a step of an attempt; the set is closed and the order fixed.
type AttemptStepName string

// The steps in their order.
const (
	AttemptConsentReceived     AttemptStepName = "consent_received"
	AttemptTokenWorks          AttemptStepName = "token_works"
	AttemptPermissionsGranted  AttemptStepName = "permissions_granted"
	AttemptAuditingOn          AttemptStepName = "auditing_on"
	AttemptSubscriptionsStart  AttemptStepName = "subscriptions_started"
	AttemptFirstBlobListed     AttemptStepName = "first_blob_listed"
	AttemptFirstEventCollected AttemptStepName = "first_event"
)

// AttemptStepStatus is how a step stands.
type AttemptStepStatus string

// The statuses of a step. A failed step of an attempt that is still checking
// is tried again: the remedy may take hold at any moment.
const (
	AttemptStepWaiting AttemptStepStatus = "waiting"
	AttemptStepOK      AttemptStepStatus = "ok"
	AttemptStepFailed  AttemptStepStatus = "failed"
)

// AttemptStep is one line of the waiting screen.
type AttemptStep struct {
	Name   AttemptStepName   `json:"name"`
	Title  string            `json:"title"`
	Status AttemptStepStatus `json:"status"`
	Cause  Cause             `json:"cause,omitempty"`
	Detail string            `json:"detail,omitempty"`
	Remedy string            `json:"remedy,omitempty"`
	Time   time.Time         `json:"time,omitzero"` // when it last changed; zero while its turn has not come
}

// Attempt is one attempt to connect a tenant by admin consent, as people see
// it. Its times are those of the wall, whatever clock a rehearsal shows.
type Attempt struct {
	ID     string        `json:"id"`
	Status AttemptStatus `json:"status"`
	// URL is where the browser goes next; only BeginConsent and FinishConsent
	// give it, and it is for the browser that began alone.
	URL string `json:"-"`
	// Browser is the value of the cookie that binds the attempt to the browser
	// that began it; only BeginConsent gives it.
	Browser secret.Value `json:"-"`

	Cloud    string      `json:"cloud"`
	Services []ServiceID `json:"services"`
	By       string      `json:"by"` // who began it
	// Actor is the same one, as the audit log names who did something.
	Actor nightjar.Actor `json:"actor"`
	// Expect is the tenant that is to be connected; empty: whichever the
	// administrator signs in to. Renew says that it is connected already.
	Expect nightjar.TenantID `json:"expect,omitempty"`
	Renew  bool              `json:"renew,omitempty"`

	Tenant  nightjar.TenantID `json:"tenant,omitempty"`  // once a signed token named it
	Account string            `json:"account,omitempty"` // who signed in, for the eye
	// Connection is the name of the connection, once there is one. Until Saved
	// it is a suggestion.
	Connection string `json:"connection,omitempty"`
	Saved      bool   `json:"saved"`

	Cause  Cause         `json:"cause,omitempty"`
	Detail string        `json:"detail,omitempty"`
	Remedy string        `json:"remedy,omitempty"`
	Steps  []AttemptStep `json:"steps"`

	Created time.Time `json:"created"`
	Expires time.Time `json:"expires"` // until when the browser may come back
	// Consented is when consent came; Deadline until when what can take
	// minutes at Microsoft is waited for.
	Consented time.Time `json:"consented,omitzero"`
	Deadline  time.Time `json:"deadline,omitzero"`
	Updated   time.Time `json:"updated"`
}

func newSteps() []AttemptStep {
	var out []AttemptStep
	for _, s := range []struct {
		name  AttemptStepName
		title string
	}{
		{AttemptConsentReceived, "Consent received"},
		{AttemptTokenWorks, "Token works"},
		{AttemptPermissionsGranted, "Permissions granted"},
		{AttemptAuditingOn, "Auditing is on"},
		{AttemptSubscriptionsStart, "Subscriptions started"},
		{AttemptFirstBlobListed, "First content listed"},
		{AttemptFirstEventCollected, "First event collected"},
	} {
		out = append(out, AttemptStep{Name: s.name, Title: s.title, Status: AttemptStepWaiting})
	}
	return out
}

// step returns a step to be changed.
func (a *Attempt) step(name AttemptStepName) *AttemptStep {
	for i := range a.Steps {
		if a.Steps[i].Name == name {
			return &a.Steps[i]
		}
	}
	return &AttemptStep{} // a row of an older version, which did not know the step
}

func (a *Attempt) done(name AttemptStepName) bool { return a.step(name).Status == AttemptStepOK }

// mark sets how a step stands. A step that is done stays done.
func (a *Attempt) mark(name AttemptStepName, fresh AttemptStep, now time.Time) {
	s := a.step(name)
	if s.Status == AttemptStepOK {
		return
	}
	fresh.Name, fresh.Title, fresh.Time = s.Name, s.Title, s.Time
	if *s != fresh {
		fresh.Time = now
	}
	*s = fresh
}

// fail ends the attempt.
func (a *Attempt) fail(cause Cause, detail, remedy string) {
	a.Status, a.Cause, a.Detail, a.Remedy = AttemptFailed, cause, detail, remedy
}

// ConsentAttemptID reads from an answer of Microsoft's pages for which attempt
// it is, so that the caller finds the right cookie. It proves nothing.
func ConsentAttemptID(answer url.Values) string {
	id, _, _ := strings.Cut(answer.Get("state"), ".")
	return id
}
