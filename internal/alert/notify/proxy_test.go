package notify_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/alert"
	"github.com/nightjar-sec/nightjar/internal/alert/notify"
	"github.com/nightjar-sec/nightjar/internal/alert/notify/notifytest"
	"github.com/nightjar-sec/nightjar/internal/clock"
	"github.com/nightjar-sec/nightjar/internal/secret"
)

const proxyUser, proxyPassword = "proxyuser", "pRoXycAnArY81"

// office is a machine that reaches the internet through a proxy alone: real
// connections on loopback, where example.com is a receiver of webhooks.
type office struct {
	hook  *notifytest.Hook
	proxy *notifytest.Proxy
	at    string // of the proxy
	inner string // where the receiver is in truth
	env   notify.Environment
}

// inOffice makes one. names are what can be resolved there, and allow the networks
// that the configuration names.
func inOffice(t *testing.T, names map[string][]netip.Addr, allow ...string) *office {
	t.Helper()
	listen := func() net.Listener {
		l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	certified := notifytest.New()
	o := &office{hook: &notifytest.Hook{}}
	l := listen()
	o.inner = l.Addr().String()
	o.hook.Serve(l, certified.TLS())
	t.Cleanup(o.hook.Close)
	o.proxy = &notifytest.Proxy{User: proxyUser, Password: proxyPassword, Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
		if address != "example.com:443" {
			return nil, errors.New("no such host")
		}
		return (&net.Dialer{}).DialContext(ctx, network, o.inner)
	}}
	l = listen()
	o.at = l.Addr().String()
	o.proxy.Serve(l)
	t.Cleanup(o.proxy.Close)
	var networks []netip.Prefix
	for _, a := range allow {
		networks = append(networks, netip.MustParsePrefix(a))
	}
	o.env = notify.Environment{Clock: clock.Real(), Wall: clock.Real(), Version: "test", Roots: certified.Roots, Guard: notify.NewGuard(notify.GuardConfig{
		Allow: networks, Resolve: resolver(names), Proxy: through("http://" + proxyUser + ":" + proxyPassword + "@" + o.at),
	})}
	return o
}

func through(proxy string) func(*url.URL) (*url.URL, error) {
	return func(*url.URL) (*url.URL, error) { return url.Parse(proxy) }
}

// resolver knows some names and no others.
func resolver(names map[string][]netip.Addr) func(context.Context, string) ([]netip.Addr, error) {
	return func(_ context.Context, host string) ([]netip.Addr, error) {
		if found := names[host]; len(found) > 0 {
			return found, nil
		}
		return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
	}
}

// TestMessagesGoThroughTheProxy and a proxy that does not take them is named,
// without what is secret of its address.
func TestMessagesGoThroughTheProxy(t *testing.T) {
	t.Parallel()
	for name, names := range map[string]map[string][]netip.Addr{
		"names are not resolved here": nil,
		"names are resolved here":     {"example.com": {netip.MustParseAddr("93.184.215.14"), netip.MustParseAddr("2606:2800:21f::1")}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := inOffice(t, names)
			if _, err := post(t, "https://example.com/hook", o.env); err != nil {
				t.Fatal(err)
			}
			if seen := o.proxy.Seen(); len(o.hook.Seen()) != 1 || len(seen) != 1 || seen[0] != "example.com:443" {
				t.Errorf("the proxy was asked for %v, and %d messages arrived", seen, len(o.hook.Seen()))
			}
			if o.hook.Seen()[0].Header.Get("Proxy-Authorization") != "" {
				t.Error("the receiver was told the proxy's password")
			}
		})
	}
	for name, c := range map[string]struct {
		proxy  func(*notifytest.Proxy)
		reason notify.Reason
		says   string
	}{
		"a wrong password":     {func(p *notifytest.Proxy) { p.Password = "another" }, notify.ReasonProxy, "does not take our name and password (407)"},
		"a gateway in trouble": {func(p *notifytest.Proxy) { p.Refuse = http.StatusBadGateway }, notify.ReasonProxy, "cannot reach example.com (502)"},
		"a host not allowed":   {func(p *notifytest.Proxy) { p.Refuse = http.StatusForbidden }, notify.ReasonProxy, "does not connect to example.com (403)"},
		"a broken connection":  {func(p *notifytest.Proxy) { p.Drop = true }, notify.ReasonProxy, "broke off before anything was sent"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := inOffice(t, nil)
			o.proxy.Behave(c.proxy)
			_, err := post(t, "https://example.com/hook", o.env)
			refusedBy(t, o, err, c.reason, c.says)
		})
	}
	t.Run("nobody there", func(t *testing.T) {
		t.Parallel()
		o := inOffice(t, nil)
		o.proxy.Close()
		_, err := post(t, "https://example.com/hook", o.env)
		refusedBy(t, o, err, notify.ReasonProxy, "cannot be reached: the connection was refused")
	})
	t.Run("a proxy that inspects TLS", func(t *testing.T) {
		t.Parallel()
		o := inOffice(t, nil)
		o.env.Roots = nil
		_, err := post(t, "https://example.com/hook", o.env)
		refusedBy(t, o, err, notify.ReasonUnreachable, "authority that is not trusted")
		if !strings.Contains(nightjarHint(err), "notify.ca_file") {
			t.Errorf("nobody is told what to do: %+v", err)
		}
	})
}

func nightjarHint(err error) string {
	if e, ok := errors.AsType[*notify.SendError](err); ok {
		return e.Hint
	}
	return nightjar.HintOf(err)
}

// refusedBy looks at what is said when the proxy does not take a message.
func refusedBy(t *testing.T, o *office, err error, reason notify.Reason, says string) {
	t.Helper()
	e, ok := errors.AsType[*notify.SendError](err)
	if !ok || e.Reason != reason || e.Doubtful || e.Permanent || e.Hint == "" || !strings.Contains(e.Message, says) || !strings.Contains(e.Message, o.at) {
		t.Errorf("got %#v", err)
	}
	if all := fmt.Sprintf("%v %+v %#v %v", err, e, e, e.Err); strings.Contains(all, proxyPassword) || strings.Contains(all, proxyUser) {
		t.Errorf("the password of the proxy is shown: %s", all)
	}
	if len(o.hook.Seen()) != 0 {
		t.Error("the message arrived")
	}
}

// TestTheProxyIsNotAskedForWhatTheGuardRefuses goes by addresses, by the forms
// in which they are hidden, and by names that lead to them.
func TestTheProxyIsNotAskedForWhatTheGuardRefuses(t *testing.T) {
	t.Parallel()
	addr := netip.MustParseAddr
	o := inOffice(t, map[string][]netip.Addr{
		"localhost":         {addr("127.0.0.1")},
		"intra.example.com": {addr("10.1.2.3")},
		"meta.example.com":  {addr("169.254.169.254")},
		"both.example.com":  {addr("1.1.1.1"), addr("192.168.0.1")},
		"six.example.com":   {addr("::ffff:127.0.0.1")},
		"fine.example.com":  {addr("1.1.1.1")},
	})
	for _, host := range []string{
		"127.0.0.1", "[::1]", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "[fd00:ec2::254]", "100.100.100.200", "168.63.129.16", "0.0.0.0",
		"[::ffff:169.254.169.254]", "[64:ff9b::a9fe:a9fe]", "[fe80::1%25eth0]", "127.0.0.1.", "2130706433", "0x7f000001", "0x7f.1", "127.1", "0177.0.0.1", "1.2.3.4.0x",
		"127。0。0。1", "①②⑦.⓪.⓪.①", "localhost", "LOCALHOST.", "a.localhost", "metadata.google.internal", "Printer", "nas.local",
		"intra.example.com", "INTRA.example.com.", "meta.example.com", "both.example.com", "six.example.com",
	} {
		_, err := post(t, "https://"+host+"/hook", o.env)
		if e, ok := errors.AsType[*notify.SendError](err); !ok || e.Reason != notify.ReasonForbidden || e.Doubtful || !strings.Contains(e.Hint, "notify.allow_networks") {
			t.Errorf("%s: %#v", host, err)
		}
	}
	if seen := o.proxy.Seen(); len(seen) != 0 {
		t.Errorf("the proxy was asked for %v", seen)
	}
	// A dot at the end hides nothing, and is none of the reasons.
	if _, err := post(t, "https://fine.example.com./hook", o.env); err == nil || len(o.proxy.Seen()) != 1 {
		t.Errorf("the proxy was asked for %v: %v", o.proxy.Seen(), err)
	}
	// Plain http is for networks that are named, with a proxy too.
	if _, err := post(t, "http://example.com/hook", o.env); nightjar.CodeOf(err) != nightjar.CodeInvalid {
		t.Errorf("plain http: %v", err)
	}
	// A redirect is not followed.
	o.hook.Behave(func(int, *http.Request, []byte) notifytest.Act {
		return notifytest.Act{Status: http.StatusTemporaryRedirect, Header: map[string]string{"Location": "https://127.0.0.1/"}}
	})
	_, err := post(t, "https://example.com/hook", o.env)
	if e, ok := errors.AsType[*notify.SendError](err); !ok || e.Reason != notify.ReasonRefused || len(o.proxy.Seen()) != 2 {
		t.Errorf("a redirect: %#v, %v", err, o.proxy.Seen())
	}
}

// TestWhatTheConfigurationNamesIsReachedWithoutTheProxy and so is what the
// proxy is not for; the guard looks at these as it does without a proxy.
func TestWhatTheConfigurationNamesIsReachedWithoutTheProxy(t *testing.T) {
	t.Parallel()
	o := inOffice(t, nil, "127.0.0.0/8")
	if _, err := post(t, "https://"+o.inner+"/hook", o.env); err != nil {
		t.Fatal(err)
	}
	if len(o.proxy.Seen()) != 0 || len(o.hook.Seen()) != 1 {
		t.Errorf("the proxy was asked for %v", o.proxy.Seen())
	}
	if _, err := post(t, "https://10.0.0.1/hook", o.env); err == nil || !strings.Contains(nightjarHint(err), "notify.allow_networks") {
		t.Errorf("a network that is not named: %v", err)
	}
	// The proxy's own address is no destination.
	if _, err := post(t, "http://"+o.at+"/hook", inOffice(t, nil).env); err == nil {
		t.Error("the proxy was sent a message")
	}

	none := func(*url.URL) (*url.URL, error) { return nil, nil } //nolint:nilnil // as net/http has it
	for allowed, networks := range map[bool][]netip.Prefix{true: {netip.MustParsePrefix("127.0.0.0/8")}, false: nil} {
		env := o.env
		env.Guard = notify.NewGuard(notify.GuardConfig{Allow: networks, Proxy: none})
		_, err := post(t, "https://"+o.inner+"/hook", env)
		if e, _ := errors.AsType[*notify.SendError](err); allowed && err != nil || !allowed && (e == nil || e.Reason != notify.ReasonForbidden) {
			t.Errorf("a host of NO_PROXY, allowed %v: %v", allowed, err)
		}
	}
}

// TestAlertsAndTheHeartbeatWaitForTheProxy has a proxy that wants another
// password until somebody repairs it. Nothing is lost, and no password written.
func TestAlertsAndTheHeartbeatWaitForTheProxy(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t, func(c *notify.Config) {
			c.LookEvery = time.Minute
		})
		b.cfg.Guard = notify.NewGuard(notify.GuardConfig{Dial: b.net.Dial, Resolve: resolver(nil), Proxy: through("http://" + proxyUser + ":" + proxyPassword + "@proxy.corp:3128")})
		b.reopen()
		proxy := &notifytest.Proxy{Dial: b.net.Dial, User: proxyUser, Password: "another"}
		proxy.Serve(b.net.Listen("proxy.corp:3128"))
		defer proxy.Close()
		beats := &notifytest.Hook{}
		beats.Serve(b.net.Listen("example.com:443"), b.net.TLS())
		defer beats.Close()
		heart, err := notify.NewHeartbeat(notify.HeartbeatConfig{
			URL: secret.New("https://example.com/ping"), Environment: b.Environment(), Warnings: b.warns, Healthy: func(context.Context) error { return nil },
		})
		if err != nil {
			t.Fatal(err)
		}
		ctx, end := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			_ = heart.Run(ctx) // says only that it was stopped
		}()
		var hooks []*notifytest.Hook
		var list []notify.Channel
		for _, kind := range []string{"webhook", "slack", "teams", "pagerduty"} {
			h, c := b.hook(kind, kind, nil)
			hooks, list = append(hooks, h), append(list, c)
		}
		mail := &notifytest.SMTP{TLS: b.net.TLS()}
		mail.Serve(b.net.Listen("example.com:587"))
		defer mail.Close()
		list = append(list, b.add(notify.Channel{Name: "mail", Kind: "email", Settings: map[string]string{"server": "example.com:587", "from": "nightjar@example.com", "to": "soc@example.com"}}, nil))
		b.routes(oneByOne(list...))
		stop := b.run()
		b.change(alert.ChangeOpened, someAlert(1))
		time.Sleep(time.Hour)
		synctest.Wait()
		waiting := b.deliveries(notify.DeliveryFilter{Status: notify.StatusQueued})
		if len(waiting) != 4 || !strings.Contains(waiting[0].Problem, "proxy.corp:3128") || !strings.Contains(waiting[0].Problem, "407") {
			t.Fatalf("what waits is %+v", waiting)
		}
		if !b.warns.has(nightjar.WarnNotifierFailing, "slack") || !b.warns.has(nightjar.WarnHeartbeatFailing, "") {
			t.Error("nobody is warned")
		}
		if len(mail.Seen()) != 1 {
			t.Error("e-mail, which needs no proxy, waits for it")
		}
		trial, err := b.Test(t.Context(), list[0].ID)
		if err != nil || trial.OK || !strings.Contains(trial.Problem, "proxy.corp:3128") || trial.Hint == "" {
			t.Errorf("a test says %+v, %v", trial, err)
		}
		said := fmt.Sprintf("%+v %+v %s %s", waiting, trial, b.warns, b.log)
		for _, s := range []string{proxyPassword, proxyUser} {
			if strings.Contains(said, s) {
				t.Errorf("%s is shown", s)
			}
		}

		proxy.Behave(func(p *notifytest.Proxy) { p.Password = proxyPassword })
		time.Sleep(20 * time.Minute)
		synctest.Wait()
		for i, h := range hooks {
			if n := len(h.Seen()); n != 1 {
				t.Errorf("%s got %d messages", list[i].Kind, n)
			}
		}
		if len(beats.Seen()) == 0 || b.warns.has(nightjar.WarnHeartbeatFailing, "") {
			t.Error("the heart does not beat")
		}
		end()
		<-ended
		stop()
	})
}

// TestAProxyThatHangsIsGivenUp says so within half a minute, and that nothing
// was sent.
func TestAProxyThatHangsIsGivenUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		network := notifytest.New()
		proxy := &notifytest.Proxy{Hang: true}
		proxy.Serve(network.Listen("proxy.corp:3128"))
		defer proxy.Close()
		// To resolve a name takes long too, where nobody answers.
		slow := func(ctx context.Context, _ string) ([]netip.Addr, error) {
			<-ctx.Done()
			return nil, context.Cause(ctx)
		}
		began := time.Now()
		_, err := post(t, "https://example.com/hook", notify.Environment{
			Clock: clock.Real(), Wall: clock.Real(), Version: "test", Roots: network.Roots,
			Guard: notify.NewGuard(notify.GuardConfig{Dial: network.Dial, Resolve: slow, Proxy: through("http://proxy.corp:3128")}),
		})
		e, ok := errors.AsType[*notify.SendError](err)
		if !ok || e.Reason != notify.ReasonTimeout || e.Doubtful || !strings.Contains(e.Message, "proxy.corp:3128") {
			t.Errorf("got %#v", err)
		}
		if took := time.Since(began); took > 40*time.Second || len(proxy.Seen()) != 1 {
			t.Errorf("it took %s, and the proxy was asked for %v", took, proxy.Seen())
		}
	})
}
