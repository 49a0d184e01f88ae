package email

import (
	"errors"
	"io"
	"maps"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/alert/notify"
	"github.com/nightjar-sec/nightjar/internal/alert/notify/notifytest"
	"github.com/nightjar-sec/nightjar/internal/secret"
)

const password = "cAnArY~mail~password"

// sinkOf makes a sink that leads to a server.
func sinkOf(t *testing.T, n *notifytest.Net, values map[string]string) notify.Sink {
	t.Helper()
	all := map[string]string{"server": "example.com:587", "security": startTLS, "auth": authAuto, "from": "Nightjar <nightjar@example.com>", "to": "soc@example.com, Ada <ada@example.com>"}
	maps.Copy(all, values)
	s := notify.Settings{Values: all, Secrets: map[string]secret.Value{}}
	if all["username"] != "" {
		s.Secrets["password"] = secret.New(password)
	}
	guard := notify.NewGuard(notify.GuardConfig{Dial: n.Dial, Allow: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}})
	sink, err := Kind().New(s, notify.Environment{Guard: guard, Roots: n.Roots, Host: "nightjar.internal"})
	if err != nil {
		t.Fatal(err)
	}
	return sink
}

func message() notify.Message {
	at := time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC)
	return notify.Message{Key: "0123456789abcdef", Channel: "c-1", Created: at, Link: "https://nightjar.example.com/alerts", Notices: []notify.Notice{{
		State: notify.StateOpened, Alert: "A-0001", Tenant: "t", TenantName: "Contoso", Rule: "r", Title: "Forwarding\r\nBcc: everybody@example.net", Severity: nightjar.SeverityHigh,
		Reason: "anna@contoso.com forwards <b>all</b> mail\n.\nto ünïcode", Count: 2, First: at, Last: at, Entities: []nightjar.Entity{{Kind: "user", Value: "anna@contoso.com"}},
		Link: "https://nightjar.example.com/alerts/A-0001",
	}}}
}

// TestAMailArrivesAsTextAndPage reads what a mail program reads.
func TestAMailArrivesAsTextAndPage(t *testing.T) {
	t.Parallel()
	n := notifytest.New()
	for name, c := range map[string]struct {
		server *notifytest.SMTP
		values map[string]string
	}{
		"STARTTLS and PLAIN":       {&notifytest.SMTP{TLS: n.TLS(), User: "u", Password: password, Auth: "PLAIN LOGIN"}, map[string]string{"username": "u"}},
		"TLS and LOGIN":            {&notifytest.SMTP{TLS: n.TLS(), Implicit: true, User: "u", Password: password, Auth: "LOGIN"}, map[string]string{"username": "u", "security": implicit, "server": "example.com:465"}},
		"no password":              {&notifytest.SMTP{TLS: n.TLS()}, nil},
		"in the clear, as allowed": {&notifytest.SMTP{}, map[string]string{"security": noTLS, "server": "example.com:25"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				net := notifytest.New()
				server := c.server
				if server.TLS != nil {
					server.TLS = net.TLS()
				}
				at := "example.com:587"
				if c.values["server"] != "" {
					at = c.values["server"]
				}
				server.Serve(net.Listen(at))
				defer server.Close()
				said, err := sinkOf(t, net, c.values).Send(t.Context(), message())
				if err != nil || !strings.Contains(said, "queued as") {
					t.Fatal(said, err)
				}
				got := server.Seen()[0]
				if got.Secured != (c.values["security"] != noTLS) || got.User != server.User || got.From != "nightjar@example.com" || len(got.To) != 2 || got.To[1] != "ada@example.com" {
					t.Errorf("the envelope is %+v", got)
				}
				readMail(t, got.Text)
			})
		})
	}
}

func readMail(t *testing.T, text string) {
	t.Helper()
	m, err := mail.ReadMessage(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	h := m.Header
	subject, err := new(mime.WordDecoder).DecodeHeader(h.Get("Subject"))
	if err != nil || subject != "[high] New alert: Forwarding Bcc: everybody@example.net" || h.Get("Bcc") != "" {
		t.Errorf("subject %q, Bcc %q, %v", subject, h.Get("Bcc"), err)
	}
	if h.Get("Message-Id") != "<0123456789abcdef@example.com>" || h.Get("References") != "<A-0001.c-1@example.com>" || h.Get("Auto-Submitted") != "auto-generated" {
		t.Errorf("headers: %v", h)
	}
	kind, params, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil || kind != "multipart/alternative" {
		t.Fatal(kind, err)
	}
	parts := multipart.NewReader(m.Body, params["boundary"])
	for _, want := range []struct{ kind, has, not string }{
		{"text/plain", "forwards <b>all</b> mail . to ünïcode", "\r"}, {"text/html", "forwards &lt;b&gt;all&lt;/b&gt; mail", "<b>"},
	} {
		p, err := parts.NextRawPart()
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(quotedprintable.NewReader(p))
		if err != nil || !strings.HasPrefix(p.Header.Get("Content-Type"), want.kind) || !strings.Contains(string(body), want.has) || strings.Contains(string(body), want.not) || !strings.Contains(string(body), "https://nightjar.example.com/alerts/A-0001") {
			t.Errorf("%s, %v: %s", p.Header.Get("Content-Type"), err, body)
		}
	}
}

// TestWhatAMailServersTroubleMeans tells what surely did not arrive from what
// may have, and what will never be taken from what may be later.
func TestWhatAMailServersTroubleMeans(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		command, how        string
		reason              notify.Reason
		permanent, doubtful bool
		seen                int
	}{
		"not now":                            {"MAIL", "451 4.7.1 later", notify.ReasonThrottled, false, false, 0},
		"nobody of that name":                {"RCPT", "550 5.1.1 unknown", notify.ReasonRefused, false, false, 0},
		"it breaks off before the text":      {"DATA", "drop", notify.ReasonBroken, false, false, 0},
		"it hangs before the text":           {"RCPT", "hang", notify.ReasonTimeout, false, false, 0},
		"it refuses the text":                {".", "554 5.6.0 spam", notify.ReasonMessage, true, false, 0},
		"it has no room for the text":        {".", "452 4.3.1 full", notify.ReasonThrottled, false, false, 0},
		"it takes the text and says no word": {".", "take and drop", notify.ReasonBroken, false, true, 1},
		"it hangs after the text":            {".", "hang", notify.ReasonTimeout, false, true, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				net := notifytest.New()
				server := &notifytest.SMTP{TLS: net.TLS(), Fault: func(_ int, command string) string {
					if command == c.command {
						return c.how
					}
					return ""
				}}
				server.Serve(net.Listen("example.com:587"))
				defer server.Close()
				ctx, cancel := contextOf(t)
				defer cancel()
				_, err := sinkOf(t, net, nil).Send(ctx, message())
				e, ok := errors.AsType[*notify.SendError](err)
				if !ok || e.Reason != c.reason || e.Permanent != c.permanent || e.Doubtful != c.doubtful || len(server.Seen()) != c.seen {
					t.Errorf("%+v; %d were taken", e, len(server.Seen()))
				}
			})
		})
	}
}

// TestNothingGoesInTheClear has a server, or somebody in between, not offer TLS,
// and one whose certificate is for another name.
func TestNothingGoesInTheClear(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		net := notifytest.New()
		server := &notifytest.SMTP{User: "u", Password: password, Auth: "PLAIN"}
		server.Serve(net.Listen("example.com:587"))
		defer server.Close()
		_, err := sinkOf(t, net, map[string]string{"username": "u"}).Send(t.Context(), message())
		if e, ok := errors.AsType[*notify.SendError](err); !ok || e.Reason != notify.ReasonRefused || !strings.Contains(e.Message, "STARTTLS") || len(server.Seen()) != 0 {
			t.Errorf("%+v", err)
		}
		other := &notifytest.SMTP{TLS: net.TLS()}
		other.Serve(net.Listen("mail.contoso.com:587"))
		defer other.Close()
		if _, err := sinkOf(t, net, map[string]string{"server": "mail.contoso.com:587"}).Send(t.Context(), message()); err == nil || len(other.Seen()) != 0 {
			t.Errorf("a certificate for another name is taken: %v", err)
		}
		for _, bad := range []map[string]string{
			{"username": "u", "security": noTLS}, {"server": "example.com"}, {"server": "example.com:0"}, {"from": "nobody"}, {"to": ""}, {"to": "a@example.com\r\nBcc: b@example.com"}, {"security": "ssl"},
		} {
			all := map[string]string{"server": "example.com:587", "security": startTLS, "auth": authAuto, "from": "a@example.com", "to": "b@example.com"}
			maps.Copy(all, bad)
			s := notify.Settings{Values: all, Secrets: map[string]secret.Value{}}
			if all["username"] != "" {
				s.Secrets["password"] = secret.New(password)
			}
			if _, err := Kind().New(s, notify.Environment{}); nightjar.CodeOf(err) != nightjar.CodeInvalid {
				t.Errorf("%v is taken: %v", bad, err)
			}
		}
	})
}

// TestAWrongPasswordIsNotRepeated looks for the password in what is said of it.
func TestAWrongPasswordIsNotRepeated(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		net := notifytest.New()
		server := &notifytest.SMTP{TLS: net.TLS(), User: "u", Password: "another", Auth: "PLAIN"}
		server.Serve(net.Listen("example.com:587"))
		defer server.Close()
		_, err := sinkOf(t, net, map[string]string{"username": "u"}).Send(t.Context(), message())
		e, ok := errors.AsType[*notify.SendError](err)
		if !ok || e.Reason != notify.ReasonRefused || e.Hint == "" || strings.Contains(e.Message+e.Said+e.Hint, "cAnArY") {
			t.Errorf("%+v", e)
		}
	})
}

// TestOneRecipientDoesNotKeepItFromTheOthers has the server not know one of two.
func TestOneRecipientDoesNotKeepItFromTheOthers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		net := notifytest.New()
		first := true
		server := &notifytest.SMTP{TLS: net.TLS(), Fault: func(_ int, command string) string {
			if command == "RCPT" && first {
				first = false
				return "550 5.1.1 unknown"
			}
			return ""
		}}
		server.Serve(net.Listen("example.com:587"))
		defer server.Close()
		said, err := sinkOf(t, net, nil).Send(t.Context(), message())
		if err != nil || !strings.Contains(said, "not taken for soc@example.com") || len(server.Seen()) != 1 {
			t.Errorf("%q %v", said, err)
		}
	})
}
