package connect

import (
	"time"

	nightjar "github.com/nightjar-sec/nightjar"
)

// Cause is the closed set of reasons for which a connection does not work.
type Cause string

// The causes. docs/connect.md says for each what to click.
const (
	CauseNone                 Cause = ""
	CauseSettings             Cause = "settings"              // the settings contradict themselves, or a file cannot be read
	CauseBlockedNetwork       Cause = "blocked_network"       // no answer from Microsoft's hosts
	CauseClockSkew            Cause = "clock_skew"            // this machine's clock is wrong
	CauseWrongSecret          Cause = "wrong_secret"          // not one of the application's secrets
	CauseSecretID             Cause = "secret_id"             // the secret's id in place of its value
	CauseExpiredCredential    Cause = "expired_secret"        // secret or certificate past its end
	CauseWrongCertificate     Cause = "wrong_certificate"     // not registered with the application
	CauseWrongFederation      Cause = "wrong_federation"      // no federated credential matches the token
	CauseWrongTenant          Cause = "wrong_tenant"          // the tenant does not exist, or the token is another's
	CauseWrongCloud           Cause = "wrong_cloud"           // the tenant lives in another cloud
	CauseMissingConsent       Cause = "missing_consent"       // nobody granted consent in this tenant
	CauseMissingPermission    Cause = "missing_permission"    // consent is there, a permission is not
	CauseAppDisabled          Cause = "app_disabled"          // an administrator disabled the application
	CausePolicy               Cause = "policy"                // conditional access forbids it
	CauseAuditingOff          Cause = "auditing_off"          // the tenant records no audit log
	CauseSubscriptionDisabled Cause = "subscription_disabled" // an administrator switched a feed off
	CauseConsentDeclined      Cause = "consent_declined"      // Cancel was pressed on Microsoft's consent page
	CauseNotAdmin             Cause = "not_admin"             // the account may not grant the permissions
	CauseAlreadyConnected     Cause = "already_connected"     // the tenant has a connection
	CauseForgedAnswer         Cause = "forged_answer"         // what came back is not signed by Microsoft for this sign-in
	CauseConsentExpired       Cause = "consent_expired"       // nobody came back from Microsoft's page in time
	CauseNoContent            Cause = "no_content"            // subscribed, and nothing was delivered for a day
	CauseThrottled            Cause = "throttled"             // Microsoft asks for patience
	CauseService              Cause = "microsoft_service"     // Microsoft's service has a problem
	CauseUnexpected           Cause = "unexpected"            // anything else; Microsoft's words are told
	CauseNotRecognised        Cause = "answer_not_microsofts" // a proxy or portal answers in Microsoft's place
)

// StepStatus is how a step of a check went.
type StepStatus string

// The results of a step.
const (
	StepOK      StepStatus = "ok"
	StepWarn    StepStatus = "warn"
	StepFailed  StepStatus = "failed"
	StepSkipped StepStatus = "skipped"
)

// StepName names a step; the set is closed and the order fixed.
type StepName string

// The steps in their order.
const (
	StepSettings      StepName = "settings"
	StepNetwork       StepName = "network"
	StepClock         StepName = "clock"
	StepToken         StepName = "token"
	StepIdentity      StepName = "identity"
	StepPermissions   StepName = "permissions"
	StepAPI           StepName = "api"
	StepAuditing      StepName = "auditing"
	StepSubscriptions StepName = "subscriptions"
	StepExpiry        StepName = "expiry"
)

// Step is one step of a check.
type Step struct {
	Name   StepName   `json:"step"`
	Title  string     `json:"title"`
	Status StepStatus `json:"status"`
	Cause  Cause      `json:"cause,omitempty"`
	Detail string     `json:"detail,omitempty"`
	Remedy string     `json:"remedy,omitempty"`

	code nightjar.Code
}

// MissingPermission is a permission that is not granted and what that costs.
type MissingPermission struct {
	Permission string `json:"permission"`
	Cost       string `json:"cost"` // goes on after "which": "leaves DLP.All uncollected"
}

// FeedState is what Microsoft says of a feed's subscription.
type FeedState struct {
	Feed   nightjar.Feed `json:"feed"`
	Status string        `json:"status"` // enabled, disabled, missing, or off when the settings leave it out
}

// Report is the result of a check. It holds no secret.
type Report struct {
	TenantID nightjar.TenantID `json:"tenant_id"`
	Tenant   string            `json:"tenant"`
	Cloud    string            `json:"cloud"`
	ClientID string            `json:"client_id"`
	Time     time.Time         `json:"time"`

	OK bool `json:"ok"`
	// Cause is the one reason that explains the failure best; Code is what
	// programs decide on, "" when everything is in order and CodeIncomplete
	// when some feeds work and others do not.
	Cause   Cause         `json:"cause"`
	Code    nightjar.Code `json:"code"`
	Summary string        `json:"summary"`
	Remedy  string        `json:"remedy,omitempty"`

	Steps         []Step              `json:"steps"`
	Credential    Credential          `json:"credential"`
	Permissions   []string            `json:"permissions"`
	Missing       []MissingPermission `json:"missing_permissions"`
	Excess        []string            `json:"excess_permissions"`
	Subscriptions []FeedState         `json:"subscriptions"`
}

// Err returns nil when the connection works, and otherwise the error that
// ends a command with the right code.
func (r Report) Err() error {
	if r.OK {
		return nil
	}
	return &nightjar.Error{Code: r.Code, Message: "tenant " + r.Tenant + ": " + r.Summary, Hint: r.Remedy}
}

func (r *Report) step(s Step) { r.Steps = append(r.Steps, s) }

// failed reports whether a step failed.
func (r *Report) failed(name StepName) bool {
	for _, s := range r.Steps {
		if s.Name == name {
			return s.Status == StepFailed || s.Status == StepSkipped
		}
	}
	return false
}

// conclude picks the cause: that of the first failed step, or else of the
// first warning that has one. A wrong clock explains more than what follows it.
func (r *Report) conclude() {
	r.OK = true
	for _, want := range []StepStatus{StepFailed, StepWarn} {
		for _, s := range r.Steps {
			if s.Status != want || s.Cause == CauseNone {
				continue
			}
			r.OK, r.Cause, r.Code, r.Summary, r.Remedy = false, s.Cause, s.code, s.Detail, s.Remedy
			return
		}
	}
	r.Summary = "The connection works."
}
