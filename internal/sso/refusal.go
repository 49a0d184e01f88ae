package sso

import nightjar "github.com/nightjar-sec/nightjar"

// Reason says why an answer of a provider leads nowhere: a closed set, for
// which the console has the words.
type Reason string

// The reasons.
const (
	ReasonForeign     Reason = "foreign"     // no attempt of this browser is open, or it was answered before
	ReasonExpired     Reason = "expired"     // ten minutes passed
	ReasonDeclined    Reason = "declined"    // the person did not sign in, or the provider did not let them
	ReasonUnavailable Reason = "unavailable" // the provider does not answer
	ReasonSettings    Reason = "settings"    // the provider does not accept Nightjar: its secret, id or redirect address
	ReasonNotBelieved Reason = "not_believed"
	ReasonTenant      Reason = "tenant" // the account is of a tenant that is not on the list
	ReasonStale       Reason = "stale"  // the person did not sign in anew, or the provider does not say when
)

// RefusedError is the cause of every error of Finish.
type RefusedError struct {
	Reason Reason
	Detail string // for the log; nothing of a token, code or secret
}

// Error implements error.
func (e *RefusedError) Error() string { return string(e.Reason) + ": " + e.Detail }

func refused(code nightjar.Code, r Reason, detail, message, hint string) error {
	return &nightjar.Error{Code: code, Message: message, Hint: hint, Err: &RefusedError{r, detail}}
}

func foreign(detail string) error {
	return refused(nightjar.CodeForbidden, ReasonForeign, detail,
		"this answer belongs to no sign-in that this browser has open", "begin again; each sign-in works once, in the browser in which it began")
}

func notBelieved(detail string) error {
	return refused(nightjar.CodeForbidden, ReasonNotBelieved, detail,
		"the provider's answer does not prove who signed in", "begin again; if it happens again, an administrator finds the reason in Nightjar's log")
}

func unavailable(name, detail string) error {
	return refused(nightjar.CodeUnavailable, ReasonUnavailable, detail, name+" does not answer", "try again in a minute, or sign in with your password")
}

func settings(name, detail string) error {
	return refused(nightjar.CodeUnavailable, ReasonSettings, detail,
		name+" does not accept Nightjar", "an administrator finds the reason in Nightjar's log; docs/sso.md says what the provider must know")
}
