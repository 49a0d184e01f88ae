package m365

import (
	"crypto/rsa"
	"crypto/x509"
	"net/http"
	"net/url"
	"strings"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/clock"
	"github.com/nightjar-sec/nightjar/internal/secret"
)

// anyOrganisation stands in the place of a tenant when the person who signs in
// decides which it is. Personal accounts are no organisation and stay out.
const anyOrganisation = "organizations"

// AuthorizerConfig is an application of which people of many tenants grant
// permissions in their browser. Exactly one of Secret, and Certificate with
// PrivateKey, is set.
type AuthorizerConfig struct {
	Cloud       nightjar.Cloud
	ClientID    string // application (client) id
	Secret      secret.Value
	Certificate []byte       // PEM
	PrivateKey  secret.Value // PEM
	HTTP        *http.Client // of NewHTTPClient, for the same cloud
	Clock       clock.Clock
	Metrics     *Metrics // may be nil
}

// Authorizer leads people to Microsoft's sign-in and consent pages, and
// believes what they bring back only as far as Microsoft signed it. It is safe
// for concurrent use.
type Authorizer struct {
	cfg   AuthorizerConfig
	login origin
	cert  *x509.Certificate
	key   *rsa.PrivateKey
}

// NewAuthorizer checks the application as far as that goes without asking Microsoft.
func NewAuthorizer(cfg AuthorizerConfig) (*Authorizer, error) {
	// The tenant is not known yet, and any GUID does in its place; the rest is
	// what every credential must be.
	credential := CredentialConfig{
		Cloud: cfg.Cloud, Tenant: nightjar.TenantID(cfg.ClientID), ClientID: cfg.ClientID,
		Secret: cfg.Secret, Certificate: cfg.Certificate, PrivateKey: cfg.PrivateKey, HTTP: cfg.HTTP,
	}
	m, err := credential.validate()
	if err != nil {
		return nil, err
	}
	a := &Authorizer{cfg: cfg}
	if a.login, err = originOf(cfg.Cloud.Login); err != nil {
		return nil, err
	}
	if m == methodCertificate {
		if a.cert, a.key, err = credential.keyPair(); err != nil {
			return nil, err
		}
	}
	return a, nil
}

// AuthorizeRequest is one way to Microsoft's pages and back.
type AuthorizeRequest struct {
	Redirect string // registered with the application, to the letter
	State    string // comes back in the answer
	Nonce    string // comes back inside the signed token
	// Challenge is the S256 of the verifier that redeems the code (PKCE).
	Challenge string
	// Tenant is where the person is to sign in. Its guests and delegated
	// administrators can then sign in too, and its page refuses all others.
	// Empty: to the person's own tenant, whichever that is.
	Tenant nightjar.TenantID
}

// at is the tenant's part of the addresses.
func (r AuthorizeRequest) at() string {
	if r.Tenant == "" {
		return anyOrganisation
	}
	return string(r.Tenant)
}

// SignInURL is where a person signs in, so that we learn from a signed token
// who it is and of which tenant.
// Source: learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow, read 2026-11-22.
func (a *Authorizer) SignInURL(r AuthorizeRequest) string {
	return a.address(r.at(), "/oauth2/v2.0/authorize", url.Values{
		"client_id": {a.cfg.ClientID}, "response_type": {"code"}, "response_mode": {"query"}, "scope": {"openid profile"},
		"redirect_uri": {r.Redirect}, "state": {r.State}, "nonce": {r.Nonce},
		"code_challenge": {r.Challenge}, "code_challenge_method": {"S256"},
		// Whoever is signed in already may be the wrong one, and could not change it.
		"prompt": {"select_account"},
	})
}

// ConsentURL is where an administrator of tenant grants the application what
// its registration asks for. Application permissions come with /.default only.
// Source: learn.microsoft.com/entra/identity-platform/v2-admin-consent, read 2026-11-22.
func (a *Authorizer) ConsentURL(tenant nightjar.TenantID, redirect, state string) string {
	return a.address(string(tenant), "/v2.0/adminconsent", url.Values{
		"client_id": {a.cfg.ClientID}, "redirect_uri": {redirect}, "state": {state},
		"scope": {strings.TrimRight(a.cfg.Cloud.Management, "/") + "/.default"},
	})
}

func (a *Authorizer) address(tenant, path string, query url.Values) string {
	return strings.TrimRight(a.cfg.Cloud.Login, "/") + "/" + tenant + path + "?" + query.Encode()
}

// Refusal reads the error with which Microsoft's pages sent a person back; nil
// when the answer is none. Its words come through the person's browser: they
// can be shown and decide nothing that an intruder would profit from.
func Refusal(answer url.Values) *AuthError {
	if answer.Get("error") == "" {
		return nil
	}
	description := answer.Get("error_description")
	e := &AuthError{OAuth: cleanText(answer.Get("error")), Message: firstLine(description), AADSTS: aadstsOf(description)}
	e.Kind = authKindOf(e.AADSTS)
	// Without a number the word of OAuth decides.
	if e.AADSTS == 0 {
		switch e.OAuth {
		case "access_denied":
			e.Kind = AuthDeclined
		case "server_error", "temporarily_unavailable":
			e.Kind = AuthServer
		}
	}
	return e
}
