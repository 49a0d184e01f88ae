package m365

import (
	"context"
	"crypto/rsa"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
	"net/http"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/secret"
)

// idTokenLeeway is the difference of clocks that is forgiven, the 5 minutes
// that most validators allow.
const idTokenLeeway = 5 * time.Minute

// TokenError says why a token that is to prove who signed in is not believed.
// It holds nothing of the token.
type TokenError struct{ Reason string }

// Error says what is wrong with the token.
func (e *TokenError) Error() string { return "the sign-in's token is not believed: " + e.Reason }

func notBelieved(reason string) error {
	return &nightjar.Error{
		Code: nightjar.CodeUnauthorized, Message: "sign in: Microsoft's answer does not prove who signed in",
		Hint: "begin again; if it happens again, something between this machine and Microsoft changes answers", Err: &TokenError{reason},
	}
}

// signingKey is one of the keys that the sign-in service publishes.
type signingKey struct {
	public *rsa.PublicKey
	issuer string // for which issuers it signs, with {tenantid} for any tenant; may be empty
}

// keys fetches the keys that sign tokens. Both addresses are within the login
// root: whoever could name another one could sign for every tenant.
func (a *Authorizer) keys(ctx context.Context) (map[string]signingKey, error) {
	var metadata struct {
		Keys string `json:"jwks_uri"`
	}
	if err := a.fetch(ctx, strings.TrimRight(a.cfg.Cloud.Login, "/")+"/"+anyOrganisation+"/v2.0/.well-known/openid-configuration", &metadata); err != nil {
		return nil, err
	}
	var set struct {
		Keys []struct {
			Type     string `json:"kty"`
			Use      string `json:"use"`
			ID       string `json:"kid"`
			Modulus  string `json:"n"`
			Exponent string `json:"e"`
			Issuer   string `json:"issuer"`
		} `json:"keys"`
	}
	if err := a.fetch(ctx, metadata.Keys, &set); err != nil {
		return nil, err
	}
	out := make(map[string]signingKey)
	for _, k := range set.Keys {
		n, errN := base64.RawURLEncoding.DecodeString(strings.TrimRight(k.Modulus, "="))
		e, errE := base64.RawURLEncoding.DecodeString(strings.TrimRight(k.Exponent, "="))
		if k.Type != "RSA" || (k.Use != "" && k.Use != "sig") || k.ID == "" || errN != nil || errE != nil || len(n) < 256 || len(e) == 0 || len(e) > 4 {
			continue // of another kind; one that we need and cannot read is missed below
		}
		out[k.ID] = signingKey{public: &rsa.PublicKey{N: new(big.Int).SetBytes(n), E: int(new(big.Int).SetBytes(e).Int64())}, issuer: k.Issuer}
	}
	return out, nil
}

func (a *Authorizer) fetch(ctx context.Context, address string, into any) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil || request.URL.Scheme != "https" || originOfURL(request.URL) != a.login {
		return a.tell(&AuthError{Kind: AuthUnintelligible, Message: "the sign-in service names keys outside of " + a.login.String()})
	}
	body, err := a.ask(request)
	if err != nil {
		return err
	}
	if json.Unmarshal(body, into) != nil {
		return a.tell(&AuthError{Kind: AuthUnintelligible, Status: http.StatusOK, Message: "the answer is not JSON"})
	}
	return nil
}

// idClaims are the claims of an id token that we judge.
type idClaims struct {
	jwt.RegisteredClaims
	Tenant  string `json:"tid"`
	Object  string `json:"oid"`
	Nonce   string `json:"nonce"`
	Name    string `json:"name"`
	Account string `json:"preferred_username"`
	Version string `json:"ver"`
}

// verify believes a token when the sign-in service signed it (RS256 alone), for
// this application, this sign-in and this time, and when its issuer is that of
// the tenant it names.
// Source: learn.microsoft.com/entra/identity-platform/id-tokens and
// learn.microsoft.com/entra/identity-platform/claims-validation, read 2026-11-22.
func (a *Authorizer) verify(token secret.Value, nonce string, keys map[string]signingKey) (Person, error) {
	var claims idClaims
	var key signingKey
	parser := jwt.NewParser(
		jwt.WithValidMethods([]string{jwt.SigningMethodRS256.Alg()}), jwt.WithAudience(a.cfg.ClientID), jwt.WithExpirationRequired(),
		jwt.WithLeeway(idTokenLeeway), jwt.WithTimeFunc(a.cfg.Clock.Now),
	)
	_, err := parser.ParseWithClaims(token.Reveal(), &claims, func(t *jwt.Token) (any, error) {
		id, _ := t.Header["kid"].(string)
		var known bool
		if key, known = keys[id]; !known {
			return nil, fmt.Errorf("no published key is named %.80q", id)
		}
		return key.public, nil
	})
	if err != nil {
		return Person{}, notBelieved(cleanText(err.Error()))
	}
	tenant, err := nightjar.ParseTenantID(claims.Tenant)
	if err != nil {
		return Person{}, notBelieved("its tid is not a GUID")
	}
	root := strings.TrimRight(a.cfg.Cloud.Login, "/")
	switch {
	case claims.Issuer != root+"/"+string(tenant)+"/v2.0":
		return Person{}, notBelieved("its issuer is not that of its tenant in this cloud")
	case key.issuer != "" && strings.ReplaceAll(key.issuer, "{tenantid}", string(tenant)) != claims.Issuer:
		return Person{}, notBelieved("its key does not sign for its issuer")
	case nonce == "" || subtle.ConstantTimeCompare([]byte(claims.Nonce), []byte(nonce)) != 1:
		return Person{}, notBelieved("it belongs to another sign-in (nonce)")
	case claims.Object == "":
		return Person{}, notBelieved("it names nobody (oid)")
	}
	return Person{Tenant: tenant, Object: claims.Object, Name: claims.Name, Account: claims.Account}, nil
}
