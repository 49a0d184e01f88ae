package m365

import (
	"fmt"
	"strings"
	"time"

	nightjar "github.com/nightjar-sec/nightjar"
)

// APIError is an answer of Microsoft 365 that is not a success, or one of our
// own refusals to send a request. It holds no secret and no address with a query.
type APIError struct {
	Status     int           // HTTP status; 0 when no answer came
	AF         string        // Microsoft's code, such as AF20022; may be empty
	Kind       Kind          // what it means
	RetryAfter time.Duration // what the answer asked for; 0 when it asked for nothing
	Message    string        // what the answer said, shortened and stripped of tokens
	Err        error         // the cause underneath, if any
}

// Error says what came back.
func (e *APIError) Error() string {
	var b strings.Builder
	switch {
	case e.Status != 0 && e.AF != "":
		fmt.Fprintf(&b, "answer %d %s", e.Status, e.AF)
	case e.Status != 0:
		fmt.Fprintf(&b, "answer %d", e.Status)
	default:
		b.WriteString(string(e.Kind))
	}
	if e.Message != "" {
		b.WriteString(": ")
		b.WriteString(e.Message)
	}
	if e.Err != nil {
		b.WriteString(": ")
		b.WriteString(e.Err.Error())
	}
	return b.String()
}

// Unwrap returns the cause.
func (e *APIError) Unwrap() error { return e.Err }

// failure wraps e for people: what we were doing, what it means and what helps.
func failure(op operation, e *APIError) error {
	rule := ruleFor(e)
	message, hint := rule.User, rule.Hint
	if e.Kind == KindPermission && op.feed == nightjar.FeedDLP {
		message = "the application may not read the feed DLP.All: the permission ActivityFeed.ReadDlp is missing"
		hint = "in Entra, add \"Office 365 Management APIs\" > Application permissions > ActivityFeed.ReadDlp and grant admin consent, or turn the feed off"
	}
	return &nightjar.Error{Code: e.Kind.code(), Message: op.doing() + ": " + message, Hint: hint, Err: e}
}
