package connect

import (
	"bytes"
	"crypto/sha1" //nolint:gosec // Entra shows certificates by their SHA-1: a name, not a signature
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime"
	"strings"
	"time"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/secret"
)

// The names under which the vault keeps a tenant's secrets.
const (
	sealedSecret = "client_secret"
	sealedKey    = "private_key"
)

// maxCredentialFile is far above any secret, key or certificate chain.
const maxCredentialFile = 256 << 10

// material is a credential that was read.
type material struct {
	secret      secret.Value
	certificate []byte
	privateKey  secret.Value
	expires     time.Time
	thumbprint  string
	notices     []string // what people should know, for no reason to refuse
}

// read reads what a credential's files hold and checks it as far as that goes
// without asking Microsoft.
func (in CredentialInput) read(kind CredentialKind) (material, error) {
	var m material
	var err error
	switch kind {
	case CredentialSecret:
		m.secret, m.expires = in.Secret, in.SecretExpires
		if m.secret.IsZero() {
			if m.secret, err = readSecret(in.SecretFile, &m); err != nil {
				return m, err
			}
		}
		if m.secret, err = cleanSecret(m.secret); err != nil {
			return m, err
		}
		if looksLikeID(m.secret) {
			m.notices = append(m.notices, noticeSecretID)
		}
	case CredentialCertificate:
		m.certificate, m.privateKey = in.Certificate, in.PrivateKey
		if len(m.certificate) == 0 {
			if m.certificate, err = readFile(in.CertificateFile, "the certificate file"); err != nil {
				return m, err
			}
		}
		if m.privateKey.IsZero() {
			if m.privateKey, err = readSecret(in.PrivateKeyFile, &m); err != nil {
				return m, err
			}
		}
		if err := m.inspectCertificate(); err != nil {
			return m, err
		}
	case CredentialFederated, CredentialConsent:
		// Only the path is kept: the platform replaces the token every hour or so.
	}
	return m, nil
}

const noticeSecretID = "the client secret is a GUID: that looks like the Secret ID, not the secret's Value; Entra shows the Value only once, right after it was made"

// inspectCertificate reads what is public of the certificate. That key and
// certificate match is for m365 to check.
func (m *material) inspectCertificate() error {
	leaf, err := leafOf(m.certificate)
	if err != nil {
		return err
	}
	sum := sha1.Sum(leaf.Raw) //nolint:gosec // see the import
	m.expires, m.thumbprint = leaf.NotAfter.UTC(), strings.ToUpper(hex.EncodeToString(sum[:]))
	return nil
}

func leafOf(chain []byte) (*x509.Certificate, error) {
	for {
		var block *pem.Block
		if block, chain = pem.Decode(chain); block == nil {
			return nil, &nightjar.Error{
				Code: nightjar.CodeInvalid, Message: "the certificate file holds no certificate", Hint: "it must be PEM (-----BEGIN CERTIFICATE-----)",
			}
		}
		if block.Type != "CERTIFICATE" {
			continue
		}
		leaf, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, &nightjar.Error{Code: nightjar.CodeInvalid, Message: "the certificate cannot be read", Hint: "export it again as PEM", Err: err}
		}
		return leaf, nil
	}
}

// readSecret reads a file that only its owner should be able to read.
func readSecret(path string, m *material) (secret.Value, error) {
	info, err := os.Stat(path)
	if err == nil && runtime.GOOS != "windows" && info.Mode().Perm()&0o007 != 0 {
		m.notices = append(m.notices, fmt.Sprintf("the file %s can be read by every user of this machine: run chmod 600 %s", path, path))
	}
	content, err := readFile(path, "the secret's file")
	if err != nil {
		return secret.Value{}, err
	}
	return secret.New(string(content)), nil
}

func readFile(path, what string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fileError(path, what, err)
	}
	defer func() { _ = f.Close() }()
	content, err := io.ReadAll(io.LimitReader(f, maxCredentialFile+1))
	if err != nil {
		return nil, fileError(path, what, err)
	}
	if len(content) > maxCredentialFile {
		return nil, &nightjar.Error{Code: nightjar.CodeInvalid, Message: fmt.Sprintf("%s %s is too large to be one", what, path), Hint: "check the path"}
	}
	return bytes.TrimPrefix(content, []byte("\xef\xbb\xbf")), nil // the mark that Windows editors put first
}

func fileError(path, what string, err error) error {
	hint := "check the path"
	if errors.Is(err, fs.ErrPermission) {
		hint = "the user that Nightjar runs as must be able to read it"
	}
	return &nightjar.Error{Code: nightjar.CodeInvalid, Message: fmt.Sprintf("%s %s cannot be read", what, path), Hint: hint, Err: err}
}

// cleanSecret strips what editors and shells add around a secret.
func cleanSecret(v secret.Value) (secret.Value, error) {
	text := strings.TrimSpace(v.Reveal())
	switch {
	case text == "":
		return v, &nightjar.Error{Code: nightjar.CodeInvalid, Message: "the client secret is empty", Hint: "put the secret's Value into the file"}
	case strings.ContainsAny(text, "\r\n"):
		return v, &nightjar.Error{Code: nightjar.CodeInvalid, Message: "the client secret has more than one line", Hint: "the file must hold the secret's Value and nothing else"}
	}
	return secret.New(text), nil
}

func looksLikeID(v secret.Value) bool {
	_, err := nightjar.ParseTenantID(v.Reveal())
	return err == nil
}
