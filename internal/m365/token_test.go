package m365_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/golang-jwt/jwt/v5"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/m365"
	"github.com/nightjar-sec/nightjar/internal/secret"
)

func TestCallersShareOneSignInAndTheTokenIsRenewedInTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFakeCloud(t, nil)
		s := f.tokens(t)
		ask := func() string {
			var group sync.WaitGroup
			got := make([]string, 20)
			for i := range got {
				group.Go(func() {
					token, err := s.Token(t.Context(), "https://example.com")
					if err != nil {
						t.Error(err)
					}
					got[i] = token.Value.Reveal()
				})
			}
			group.Wait()
			for _, other := range got {
				if other != got[0] {
					t.Error("callers got different tokens")
				}
			}
			return got[0]
		}
		if ask() != fakeToken(1) || f.loginCount() != 1 {
			t.Errorf("%d sign-ins for callers that came together", f.loginCount())
		}
		time.Sleep(54 * time.Minute)
		if ask() != fakeToken(1) {
			t.Error("renewed too early")
		}
		time.Sleep(2 * time.Minute) // of 59:59, less than 5 minutes are left
		if ask() != fakeToken(2) || f.loginCount() != 2 {
			t.Error("not renewed before it expires")
		}
		s.Invalidate()
		if ask() != fakeToken(3) {
			t.Error("not renewed after Invalidate")
		}
	})
}

func TestAShortLivedTokenIsUsedForHalfItsLife(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFakeCloud(t, nil)
		f.ttl = 60
		s := f.tokens(t)
		for range 60 {
			if _, err := s.Token(t.Context(), "https://example.com"); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Second)
		}
		if got := f.loginCount(); got != 2 && got != 3 {
			t.Errorf("%d sign-ins in a minute", got)
		}
	})
}

func TestTheSecretGoesToTheTenantsLoginOnly(t *testing.T) {
	t.Parallel()
	f := newFakeCloud(t, nil)
	f.login = func(w http.ResponseWriter, r *http.Request) {
		if err := r.ParseForm(); err != nil {
			t.Error(err)
		}
		want := map[string]string{
			"client_id": clientID, "client_secret": secretText, "grant_type": "client_credentials", "scope": "https://example.com/.default openid offline_access profile",
		}
		for k, v := range want {
			if got := r.PostForm.Get(k); got != v {
				t.Errorf("%s is %q, want %q", k, got, v)
			}
		}
		if r.URL.Path != "/"+string(tenantID)+"/oauth2/v2.0/token" || r.URL.RawQuery != "" {
			t.Errorf("signed in at %s", r.URL)
		}
		f.issue(w, 1)
	}
	token, err := f.tokens(t).Token(t.Context(), f.cloud.Management+"/")
	if err != nil {
		t.Fatal(err)
	}
	claims, err := m365.DecodeClaims(token.Value)
	if err != nil || claims.TenantID != tenantID || claims.AppID != clientID || strings.Join(claims.Roles, " ") != "ActivityFeed.Read" || claims.Audience != "https://example.com" {
		t.Errorf("the claims are %+v, %v", claims, err)
	}
}

func TestASecretIsNotSentToAHostThatTheSignInServiceNames(t *testing.T) {
	t.Parallel()
	f := newFakeCloud(t, nil)
	client := &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		if r.URL.Host != "example.com" {
			t.Errorf("a request went to %s", r.URL)
		}
		return answer(200, `{"authorization_endpoint":"https://login.microsoftonline.us/a","token_endpoint":"https://login.microsoftonline.us/t","issuer":"https://example.com/v2.0"}`), nil
	})}
	s, err := m365.NewTokenSource(m365.CredentialConfig{Cloud: f.cloud, Tenant: tenantID, ClientID: clientID, Secret: secret.New(secretText), HTTP: client})
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.Token(t.Context(), "https://example.com")
	var auth *m365.AuthError
	if !errors.As(err, &auth) || auth.Kind != m365.AuthCloud || !strings.Contains(err.Error(), "login.microsoftonline.us") {
		t.Errorf("got %v", err)
	}
}

func TestNoFormatterShowsACredentialOrAToken(t *testing.T) {
	t.Parallel()
	f := newFakeCloud(t, nil)
	certificate, key, _ := pair(t, 2048, time.Hour)
	config := m365.CredentialConfig{Cloud: f.cloud, Tenant: tenantID, ClientID: clientID, Certificate: certificate, PrivateKey: key, HTTP: f.client}
	token, err := f.tokens(t).Token(t.Context(), "https://example.com")
	if err != nil {
		t.Fatal(err)
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
		all := fmt.Sprintf(verb, config) + fmt.Sprintf(verb, token)
		for _, canary := range []string{secretText, fakeToken(1), key.Reveal(), strings.Split(key.Reveal(), "\n")[1]} {
			if strings.Contains(all, canary) {
				t.Errorf("%s shows a secret", verb)
			}
		}
	}
}

// pair makes a certificate and its key.
func pair(t *testing.T, bits int, life time.Duration) (certificate []byte, key secret.Value, leaf *x509.Certificate) {
	t.Helper()
	private, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "nightjar"}, NotAfter: time.Now().Add(life)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	if leaf, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		secret.New(string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8}))), leaf
}

// entra checks an assertion as the sign-in service does, accepting one algorithm.
func entra(t *testing.T, f *fakeCloud, leaf *x509.Certificate, alg string) http.HandlerFunc {
	t.Helper()
	header, sum := "x5t#S256", sha256.Sum256(leaf.Raw)
	thumbprint := sum[:]
	if alg == "RS256" {
		sum := sha1.Sum(leaf.Raw)
		header, thumbprint = "x5t", sum[:]
	}
	return func(w http.ResponseWriter, r *http.Request) {
		if err := r.ParseForm(); err != nil {
			t.Error(err)
		}
		if r.PostForm.Get("client_assertion_type") != "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" || r.PostForm.Has("client_secret") {
			t.Errorf("the form is %v", r.PostForm)
		}
		token, err := jwt.Parse(r.PostForm.Get("client_assertion"), func(token *jwt.Token) (any, error) {
			if token.Header[header] != base64.RawURLEncoding.EncodeToString(thumbprint) {
				return nil, fmt.Errorf("header %v", token.Header)
			}
			return leaf.PublicKey, nil
		}, jwt.WithValidMethods([]string{alg}), jwt.WithAudience("https://example.com/"+string(tenantID)+"/oauth2/v2.0/token"),
			jwt.WithIssuer(clientID), jwt.WithSubject(clientID), jwt.WithExpirationRequired(), jwt.WithIssuedAt())
		if err != nil {
			answerJSON(w, 401, `{"error":"invalid_client","error_description":"AADSTS700027: The certificate with identifier used to sign the client assertion is not registered on application. Trace ID: x","error_codes":[700027]}`)
			return
		}
		claims, _ := token.Claims.(jwt.MapClaims)
		if jti, _ := claims["jti"].(string); len(jti) != 36 {
			t.Errorf("the assertion has no jti: %v", claims)
		}
		f.issue(w, 1)
	}
}

func certificateSource(t *testing.T, f *fakeCloud, certificate []byte, key secret.Value) *m365.TokenSource {
	t.Helper()
	s, err := m365.NewTokenSource(m365.CredentialConfig{Cloud: f.cloud, Tenant: tenantID, ClientID: clientID, Certificate: certificate, PrivateKey: key, HTTP: f.client})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestACertificateSignsPS256AndFallsBackToRS256Once(t *testing.T) {
	t.Parallel()
	certificate, key, leaf := pair(t, 2048, time.Hour)
	for alg, signIns := range map[string][2]int{"PS256": {1, 1}, "RS256": {2, 1}} {
		t.Run(alg, func(t *testing.T) {
			t.Parallel()
			f := newFakeCloud(t, nil)
			f.login = entra(t, f, leaf, alg)
			s := certificateSource(t, f, certificate, key)
			for round, want := range signIns {
				before := f.loginCount()
				s.Invalidate()
				if _, err := s.Token(t.Context(), "https://example.com"); err != nil {
					t.Fatal(err)
				}
				if got := f.loginCount() - before; got != want {
					t.Errorf("round %d took %d sign-ins, want %d", round, got, want)
				}
			}
		})
	}
}

func TestAnUnregisteredCertificateIsNamedAsTheCause(t *testing.T) {
	t.Parallel()
	_, _, other := pair(t, 2048, time.Hour)
	for life, want := range map[time.Duration]m365.AuthKind{time.Hour: m365.AuthAssertion, -time.Hour: m365.AuthSecretExpired} {
		certificate, key, _ := pair(t, 2048, life)
		f := newFakeCloud(t, nil)
		f.login = entra(t, f, other, "PS256")
		_, err := certificateSource(t, f, certificate, key).Token(t.Context(), "https://example.com")
		var auth *m365.AuthError
		if !errors.As(err, &auth) || auth.Kind != want || auth.AADSTS != 700027 {
			t.Errorf("a certificate that ends in %s, after %d sign-ins: %v", life, f.loginCount(), err)
		}
	}
}

func TestTheFederatedTokenIsReadAgainAtEachSignIn(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "token")
	f := newFakeCloud(t, nil)
	var got []string
	f.login = func(w http.ResponseWriter, r *http.Request) {
		got = append(got, r.PostFormValue("client_assertion"))
		f.issue(w, len(got))
	}
	s, err := m365.NewTokenSource(m365.CredentialConfig{Cloud: f.cloud, Tenant: tenantID, ClientID: clientID, FederatedTokenFile: file, HTTP: f.client})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Token(t.Context(), "https://example.com"); nightjar.CodeOf(err) != nightjar.CodeInvalid || len(got) != 0 {
		t.Errorf("without a file: %v", err)
	}
	// A path that leads elsewhere must not carry a secret of this machine away.
	for name, text := range map[string]string{"empty": "", "a key": "nightjar-kek-v1:AAAA", "words": "a b.c.d", "too large": "a." + strings.Repeat("b", 70<<10) + ".c"} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Token(t.Context(), "https://example.com"); nightjar.CodeOf(err) != nightjar.CodeInvalid || len(got) != 0 {
			t.Errorf("%s is sent: %v", name, err)
		}
	}
	for _, text := range []string{"the.first.token\n", "the.second-_.token"} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		s.Invalidate()
		if _, err := s.Token(t.Context(), "https://example.com"); err != nil {
			t.Fatal(err)
		}
	}
	if strings.Join(got, " ") != "the.first.token the.second-_.token" {
		t.Errorf("sent %q", got)
	}
}

func TestCredentialsAreCheckedBeforeAnythingIsSent(t *testing.T) {
	t.Parallel()
	f := newFakeCloud(t, nil)
	certificate, key, _ := pair(t, 2048, time.Hour)
	_, otherKey, _ := pair(t, 2048, time.Hour)
	shortCertificate, shortKey, _ := pair(t, 1024, time.Hour)
	for name, change := range map[string]func(*m365.CredentialConfig){
		"none":                       func(*m365.CredentialConfig) {},
		"two":                        func(c *m365.CredentialConfig) { c.Secret, c.FederatedTokenFile = secret.New("x"), "f" },
		"a certificate alone":        func(c *m365.CredentialConfig) { c.Certificate = certificate },
		"a key alone":                func(c *m365.CredentialConfig) { c.PrivateKey = key },
		"a key of another":           func(c *m365.CredentialConfig) { c.Certificate, c.PrivateKey = certificate, otherKey },
		"a short key":                func(c *m365.CredentialConfig) { c.Certificate, c.PrivateKey = shortCertificate, shortKey },
		"rubbish for a certificate":  func(c *m365.CredentialConfig) { c.Certificate, c.PrivateKey = []byte("x"), key },
		"rubbish for a key":          func(c *m365.CredentialConfig) { c.Certificate, c.PrivateKey = certificate, secret.New("key-canary") },
		"a client id that is no id":  func(c *m365.CredentialConfig) { c.Secret, c.ClientID = secret.New("x"), "my app" },
		"a tenant that is no id":     func(c *m365.CredentialConfig) { c.Secret, c.Tenant = secret.New("x"), "contoso.com" },
		"a login without encryption": func(c *m365.CredentialConfig) { c.Secret, c.Cloud.Login = secret.New("x"), "http://example.com" },
	} {
		c := m365.CredentialConfig{Cloud: f.cloud, Tenant: tenantID, ClientID: clientID, HTTP: f.client}
		change(&c)
		_, err := m365.NewTokenSource(c)
		if nightjar.CodeOf(err) != nightjar.CodeInvalid || nightjar.HintOf(err) == "" || strings.Contains(fmt.Sprintf("%+v", err), "canary") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestClaimsOfRubbishAreRefused(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"", "opaque", "a.b", "a.!.c", "a." + base64.RawURLEncoding.EncodeToString([]byte("[]")) + ".c", "a." + base64.RawURLEncoding.EncodeToString([]byte(`{"tid":"x"}`)) + ".c"} {
		if c, err := m365.DecodeClaims(secret.New(s)); err == nil {
			t.Errorf("%q gives %+v", s, c)
		}
	}
}
