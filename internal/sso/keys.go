package sso

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/nightjar-sec/nightjar/internal/clock"
)

// keysFor is how long keys are used before they are read anew, and keysPause
// how often an unknown key makes that happen earlier: providers change their
// keys, and a forged token must not make us ask for each.
const (
	keysFor   = 24 * time.Hour
	keysPause = 10 * time.Second
)

// keys are the keys of one provider. It is safe for concurrent use.
type keys struct {
	address string
	http    *http.Client
	clock   clock.Clock

	mu      sync.Mutex
	known   map[string][]key // by kid
	fetched time.Time
	tried   time.Time
}

// key is a key and, of Entra, the issuers for which it signs: a key of one
// cloud or tenant must not speak for another.
// Source: learn.microsoft.com/entra/identity-platform/access-tokens#validate-the-signing-key-issuer, read 2026-11-22.
type key struct {
	jose.JSONWebKey
	issuer string
}

// VerifySignature implements oidc.KeySet. Which algorithms are allowed was
// checked before.
func (k *keys) VerifySignature(ctx context.Context, token string) ([]byte, error) {
	payload, _, err := k.verify(ctx, token)
	return payload, err
}

// verify returns what a token says, and for which issuers its key signs; ""
// for any.
func (k *keys) verify(ctx context.Context, token string) (payload []byte, issuer string, err error) {
	jws, err := jose.ParseSigned(token, everyAlgorithm())
	if err != nil || len(jws.Signatures) != 1 {
		return nil, "", errors.New("it is not a token with one signature")
	}
	id := jws.Signatures[0].Header.KeyID
	candidates, err := k.find(ctx, id)
	if err != nil {
		return nil, "", err
	}
	for _, c := range candidates {
		if payload, err := jws.Verify(c.JSONWebKey); err == nil {
			return payload, c.issuer, nil
		}
	}
	return nil, "", fmt.Errorf("no key %q of the provider verifies it", clean(id))
}

func everyAlgorithm() []jose.SignatureAlgorithm {
	return []jose.SignatureAlgorithm{jose.RS256, jose.RS384, jose.RS512, jose.ES256, jose.ES384, jose.ES512, jose.PS256, jose.EdDSA}
}

// find returns the keys of a name. One that is not known may be new.
func (k *keys) find(ctx context.Context, id string) ([]key, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	now := k.clock.Now()
	found := k.known[id]
	fresh := k.known != nil && now.Sub(k.fetched) < keysFor
	if len(found) > 0 && fresh {
		return found, nil
	}
	if k.known != nil && now.Sub(k.tried) < keysPause {
		return found, nil
	}
	k.tried = now
	known, err := k.fetch(ctx)
	if err != nil {
		return nil, err
	}
	k.known, k.fetched = known, now
	return k.known[id], nil
}

func (k *keys) fetch(ctx context.Context) (map[string][]key, error) {
	ctx, cancel := k.clock.WithTimeout(ctx, askTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, k.address, nil)
	if err != nil {
		return nil, fmt.Errorf("ask for the keys: %w", err)
	}
	answer, err := k.http.Do(request)
	if err != nil {
		return nil, fmt.Errorf("ask for the keys: %w", err)
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("ask for the keys: status %d", answer.StatusCode)
	}
	return parseKeys(body)
}

// parseKeys reads a set of keys. Those of kinds that we do not know are left
// out; one that we need is then missed.
func parseKeys(body []byte) (map[string][]key, error) {
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(body, &set); err != nil {
		return nil, errors.New("the keys are not JSON")
	}
	out := map[string][]key{}
	for _, raw := range set.Keys {
		var k key
		var of struct {
			Issuer string `json:"issuer"`
		}
		if json.Unmarshal(raw, &k.JSONWebKey) != nil || json.Unmarshal(raw, &of) != nil {
			continue
		}
		if !k.Valid() || !k.IsPublic() || k.Use != "" && k.Use != "sig" {
			continue
		}
		k.issuer = of.Issuer
		out[k.KeyID] = append(out[k.KeyID], k)
	}
	return out, nil
}
