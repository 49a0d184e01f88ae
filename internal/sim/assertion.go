package sim

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha1" //nolint:gosec // x5t is defined as the SHA-1 of the certificate
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
	"time"
)

// assertionLeeway is the clock difference that sign-in forgives.
const assertionLeeway = 5 * time.Minute

// assertionAge is the longest that an assertion may live. Microsoft recommends
// 5 to 10 minutes and refuses a day.
// Source: learn.microsoft.com/entra/identity-platform/certificate-credentials, read 2026-11-22.
const assertionAge = 24 * time.Hour

// assertion is a client assertion taken apart but not yet believed.
type assertion struct {
	header struct {
		Algorithm  string `json:"alg"`
		Type       string `json:"typ"`
		Thumbprint string `json:"x5t"`
		SHA256     string `json:"x5t#S256"`
		KeyID      string `json:"kid"`
	}
	claims struct {
		Audience  audience `json:"aud"`
		Issuer    string   `json:"iss"`
		Subject   string   `json:"sub"`
		Serial    string   `json:"jti"`
		NotAfter  *float64 `json:"exp"`
		NotBefore *float64 `json:"nbf"`
		IssuedAt  *float64 `json:"iat"`
	}
	signed    []byte
	signature []byte
}

// audience is a string or, as RFC 7519 also allows, a list.
type audience []string

func (a *audience) UnmarshalJSON(b []byte) error {
	var one string
	if json.Unmarshal(b, &one) == nil {
		*a = audience{one}
		return nil
	}
	return json.Unmarshal(b, (*[]string)(a))
}

func parseAssertion(s string) (assertion, error) {
	var a assertion
	parts := strings.Split(s, ".")
	if len(parts) != 3 {
		return a, errors.New("it does not have three parts")
	}
	header, err := decodeBase64(parts[0])
	if err != nil {
		return a, errors.New("its header is not base64url")
	}
	if err := json.Unmarshal(header, &a.header); err != nil {
		return a, errors.New("its header is not a JSON object")
	}
	claims, err := decodeBase64(parts[1])
	if err != nil {
		return a, errors.New("its claims are not base64url")
	}
	if err := json.Unmarshal(claims, &a.claims); err != nil {
		return a, errors.New("its claims are not a JSON object of the registered types")
	}
	if a.signature, err = decodeBase64(parts[2]); err != nil {
		return a, errors.New("its signature is not base64url")
	}
	a.signed = []byte(parts[0] + "." + parts[1])
	return a, nil
}

// verify checks the signature with an RSA key of at least 2048 bits.
func (a assertion) verify(key *rsa.PublicKey) error {
	if key.N.BitLen() < 2048 {
		return errors.New("the key has fewer than 2048 bits")
	}
	sum := sha256.Sum256(a.signed)
	switch a.header.Algorithm {
	case "PS256":
		return rsa.VerifyPSS(key, crypto.SHA256, sum[:], a.signature, &rsa.PSSOptions{SaltLength: sha256.Size})
	case "RS256":
		return rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], a.signature)
	}
	return fmt.Errorf("algorithm %q is not accepted", a.header.Algorithm)
}

// inTime says whether the assertion is valid now, and the range that it claims.
func (a assertion) inTime(now time.Time) (from, to time.Time, ok bool) {
	at := func(f *float64) time.Time {
		if f == nil {
			return time.Time{}
		}
		return time.Unix(int64(*f), 0).UTC()
	}
	from, to = at(a.claims.NotBefore), at(a.claims.NotAfter)
	if from.IsZero() {
		from = at(a.claims.IssuedAt)
	}
	switch {
	case to.IsZero(), from.After(now.Add(assertionLeeway)), to.Before(now.Add(-assertionLeeway)):
		return from, to, false
	case !from.IsZero() && to.Sub(from) > assertionAge:
		return from, to, false
	}
	return from, to, true
}

// certificate is a registered certificate with both of its thumbprints.
type certificate struct {
	key    *rsa.PublicKey
	sha1   string
	sha256 string
}

func parseCertificate(data []byte) (certificate, error) {
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != "CERTIFICATE" {
			continue
		}
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return certificate{}, fmt.Errorf("read a registered certificate: %w", err)
		}
		key, ok := cert.PublicKey.(*rsa.PublicKey)
		if !ok {
			return certificate{}, errors.New("a registered certificate's key is not RSA")
		}
		one, two := sha1.Sum(cert.Raw), sha256.Sum256(cert.Raw) //nolint:gosec // see the import
		return certificate{key: key, sha1: hex.EncodeToString(one[:]), sha256: hex.EncodeToString(two[:])}, nil
	}
	return certificate{}, errors.New("a registered certificate is not PEM")
}

func parsePublicKey(data []byte) (*rsa.PublicKey, error) {
	block, _ := pem.Decode(data)
	if block == nil {
		return nil, errors.New("a federation's public key is not PEM")
	}
	key, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("read a federation's public key: %w", err)
	}
	pub, ok := key.(*rsa.PublicKey)
	if !ok {
		return nil, errors.New("a federation's public key is not RSA")
	}
	return pub, nil
}

// names says whether the assertion's header names this certificate. PS256 goes
// with x5t#S256, RS256 with x5t, as Microsoft's page has them.
func (a assertion) names(c certificate) bool {
	want, text := c.sha256, a.header.SHA256
	if text == "" {
		want, text = c.sha1, a.header.Thumbprint
	}
	b, err := decodeBase64(text)
	return err == nil && hex.EncodeToString(b) == want
}

// decodeBase64 reads base64 in either alphabet, padded or not: MSAL for Go
// writes x5t in the standard alphabet, other libraries in the URL one.
func decodeBase64(s string) ([]byte, error) {
	s = strings.TrimRight(s, "=")
	s = strings.NewReplacer("+", "-", "/", "_").Replace(s)
	return base64.RawURLEncoding.DecodeString(s)
}
