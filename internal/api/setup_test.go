package api

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/access"
	"github.com/nightjar-sec/nightjar/internal/alert/notify"
	"github.com/nightjar-sec/nightjar/internal/alert/notify/email"
	"github.com/nightjar-sec/nightjar/internal/alert/notify/pagerduty"
	"github.com/nightjar-sec/nightjar/internal/alert/notify/slack"
	"github.com/nightjar-sec/nightjar/internal/alert/notify/syslog"
	"github.com/nightjar-sec/nightjar/internal/alert/notify/teams"
	"github.com/nightjar-sec/nightjar/internal/alert/notify/webhook"
	"github.com/nightjar-sec/nightjar/internal/approval"
	"github.com/nightjar-sec/nightjar/internal/audit"
	"github.com/nightjar-sec/nightjar/internal/catalog"
	"github.com/nightjar-sec/nightjar/internal/catalog/catalogtest"
	"github.com/nightjar-sec/nightjar/internal/clock"
	"github.com/nightjar-sec/nightjar/internal/collect"
	"github.com/nightjar-sec/nightjar/internal/connect"
	"github.com/nightjar-sec/nightjar/internal/dashboard"
	"github.com/nightjar-sec/nightjar/internal/detect"
	"github.com/nightjar-sec/nightjar/internal/health"
	"github.com/nightjar-sec/nightjar/internal/journal"
	"github.com/nightjar-sec/nightjar/internal/m365"
	"github.com/nightjar-sec/nightjar/internal/query"
	"github.com/nightjar-sec/nightjar/internal/ruleset"
	"github.com/nightjar-sec/nightjar/internal/saved"
	"github.com/nightjar-sec/nightjar/internal/secret"
	"github.com/nightjar-sec/nightjar/internal/sso"
)

// TestMain lets the test binary be the query engine's worker.
func TestMain(m *testing.M) {
	if len(os.Args) == 2 && os.Args[1] == "query-worker" {
		if err := query.WorkerMain(context.Background(), os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	// The contract's checker knows no lines of JSON; they are texts to it.
	openapi3filter.RegisterBodyDecoder("application/x-ndjson", func(body io.Reader, _ http.Header, _ *openapi3.SchemaRef, _ openapi3filter.EncodingFn) (any, error) {
		b, err := io.ReadAll(body)
		return string(b), err
	})
	os.Exit(m.Run())
}

const (
	contoso  = nightjar.TenantID("11111111-1111-4111-8111-111111111111")
	fabrikam = nightjar.TenantID("22222222-2222-4222-8222-222222222222")
	stranger = nightjar.TenantID("33333333-3333-4333-8333-333333333333")
	appID    = "99999999-9999-4999-8999-999999999999"
	canary   = "canary~8fKs3cr3t.value"
	password = "plover quartz 41 hinge"
)

var (
	somewhere = netip.MustParseAddr("127.0.0.1")
	morning   = time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC)
)

type bundle struct {
	t       *testing.T
	dir     string
	db      *catalog.DB
	access  *access.Keeper
	audit   *audit.Log
	connect *connect.Connector
	cfg     Config
	api     *Server
	web     *httptest.Server
	log     *syncBuffer
	admin   *client
}

// syncBuffer keeps what was logged.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// setup serves the API over two tenants with events, and signs in one
// administrator. change may alter the configuration before.
func setup(t *testing.T, change ...func(*Config)) *bundle {
	t.Helper()
	b := &bundle{t: t, dir: t.TempDir(), log: &syncBuffer{}}
	log := slog.New(slog.NewJSONHandler(b.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	var err error
	b.db, err = catalogtest.Open(t.Context(), catalog.Config{Path: filepath.Join(b.dir, catalog.FileName)})
	must(err)
	t.Cleanup(func() { _ = b.db.Close() })
	vault, err := secret.OpenVault(t.Context(), secret.VaultConfig{Catalog: b.db, KeyFile: filepath.Join(b.dir, "keys", "key"), Create: true})
	must(err)
	b.audit, err = audit.New(audit.Config{Catalog: b.db})
	must(err)
	b.access, err = access.New(access.Config{Catalog: b.db, Vault: vault, Logger: log, Audit: b.audit, Removed: saved.Forget, HashMemory: 256})
	must(err)
	secretFile := filepath.Join(b.dir, "consent.secret")
	must(os.WriteFile(secretFile, []byte(canary+"-consent"), 0o600))
	// Nothing listens there: what asks Microsoft fails at once.
	nowhere := nightjar.Cloud{Name: "nowhere", Login: "https://127.0.0.1:1", Management: "https://127.0.0.1:1", Graph: "https://127.0.0.1:1"}
	b.connect, err = connect.New(connect.Config{
		Catalog: b.db, Vault: vault, Clouds: map[string]nightjar.Cloud{"nowhere": nowhere}, Logger: log,
		Consent: connect.ConsentApp{ClientID: appID, SecretFile: secretFile}, Audit: b.audit,
	})
	must(err)
	for id, name := range map[nightjar.TenantID]string{contoso: "contoso", fabrikam: "fabrikam"} {
		_, err := b.connect.Add(t.Context(), nightjar.Tenant{ID: id, Name: name, Cloud: "nowhere", ClientID: appID, Created: morning}, connect.CredentialInput{Secret: secret.New(canary)})
		must(err)
	}
	j, err := journal.New(journal.Config{Dir: filepath.Join(b.dir, "journal"), Catalog: b.db})
	must(err)
	for _, id := range []nightjar.TenantID{contoso, fabrikam} {
		_, err := j.Append(t.Context(), journal.Batch{Tenant: id, Sources: []journal.Source{{Events: events(id)}}})
		must(err)
	}
	collector, err := collect.New(collect.Config{
		Journal: j, Catalog: b.db, Clock: clock.Real(), Tenants: b.connect.Tenants, DataDir: b.dir,
		Activity: func(ctx context.Context, t nightjar.Tenant) (*m365.Activity, error) {
			return b.connect.Activity(ctx, t.ID)
		},
	})
	must(err)
	engine, err := query.New(query.Config{Journal: j, WorkerCommand: []string{os.Args[0], "query-worker"}})
	must(err)
	t.Cleanup(engine.Close)
	dashboards, err := dashboard.New(filepath.Join(b.dir, dashboard.FolderName))
	must(err)
	keeper, err := saved.New(saved.Config{Catalog: b.db})
	must(err)
	providers, err := sso.New(sso.Config{Providers: []sso.ProviderConfig{{
		ID: "nowhere", Name: "Nowhere", Issuer: "https://127.0.0.1:1", ClientID: appID, SecretFile: secretFile, HTTP: &http.Client{Transport: http.DefaultTransport},
	}}})
	must(err)
	b.cfg = Config{
		SSO:    providers,
		Saved:  keeper,
		Access: b.access, Audit: b.audit, Connect: b.connect, Collector: collector, Journal: j, Engine: engine, Dashboards: dashboards,
		Registry: health.NewRegistry(health.RegistryConfig{}), Clock: clock.Real(), Logger: log, Clouds: []string{"nowhere"}, Consent: true, Demo: true,
		Health:   func(context.Context) health.Status { return health.Status{Status: "ok", Time: morning} },
		Settings: func(context.Context) Settings { return Settings{Backup: "nightjar journal backup FOLDER"} },
	}
	b.cfg.Approvals, err = approval.New(approval.Config{Catalog: b.db, Audit: b.audit})
	must(err)
	b.cfg.Notifier, err = notify.New(notify.Config{
		Catalog: b.db, Vault: vault, Kinds: []notify.Kind{email.Kind(), webhook.Kind(), slack.Kind(), teams.Kind(), pagerduty.Kind(), syslog.Kind()}, Logger: log,
	})
	must(err)
	b.cfg.Alerts = b.findings()
	b.cfg.Rules = b.ruleKeeper()
	b.cfg.Backtest = func(ctx context.Context, cfg detect.BacktestConfig) (detect.BacktestReport, error) {
		cfg.Journal = j
		return detect.Backtest(ctx, cfg)
	}
	b.cfg.RuleTests = func(_ context.Context, set *ruleset.Set, info *ruleset.Info) ([]ruleset.TestResult, error) {
		if info.Scheduled == nil {
			return detect.RunTests(set, info)
		}
		var out []ruleset.TestResult // questions are asked elsewhere
		for _, t := range info.Tests {
			out = append(out, info.Result(t))
		}
		return out, nil
	}
	for _, f := range change {
		f(&b.cfg)
	}
	b.api, err = New(b.cfg)
	must(err)
	b.web = httptest.NewServer(b.api)
	t.Cleanup(b.web.Close)
	link, err := b.access.Link(t.Context(), "root")
	must(err)
	session, _, err := b.access.RedeemLink(t.Context(), link, netip.MustParseAddr("127.0.0.1"))
	must(err)
	b.admin = b.session(session)
	return b
}

// events are what both tenants have: sign-ins, one of which holds text that a
// spreadsheet would run, and a line of the collectors' log.
func events(tenant nightjar.TenantID) []nightjar.Event {
	var out []nightjar.Event
	for i := range 20 {
		out = append(out, nightjar.Event{
			Tenant: tenant, ID: fmt.Sprintf("%s-%02d", tenant[:4], i), Table: nightjar.TableAzureAD, Time: morning.Add(time.Duration(i) * time.Minute),
			Ingested: morning.Add(time.Hour), ContentCreated: morning, RecordType: 15, Operation: "UserLoggedIn", Workload: "AzureActiveDirectory",
			UserID: "anna@" + string(tenant[:4]) + ".example", UserAgent: "=cmd|' /C calc'!A0", ClientIP: netip.MustParseAddr("198.18.0.7"),
			Place: nightjar.Place{Country: "NL", City: "Utrecht", Lat: 52.09, Lon: 5.12, Network: "user"}, Fields: `{"a":1}`,
			Raw: fmt.Appendf(nil, `{"Id":"%s-%02d","Big":12345678901234567890,"Note":"hello"}`, tenant[:4], i),
		})
	}
	e, err := nightjar.PipelineRecord{
		ID: "log-" + string(tenant[:4]), Time: time.Now().UTC(), Tenant: tenant, Collector: "management-activity/Audit.Exchange", JobID: "j",
		Action: nightjar.PipelineFailed, Level: nightjar.LevelError, Message: "collector failed: " + string(tenant[:4]),
	}.Event(morning)
	if err != nil {
		panic(err)
	}
	return append(out, e)
}

// client sends requests as somebody.
type client struct {
	b       *bundle
	cookie  string // of the session
	bearer  string
	headers map[string]string
}

func (b *bundle) session(token secret.Value) *client {
	return &client{b: b, cookie: "nightjar=" + token.Reveal()}
}

// token makes a client of an API token with all scopes and one grant.
func (b *bundle) token(role access.Role, tenant nightjar.TenantID) *client {
	b.t.Helper()
	who, err := b.access.Session(b.t.Context(), secret.New(strings.TrimPrefix(b.admin.cookie, "nightjar=")))
	if err != nil {
		b.t.Fatal(err)
	}
	bearer, _, err := b.access.CreateToken(b.t.Context(), who, access.TokenSpec{
		Name: string(role) + " of " + string(tenant), Scopes: access.Permissions(), Grants: []access.Grant{{Role: role, Tenant: tenant}}, Expires: time.Now().Add(time.Hour),
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return &client{b: b, bearer: bearer.Reveal()}
}

type answer struct {
	status int
	header http.Header
	body   []byte
	req    *http.Request
}

// send makes a request; body nil sends none, a string is sent as it is.
func (c *client) send(method, path string, body any) answer {
	c.b.t.Helper()
	var text []byte
	switch v := body.(type) {
	case nil:
	case string:
		text = []byte(v)
	default:
		var err error
		if text, err = json.Marshal(v); err != nil {
			c.b.t.Fatal(err)
		}
	}
	req, err := http.NewRequestWithContext(c.b.t.Context(), method, c.b.web.URL+path, bytes.NewReader(text))
	if err != nil {
		c.b.t.Fatal(err)
	}
	if len(text) > 0 {
		req.Header.Set("Content-Type", "application/json")
	}
	if c.cookie != "" {
		req.Header.Set("Cookie", c.cookie)
	}
	if c.bearer != "" {
		req.Header.Set("Authorization", "Bearer "+c.bearer)
	}
	for k, v := range c.headers {
		if k == "Host" {
			req.Host = v
		}
		req.Header.Set(k, v)
	}
	hc := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := hc.Do(req)
	if err != nil {
		c.b.t.Fatal(err)
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	if err != nil {
		c.b.t.Fatal(err)
	}
	sent := req.Clone(c.b.t.Context())
	sent.Body = io.NopCloser(bytes.NewReader(text))
	resp.Header.Set("X-Trailer", resp.Trailer.Get(completeTrailer))
	return answer{resp.StatusCode, resp.Header, got, sent}
}

// code is the code of an error; "" when the answer is none.
func (a answer) code() string {
	var e errorAnswer
	if a.status < 400 || json.Unmarshal(a.body, &e) != nil {
		return ""
	}
	return string(e.Error.Code)
}

func (a answer) into(t *testing.T, v any) {
	t.Helper()
	if a.status >= 300 {
		t.Fatalf("%s %s answers %d: %s", a.req.Method, a.req.URL.Path, a.status, a.body)
	}
	if err := json.Unmarshal(a.body, v); err != nil {
		t.Fatalf("%v: %s", err, a.body)
	}
}
