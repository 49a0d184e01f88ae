package connect

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"time"

	"github.com/uptrace/bun"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/secret"
)

// The names under which the vault keeps a pair that was made and is not in use yet.
const (
	pendingKey         = "pending_private_key"
	pendingCertificate = "pending_certificate"
)

const (
	// keyBits is what NIST SP 800-57 part 1 holds to be strong beyond 2030.
	// Source: doi.org/10.6028/NIST.SP.800-57pt1r5, table 2, read 2026-11-22.
	keyBits = 3072
	// certificateLife is as long as Entra's recommended policy allows.
	certificateLife = 365 * 24 * time.Hour
)

// Certificate is the public half of a key pair. The private one never leaves the vault.
type Certificate struct {
	PEM        string    `json:"certificate"`
	Thumbprint string    `json:"thumbprint"` // SHA-1, as Entra shows it
	SHA256     string    `json:"sha256"`
	Expires    time.Time `json:"expires"`
}

// NewCertificate makes a key pair for a tenant, seals the private key and
// returns the certificate, to be uploaded to the application in Entra. The
// tenant need not be connected yet. A CredentialInput with Generated then puts
// the pair to use; until that, what the tenant is collected with stays.
func (c *Connector) NewCertificate(ctx context.Context, tenant nightjar.TenantID) (Certificate, error) {
	tenant, err := nightjar.ParseTenantID(string(tenant))
	if err != nil {
		return Certificate{}, err
	}
	if c.vault == nil {
		return Certificate{}, &nightjar.Error{Code: nightjar.CodeInvalid, Message: "no key file is configured, so no key can be sealed", Hint: "set key_file"}
	}
	conn, _, found, err := byID(ctx, c.db, tenant)
	if err != nil {
		return Certificate{}, err
	}
	if found && conn.Removed.IsZero() && conn.Declared {
		return Certificate{}, declaredElsewhere(conn)
	}
	certificate, key, err := c.keyPair(tenant)
	if err != nil {
		return Certificate{}, err
	}
	m := material{certificate: certificate}
	if err := m.inspectCertificate(); err != nil {
		return Certificate{}, err
	}
	err = c.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		return errors.Join(
			c.vault.Seal(ctx, tx, tenant, pendingKey, key),
			c.vault.Seal(ctx, tx, tenant, pendingCertificate, secret.New(string(certificate))),
		)
	})
	if err != nil {
		return Certificate{}, fmt.Errorf("seal the key: %w", err)
	}
	block, _ := pem.Decode(certificate)
	sum := sha256.Sum256(block.Bytes)
	return Certificate{PEM: string(certificate), Thumbprint: m.thumbprint, SHA256: strings.ToUpper(hex.EncodeToString(sum[:])), Expires: m.expires}, nil
}

// keyPair makes a key and a certificate that it signed itself: Entra compares
// the certificate with the one that was uploaded and asks no authority.
func (c *Connector) keyPair(tenant nightjar.TenantID) (certificate []byte, key secret.Value, err error) {
	pair, err := rsa.GenerateKey(c.entropy, keyBits)
	if err != nil {
		return nil, key, fmt.Errorf("make a key: %w", err)
	}
	serial, err := rand.Int(c.entropy, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return nil, key, fmt.Errorf("make a serial number: %w", err)
	}
	now := c.clock.Now()
	template := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: "nightjar " + string(tenant)},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(certificateLife), // an hour: clocks differ
		KeyUsage: x509.KeyUsageDigitalSignature, SignatureAlgorithm: x509.SHA256WithRSA,
	}
	der, err := x509.CreateCertificate(c.entropy, template, template, &pair.PublicKey, pair)
	if err != nil {
		return nil, key, fmt.Errorf("make a certificate: %w", err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(pair)
	if err != nil {
		return nil, key, errors.New("encode the key") // the cause might quote it
	}
	certificate = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	return certificate, secret.New(string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}))), nil
}

// generated puts the pair that NewCertificate made into a credential that asks for it.
func (c *Connector) generated(ctx context.Context, tenant nightjar.TenantID, in CredentialInput) (CredentialInput, error) {
	if !in.Generated || c.vault == nil {
		return in, nil
	}
	missing := func(err error) error {
		return &nightjar.Error{
			Code: nightjar.CodeNotFound, Message: "no key pair was made for this tenant, or it is in use already", Hint: "make a key pair first, and upload its certificate to the application", Err: err,
		}
	}
	certificate, err := c.vault.Open(ctx, tenant, pendingCertificate)
	if err != nil {
		return in, missing(err)
	}
	if in.PrivateKey, err = c.vault.Open(ctx, tenant, pendingKey); err != nil {
		return in, missing(err)
	}
	in.Certificate = []byte(certificate.Reveal())
	return in, nil
}

// dropPending forgets a pair that is in use now, or that another credential
// has made needless.
func (c *Connector) dropPending(ctx context.Context, tx bun.Tx, tenant nightjar.TenantID) error {
	return errors.Join(c.vault.Drop(ctx, tx, tenant, pendingKey), c.vault.Drop(ctx, tx, tenant, pendingCertificate))
}
