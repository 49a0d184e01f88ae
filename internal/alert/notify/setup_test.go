package notify_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/alert"
	"github.com/nightjar-sec/nightjar/internal/alert/notify"
	"github.com/nightjar-sec/nightjar/internal/alert/notify/email"
	"github.com/nightjar-sec/nightjar/internal/alert/notify/notifytest"
	"github.com/nightjar-sec/nightjar/internal/alert/notify/pagerduty"
	"github.com/nightjar-sec/nightjar/internal/alert/notify/slack"
	"github.com/nightjar-sec/nightjar/internal/alert/notify/syslog"
	"github.com/nightjar-sec/nightjar/internal/alert/notify/teams"
	"github.com/nightjar-sec/nightjar/internal/alert/notify/webhook"
	"github.com/nightjar-sec/nightjar/internal/catalog"
	"github.com/nightjar-sec/nightjar/internal/catalog/catalogtest"
	"github.com/nightjar-sec/nightjar/internal/secret"
)

const (
	contoso  = nightjar.TenantID("11111111-1111-4111-8111-111111111111")
	fabrikam = nightjar.TenantID("22222222-2222-4222-8222-222222222222")
	key      = "a signing key that is long"
)

// bundle is a notifier beside a network in memory.
type bundle struct {
	*notify.Notifier
	t     *testing.T
	dir   string
	db    *catalog.DB
	vault *secret.Vault
	net   *notifytest.Net
	cfg   notify.Config
	warns *warnings
	log   *text
	hooks int // receivers so far
}

// text keeps what is written to it.
type text struct {
	mu sync.Mutex
	b  strings.Builder
}

func (x *text) Write(p []byte) (int, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.b.Write(p)
}

func (x *text) String() string {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.b.String()
}

// warnings keep what is set.
type warnings struct {
	mu  sync.Mutex
	set map[string]map[string]string
}

func (w *warnings) Set(code nightjar.WarningCode, _ nightjar.TenantID, source string, args map[string]string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.set[string(code)+"/"+source] = args
}

func (w *warnings) Clear(code nightjar.WarningCode, _ nightjar.TenantID, source string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.set, string(code)+"/"+source)
}

func (w *warnings) has(code nightjar.WarningCode, source string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	_, ok := w.set[string(code)+"/"+source]
	return ok
}

func (w *warnings) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return fmt.Sprint(w.set)
}

func setup(t *testing.T, change ...func(*notify.Config)) *bundle {
	t.Helper()
	b := &bundle{t: t, dir: t.TempDir(), net: notifytest.New(), warns: &warnings{set: map[string]map[string]string{}}, log: &text{}}
	var err error
	if b.db, err = catalogtest.Open(t.Context(), catalog.Config{Path: filepath.Join(b.dir, catalog.FileName)}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.db.Close() })
	if b.vault, err = secret.OpenVault(t.Context(), secret.VaultConfig{Catalog: b.db, KeyFile: filepath.Join(b.dir, "keys", "key"), Create: true}); err != nil {
		t.Fatal(err)
	}
	b.cfg = notify.Config{
		Catalog: b.db, Vault: b.vault, Warnings: b.warns, Roots: b.net.Roots, PublicURL: "https://nightjar.example.com",
		Guard:  notify.NewGuard(notify.GuardConfig{Dial: b.net.Dial}),
		Kinds:  []notify.Kind{email.Kind(), teams.Kind(), slack.Kind(), webhook.Kind(), pagerduty.Kind(), syslog.Kind()},
		Logger: slog.New(slog.NewJSONHandler(b.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Names:  func(nightjar.TenantID) string { return "Contoso" },
	}
	for _, f := range change {
		f(&b.cfg)
	}
	b.reopen()
	return b
}

// reopen makes a notifier as a new process would.
func (b *bundle) reopen() {
	b.t.Helper()
	var err error
	if b.Notifier, err = notify.New(b.cfg); err != nil {
		b.t.Fatal(err)
	}
}

// run runs the notifier until the function that it returns is called.
func (b *bundle) run() (stop func()) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(b.t.Context()))
	ended := make(chan struct{})
	n := b.Notifier
	// TLS says goodbye over connections in memory, which takes both sides a
	// while; after the test there is no time left in a bubble.
	b.t.Cleanup(func() { time.Sleep(10 * time.Second) })
	go func() {
		defer close(ended)
		_ = n.Run(ctx) // says only that it was stopped
	}()
	return func() {
		cancel()
		<-ended
	}
}

func (b *bundle) add(c notify.Channel, secrets map[string]string) notify.Channel {
	b.t.Helper()
	sealed := map[string]secret.Value{}
	for k, v := range secrets {
		sealed[k] = secret.New(v)
	}
	c.Enabled = true
	c, err := b.Add(b.t.Context(), c, sealed)
	if err != nil {
		b.t.Fatal(err)
	}
	return c
}

// hook adds a channel by webhook and the receiver that it leads to.
func (b *bundle) hook(name, kind string, answer func(n int, r *http.Request, body []byte) notifytest.Act) (*notifytest.Hook, notify.Channel) {
	b.t.Helper()
	h := &notifytest.Hook{Answer: answer}
	b.hooks++
	// One name, as the certificate has it, and a port for each.
	host := fmt.Sprintf("%s:%d", notifytest.Host, 8000+b.hooks)
	h.Serve(b.net.Listen(host), b.net.TLS())
	b.t.Cleanup(h.Close)
	secrets := map[string]string{"url": "https://" + host + "/services/T0000/verysecretpath"}
	switch kind {
	case "webhook":
		secrets["key"] = key
	case "pagerduty":
		secrets["routing_key"] = "0123456789abcdef0123456789abcdef"
	}
	return h, b.add(notify.Channel{Name: name, Kind: kind, PerMinute: 6000}, secrets)
}

// routes saves routes.
func (b *bundle) routes(list ...notify.Route) {
	b.t.Helper()
	now, err := b.Routes(b.t.Context())
	if err != nil {
		b.t.Fatal(err)
	}
	if _, err := b.SaveRoutes(b.t.Context(), notify.Routes{Version: now.Version, Routes: list}); err != nil {
		b.t.Fatal(err)
	}
}

// oneByOne is a route that gathers nothing.
func oneByOne(channels ...notify.Channel) notify.Route {
	r := notify.Route{Name: "all", GroupBy: notify.GroupNone}
	for _, c := range channels {
		r.Channels = append(r.Channels, c.ID)
	}
	return r
}

// someAlert is the n-th alert.
func someAlert(n int) alert.Alert {
	at := time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC)
	return alert.Alert{
		ID: fmt.Sprintf("A-%04d", n), Number: int64(n), Tenant: contoso, Rule: "rule-1", Pack: "exchange", Title: "Forwarding to the outside", Severity: nightjar.SeverityHigh,
		Reason: fmt.Sprintf("anna%d@contoso.com forwards all mail to evil@example.net", n), Status: alert.StatusNew, Count: 3, Findings: 1, First: at, Last: at.Add(time.Minute),
		Opened: at, Entities: []nightjar.Entity{{Kind: nightjar.EntityUser, Value: "anna@contoso.com"}, {Kind: nightjar.EntityAddress, Value: "198.51.100.7"}},
		Tags: []string{"attack.t1114.003"}, Incident: "I-1", Version: 1,
	}
}

// change tells the notifier of a change, in a transaction as the keeper of alerts does.
func (b *bundle) change(kind alert.ChangeKind, a alert.Alert) {
	b.t.Helper()
	err := b.db.InTx(b.t.Context(), func(ctx context.Context, tx bun.Tx) error {
		return b.Changed(ctx, tx, alert.Change{Kind: kind, Alert: a, Time: time.Now().UTC()})
	})
	if err != nil {
		b.t.Fatal(err)
	}
}

func (b *bundle) deliveries(f notify.DeliveryFilter) []notify.Delivery {
	b.t.Helper()
	out, err := b.Deliveries(b.t.Context(), f)
	if err != nil {
		b.t.Fatal(err)
	}
	return out
}

// hookBody is what a webhook got, as its reader sees it.
type hookBody struct {
	Version  int
	Key      string
	Test     bool
	Repeated bool
	Notices  []notify.Notice
}

func bodyOf(t *testing.T, p notifytest.Post) (b hookBody) {
	t.Helper()
	if err := json.Unmarshal(p.Body, &b); err != nil {
		t.Fatal(err)
	}
	return b
}
