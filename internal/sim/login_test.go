package sim

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"maps"
	"math/big"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
)

// keys are an application's key pair, made once for all tests: RSA keys are slow to make.
var keys = sync.OnceValues(func() (*rsa.PrivateKey, *x509.Certificate) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(7), Subject: pkix.Name{CommonName: "app"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		panic(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		panic(err)
	}
	return key, cert
})

func certificatePEM(c *x509.Certificate) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})
}

func publicPEM(t *testing.T, key *rsa.PrivateKey) []byte {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
}

// sign makes a JWS of a header and claims.
func sign(t *testing.T, key *rsa.PrivateKey, header, claims map[string]any) string {
	t.Helper()
	part := func(v any) string {
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return base64.RawURLEncoding.EncodeToString(b)
	}
	text := part(header) + "." + part(claims)
	sum := sha256.Sum256([]byte(text))
	var sig []byte
	var err error
	if header["alg"] == "PS256" {
		sig, err = rsa.SignPSS(rand.Reader, key, crypto.SHA256, sum[:], &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash})
	} else {
		sig, err = rsa.SignPKCS1v15(nil, key, crypto.SHA256, sum[:])
	}
	if err != nil {
		t.Fatal(err)
	}
	return text + "." + base64.RawURLEncoding.EncodeToString(sig)
}

func TestSignInRefusesWithTheCodesThatMicrosoftUses(t *testing.T) {
	t.Parallel()
	secret := ClientSecret{ID: "0b2f6c3e-6f6b-4f0a-9d0c-3f3b8d1c0a11", Value: "right~value"}
	expired := ClientSecret{ID: "1b2f6c3e-6f6b-4f0a-9d0c-3f3b8d1c0a11", Value: "old~value", Expires: time.Now().Add(-time.Hour)}
	for name, test := range map[string]struct {
		change func(*TenantConfig)
		form   func(*client, url.Values)
		want   float64
		text   string
	}{
		"the right secret":           {},
		"a wrong secret":             {form: func(_ *client, f url.Values) { f.Set("client_secret", "x") }, want: 7000215, text: "not the client secret ID"},
		"the secret's id":            {form: func(_ *client, f url.Values) { f.Set("client_secret", secret.ID) }, want: 7000215, text: "not the client secret ID"},
		"an expired secret":          {form: func(_ *client, f url.Values) { f.Set("client_secret", expired.Value) }, want: 7000222, text: "expired"},
		"an unknown application":     {form: func(_ *client, f url.Values) { f.Set("client_id", "9b2f6c3e-6f6b-4f0a-9d0c-3f3b8d1c0a11") }, want: 700016, text: "was not found in the directory"},
		"no consent":                 {change: func(c *TenantConfig) { c.NoConsent = true }, want: 700016, text: "consented to"},
		"a disabled application":     {change: func(c *TenantConfig) { c.AppDisabled = true }, want: 7000112, text: "is disabled"},
		"another cloud":              {change: func(c *TenantConfig) { c.WrongCloud = true }, want: 900382, text: "Cross Cloud"},
		"an unknown tenant":          {form: func(c *client, _ url.Values) { c.tenant.ID = "9b2f6c3e-6f6b-4f0a-9d0c-3f3b8d1c0a11" }, want: 90002, text: "not found"},
		"a tenant that is no GUID":   {form: func(c *client, _ url.Values) { c.tenant.ID = "nonsense" }, want: 900023, text: "neither a valid DNS name"},
		"an unknown resource":        {form: func(_ *client, f url.Values) { f.Set("scope", "https://vault.azure.net/.default") }, want: 500011, text: "resource principal"},
		"a scope without .default":   {form: func(_ *client, f url.Values) { f.Set("scope", "https://manage.office.com/ActivityFeed.Read") }, want: 1002012},
		"another grant":              {form: func(_ *client, f url.Values) { f.Set("grant_type", "password") }, want: 70003},
		"no credential":              {form: func(_ *client, f url.Values) { f.Del("client_secret") }, want: 7000216},
		"an assertion that is none":  {form: func(_ *client, f url.Values) { setAssertion(f, "x.y") }, want: 50027},
		"the real management's root": {form: func(_ *client, f url.Values) { f.Set("scope", "https://manage.office.com/.default") }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tc := TenantConfig{Secrets: []ClientSecret{secret, expired}}
			if test.change != nil {
				test.change(&tc)
			}
			c := serve(t, Config{Tenants: []TenantConfig{tc}})
			form := c.secretForm()
			if test.form != nil {
				test.form(c, form)
			}
			got := c.signIn(form)
			if test.want == 0 {
				if got["access_token"] == nil || got["expires_in"] != float64(3599) {
					t.Fatalf("no token: %v", got)
				}
				return
			}
			codes, _ := got["error_codes"].([]any)
			text, _ := got["error_description"].(string)
			if len(codes) != 1 || codes[0] != test.want || !strings.Contains(text, test.text) || c.status < 400 {
				t.Errorf("answered %d %v, want code %v and %q", c.status, got, test.want, test.text)
			}
		})
	}
}

func setAssertion(f url.Values, text string) {
	f.Del("client_secret")
	f.Set("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
	f.Set("client_assertion", text)
}

func TestClientAssertionsAreCheckedForReal(t *testing.T) {
	t.Parallel()
	key, cert := keys()
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	sum1, sum2 := sha1.Sum(cert.Raw), sha256.Sum256(cert.Raw)
	c := serve(t, Config{Tenants: []TenantConfig{{
		Certificates: [][]byte{certificatePEM(cert)},
		Federations:  []Federation{{Issuer: "https://issuer.example", Subject: "system:nightjar", PublicKey: publicPEM(t, key)}},
	}}})
	now := time.Now().Unix()
	header := func(alg string) map[string]any {
		if alg == "RS256" {
			return map[string]any{"alg": alg, "typ": "JWT", "x5t": base64.RawURLEncoding.EncodeToString(sum1[:])}
		}
		return map[string]any{"alg": alg, "typ": "JWT", "x5t#S256": base64.RawURLEncoding.EncodeToString(sum2[:])}
	}
	claims := func(change map[string]any) map[string]any {
		m := map[string]any{
			"aud": c.s.URLs().Login + "/" + c.tenant.ID + "/oauth2/v2.0/token", "iss": c.tenant.ClientID, "sub": c.tenant.ClientID,
			"jti": guidOf(uint64(time.Now().UnixNano()), t.Name()), "nbf": now, "iat": now, "exp": now + 300,
		}
		maps.Copy(m, change)
		return m
	}
	federated := map[string]any{"iss": "https://issuer.example", "sub": "system:nightjar", "aud": []string{"api://AzureADTokenExchange"}}
	replay := sign(t, key, header("PS256"), claims(nil))
	for _, test := range []struct {
		name      string
		assertion string
		want      float64
	}{
		{"PS256 with x5t#S256", sign(t, key, header("PS256"), claims(nil)), 0},
		{"RS256 with x5t", sign(t, key, header("RS256"), claims(nil)), 0},
		{"a fresh one", replay, 0},
		{"the same one again", replay, 5002738},
		{"another key", sign(t, other, header("PS256"), claims(nil)), 700027},
		{"an unknown thumbprint", sign(t, key, map[string]any{"alg": "PS256", "x5t#S256": "AAAA"}, claims(nil)), 700027},
		{"no algorithm", sign(t, key, map[string]any{"alg": "none", "x5t#S256": base64.RawURLEncoding.EncodeToString(sum2[:])}, claims(nil)), 700027},
		{"an expired one", sign(t, key, header("PS256"), claims(map[string]any{"nbf": now - 3600, "iat": now - 3600, "exp": now - 3000})), 700024},
		{"one from the future", sign(t, key, header("PS256"), claims(map[string]any{"nbf": now + 3600, "exp": now + 4000})), 700024},
		{"one without an end", sign(t, key, header("PS256"), claims(map[string]any{"exp": nil})), 700024},
		{"another audience", sign(t, key, header("PS256"), claims(map[string]any{"aud": "https://login.microsoftonline.com/x/oauth2/v2.0/token"})), 700023},
		{"another subject", sign(t, key, header("PS256"), claims(map[string]any{"sub": "x"})), 700021},
		{"no jti", sign(t, key, header("PS256"), claims(map[string]any{"jti": ""})), 50027},
		{"a federated one", sign(t, key, map[string]any{"alg": "RS256", "kid": "1"}, claims(federated)), 0},
		{"a federated one of another key", sign(t, other, map[string]any{"alg": "RS256", "kid": "1"}, claims(federated)), 700027},
		{"one of an unknown issuer", sign(t, key, map[string]any{"alg": "RS256", "kid": "1"}, claims(map[string]any{"iss": "https://evil.example"})), 700213},
	} {
		form := c.secretFormWithout()
		setAssertion(form, test.assertion)
		got := c.signIn(form)
		codes, _ := got["error_codes"].([]any)
		switch {
		case test.want == 0 && got["access_token"] == nil:
			t.Errorf("%s: refused with %v", test.name, got)
		case test.want != 0 && (len(codes) != 1 || codes[0] != test.want):
			t.Errorf("%s: answered %v, want %v", test.name, got, test.want)
		}
	}
}

// secretFormWithout is a token request without a credential.
func (c *client) secretFormWithout() url.Values {
	return url.Values{"grant_type": {"client_credentials"}, "client_id": {c.tenant.ClientID}, "scope": {c.s.URLs().Management + "/.default"}}
}

func TestAzureIdentityGetsTokens(t *testing.T) {
	t.Parallel()
	key, cert := keys()
	c := serve(t, Config{Tenants: []TenantConfig{{
		Secrets: []ClientSecret{{Value: "right~value"}}, Certificates: [][]byte{certificatePEM(cert)},
		Federations: []Federation{{Issuer: "https://issuer.example", Subject: "system:nightjar", PublicKey: publicPEM(t, key)}},
	}}})
	options := azcore.ClientOptions{
		Cloud:     cloud.Configuration{ActiveDirectoryAuthorityHost: c.s.URLs().Login + "/"},
		Transport: c.http,
	}
	bySecret, err := azidentity.NewClientSecretCredential(c.tenant.ID, c.tenant.ClientID, "right~value",
		&azidentity.ClientSecretCredentialOptions{ClientOptions: options, DisableInstanceDiscovery: true})
	if err != nil {
		t.Fatal(err)
	}
	byCertificate, err := azidentity.NewClientCertificateCredential(c.tenant.ID, c.tenant.ClientID, []*x509.Certificate{cert}, key,
		&azidentity.ClientCertificateCredentialOptions{ClientOptions: options, DisableInstanceDiscovery: true})
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now().Unix()
	byFederation, err := azidentity.NewClientAssertionCredential(c.tenant.ID, c.tenant.ClientID, func(context.Context) (string, error) {
		return sign(t, key, map[string]any{"alg": "RS256", "kid": "1"}, map[string]any{
			"iss": "https://issuer.example", "sub": "system:nightjar", "aud": "api://AzureADTokenExchange", "nbf": now, "exp": now + 300,
		}), nil
	}, &azidentity.ClientAssertionCredentialOptions{ClientOptions: options, DisableInstanceDiscovery: true})
	if err != nil {
		t.Fatal(err)
	}
	for name, cred := range map[string]azcore.TokenCredential{"secret": bySecret, "certificate": byCertificate, "federation": byFederation} {
		token, err := cred.GetToken(t.Context(), policy.TokenRequestOptions{Scopes: []string{c.s.URLs().Management + "/.default"}})
		if err != nil {
			t.Errorf("by %s: %v", name, err)
			continue
		}
		c.token = token.Token
		if c.must(http.MethodGet, c.feedURL("subscriptions/list")); c.status != http.StatusOK {
			t.Errorf("the token by %s was answered %d", name, c.status)
		}
	}
}

func TestVersionOneTokensWriteNumbersAsText(t *testing.T) {
	t.Parallel()
	c := serve(t, Config{})
	form := c.secretForm()
	form.Del("scope")
	form.Set("resource", "https://manage.office.com")
	resp, err := c.http.PostForm(c.s.URLs().Login+"/"+c.tenant.ID+"/oauth2/token", form)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var answer map[string]any
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		t.Fatal(err)
	}
	if _, ok := answer["expires_on"].(string); !ok || answer["expires_in"] != "3599" || answer["resource"] != "https://manage.office.com" {
		t.Errorf("answered %v", answer)
	}
}
