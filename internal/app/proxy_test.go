package app

import (
	"context"
	"encoding/pem"
	"errors"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nightjar-sec/nightjar/internal/alert/notify/notifytest"
)

// TestTheProxyIsThatOfTheConfiguration or of the environment, as for requests
// to Microsoft.
func TestTheProxyIsThatOfTheConfiguration(t *testing.T) {
	t.Setenv("HTTPS_PROXY", "http://env.corp:3128")
	t.Setenv("https_proxy", "")
	t.Setenv("NO_PROXY", "inner.corp, 10.0.0.0/8")
	t.Setenv("no_proxy", "")
	for name, c := range map[string]struct{ setting, to, want string }{
		"the environment's":             {"", "https://hooks.slack.com/x", "http://env.corp:3128"},
		"of no host that it is not for": {"", "https://a.inner.corp/x", ""},
		"of no such network":            {"", "https://10.1.2.3/x", ""},
		"the configuration's":           {"http://ada:pw@proxy.corp:8080", "https://a.inner.corp/x", "http://ada:pw@proxy.corp:8080"},
		"none":                          {"direct", "https://hooks.slack.com/x", ""},
	} {
		f, err := proxyOf(c.setting)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if f != nil {
			to, err := url.Parse(c.to)
			if err != nil {
				t.Fatal(err)
			}
			u, err := f(to)
			if err != nil {
				t.Fatal(err)
			}
			if u != nil {
				got = u.String()
			}
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	if _, err := proxyOf("http://ada:hunter2@\x7f"); err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("a proxy that cannot be read: %v", err)
	}
}

// TestADaemonBehindAProxyIsHeard has the heartbeat of a daemon reach a monitor
// that only the proxy knows the way to.
func TestADaemonBehindAProxyIsHeard(t *testing.T) {
	t.Parallel()
	listen := func() net.Listener {
		l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	certified := notifytest.New()
	beats := make(chan string, 10)
	monitor := &notifytest.Hook{Answer: func(_ int, r *http.Request, _ []byte) notifytest.Act {
		beats <- r.URL.Path
		return notifytest.Act{}
	}}
	there := listen()
	monitor.Serve(there, certified.TLS())
	defer monitor.Close()
	proxy := &notifytest.Proxy{User: "ada", Password: "hunter2", Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
		if address != "example.com:443" {
			return nil, errors.New("no such host")
		}
		return (&net.Dialer{}).DialContext(ctx, network, there.Addr().String())
	}}
	at := listen()
	proxy.Serve(at)
	defer proxy.Close()

	dir := t.TempDir()
	monitorFile, authority := filepath.Join(dir, "monitor"), filepath.Join(dir, "ca.pem")
	for file, text := range map[string][]byte{
		monitorFile: []byte("https://example.com/ping\n"),
		authority:   pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certified.Certificate.Certificate[0]}),
	} {
		if err := os.WriteFile(file, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s := serve(t, map[string]string{
		"listen": "127.0.0.1:0", "proxy": "http://ada:hunter2@" + at.Addr().String(), "notify.heartbeat_url_file": monitorFile, "notify.ca_file": authority,
	})
	select {
	case path := <-beats:
		if path != "/ping" || len(proxy.Seen()) == 0 {
			t.Errorf("%s was asked for, and the proxy for %v", path, proxy.Seen())
		}
	case <-time.After(30 * time.Second):
		t.Fatal("no heartbeat came")
	}
	status, text := fetch(t, "http://"+s.address+"/metrics", "", nil)
	for _, want := range []string{`nightjar_alert_open{severity="high",status="new"} 0`, `nightjar_alert_opened_total{severity="high"} 0`, `nightjar_notify_deliveries_total{kind="teams",outcome="dead"} 0`, "nightjar_notify_heartbeat_timestamp_seconds "} {
		if status != http.StatusOK || !strings.Contains(text, want) {
			t.Errorf("/metrics answers %d without %s", status, want)
		}
	}
}
