package m365

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"strconv"
	"strings"
	"syscall"

	nightjar "github.com/nightjar-sec/nightjar"
)

// NetworkCause tells apart the ways of getting no answer at all.
type NetworkCause string

// The causes.
const (
	NetworkName         NetworkCause = "name"          // the host's name does not resolve
	NetworkRefused      NetworkCause = "refused"       // nobody accepts the connection
	NetworkTimeout      NetworkCause = "timeout"       // no connection or no answer in time
	NetworkUntrusted    NetworkCause = "untrusted"     // the certificate's issuer is not trusted
	NetworkCertName     NetworkCause = "cert_name"     // the certificate is for another host
	NetworkCertValidity NetworkCause = "cert_validity" // the certificate is not valid at this time
	NetworkTLS          NetworkCause = "tls"           // the TLS handshake broke otherwise
	NetworkProxy        NetworkCause = "proxy"         // the proxy cannot be reached or refuses
	NetworkProxyAuth    NetworkCause = "proxy_auth"    // the proxy wants a login
	NetworkBroken       NetworkCause = "broken"        // the connection broke
)

// passing reports whether a cause tends to pass by itself.
func (c NetworkCause) passing() bool {
	switch c {
	case NetworkName, NetworkRefused, NetworkTimeout, NetworkProxy, NetworkBroken:
		return true
	case NetworkUntrusted, NetworkCertName, NetworkCertValidity, NetworkTLS, NetworkProxyAuth:
		return false
	}
	return false
}

// NetworkError says why there was no answer from a host.
type NetworkError struct {
	Cause NetworkCause
	Host  string
	Err   error
}

// Error says what went wrong between us and the host.
func (e *NetworkError) Error() string {
	return "network " + string(e.Cause) + " at " + e.Host + ": " + cleanText(e.Err.Error())
}

// Unwrap returns the cause.
func (e *NetworkError) Unwrap() error { return e.Err }

// proxyRefusalError is what a proxy answered to CONNECT.
type proxyRefusalError struct{ status int }

func (e *proxyRefusalError) Error() string { return "the proxy answered " + strconv.Itoa(e.status) }

// networkError classifies an error of net/http. It does not look at contexts:
// the caller has seen whether the caller's own context ended.
func networkError(host string, err error) *NetworkError {
	return &NetworkError{Cause: networkCause(err), Host: host, Err: err}
}

func networkCause(err error) NetworkCause {
	var (
		refusal   *proxyRefusalError
		op        *net.OpError
		dns       *net.DNSError
		authority x509.UnknownAuthorityError
		hostname  x509.HostnameError
		invalid   x509.CertificateInvalidError
		verify    *tls.CertificateVerificationError
		record    tls.RecordHeaderError
		alert     tls.AlertError
		timeout   net.Error
	)
	switch {
	case errors.As(err, &refusal):
		if refusal.status == 407 {
			return NetworkProxyAuth
		}
		return NetworkProxy
	case errors.As(err, &op) && op.Op == "proxyconnect", errors.As(err, &op) && op.Op == "socks connect":
		return NetworkProxy
	case errors.As(err, &hostname):
		return NetworkCertName
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return NetworkCertValidity
	case errors.As(err, &authority):
		return NetworkUntrusted
	case errors.As(err, &verify), errors.As(err, &invalid), errors.As(err, &record), errors.As(err, &alert),
		strings.Contains(err.Error(), "server gave HTTP response to HTTPS client"):
		return NetworkTLS
	case errors.As(err, &dns):
		return NetworkName
	case errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return NetworkRefused
	case errors.As(err, &timeout) && timeout.Timeout(), errors.Is(err, context.DeadlineExceeded):
		return NetworkTimeout
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return NetworkBroken
	default:
		return NetworkBroken
	}
}

// advice says what a cause means and what helps.
func (e *NetworkError) advice() (message, hint string) {
	switch e.Cause {
	case NetworkName:
		return "the name " + e.Host + " does not resolve", "check DNS, and whether this machine needs a proxy (HTTPS_PROXY or proxy in the configuration)"
	case NetworkRefused:
		return e.Host + " does not accept connections", "check the firewall, and whether this machine needs a proxy (HTTPS_PROXY or proxy in the configuration)"
	case NetworkTimeout:
		return e.Host + " does not answer in time", "a firewall may drop the traffic: allow HTTPS to this host, or set a proxy"
	case NetworkUntrusted:
		return "the certificate shown by " + e.Host + " is not trusted", "if a proxy inspects TLS here, give its CA certificate as ca_file of the cloud; otherwise somebody is in between"
	case NetworkCertName:
		return "the certificate shown by " + e.Host + " is for another host", "check the roots of the cloud and any proxy in between"
	case NetworkCertValidity:
		return "the certificate shown by " + e.Host + " is not valid at this machine's time", "check that this machine's clock is right"
	case NetworkTLS:
		return "no secure connection to " + e.Host + " could be made", "TLS 1.2 or later is needed; look at proxies in between"
	case NetworkProxy:
		return "the proxy does not connect to " + e.Host, "check the proxy's address, and that it allows CONNECT to this host"
	case NetworkProxyAuth:
		return "the proxy asks for a login before it connects to " + e.Host, "put user and password into the proxy's address"
	case NetworkBroken:
		return "the connection to " + e.Host + " broke", "if it persists, look at firewalls and proxies in between"
	}
	return "no answer from " + e.Host, ""
}

// unreachable wraps a network error for people.
func unreachable(doing string, e *NetworkError) error {
	message, hint := e.advice()
	return &nightjar.Error{Code: nightjar.CodeUnavailable, Message: doing + ": " + message, Hint: hint, Err: e}
}
