package m365

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"time"

	nightjar "github.com/nightjar-sec/nightjar"
)

// AuthKind is the closed set of reasons for which signing in fails.
type AuthKind string

// The reasons.
const (
	AuthSecretWrong    AuthKind = "secret_wrong"   // the client secret is not one of the application's
	AuthSecretID       AuthKind = "secret_id"      // the secret's id was given instead of its value
	AuthSecretExpired  AuthKind = "secret_expired" // the client secret or certificate expired
	AuthAppUnknown     AuthKind = "app_unknown"    // the application is not in this tenant
	AuthAppDisabled    AuthKind = "app_disabled"   // an administrator disabled the application
	AuthTenantUnknown  AuthKind = "tenant_unknown" // the tenant does not exist in this cloud
	AuthAssertion      AuthKind = "assertion"      // the certificate is not registered, or its signature not accepted
	AuthFederation     AuthKind = "federation"     // no federated credential matches the token file
	AuthClock          AuthKind = "clock"          // the assertion is not valid at Microsoft's time
	AuthConsent        AuthKind = "consent"        // admin consent is missing
	AuthCloud          AuthKind = "cloud"          // tenant and cloud do not belong together
	AuthResource       AuthKind = "resource"       // the tenant does not know the API that was asked for
	AuthPolicy         AuthKind = "policy"         // a conditional access policy forbids it
	AuthThrottled      AuthKind = "throttled"      // the sign-in service throttles
	AuthServer         AuthKind = "server"         // the sign-in service has an internal error
	AuthUnexpected     AuthKind = "unexpected"     // anything else that the sign-in service answers
	AuthUnintelligible AuthKind = "unintelligible" // the answer is not one of the sign-in service's
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

// authKinds says what a number means. Numbers are documented as subject to
// change; an unknown one is told with Microsoft's own words.
// Source: learn.microsoft.com/entra/identity-platform/reference-error-codes, read 2026-11-22.
func authKinds(aadsts int) AuthKind {
	switch aadsts {
	case 7000215, 70002:
		return AuthSecretWrong
	case 7000222:
		return AuthSecretExpired
	case 700016:
		return AuthAppUnknown
	case 7000112, 7000111, 7000114, 500014:
		return AuthAppDisabled
	case 90002, 900023:
		return AuthTenantUnknown
	case 700027, 700023, 50027, 5002738, 700030, 7000214, 50013:
		return AuthAssertion
	case 70021, 700211, 700212, 700213, 700236, 7002381:
		return AuthFederation
	case 700024, 500133, 70000241:
		return AuthClock
	case 65001, 650057, 650051, 650052, 90094:
		return AuthConsent
	case 900382, 900381, 90038, 900384, 50049, 900439:
		return AuthCloud
	case 500011, 500013, 1002012, 70011, 50001:
		return AuthResource
	case 53000, 53001, 53002, 53003, 530003:
		return AuthPolicy
	case 50196, 90055, 7000218000:
		return AuthThrottled
	case 90033, 90024, 50000:
		return AuthServer
	}
	return AuthUnexpected
}

var (
	aadstsNumber = regexp.MustCompile(`AADSTS(\d{4,10})`)
	guidText     = regexp.MustCompile(`(?i)^\s*\{?[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\}?\s*$`)
)

// parseAuthError reads an answer of the sign-in service that is not a success.
func parseAuthError(status int, header http.Header, body []byte, now time.Time) *AuthError {
	e := &AuthError{Status: status, RetryAfter: retryAfter(header, now)}
	var doc struct {
		Error       text    `json:"error"`
		Description text    `json:"error_description"`
		Codes       []int64 `json:"error_codes"`
	}
	understood := json.Unmarshal(body, &doc) == nil && doc.Error != ""
	if m := aadstsNumber.FindSubmatch([]byte(doc.Description)); m != nil {
		e.AADSTS, _ = strconv.Atoi(string(m[1])) // digits by the pattern
	} else if len(doc.Codes) > 0 {
		e.AADSTS = int(doc.Codes[0])
	}
	e.OAuth = cleanText(string(doc.Error))
	e.Message = firstLine(string(doc.Description))
	if e.Message == "" {
		e.Message = cleanText(string(body))
	}
	e.Kind = authKinds(e.AADSTS)
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
	case wire.network != nil:
		return unreachable("sign in", wire.network)
	case wire.status == 0 || wire.status == http.StatusOK:
		// azidentity did not accept the answer: it is not the sign-in service's.
		return s.tell(&AuthError{Kind: AuthUnintelligible, Status: wire.status, Message: cleanText(err.Error())})
	}
	e := parseAuthError(wire.status, wire.header, wire.body, s.cfg.Clock.Now())
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

// advice says what a reason means, in words for an administrator.
func (e *AuthError) advice() (message, hint string) {
	switch e.Kind {
	case AuthSecretWrong:
		return "the client secret is wrong", "in Entra, create a new client secret for the application and copy its Value (not its Secret ID)"
	case AuthSecretID:
		return "the id of the client secret was given instead of its value", "the column \"Value\" is shown only once: in Entra, create a new client secret and copy its Value"
	case AuthSecretExpired:
		return "the client secret or certificate has expired", "in Entra, create a new one for the application and give it to Nightjar"
	case AuthAppUnknown:
		return "the application does not exist in this tenant", "check the tenant id and the client id; an application of another tenant needs admin consent in this one first"
	case AuthAppDisabled:
		return "the application is disabled in this tenant", "in Entra, under Enterprise applications > Properties, set \"Enabled for users to sign-in\" to Yes"
	case AuthTenantUnknown:
		return "the tenant does not exist in this cloud", "check the tenant id, and whether the tenant lives in another cloud (commercial, gcc, gcchigh, dod)"
	case AuthAssertion:
		return "the certificate was not accepted", "in Entra, upload this certificate to the application (Certificates & secrets), and check that it has not expired"
	case AuthFederation:
		return "no federated credential of the application matches the token file", "compare issuer, subject and audience of the token with the application's federated credential"
	case AuthClock:
		return "Microsoft's clock and this machine's differ, or the token file is out of date", "set this machine's clock by NTP"
	case AuthConsent:
		return "admin consent is missing", "in Entra, grant admin consent for the application's permissions"
	case AuthCloud:
		return "the tenant belongs to another cloud", "set the tenant's cloud: commercial, gcc, gcchigh or dod"
	case AuthResource:
		return "the tenant does not know the API that was asked for", "check the tenant's cloud; the application needs a permission of \"Office 365 Management APIs\" with admin consent"
	case AuthPolicy:
		return "a conditional access policy forbids this application to sign in from here", "allow this machine's address for the application in the policy for workload identities"
	case AuthThrottled:
		return "Microsoft throttles sign-ins", "nothing is lost; it passes"
	case AuthServer:
		return "Microsoft's sign-in service has a problem", "it passes; see the service health page if it lasts"
	case AuthUnintelligible:
		return "the answer did not come from Microsoft's sign-in service", "look at proxies in between, and at the login root of the cloud"
	case AuthUnexpected:
	}
	return "Microsoft refuses the sign-in", "search the AADSTS number at https://login.microsoftonline.com/error"
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

var errNoJWT = errors.New("not a JWT")
