package cli

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"os"

	"github.com/nightjar-sec/nightjar"
)

// ownTLS trusts the certificate that the daemon on this machine serves, and
// nothing else: it may be one that no authority signed, and its name need not
// be the address that is asked. nil when the daemon serves none.
func ownTLS(certFile string) (*tls.Config, error) {
	if certFile == "" {
		return nil, nil //nolint:nilnil // no TLS is no error
	}
	data, err := os.ReadFile(certFile)
	if err != nil {
		return nil, &nightjar.Error{Code: nightjar.CodeInvalid, Message: "the certificate of tls.cert_file cannot be read", Hint: "run it as the user that serves", Err: err}
	}
	block, _ := pem.Decode(data)
	if block == nil || block.Type != "CERTIFICATE" {
		return nil, usageError("it must be PEM", "tls.cert_file holds no certificate")
	}
	leaf, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, usageError("export it again as PEM", "the certificate of tls.cert_file cannot be read: %v", err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(leaf)
	name := ""
	switch {
	case len(leaf.DNSNames) > 0:
		name = leaf.DNSNames[0]
	case len(leaf.IPAddresses) > 0:
		name = leaf.IPAddresses[0].String()
	}
	return &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots, ServerName: name}, nil
}
