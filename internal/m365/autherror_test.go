package m365_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/m365"
	"github.com/nightjar-sec/nightjar/internal/secret"
)

func TestTheCauseOfARefusedSignInIsNamed(t *testing.T) {
	t.Parallel()
	const trace = `\r\nTrace ID: 0000\r\nCorrelation ID: 1111\r\nTimestamp: 2026-11-22 12:00:00Z`
	for name, c := range map[string]struct {
		status  int
		oauth   string
		aadsts  int
		text    string
		secret  string
		want    m365.AuthKind
		message string // of what people read
	}{
		"wrong secret":      {401, "invalid_client", 7000215, "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID.", secretText, m365.AuthSecretWrong, "the client secret is wrong"},
		"secret id":         {401, "invalid_client", 7000215, "Invalid client secret provided.", "7e4a9f0c-9d3b-4a49-8c61-d8c2a1b1c0de", m365.AuthSecretID, "id of the client secret"},
		"expired secret":    {401, "invalid_client", 7000222, "The provided client secret keys for app are expired.", secretText, m365.AuthSecretExpired, "expired"},
		"wrong tenant":      {400, "unauthorized_client", 700016, "Application with identifier was not found in the directory.", secretText, m365.AuthAppUnknown, "does not exist in this tenant"},
		"no such tenant":    {400, "invalid_request", 90002, "Tenant not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud.", secretText, m365.AuthTenantUnknown, "does not exist in this cloud"},
		"clock":             {401, "invalid_client", 700024, "Client assertion is not within its valid time range.", secretText, m365.AuthClock, "clock"},
		"disabled":          {400, "unauthorized_client", 7000112, "Application is disabled.", secretText, m365.AuthAppDisabled, "disabled"},
		"no consent":        {400, "invalid_grant", 65001, "The user or administrator has not consented to use the application.", secretText, m365.AuthConsent, "admin consent is missing"},
		"no permission":     {400, "invalid_resource", 650057, "Invalid resource.", secretText, m365.AuthConsent, "admin consent is missing"},
		"wrong cloud":       {400, "invalid_request", 900382, "Confidential Client is not supported in Cross Cloud request.", secretText, m365.AuthCloud, "another cloud"},
		"unknown resource":  {400, "invalid_resource", 500011, "The resource principal was not found in the tenant.", secretText, m365.AuthResource, "does not know the API"},
		"policy":            {400, "invalid_grant", 53003, "Access has been blocked by Conditional Access policies.", secretText, m365.AuthPolicy, "conditional access"},
		"a number unknown":  {400, "invalid_request", 9999999, "Something new.", secretText, m365.AuthUnexpected, "refuses the sign-in"},
		"throttled":         {429, "temporarily_unavailable", 50196, "Loop detected.", secretText, m365.AuthThrottled, "throttles"},
		"internal error":    {503, "temporarily_unavailable", 90033, "A transient error has occurred. Please try again.", secretText, m365.AuthServer, "has a problem"},
		"no word of ours":   {403, "", 0, "", secretText, m365.AuthUnintelligible, "did not come from"},
		"an error of a box": {502, "", 0, "", secretText, m365.AuthServer, "has a problem"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFakeCloud(t, nil)
			f.login = func(w http.ResponseWriter, _ *http.Request) {
				if c.oauth == "" {
					w.WriteHeader(c.status)
					_, _ = w.Write([]byte("<html>blocked</html>"))
					return
				}
				answerJSON(w, c.status, fmt.Sprintf(`{"error":%q,"error_description":"AADSTS%d: %s%s","error_codes":[%d]}`, c.oauth, c.aadsts, c.text, trace, c.aadsts))
			}
			s, err := m365.NewTokenSource(m365.CredentialConfig{Cloud: f.cloud, Tenant: tenantID, ClientID: clientID, Secret: secret.New(c.secret), HTTP: f.client})
			if err != nil {
				t.Fatal(err)
			}
			_, err = s.Token(t.Context(), "https://example.com")
			var auth *m365.AuthError
			if !errors.As(err, &auth) || auth.Kind != c.want || auth.AADSTS != c.aadsts {
				t.Fatalf("got %v (%+v)", err, auth)
			}
			var told *nightjar.Error
			if !errors.As(err, &told) || !strings.Contains(told.Message, c.message) || told.Hint == "" {
				t.Errorf("people read %q, hint %q", told.Message, told.Hint)
			}
			if all := fmt.Sprintf("%v %+v %#v", err, auth, told); strings.Contains(all, c.secret) || strings.Contains(all, "Trace ID") {
				t.Errorf("the error says too much: %s", all)
			}
			if got := f.loginCount(); got != 1 {
				t.Errorf("%d sign-ins", got)
			}
		})
	}
}

func TestATenantThatDiscoveryDoesNotKnowIsNamed(t *testing.T) {
	t.Parallel()
	f := newFakeCloud(t, func(w http.ResponseWriter, _ *http.Request) { answerJSON(w, 200, "[]") })
	s, err := m365.NewTokenSource(m365.CredentialConfig{
		Cloud: f.cloud, Tenant: tenantID, ClientID: clientID, Secret: secret.New(secretText),
		HTTP: &http.Client{Transport: roundTrip(func(*http.Request) (*http.Response, error) {
			return answer(400, `{"error":"invalid_tenant","error_description":"AADSTS90002: Tenant '6d1d' not found.","error_codes":[90002]}`), nil
		})},
	})
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.Token(t.Context(), "https://example.com")
	var auth *m365.AuthError
	if !errors.As(err, &auth) || auth.Kind != m365.AuthTenantUnknown || m365.KindOf(err) != m365.KindAuth {
		t.Errorf("got %v", err)
	}
}

func TestAWrongClockIsToldWithItsDifference(t *testing.T) {
	t.Parallel()
	f := newFakeCloud(t, nil)
	f.login = func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Date", time.Now().UTC().Add(20*time.Minute).Format(http.TimeFormat))
		answerJSON(w, 401, `{"error":"invalid_client","error_description":"AADSTS700024: Client assertion is not within its valid time range."}`)
	}
	s := f.tokens(t)
	_, err := s.Token(t.Context(), "https://example.com")
	if ahead, known := s.Skew(); !known || (ahead-20*time.Minute).Abs() > 2*time.Second {
		t.Errorf("measured %s", ahead)
	}
	if hint := nightjar.HintOf(err); !strings.Contains(hint, "-20m0s") && !strings.Contains(hint, "-19m59s") && !strings.Contains(hint, "-20m1s") {
		t.Errorf("the hint is %q", hint)
	}
}
