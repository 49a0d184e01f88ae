package sso

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/nightjar-sec/nightjar/internal/clock"
	"github.com/nightjar-sec/nightjar/internal/secret"
)

const (
	// knownFor is how long a provider's description is used before it is read anew.
	knownFor = time.Hour
	// failedFor spares a provider that is down, and those who wait for it.
	failedFor = 10 * time.Second
	// askTimeout bounds each request: a person waits.
	askTimeout = 15 * time.Second
	// maxAnswer bounds what is read of an answer; the largest known sets of keys have some 20 KB.
	maxAnswer = 1 << 20
	// maxSecret bounds the file of a client secret.
	maxSecret = 64 << 10
)

// provider is a provider at work.
type provider struct {
	cfg   ProviderConfig
	clock clock.Clock
	http  *http.Client

	mu     sync.Mutex
	meta   *metadata
	failed error
	asked  time.Time
}

// metadata is what a provider says of itself.
type metadata struct {
	endpoint oauth2.Endpoint
	verifier *oidc.IDTokenVerifier
	keys     *keys
	// sendsIssuer says that every answer names its issuer (RFC 9207).
	sendsIssuer bool
}

func newProvider(cfg ProviderConfig, c clock.Clock) *provider {
	client := *cfg.HTTP
	transport := client.Transport
	if transport == nil {
		transport = http.DefaultTransport
	}
	client.Transport = bounded{transport}
	return &provider{cfg: cfg, clock: c, http: &client}
}

// bounded reads no more of an answer than anything honest has.
type bounded struct{ next http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Scheme != "https" {
		return nil, errors.New("an address of the provider is not https")
	}
	answer, err := b.next.RoundTrip(r)
	if err == nil {
		answer.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(answer.Body, maxAnswer), answer.Body}
	}
	return answer, err
}

// known returns the provider's description, which is read when it is needed
// for the first time, and then every hour.
func (p *provider) known(ctx context.Context) (*metadata, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	age := p.clock.Since(p.asked)
	if p.meta != nil && age < knownFor {
		return p.meta, nil
	}
	if p.failed != nil && age < failedFor {
		return nil, p.failed
	}
	meta, err := p.discover(ctx)
	if ctx.Err() != nil {
		return nil, unavailable(p.cfg.Name, "the request was given up") // says nothing of the provider
	}
	p.asked, p.failed = p.clock.Now(), err
	if err == nil {
		p.meta = meta
	} else if p.meta != nil {
		// What it said an hour ago is better than nothing.
		return p.meta, nil
	}
	return p.meta, err
}

func (p *provider) discover(ctx context.Context) (*metadata, error) {
	ctx, cancel := p.clock.WithTimeout(ctx, askTimeout)
	defer cancel()
	ctx = oidc.ClientContext(ctx, p.http)
	expects := p.cfg.expects()
	// The library compares the issuer with the address that it asked; which
	// issuer it must be instead is checked below.
	found, err := oidc.NewProvider(oidc.InsecureIssuerURLContext(ctx, expects), p.cfg.Issuer)
	if err != nil {
		return nil, unavailable(p.cfg.Name, "discovery: "+clean(err.Error()))
	}
	var says struct {
		Issuer       string   `json:"issuer"`
		Keys         string   `json:"jwks_uri"`
		Algorithms   []string `json:"id_token_signing_alg_values_supported"`
		AuthMethods  []string `json:"token_endpoint_auth_methods_supported"`
		SendsIssuer  bool     `json:"authorization_response_iss_parameter_supported"`
		ResponseType []string `json:"response_types_supported"`
	}
	if err := found.Claims(&says); err != nil {
		return nil, unavailable(p.cfg.Name, "discovery: "+clean(err.Error()))
	}
	if says.Issuer != expects {
		return nil, settings(p.cfg.Name, fmt.Sprintf("it calls itself %q, and the configuration expects %q", clean(says.Issuer), expects))
	}
	endpoint := found.Endpoint()
	for _, address := range []string{endpoint.AuthURL, endpoint.TokenURL, says.Keys} {
		if err := p.usable(address); err != nil {
			return nil, settings(p.cfg.Name, err.Error())
		}
	}
	// A guess would burn the code: it is good for one request.
	endpoint.AuthStyle = oauth2.AuthStyleInHeader
	if slices.Contains(says.AuthMethods, "client_secret_post") {
		endpoint.AuthStyle = oauth2.AuthStyleInParams
	}
	set := &keys{address: says.Keys, http: p.http, clock: p.clock}
	return &metadata{endpoint: endpoint, sendsIssuer: says.SendsIssuer, keys: set, verifier: oidc.NewVerifier(expects, set, &oidc.Config{
		ClientID: p.cfg.ClientID, SupportedSigningAlgs: algorithms(says.Algorithms), SkipIssuerCheck: p.cfg.anyTenant(),
		Now: func() time.Time { return p.clock.Now().Add(-skew) },
	})}, nil
}

// usable refuses addresses that a provider must not send us or people to.
func (p *provider) usable(address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || u.Fragment != "" {
		return fmt.Errorf("its address %q is not an https address", clean(address))
	}
	issuer, err := url.Parse(p.cfg.Issuer)
	if err != nil {
		return errors.New("the issuer is not an address")
	}
	if p.cfg.Entra && u.Host != issuer.Host {
		return fmt.Errorf("its address %q is not at %s", clean(address), issuer.Host)
	}
	return nil
}

// algorithms are those with which a token may be signed: of the asymmetric
// ones, those that the provider says it uses. "none" and those that are keyed
// with the client secret are never among them.
func algorithms(says []string) []string {
	allowed := []string{oidc.RS256, oidc.ES256, oidc.PS256, oidc.ES384, oidc.EdDSA, oidc.RS512, oidc.RS384, oidc.ES512}
	var out []string
	for _, a := range allowed {
		if slices.Contains(says, a) {
			out = append(out, a)
		}
	}
	if len(out) == 0 {
		return []string{oidc.RS256} // which every provider must know
	}
	return out
}

// secret reads the client secret anew each time, so that it can be replaced.
func (p *provider) secret() (secret.Value, error) {
	f, err := os.Open(p.cfg.SecretFile)
	if err != nil {
		return secret.Value{}, settings(p.cfg.Name, "its client_secret_file cannot be read: "+err.Error())
	}
	defer func() { _ = f.Close() }()
	b, err := io.ReadAll(io.LimitReader(f, maxSecret+1))
	if err != nil {
		return secret.Value{}, settings(p.cfg.Name, "its client_secret_file cannot be read: "+err.Error())
	}
	if len(b) > maxSecret {
		return secret.Value{}, settings(p.cfg.Name, fmt.Sprintf("its client_secret_file has more than %d KiB: it must hold the secret alone", maxSecret>>10))
	}
	text := strings.TrimSpace(strings.TrimPrefix(string(b), "\ufeff"))
	if text == "" {
		return secret.Value{}, settings(p.cfg.Name, "its client_secret_file is empty")
	}
	return secret.New(text), nil
}

// oauth is the provider for the library that speaks to it.
func (p *provider) oauth(m *metadata, redirect string, key secret.Value) oauth2.Config {
	return oauth2.Config{
		ClientID: p.cfg.ClientID, ClientSecret: key.Reveal(), Endpoint: m.endpoint, RedirectURL: redirect,
		Scopes: append([]string{oidc.ScopeOpenID, "profile"}, p.cfg.Scopes...),
	}
}

// clean makes words of others fit for a log: one short line that can be seen.
func clean(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, s)
	return strings.ToValidUTF8(s[:min(len(s), 300)], "")
}
