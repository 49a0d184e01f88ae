package notify_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/alert/notify"
	"github.com/nightjar-sec/nightjar/internal/alert/notify/webhook"
	"github.com/nightjar-sec/nightjar/internal/clock"
	"github.com/nightjar-sec/nightjar/internal/secret"
)

// TestTheGuardRefusesWhatIsNotOfTheInternet is S32, address by address.
func TestTheGuardRefusesWhatIsNotOfTheInternet(t *testing.T) {
	t.Parallel()
	g := notify.NewGuard(notify.GuardConfig{})
	for _, s := range []string{
		"127.0.0.1", "127.8.9.10", "::1", "0.0.0.0", "::", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254", "169.254.0.1",
		"100.64.0.1", "100.100.100.200", "168.63.129.16", "192.0.0.192", "198.18.0.1", "224.0.0.1", "255.255.255.255", "240.0.0.1", "192.0.2.1", "203.0.113.9",
		"fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "ff02::1", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe",
		"64:ff9b:1::1", "2002:7f00:1::", "2002:c0a8:101::1", "2001:db8::1", "fec0::1",
	} {
		if g.Check(netip.MustParseAddr(s)) == nil {
			t.Errorf("%s may be reached", s)
		}
	}
	for _, s := range []string{"1.1.1.1", "52.96.0.1", "172.15.0.1", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "2a01:111::1", "64:ff9b::101:101"} {
		if err := g.Check(netip.MustParseAddr(s)); err != nil {
			t.Errorf("%s may not be reached: %v", s, err)
		}
	}
	some := notify.NewGuard(notify.GuardConfig{Allow: []netip.Prefix{netip.MustParsePrefix("10.1.2.0/24")}})
	if some.Check(netip.MustParseAddr("10.1.2.3")) != nil || some.Check(netip.MustParseAddr("::ffff:10.1.2.3")) != nil || some.Check(netip.MustParseAddr("10.1.3.3")) == nil || some.Check(netip.MustParseAddr("127.0.0.1")) == nil {
		t.Error("the networks that are allowed are not those that were named")
	}
}

// environment is that of a real network, this machine's.
func environment(allow ...string) notify.Environment {
	var networks []netip.Prefix
	for _, a := range allow {
		networks = append(networks, netip.MustParsePrefix(a))
	}
	return notify.Environment{Guard: notify.NewGuard(notify.GuardConfig{Allow: networks}), Clock: clock.Real(), Wall: clock.Real(), Version: "test"}
}

func post(t *testing.T, url string, e notify.Environment) (string, error) {
	t.Helper()
	sink, err := webhook.Kind().New(notify.Settings{Secrets: map[string]secret.Value{"url": secret.New(url)}}, e)
	if err != nil {
		return "", err
	}
	return sink.Send(t.Context(), notify.Message{Key: "k", Test: true})
}

// TestTheGuardLooksAtWhatIsDialled goes by names and forms that hide where
// they lead; the look at the address is after all of them.
func TestTheGuardLooksAtWhatIsDialled(t *testing.T) {
	t.Parallel()
	hits := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		hits++
		if r.URL.Path == "/away" {
			http.Redirect(w, r, "http://localhost/elsewhere", http.StatusTemporaryRedirect)
			return
		}
		_, _ = w.Write([]byte(strings.Repeat("x", 1<<20))) // the client reads what it wants
	}))
	defer server.Close()
	_, port, err := net.SplitHostPort(server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	for _, host := range []string{"127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "0.0.0.0", "2130706433", "0x7f.1", "127.1"} {
		_, err := post(t, "https://"+host+":"+port+"/hook", environment())
		e, ok := errors.AsType[*notify.SendError](err)
		if !ok || e.Doubtful || e.Reason != notify.ReasonForbidden && e.Reason != notify.ReasonUnreachable {
			t.Errorf("%s: %+v", host, err)
		}
		if host == "localhost" && !strings.Contains(e.Hint, "notify.allow_networks") {
			t.Errorf("nobody is told what to do: %+v", e)
		}
	}
	if hits != 0 {
		t.Fatalf("%d requests came through", hits)
	}
	// Plain http is for networks that are named, and for these alone.
	if _, err := post(t, server.URL+"/hook", environment()); nightjar.CodeOf(err) != nightjar.CodeInvalid {
		t.Errorf("plain http: %v", err)
	}
	said, err := post(t, server.URL+"/hook", environment("127.0.0.0/8"))
	if err != nil || len(said) > 310 {
		t.Errorf("an answer of a megabyte is kept with %d bytes; %v", len(said), err)
	}
	// A redirect is not followed.
	_, err = post(t, server.URL+"/away", environment("127.0.0.0/8"))
	if e, ok := errors.AsType[*notify.SendError](err); !ok || e.Reason != notify.ReasonRefused || hits != 2 {
		t.Errorf("a redirect: %+v, %d requests", err, hits)
	}
	for _, bad := range []string{"ftp://example.com/x", "https://", "https://user:pw@example.com/", "not a url", "file:///etc/passwd", "https:///x"} {
		if _, err := post(t, bad, environment()); nightjar.CodeOf(err) != nightjar.CodeInvalid || strings.Contains(err.Error(), "pw") {
			t.Errorf("%q is taken: %v", bad, err)
		}
	}
}

// TestANameThatMovesGainsNothing resolves to the internet when somebody looks,
// and to this machine when it is dialled: only the second look counts, for it
// is at the socket.
func TestANameThatMovesGainsNothing(t *testing.T) {
	t.Parallel()
	g := notify.NewGuard(notify.GuardConfig{})
	l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	if c, err := g.Dial(t.Context(), "tcp", l.Addr().String()); err == nil {
		_ = c.Close()
		t.Error("the connection was made")
	}
}
