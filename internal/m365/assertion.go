package m365

import (
	"crypto/rsa"
	"crypto/sha1" //nolint:gosec // Entra's x5t is defined as SHA-1: a name, not a signature
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"
)

// assertionForm is how an assertion is signed and names its certificate.
type assertionForm int32

const (
	formPS256 assertionForm = iota // PS256 and x5t#S256: what Entra documents today
	formRS256                      // RS256 and x5t: the older form, which older clouds want
)

// assertion signs a client assertion with our own clock.
//
// azidentity can sign one (PS256), but with the machine's clock, with x5t#S256
// in standard base64 where the documentation says base64url, and without the
// older form for clouds that refuse the new one.
// Source: learn.microsoft.com/entra/identity-platform/certificate-credentials,
// read 2026-11-22.
func assertion(form assertionForm, cert *x509.Certificate, key *rsa.PrivateKey, clientID, audience string, now time.Time) (string, error) {
	alg, header := jwt.SigningMethod(jwt.SigningMethodPS256), "x5t#S256"
	sum := sha256.Sum256(cert.Raw)
	thumbprint := sum[:]
	if form == formRS256 {
		alg, header = jwt.SigningMethodRS256, "x5t"
		sum := sha1.Sum(cert.Raw) //nolint:gosec // see the import
		thumbprint = sum[:]
	}
	token := jwt.NewWithClaims(alg, jwt.MapClaims{
		"aud": audience, "iss": clientID, "sub": clientID, "jti": uuid.NewString(),
		"iat": now.Unix(), "nbf": now.Unix(), "exp": now.Add(10 * time.Minute).Unix(),
	})
	token.Header[header] = base64.RawURLEncoding.EncodeToString(thumbprint)
	signed, err := token.SignedString(key)
	if err != nil {
		return "", fmt.Errorf("sign the client assertion: %w", err)
	}
	return signed, nil
}
