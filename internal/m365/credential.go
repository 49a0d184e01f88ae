package m365

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"net/http"
	"os"
	"regexp"
	"strings"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/clock"
	"github.com/nightjar-sec/nightjar/internal/secret"
)

// CredentialConfig is how an application signs in to a tenant. Exactly one of
// Secret, Certificate with PrivateKey, and FederatedTokenFile is set.
type CredentialConfig struct {
	Cloud    nightjar.Cloud
	Tenant   nightjar.TenantID
	ClientID string // application (client) id

	// Secret is the value of a client secret, not its id.
	Secret secret.Value
	// Certificate is the certificate in PEM. Further certificates behind it are ignored.
	Certificate []byte
	// PrivateKey is the certificate's RSA key in PEM, of at least 2048 bits and not encrypted.
	PrivateKey secret.Value
	// FederatedTokenFile holds a token of a trusted issuer (workload identity).
	// It is read again at each sign-in, for it is replaced while we run.
	FederatedTokenFile string

	HTTP    *http.Client // of NewHTTPClient, for the same cloud
	Clock   clock.Clock
	Metrics *Metrics // may be nil
}

// method is the kind of proof that a credential gives.
type method int

const (
	methodSecret method = iota
	methodCertificate
	methodFederated
)

func invalidCredential(message, hint string, err error) error {
	return &nightjar.Error{Code: nightjar.CodeInvalid, Message: message, Hint: hint, Err: err}
}

// validate checks what can be checked without asking Microsoft.
func (c CredentialConfig) validate() (method, error) {
	if _, err := nightjar.ParseTenantID(string(c.Tenant)); err != nil {
		return 0, err
	}
	if _, err := nightjar.ParseTenantID(c.ClientID); err != nil {
		return 0, invalidCredential("the client id is not a GUID", "copy \"Application (client) ID\" from the application's Overview page in Entra", nil)
	}
	if _, err := originOf(c.Cloud.Login); err != nil {
		return 0, invalidCredential("the login root of the cloud "+c.Cloud.Name+" is not usable", "write it as https://host, without a path", err)
	}
	if c.HTTP == nil {
		return 0, &nightjar.Error{Code: nightjar.CodeInternal, Message: "a credential needs an HTTP client"}
	}
	certificate := len(c.Certificate) > 0 || !c.PrivateKey.IsZero()
	given := 0
	for _, set := range []bool{!c.Secret.IsZero(), certificate, c.FederatedTokenFile != ""} {
		if set {
			given++
		}
	}
	switch {
	case given != 1:
		return 0, invalidCredential("a tenant needs exactly one credential", "give a client secret, or a certificate with its private key, or a federated token file", nil)
	case certificate && (len(c.Certificate) == 0 || c.PrivateKey.IsZero()):
		return 0, invalidCredential("a certificate needs its private key, and the key its certificate", "give both files", nil)
	case certificate:
		return methodCertificate, nil
	case c.FederatedTokenFile != "":
		return methodFederated, nil
	default:
		return methodSecret, nil
	}
}

// keyPair reads the certificate and its key, and checks that they belong together.
func (c CredentialConfig) keyPair() (*x509.Certificate, *rsa.PrivateKey, error) {
	var leaf *x509.Certificate
	for rest := c.Certificate; leaf == nil; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			return nil, nil, invalidCredential("the certificate file holds no certificate", "it must be PEM (-----BEGIN CERTIFICATE-----)", nil)
		}
		if block.Type != "CERTIFICATE" {
			continue
		}
		var err error
		if leaf, err = x509.ParseCertificate(block.Bytes); err != nil {
			return nil, nil, invalidCredential("the certificate cannot be read", "export it again as PEM", err)
		}
	}
	key, err := parseKey([]byte(c.PrivateKey.Reveal()))
	if err != nil {
		return nil, nil, err
	}
	if key.N.BitLen() < 2048 {
		return nil, nil, invalidCredential("the private key is too short", "use an RSA key of at least 2048 bits", nil)
	}
	if !key.PublicKey.Equal(leaf.PublicKey) {
		return nil, nil, invalidCredential("the private key does not belong to the certificate", "give the pair that was created together", nil)
	}
	return leaf, key, nil
}

func parseKey(data []byte) (*rsa.PrivateKey, error) {
	for rest := data; ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			return nil, invalidCredential("the private key file holds no private key", "it must be PEM (-----BEGIN PRIVATE KEY-----) and not encrypted", nil)
		}
		switch block.Type {
		case "ENCRYPTED PRIVATE KEY":
			return nil, invalidCredential("the private key is encrypted", "decrypt it first: openssl pkey -in key.pem -out plain.pem", nil)
		case "RSA PRIVATE KEY":
			// The parser's errors are not passed on: they might quote the key.
			key, err := x509.ParsePKCS1PrivateKey(block.Bytes)
			if err != nil {
				return nil, invalidCredential("the private key cannot be read", "export it again as PEM", nil)
			}
			return key, nil
		case "PRIVATE KEY":
			any, err := x509.ParsePKCS8PrivateKey(block.Bytes)
			if err != nil {
				return nil, invalidCredential("the private key cannot be read", "export it again as PEM", nil)
			}
			key, ok := any.(*rsa.PrivateKey)
			if !ok {
				return nil, invalidCredential("the private key is not an RSA key", "Entra takes RSA keys only for an application's certificate", nil)
			}
			return key, nil
		}
	}
}

// maxFederatedToken is far above any token of an issuer.
const maxFederatedToken = 64 << 10

// federatedToken reads the token file. What has not the form of a token is not
// sent: a path that leads elsewhere must not carry a secret away.
func federatedToken(path string) (string, error) {
	info, err := os.Stat(path)
	if err == nil && (!info.Mode().IsRegular() || info.Size() > maxFederatedToken) {
		return "", invalidCredential("the federated token file is no file, or too large to be a token", "check its path", nil)
	}
	var b []byte
	if err == nil {
		b, err = os.ReadFile(path)
	}
	if err != nil {
		return "", invalidCredential("the federated token file cannot be read", "check its path and its permissions", err)
	}
	token := strings.TrimSpace(string(b))
	if !tokenForm.MatchString(token) {
		return "", invalidCredential("the federated token file holds no token", "check what writes it", nil)
	}
	return token, nil
}

// tokenForm is that of a signed token: three parts of base64url (RFC 7515, 7.1).
var tokenForm = regexp.MustCompile(`^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$`)
