package m365

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"time"

	nightjar "github.com/nightjar-sec/nightjar"
)

// AuthError is a refusal of the sign-in service. It holds no secret.
type AuthError struct {
	AADSTS     int // Microsoft's number; 0 when it gave none
	Kind       AuthKind
	Status     int
	OAuth      string // the error word of OAuth, such as invalid_client
	RetryAfter time.Duration
	Message    string // the first line of what Microsoft said
}

// Error says what Microsoft answered.
func (e *AuthError) Error() string {
	if e.AADSTS == 0 {
		return fmt.Sprintf("sign-in answer %d: %s", e.Status, e.Message)
	}
	return fmt.Sprintf("sign-in answer %d AADSTS%d: %s", e.Status, e.AADSTS, e.Message)
}

func (e *AuthError) kind() Kind {
	switch e.Kind {
	case AuthThrottled:
		return KindThrottled
	case AuthServer:
		return KindServer
	case AuthUnintelligible:
		return KindTransient
	default:
		return KindAuth
	}
}

// aboutAssertion reports whether Entra refused the form or signature of the
// assertion, so that the other form is worth a try.
func (e *AuthError) aboutAssertion() bool {
	return e.Kind == AuthAssertion || (e.OAuth == "invalid_client" && e.Kind == AuthUnexpected)
}

var (
	aadstsNumber = regexp.MustCompile(`AADSTS(\d{4,10})`)
	guidText     = regexp.MustCompile(`(?i)^\s*\{?[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\}?\s*$`)
)

// aadstsOf finds Microsoft's number in a description; 0 when there is none.
func aadstsOf(description string) int {
	m := aadstsNumber.FindStringSubmatch(description)
	if m == nil {
		return 0
	}
	n, _ := strconv.Atoi(m[1]) // digits by the pattern
	return n
}

// parseAuthError reads an answer of the sign-in service that is not a success.
func parseAuthError(status int, header http.Header, body []byte, now time.Time) *AuthError {
	e := &AuthError{Status: status, RetryAfter: retryAfter(header, now)}
	var doc struct {
		Error       text    `json:"error"`
		Description text    `json:"error_description"`
		Codes       []int64 `json:"error_codes"`
	}
	understood := json.Unmarshal(body, &doc) == nil && doc.Error != ""
	if e.AADSTS = aadstsOf(string(doc.Description)); e.AADSTS == 0 && len(doc.Codes) > 0 {
		e.AADSTS = int(doc.Codes[0])
	}
	e.OAuth = cleanText(string(doc.Error))
	e.Message = firstLine(string(doc.Description))
	if e.Message == "" {
		e.Message = cleanText(string(body))
	}
	e.Kind = authKindOf(e.AADSTS)
	switch {
	case status == http.StatusTooManyRequests:
		e.Kind = AuthThrottled
	case status >= 500 && e.AADSTS == 0, e.OAuth == "temporarily_unavailable":
		e.Kind = AuthServer
	case !understood:
		e.Kind = AuthUnintelligible
	}
	return e
}

// explain turns the failure of a sign-in into an error for people.
func (s *TokenSource) explain(wire *signInWire, err error) error {
	switch {
	case wire.local != nil:
		return wire.local
	case wire.foreign != "":
		return s.tell(&AuthError{Kind: AuthCloud, Message: "sign-in of this tenant is at " + cleanText(wire.foreign)})
	case wire.network != nil:
		return unreachable("sign in", wire.network)
	case wire.status == 0 || wire.status == http.StatusOK:
		// azidentity did not accept the answer: it is not the sign-in service's.
		return s.tell(&AuthError{Kind: AuthUnintelligible, Status: wire.status, Message: cleanText(err.Error())})
	}
	e := parseAuthError(wire.status, wire.header, wire.body, s.cfg.Clock.Now())
	if e.Kind == AuthAssertion && s.cert != nil && s.cfg.Clock.Now().After(s.cert.NotAfter) {
		e.Kind = AuthSecretExpired
	}
	if e.Kind == AuthSecretWrong && guidText.MatchString(s.cfg.Secret.Reveal()) {
		e.Kind = AuthSecretID
	}
	return s.tell(e)
}

func (s *TokenSource) tell(e *AuthError) error {
	message, hint := e.advice()
	if ahead, known := s.skew.get(); e.Kind == AuthClock && known {
		hint += fmt.Sprintf(" (it is %s away from Microsoft's)", (-ahead).Round(time.Second))
	}
	code := nightjar.CodeUnauthorized
	if k := e.kind(); k != KindAuth {
		code = k.code()
	}
	return &nightjar.Error{Code: code, Message: "sign in: " + message, Hint: hint, Err: e}
}

func firstLine(s string) string {
	for i, r := range s {
		if r == '\r' || r == '\n' {
			s = s[:i]
			break
		}
	}
	return cleanText(s)
}
