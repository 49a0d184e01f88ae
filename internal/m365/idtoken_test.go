package m365

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/clock"
	"github.com/nightjar-sec/nightjar/internal/secret"
)

const (
	someTenant = "6d1d4b2e-0f8c-4b51-9e0f-2d3f1c9a7b10"
	someClient = "0a6a1f0e-53b6-4b0e-9c52-8f2e6b1d4c77"
	someLogin  = "https://login.example.com"
)

func someAuthorizer(tb testing.TB, login string, client *http.Client) *Authorizer {
	tb.Helper()
	a, err := NewAuthorizer(AuthorizerConfig{
		Cloud: nightjar.Cloud{Name: "test", Login: login, Management: "https://manage.example.com"}, ClientID: someClient,
		Secret: secret.New("canary~secret.value"), HTTP: client, Clock: clock.Real(),
	})
	if err != nil {
		tb.Fatal(err)
	}
	return a
}

func goodClaims() jwt.MapClaims {
	now := time.Now()
	return jwt.MapClaims{
		"aud": someClient, "iss": someLogin + "/" + someTenant + "/v2.0", "tid": someTenant, "oid": "o", "nonce": "n", "sub": "s",
		"iat": now.Unix(), "nbf": now.Unix(), "exp": now.Add(time.Hour).Unix(), "preferred_username": "a@b", "name": "A",
	}
}

func signed(tb testing.TB, method jwt.SigningMethod, key any, kid string, claims jwt.MapClaims) secret.Value {
	tb.Helper()
	t := jwt.NewWithClaims(method, claims)
	t.Header["kid"] = kid
	s, err := t.SignedString(key)
	if err != nil {
		tb.Fatal(err)
	}
	return secret.New(s)
}

func TestTokensAreBelievedOnlyWhenEverythingFits(t *testing.T) {
	t.Parallel()
	pair, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	stranger, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	public, err := x509.MarshalPKIXPublicKey(&pair.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	a := someAuthorizer(t, someLogin, &http.Client{})
	keys := map[string]signingKey{
		"k": {&pair.PublicKey, someLogin + "/{tenantid}/v2.0"}, "bare": {&pair.PublicKey, ""}, "foreign": {&pair.PublicKey, someLogin + "/another/v2.0"},
	}
	with := func(key string, value any) jwt.MapClaims {
		c := maps.Clone(goodClaims())
		if c[key] = value; value == nil {
			delete(c, key)
		}
		return c
	}
	rs := jwt.SigningMethodRS256
	for name, token := range map[string]secret.Value{
		"as Microsoft's":    signed(t, rs, pair, "k", goodClaims()),
		"key of any issuer": signed(t, rs, pair, "bare", goodClaims()),
		"clocks differ":     signed(t, rs, pair, "k", with("nbf", time.Now().Add(4*time.Minute).Unix())),
	} {
		if p, err := a.verify(token, "n", keys); err != nil || p.Tenant != someTenant || p.Object != "o" || p.Account != "a@b" {
			t.Errorf("%s: %+v, %v", name, p, err)
		}
	}
	for name, token := range map[string]secret.Value{
		"key of another issuer":      signed(t, rs, pair, "foreign", goodClaims()),
		"unknown key":                signed(t, rs, pair, "x", goodClaims()),
		"signed by a stranger":       signed(t, rs, stranger, "k", goodClaims()),
		"signed with the public key": signed(t, jwt.SigningMethodHS256, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public}), "k", goodClaims()),
		"PS256":                      signed(t, jwt.SigningMethodPS256, pair, "k", goodClaims()),
		"not signed":                 signed(t, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, "k", goodClaims()),
		"another application":        signed(t, rs, pair, "k", with("aud", someTenant)),
		"no audience":                signed(t, rs, pair, "k", with("aud", nil)),
		"issuer of version 1":        signed(t, rs, pair, "k", with("iss", "https://sts.windows.net/"+someTenant+"/")),
		"issuer elsewhere":           signed(t, rs, pair, "k", with("iss", "https://login.evil.example/"+someTenant+"/v2.0")),
		"tenant is no GUID":          signed(t, rs, pair, "k", with("tid", "organizations")),
		"tenant of another issuer":   signed(t, rs, pair, "k", with("tid", someClient)),
		"no tenant":                  signed(t, rs, pair, "k", with("tid", nil)),
		"nobody":                     signed(t, rs, pair, "k", with("oid", nil)),
		"another sign-in":            signed(t, rs, pair, "k", with("nonce", "m")),
		"no nonce":                   signed(t, rs, pair, "k", with("nonce", nil)),
		"over":                       signed(t, rs, pair, "k", with("exp", time.Now().Add(-6*time.Minute).Unix())),
		"never over":                 signed(t, rs, pair, "k", with("exp", nil)),
		"not yet":                    signed(t, rs, pair, "k", with("nbf", time.Now().Add(6*time.Minute).Unix())),
		"no token":                   secret.New("x"),
		"nothing":                    {},
	} {
		p, err := a.verify(token, "n", keys)
		if _, ok := errors.AsType[*TokenError](err); !ok || p != (Person{}) || nightjar.CodeOf(err) != nightjar.CodeUnauthorized {
			t.Errorf("%s: %+v, %v", name, p, err)
		}
		if err != nil && len(token.Reveal()) > 10 && strings.Contains(err.Error(), token.Reveal()) {
			t.Errorf("%s: the error holds the token", name)
		}
	}
	if _, err := a.verify(signed(t, rs, pair, "k", with("nonce", "")), "", keys); err == nil {
		t.Error("an empty nonce is believed")
	}
}

// Whoever can name the place of the keys can sign for every tenant.
func TestKeysComeFromTheLoginRootAlone(t *testing.T) {
	t.Parallel()
	asked := false
	other := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked = true }))
	defer other.Close()
	login := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, `{"jwks_uri": %q}`, other.URL+"/keys")
	}))
	defer login.Close()
	_, err := someAuthorizer(t, login.URL, login.Client()).keys(t.Context())
	if e, ok := errors.AsType[*AuthError](err); !ok || e.Kind != AuthUnintelligible || asked {
		t.Errorf("asked elsewhere: %v; %v", asked, err)
	}
}

func TestAddressesOfMicrosoftsPages(t *testing.T) {
	t.Parallel()
	a := someAuthorizer(t, someLogin, &http.Client{})
	u, err := url.Parse(a.SignInURL(AuthorizeRequest{Redirect: "https://n.example.com/consent/callback", State: "s", Nonce: "n", Challenge: "c"}))
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	if u.Path != "/organizations/oauth2/v2.0/authorize" || q.Get("code_challenge_method") != "S256" || q.Get("response_type") != "code" || q.Get("prompt") != "select_account" ||
		q.Get("scope") != "openid profile" || q.Get("state") != "s" || q.Get("nonce") != "n" || q.Get("code_challenge") != "c" || q.Get("client_id") != someClient {
		t.Errorf("sign-in at %s", u)
	}
	u, err = url.Parse(a.ConsentURL(someTenant, "https://n.example.com/consent/callback", "s"))
	if err != nil {
		t.Fatal(err)
	}
	if q := u.Query(); u.Path != "/"+someTenant+"/v2.0/adminconsent" || q.Get("scope") != "https://manage.example.com/.default" || q.Get("state") != "s" {
		t.Errorf("consent at %s", u)
	}
}

func TestRefusalsOfThePagesAreUnderstood(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]AuthKind{
		"error=access_denied&error_description=AADSTS65004%3A+User+declined.%0D%0ATrace+ID%3A+x": AuthDeclined,
		"error=consent_required&error_description=AADSTS65004%3A+denied":                         AuthDeclined,
		"error=access_denied&error_subcode=cancel":                                               AuthDeclined,
		"error=access_denied&error_description=AADSTS90094%3A+admin":                             AuthNotAdmin,
		"error=access_denied&error_description=AADSTS53003%3A+blocked":                           AuthPolicy,
		"error=server_error&error_description=AADSTS90033":                                       AuthServer,
		"error=temporarily_unavailable":                                                          AuthServer,
		"error=access_denied&error_description=AADSTS50105%3A+not+assigned":                      AuthUnexpected,
		"error=what&error_description=never+seen":                                                AuthUnexpected,
	} {
		q, err := url.ParseQuery(text)
		if err != nil {
			t.Fatal(err)
		}
		if e := Refusal(q); e == nil || e.Kind != want || strings.ContainsAny(e.Message, "\r\n") {
			t.Errorf("%s: %+v, want %s", text, e, want)
		}
	}
	if e := Refusal(url.Values{"code": {"x"}}); e != nil {
		t.Errorf("a success is refused: %+v", e)
	}
}

func FuzzIDToken(f *testing.F) {
	pair, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		f.Fatal(err)
	}
	a := someAuthorizer(f, someLogin, &http.Client{})
	keys := map[string]signingKey{"k": {&pair.PublicKey, ""}}
	good := signed(f, jwt.SigningMethodRS256, pair, "k", goodClaims()).Reveal()
	f.Add(good)
	f.Add(signed(f, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, "k", goodClaims()).Reveal())
	f.Add("..")
	f.Add("")
	f.Fuzz(func(t *testing.T, token string) {
		p, err := a.verify(secret.New(token), "n", keys)
		if err == nil && token != good {
			// The same signature in another encoding of base64 is the same token.
			if strings.Split(token, ".")[1] != strings.Split(good, ".")[1] {
				t.Errorf("%q is believed: %+v", token, p)
			}
		}
	})
}
