package m365

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"time"

	"golang.org/x/net/http/httpproxy"

	nightjar "github.com/nightjar-sec/nightjar"
)

// HTTPOptions are the choices for a client of one cloud.
type HTTPOptions struct {
	// Proxy is the address of an HTTPS proxy, http://[user:password@]host:port,
	// for every request. Empty means HTTPS_PROXY and NO_PROXY of the
	// environment; "direct" means no proxy whatever the environment says.
	Proxy string
	// ConnectTimeout bounds dialling and, again, the TLS handshake. 0 means 15 s.
	ConnectTimeout time.Duration
	// HeaderTimeout bounds the wait for the head of an answer. 0 means 60 s.
	// There is no limit on a whole answer: a blob may take long, as long as it moves.
	HeaderTimeout time.Duration
	// IdleConnections is how many connections to a host are kept: as many as
	// requests run side by side. 0 means 64.
	IdleConnections int
	// DialContext replaces the dialler, for tests. nil means the system's.
	DialContext func(ctx context.Context, network, address string) (net.Conn, error)
}

// NewHTTPClient returns a client for one cloud: TLS 1.2 or later, trust in the
// system's authorities and the cloud's CA file, a proxy, and no way to be led
// to another host by a redirect. It is safe for concurrent use.
func NewHTTPClient(cloud nightjar.Cloud, o HTTPOptions) (*http.Client, error) {
	if o.ConnectTimeout == 0 {
		o.ConnectTimeout = 15 * time.Second
	}
	if o.HeaderTimeout == 0 {
		o.HeaderTimeout = 60 * time.Second
	}
	if o.IdleConnections == 0 {
		o.IdleConnections = 64
	}
	if o.DialContext == nil {
		o.DialContext = (&net.Dialer{Timeout: o.ConnectTimeout, KeepAlive: 30 * time.Second}).DialContext
	}
	proxy, err := proxyFunc(o.Proxy)
	if err != nil {
		return nil, err
	}
	roots, err := trust(cloud)
	if err != nil {
		return nil, err
	}
	// HTTP/1.1 on purpose: each blob has a connection of its own, so a slow or
	// broken one holds up nobody, and reading costs less than HTTP/2 frames.
	var protocols http.Protocols
	protocols.SetHTTP1(true)
	return &http.Client{
		Transport: &http.Transport{
			Proxy:                  proxy,
			DialContext:            o.DialContext,
			TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots},
			TLSHandshakeTimeout:    o.ConnectTimeout,
			ResponseHeaderTimeout:  o.HeaderTimeout,
			MaxResponseHeaderBytes: 256 << 10,
			MaxIdleConns:           4 * o.IdleConnections,
			MaxIdleConnsPerHost:    o.IdleConnections,
			IdleConnTimeout:        90 * time.Second,
			DisableCompression:     true, // gzip is undone while streaming, see body
			Protocols:              &protocols,
			ReadBufferSize:         64 << 10,
			OnProxyConnectResponse: func(_ context.Context, _ *url.URL, _ *http.Request, answer *http.Response) error {
				if answer.StatusCode == http.StatusOK {
					return nil
				}
				return &proxyRefusalError{status: answer.StatusCode}
			},
		},
		CheckRedirect: sameOrigin,
	}, nil
}

// sameOrigin follows a redirect within one host and hands every other one back
// as it is: the bearer token must not travel.
func sameOrigin(next *http.Request, via []*http.Request) error {
	if next.URL.Scheme != "https" || originOfURL(next.URL) != originOfURL(via[0].URL) {
		return http.ErrUseLastResponse
	}
	if len(via) > 5 {
		return errors.New("too many redirects")
	}
	return nil
}

func proxyFunc(setting string) (func(*http.Request) (*url.URL, error), error) {
	switch setting {
	case "":
		choose := httpproxy.FromEnvironment().ProxyFunc()
		return func(r *http.Request) (*url.URL, error) { return choose(r.URL) }, nil
	case "direct":
		return nil, nil //nolint:nilnil // a nil function is net/http's word for no proxy
	}
	u, err := url.Parse(setting)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https" && u.Scheme != "socks5") {
		// The setting may hold a password: it is not shown.
		return nil, &nightjar.Error{
			Code: nightjar.CodeInvalid, Message: "the proxy's address cannot be read",
			Hint: "write it as http://host:port or http://user:password@host:port, or \"direct\" for none",
		}
	}
	return http.ProxyURL(u), nil
}

// trust returns the authorities to believe: the system's, and the cloud's own.
func trust(cloud nightjar.Cloud) (*x509.CertPool, error) {
	if cloud.CAFile == "" {
		return nil, nil //nolint:nilnil // a nil pool is crypto/tls's word for the system's
	}
	bundle, err := os.ReadFile(cloud.CAFile)
	if err != nil {
		return nil, &nightjar.Error{
			Code: nightjar.CodeInvalid, Message: fmt.Sprintf("the CA file of the cloud %q cannot be read", cloud.Name),
			Hint: "ca_file must be a readable file of PEM certificates", Err: err,
		}
	}
	roots, err := x509.SystemCertPool()
	if err != nil {
		roots = x509.NewCertPool()
	}
	if !roots.AppendCertsFromPEM(bundle) {
		return nil, &nightjar.Error{
			Code: nightjar.CodeInvalid, Message: fmt.Sprintf("the CA file of the cloud %q holds no certificate", cloud.Name),
			Hint: "ca_file must be a file of PEM certificates (-----BEGIN CERTIFICATE-----)",
		}
	}
	return roots, nil
}
