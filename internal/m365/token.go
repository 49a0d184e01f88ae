package m365

import (
	"context"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"golang.org/x/sync/singleflight"

	"github.com/nightjar-sec/nightjar/internal/clock"
	"github.com/nightjar-sec/nightjar/internal/secret"
)

const (
	// refreshAhead is how long before its expiry a token is replaced.
	refreshAhead = 5 * time.Minute
	// signInTimeout bounds one sign-in, in the machine's time.
	signInTimeout = time.Minute
)

// Token is an access token.
type Token struct {
	Value   secret.Value
	Expires time.Time
}

// TokenSource signs an application in and keeps its tokens until shortly
// before they expire. Callers that ask at the same time share one sign-in.
// It is safe for concurrent use.
type TokenSource struct {
	cfg    CredentialConfig
	method method
	login  origin
	cert   *x509.Certificate
	key    *rsa.PrivateKey
	form   atomic.Int32 // the assertionForm that the tenant accepted last
	skew   skew

	flights singleflight.Group
	mu      sync.Mutex
	tokens  map[string]heldToken // by root
}

type heldToken struct {
	Token
	refresh time.Time
}

// NewTokenSource checks the credential as far as that goes without asking Microsoft.
func NewTokenSource(cfg CredentialConfig) (*TokenSource, error) {
	m, err := cfg.validate()
	if err != nil {
		return nil, err
	}
	login, err := originOf(cfg.Cloud.Login)
	if err != nil {
		return nil, err
	}
	s := &TokenSource{cfg: cfg, method: m, login: login, tokens: map[string]heldToken{}}
	if m == methodCertificate {
		if s.cert, s.key, err = cfg.keyPair(); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// Token returns a token for the API at scopeRoot, such as
// https://manage.office.com: one that is at hand, or a new one. Its errors
// hold an AuthError or a NetworkError.
func (s *TokenSource) Token(ctx context.Context, scopeRoot string) (Token, error) {
	scopeRoot = strings.TrimRight(scopeRoot, "/")
	if held, ok := s.held(scopeRoot); ok {
		return held, nil
	}
	// The sign-in is shared, so it must not end with the context of the one
	// who happened to come first.
	result := s.flights.DoChan(scopeRoot, func() (any, error) {
		if held, ok := s.held(scopeRoot); ok {
			return held, nil
		}
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), signInTimeout)
		defer cancel()
		return s.signIn(ctx, scopeRoot)
	})
	select {
	case <-ctx.Done():
		return Token{}, context.Cause(ctx)
	case r := <-result:
		if r.Err != nil {
			return Token{}, r.Err
		}
		return r.Val.(Token), nil //nolint:forcetypeassert // the function above returns nothing else
	}
}

func (s *TokenSource) held(root string) (Token, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	held, ok := s.tokens[root]
	return held.Token, ok && s.cfg.Clock.Now().Before(held.refresh)
}

// Invalidate forgets every token, so that the next call signs in again.
func (s *TokenSource) Invalidate() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.tokens)
}

// reject forgets one token that was refused. A newer one stays: of many
// requests refused together, only the first leads to a sign-in.
func (s *TokenSource) reject(root string, refused Token) {
	root = strings.TrimRight(root, "/")
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.tokens[root].Value == refused.Value {
		delete(s.tokens, root)
	}
}

// Skew tells how far the sign-in service's clock was ahead of ours at the last
// answer; known is false before the first.
func (s *TokenSource) Skew() (ahead time.Duration, known bool) { return s.skew.get() }

// signIn asks for a token and keeps it. A certificate's assertion is tried in
// the form that worked last; when Entra refuses the assertion, once in the other.
func (s *TokenSource) signIn(ctx context.Context, root string) (Token, error) {
	form := assertionForm(s.form.Load())
	token, err := s.request(ctx, root, form)
	var refused *AuthError
	if s.method == methodCertificate && errors.As(err, &refused) && refused.aboutAssertion() {
		other := formRS256
		if form == formRS256 {
			other = formPS256
		}
		if second, again := s.request(ctx, root, other); again == nil {
			s.form.Store(int32(other))
			token, err = second, nil
		}
	}
	if err != nil {
		return Token{}, err
	}
	now := s.cfg.Clock.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	ahead := min(refreshAhead, token.Expires.Sub(now)/2)
	s.tokens[root] = heldToken{Token: token, refresh: token.Expires.Add(-ahead)}
	return token, nil
}

// request signs in once. The credential of azidentity lives for one request:
// the cache is ours, so that a refused token can be forgotten.
func (s *TokenSource) request(ctx context.Context, root string, form assertionForm) (Token, error) {
	wire := &signInWire{client: s.cfg.HTTP, login: s.login, clock: s.cfg.Clock, skew: &s.skew, metrics: s.cfg.Metrics}
	credential, err := s.credential(wire, form)
	if err != nil {
		return Token{}, err
	}
	asked := clock.Real().Now()
	got, err := credential.GetToken(ctx, policy.TokenRequestOptions{Scopes: []string{root + "/.default"}})
	if err != nil {
		return Token{}, s.explain(wire, err)
	}
	// azidentity counts the lifetime from the machine's clock; ours may be
	// another, and takes over the span.
	return Token{Value: secret.New(got.Token), Expires: s.cfg.Clock.Now().Add(got.ExpiresOn.Sub(asked))}, nil
}

func (s *TokenSource) credential(wire *signInWire, form assertionForm) (azcore.TokenCredential, error) {
	options := azcore.ClientOptions{
		Cloud:     cloud.Configuration{ActiveDirectoryAuthorityHost: s.cfg.Cloud.Login},
		Transport: wire,
		// Whoever needs the token decides about retries.
		Retry:     policy.RetryOptions{MaxRetries: -1},
		Telemetry: policy.TelemetryOptions{ApplicationID: "Nightjar"},
	}
	tenant := string(s.cfg.Tenant)
	if s.method == methodSecret {
		return azidentity.NewClientSecretCredential(tenant, s.cfg.ClientID, s.cfg.Secret.Reveal(),
			&azidentity.ClientSecretCredentialOptions{ClientOptions: options, DisableInstanceDiscovery: true})
	}
	prove := func(context.Context) (string, error) {
		if s.method == methodFederated {
			token, err := federatedToken(s.cfg.FederatedTokenFile)
			wire.local = err
			return token, err
		}
		audience := strings.TrimRight(s.cfg.Cloud.Login, "/") + "/" + tenant + "/oauth2/v2.0/token"
		return assertion(form, s.cert, s.key, s.cfg.ClientID, audience, s.cfg.Clock.Now())
	}
	return azidentity.NewClientAssertionCredential(tenant, s.cfg.ClientID, prove,
		&azidentity.ClientAssertionCredentialOptions{ClientOptions: options, DisableInstanceDiscovery: true})
}
