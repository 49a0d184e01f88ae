package m365_test

import (
	"context"
	"encoding/pem"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/m365"
	"github.com/nightjar-sec/nightjar/internal/secret"
)

// roundTrip is a transport made of a function.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) {
	a, err := f(r)
	if a != nil {
		a.Request = r
	}
	return a, err
}

func answer(status int, body string) *http.Response {
	return &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(body))}
}

func quietTLS(t *testing.T, h http.Handler) *httptest.Server {
	t.Helper()
	s := httptest.NewUnstartedServer(h)
	s.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, 0)
	s.StartTLS()
	t.Cleanup(s.Close)
	return s
}

func caFile(t *testing.T, s *httptest.Server) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestTheWaysOfGettingNoAnswerAreToldApart(t *testing.T) {
	t.Parallel()
	server := quietTLS(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }))
	plain := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(plain.Close)
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = closed.Close()
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = silent.Close() })
	proxy := func(status int) string {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }))
		t.Cleanup(s.Close)
		return s.URL
	}
	_, port, err := net.SplitHostPort(server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	toServer := func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, server.Listener.Addr().String())
	}
	ca := caFile(t, server)
	for name, c := range map[string]struct {
		login, ca string
		options   m365.HTTPOptions
		want      m365.NetworkCause
	}{
		"name":       {"https://no-such-host.invalid", "", m365.HTTPOptions{Proxy: "direct", DialContext: unresolved}, m365.NetworkName},
		"refused":    {"https://" + closed.Addr().String(), "", m365.HTTPOptions{Proxy: "direct"}, m365.NetworkRefused},
		"timeout":    {"https://" + silent.Addr().String(), "", m365.HTTPOptions{Proxy: "direct", ConnectTimeout: 50 * time.Millisecond}, m365.NetworkTimeout},
		"untrusted":  {server.URL, "", m365.HTTPOptions{Proxy: "direct"}, m365.NetworkUntrusted},
		"cert name":  {"https://other.example:" + port, ca, m365.HTTPOptions{Proxy: "direct", DialContext: toServer}, m365.NetworkCertName},
		"no TLS":     {strings.Replace(plain.URL, "http:", "https:", 1), "", m365.HTTPOptions{Proxy: "direct"}, m365.NetworkTLS},
		"proxy down": {server.URL, ca, m365.HTTPOptions{Proxy: "http://" + closed.Addr().String()}, m365.NetworkProxy},
		"proxy 403":  {server.URL, ca, m365.HTTPOptions{Proxy: proxy(403)}, m365.NetworkProxy},
		"proxy 407":  {server.URL, ca, m365.HTTPOptions{Proxy: proxy(407)}, m365.NetworkProxyAuth},
		"broken":     {server.URL, ca, m365.HTTPOptions{Proxy: "direct"}, m365.NetworkBroken},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cloud := nightjar.Cloud{Name: "x", Login: c.login, Management: c.login, CAFile: c.ca}
			client, err := m365.NewHTTPClient(cloud, c.options)
			if err != nil {
				t.Fatal(err)
			}
			defer client.CloseIdleConnections()
			s, err := m365.NewTokenSource(m365.CredentialConfig{Cloud: cloud, Tenant: tenantID, ClientID: clientID, Secret: secret.New(secretText), HTTP: client})
			if err != nil {
				t.Fatal(err)
			}
			_, err = s.Token(t.Context(), cloud.Management)
			var network *m365.NetworkError
			if !errors.As(err, &network) || network.Cause != c.want {
				t.Fatalf("got %v, want %s", err, c.want)
			}
			if m365.KindOf(err) != m365.KindNetwork || nightjar.CodeOf(err) != nightjar.CodeUnavailable || nightjar.HintOf(err) == "" {
				t.Errorf("kind %s, code %s, hint %q", m365.KindOf(err), nightjar.CodeOf(err), nightjar.HintOf(err))
			}
		})
	}
}

func unresolved(_ context.Context, _, address string) (net.Conn, error) {
	return nil, &net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "no such host", Name: address, IsNotFound: true}}
}

func TestRequestsGoThroughTheProxy(t *testing.T) {
	t.Parallel()
	f := newFakeCloud(t, nil)
	target := quietTLS(t, f)
	f.cloud.Login = target.URL // f answers for whatever name it is asked
	var connects []string
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := basicProxyAuth(r)
		connects = append(connects, r.Method+" "+r.Host+" "+user+":"+password)
		to, err := net.Dial("tcp", r.Host)
		if err != nil {
			t.Error(err)
			return
		}
		from, buffered, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		_, _ = io.WriteString(from, "HTTP/1.1 200 OK\r\n\r\n")
		go func() { _, _ = io.Copy(to, buffered); _ = to.Close() }()
		_, _ = io.Copy(from, to)
		_ = from.Close()
	}))
	t.Cleanup(proxy.Close)
	cloud := nightjar.Cloud{Name: "x", Login: target.URL, Management: target.URL, CAFile: caFile(t, target)}
	setting, err := url.Parse(proxy.URL)
	if err != nil {
		t.Fatal(err)
	}
	setting.User = url.UserPassword("user", "pw")
	client, err := m365.NewHTTPClient(cloud, m365.HTTPOptions{Proxy: setting.String()})
	if err != nil {
		t.Fatal(err)
	}
	s, err := m365.NewTokenSource(m365.CredentialConfig{Cloud: cloud, Tenant: tenantID, ClientID: clientID, Secret: secret.New(secretText), HTTP: client})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Token(t.Context(), target.URL); err != nil {
		t.Fatal(err)
	}
	client.CloseIdleConnections()
	if want := "CONNECT " + target.Listener.Addr().String() + " user:pw"; len(connects) != 1 || connects[0] != want {
		t.Errorf("the proxy saw %q, want %q", connects, want)
	}
}

// basicProxyAuth reads the login that came with a CONNECT.
func basicProxyAuth(r *http.Request) (user, password string, ok bool) {
	r.Header.Set("Authorization", r.Header.Get("Proxy-Authorization"))
	return r.BasicAuth()
}

func TestSettingsOfTheClientAreChecked(t *testing.T) {
	t.Parallel()
	empty := filepath.Join(t.TempDir(), "empty.pem")
	if err := os.WriteFile(empty, []byte("nothing"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ ca, proxy string }{
		"no CA file": {"/does/not/exist", ""}, "an empty CA file": {empty, ""}, "a bad proxy": {"", "user:canary@proxy:8080"}, "a foreign scheme": {"", "ftp://canary@proxy"},
	} {
		_, err := m365.NewHTTPClient(nightjar.Cloud{Name: "x", CAFile: c.ca}, m365.HTTPOptions{Proxy: c.proxy})
		if nightjar.CodeOf(err) != nightjar.CodeInvalid || nightjar.HintOf(err) == "" || strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
