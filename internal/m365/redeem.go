package m365

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/secret"
)

// Person is who signed in, as Microsoft signed it. Tenant and Object identify;
// the other two are for the eye and can change.
type Person struct {
	Tenant  nightjar.TenantID
	Object  string // oid
	Name    string
	Account string // preferred_username
}

// Redeem exchanges the code of a sign-in for the token that says who signed
// in, and verifies that token. Its errors hold an AuthError, a NetworkError or
// a TokenError.
func (a *Authorizer) Redeem(ctx context.Context, code, verifier secret.Value, r AuthorizeRequest) (Person, error) {
	token, err := a.exchange(ctx, code, verifier, r, formPS256)
	var refused *AuthError
	if a.cert != nil && errors.As(err, &refused) && refused.aboutAssertion() {
		// A refused client leaves the code unused.
		token, err = a.exchange(ctx, code, verifier, r, formRS256)
	}
	if err != nil {
		return Person{}, err
	}
	keys, err := a.keys(ctx)
	if err != nil {
		return Person{}, err
	}
	return a.verify(token, r.Nonce, keys)
}

func (a *Authorizer) exchange(ctx context.Context, code, verifier secret.Value, r AuthorizeRequest, form assertionForm) (secret.Value, error) {
	address := a.address(r.at(), "/oauth2/v2.0/token", nil)
	address = strings.TrimSuffix(address, "?")
	body := url.Values{
		"grant_type": {"authorization_code"}, "client_id": {a.cfg.ClientID}, "scope": {"openid profile"},
		"code": {code.Reveal()}, "redirect_uri": {r.Redirect}, "code_verifier": {verifier.Reveal()},
	}
	if a.cert != nil {
		proof, err := assertion(form, a.cert, a.key, a.cfg.ClientID, address, a.cfg.Clock.Now())
		if err != nil {
			return secret.Value{}, err
		}
		body.Set("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
		body.Set("client_assertion", proof)
	} else {
		body.Set("client_secret", a.cfg.Secret.Reveal())
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(body.Encode()))
	if err != nil {
		return secret.Value{}, errors.New("the login root of the cloud is not usable") // the cause would quote the address alone
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer, err := a.ask(request)
	if err != nil {
		return secret.Value{}, err
	}
	var doc struct {
		IDToken string `json:"id_token"`
	}
	if json.Unmarshal(answer, &doc) != nil || doc.IDToken == "" {
		return secret.Value{}, a.tell(&AuthError{Kind: AuthUnintelligible, Status: http.StatusOK, Message: "the answer holds no id_token"})
	}
	return secret.New(doc.IDToken), nil
}

// ask sends a request to the sign-in service and returns the body of a success.
func (a *Authorizer) ask(request *http.Request) ([]byte, error) {
	request.Header.Set("Accept", "application/json")
	answer, err := a.cfg.HTTP.Do(request)
	if err != nil {
		a.cfg.Metrics.answered(apiLogin, 0)
		return nil, unreachable("sign in", networkError(request.URL.Host, err))
	}
	defer func() { _ = answer.Body.Close() }()
	a.cfg.Metrics.answered(apiLogin, answer.StatusCode)
	body, err := io.ReadAll(io.LimitReader(answer.Body, maxSignInBody))
	if err != nil {
		return nil, unreachable("sign in", networkError(request.URL.Host, err))
	}
	if answer.StatusCode == http.StatusOK {
		return body, nil
	}
	e := parseAuthError(answer.StatusCode, answer.Header, body, a.cfg.Clock.Now())
	if e.Kind == AuthSecretWrong && guidText.MatchString(a.cfg.Secret.Reveal()) {
		e.Kind = AuthSecretID
	}
	return nil, a.tell(e)
}

func (a *Authorizer) tell(e *AuthError) error {
	message, hint := e.advice()
	code := nightjar.CodeUnauthorized
	if k := e.kind(); k != KindAuth {
		code = k.code()
	}
	return &nightjar.Error{Code: code, Message: "sign in: " + message, Hint: hint, Err: e}
}
