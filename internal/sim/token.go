package sim

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

// The application permissions of "Office 365 Management APIs" that the feeds need.
const (
	roleRead    = "ActivityFeed.Read"
	roleReadDLP = "ActivityFeed.ReadDlp"
)

// accessClaims is what an access token says.
type accessClaims struct {
	Audience string   `json:"aud"`
	Issuer   string   `json:"iss"`
	IssuedAt int64    `json:"iat"`
	NotAfter int64    `json:"exp"`
	AppID    string   `json:"appid"`
	Roles    []string `json:"roles,omitempty"`
	Tenant   string   `json:"tid"`
	Serial   string   `json:"uti"`
	Version  string   `json:"ver"`
}

var errTokenExpired = errors.New("the token has expired")

// mint issues access tokens and knows its own again. It is safe for concurrent use.
type mint struct {
	key   *rsa.PrivateKey
	keyID string

	mu    sync.Mutex
	known map[string]accessClaims // tokens whose signature was verified, so that each is verified once
}

func newMint() (*mint, error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, fmt.Errorf("make the token signing key: %w", err)
	}
	sum := sha256.Sum256(key.N.Bytes())
	return &mint{key: key, keyID: base64.RawURLEncoding.EncodeToString(sum[:20]), known: map[string]accessClaims{}}, nil
}

func (m *mint) issue(c accessClaims) (string, error) { return m.sign(c) }

// sign makes a JWT of claims.
func (m *mint) sign(c any) (string, error) {
	header, err := json.Marshal(map[string]string{"typ": "JWT", "alg": "RS256", "kid": m.keyID, "x5t": m.keyID})
	if err != nil {
		return "", fmt.Errorf("encode a token's header: %w", err)
	}
	body, err := json.Marshal(c)
	if err != nil {
		return "", fmt.Errorf("encode a token's claims: %w", err)
	}
	signed := base64.RawURLEncoding.EncodeToString(header) + "." + base64.RawURLEncoding.EncodeToString(body)
	sum := sha256.Sum256([]byte(signed))
	sig, err := rsa.SignPKCS1v15(nil, m.key, crypto.SHA256, sum[:])
	if err != nil {
		return "", fmt.Errorf("sign a token: %w", err)
	}
	return signed + "." + base64.RawURLEncoding.EncodeToString(sig), nil
}

// verify returns what a token says when it is ours and has not expired.
// An expired token's claims come with errTokenExpired.
func (m *mint) verify(token string, now time.Time) (accessClaims, error) {
	m.mu.Lock()
	c, ok := m.known[token]
	m.mu.Unlock()
	if !ok {
		parts := strings.Split(token, ".")
		if len(parts) != 3 {
			return accessClaims{}, errors.New("the token is not a JWT")
		}
		sig, err := base64.RawURLEncoding.DecodeString(parts[2])
		if err != nil {
			return accessClaims{}, errors.New("the token's signature is not base64url")
		}
		sum := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
		if err := rsa.VerifyPKCS1v15(&m.key.PublicKey, crypto.SHA256, sum[:], sig); err != nil {
			return accessClaims{}, errors.New("the token's signature does not verify")
		}
		body, err := base64.RawURLEncoding.DecodeString(parts[1])
		if err != nil {
			return accessClaims{}, errors.New("the token's claims are not base64url")
		}
		if err := json.Unmarshal(body, &c); err != nil {
			return accessClaims{}, errors.New("the token's claims are not JSON")
		}
		m.mu.Lock()
		m.known[token] = c
		m.mu.Unlock()
	}
	if !now.Before(time.Unix(c.NotAfter, 0)) {
		return c, errTokenExpired
	}
	return c, nil
}

// grants says whether the token carries a permission.
func (c accessClaims) grants(role string) bool { return slices.Contains(c.Roles, role) }
