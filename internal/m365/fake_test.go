package m365_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/m365"
	"github.com/nightjar-sec/nightjar/internal/secret"
)

const (
	tenantID   = nightjar.TenantID("6d1d4b2e-0f8c-4b51-9e0f-2d3f1c9a7b10")
	clientID   = "0a6a1f0e-53b6-4b0e-9c52-8f2e6b1d4c77"
	secretText = "zQ~8Q.canary-secret_value"
	feedPath   = "/api/v1.0/" + string(tenantID) + "/activity/feed/"
)

// pipeNet is a network in memory: a listener and the dialler that reaches it.
// In a bubble of synctest it lets the real client and a real server talk.
type pipeNet struct {
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

func newPipeNet() *pipeNet { return &pipeNet{conns: make(chan net.Conn), done: make(chan struct{})} }

func (p *pipeNet) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

func (p *pipeNet) Close() error { p.once.Do(func() { close(p.done) }); return nil }

func (p *pipeNet) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 443} }

func (p *pipeNet) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	client, server := net.Pipe()
	select {
	case p.conns <- server:
		return client, nil
	case <-p.done:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// fakeCloud is Microsoft 365 as far as a test needs it: sign-in that works,
// unless login says otherwise, and an API that is the test's own handler.
type fakeCloud struct {
	cloud nightjar.Cloud
	login http.HandlerFunc // the token endpoint; nil issues tokens
	api   http.HandlerFunc
	ttl   int // seconds that a token lives

	mu     sync.Mutex
	logins int
	asked  []string // method and request URI of each API request
	log    strings.Builder
	client *http.Client
}

func newFakeCloud(t *testing.T, api http.HandlerFunc) *fakeCloud {
	t.Helper()
	f := &fakeCloud{api: api, ttl: 3599}
	pipe := newPipeNet()
	server := httptest.NewUnstartedServer(f)
	_ = server.Listener.Close() // ours takes its place
	server.Listener = pipe
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, 0)
	server.StartTLS()
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	f.cloud = nightjar.Cloud{Name: "fake", Login: "https://example.com", Management: "https://example.com", CAFile: ca}
	client, err := m365.NewHTTPClient(f.cloud, m365.HTTPOptions{Proxy: "direct", DialContext: pipe.dial})
	if err != nil {
		t.Fatal(err)
	}
	f.client = client
	t.Cleanup(func() {
		client.CloseIdleConnections()
		server.Close()
	})
	return f
}

func (f *fakeCloud) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case strings.HasSuffix(r.URL.Path, "/.well-known/openid-configuration"):
		root := f.cloud.Login + "/" + string(tenantID)
		answerJSON(w, 200, fmt.Sprintf(`{"authorization_endpoint":%q,"token_endpoint":%q,"issuer":%q}`,
			root+"/oauth2/v2.0/authorize", root+"/oauth2/v2.0/token", root+"/v2.0"))
	case strings.HasSuffix(r.URL.Path, "/oauth2/v2.0/token"):
		f.mu.Lock()
		f.logins++
		n := f.logins
		f.mu.Unlock()
		if f.login != nil {
			f.login(w, r)
			return
		}
		f.issue(w, n)
	default:
		f.mu.Lock()
		f.asked = append(f.asked, r.Method+" "+r.RequestURI)
		f.mu.Unlock()
		f.api(w, r)
	}
}

// issue answers with token number n.
func (f *fakeCloud) issue(w http.ResponseWriter, n int) {
	answerJSON(w, 200, fmt.Sprintf(`{"token_type":"Bearer","expires_in":%d,"access_token":%q}`, f.ttl, fakeToken(n)))
}

// fakeToken is a JWT without a signature worth the name.
func fakeToken(n int) string {
	part := func(v any) string {
		b, err := json.Marshal(v)
		if err != nil {
			panic(err)
		}
		return base64.RawURLEncoding.EncodeToString(b)
	}
	return part(map[string]string{"alg": "none"}) + "." + part(map[string]any{
		"tid": tenantID, "appid": clientID, "aud": "https://example.com", "roles": []string{"ActivityFeed.Read"}, "n": n, "exp": 4102444800,
	}) + ".c2lnbmF0dXJl"
}

func answerJSON(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(body)) // a client that went away is not the server's concern
}

func (f *fakeCloud) requests() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]string(nil), f.asked...)
}

func (f *fakeCloud) loginCount() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.logins
}

func (f *fakeCloud) tokens(t *testing.T) *m365.TokenSource {
	t.Helper()
	s, err := m365.NewTokenSource(m365.CredentialConfig{
		Cloud: f.cloud, Tenant: tenantID, ClientID: clientID, Secret: secret.New(secretText), HTTP: f.client,
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// activity returns a client whose log goes to f.log. change may be nil.
func (f *fakeCloud) activity(t *testing.T, change func(*m365.ActivityConfig)) *m365.Activity {
	t.Helper()
	cfg := m365.ActivityConfig{
		Cloud: f.cloud, Tenant: tenantID, Tokens: f.tokens(t), HTTP: f.client,
		Logger: slog.New(slog.NewJSONHandler(&f.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Rand:   func() float64 { return 0.5 },
	}
	if change != nil {
		change(&cfg)
	}
	a, err := m365.NewActivity(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

var day = time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)

// listAll lists one day of a feed.
func listAll(ctx context.Context, a *m365.Activity, feed nightjar.Feed) ([]nightjar.Blob, error) {
	var all []nightjar.Blob
	err := a.ListContent(ctx, feed, day, day.Add(24*time.Hour), func(page []nightjar.Blob) error {
		all = append(all, page...)
		return nil
	})
	return all, err
}
