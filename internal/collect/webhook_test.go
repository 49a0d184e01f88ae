package collect

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/secret"
)

func TestWebhookAnswers(t *testing.T) {
	t.Parallel()
	const notice = `[{"tenantId":"11111111-2222-3333-4444-555555555555","contentType":"audit.exchange","contentUri":"https://evil.example/x"}]`
	for _, c := range []struct {
		name, method, auth, code, body string
		status                         int
		echo                           string
	}{
		{"the handshake echoes the code as plain text", "POST", "s3cret", "abc-123", `{"validationCode":"abc-123"}`, 200, "abc-123"},
		{"a handshake whose body differs is refused", "POST", "s3cret", "abc-123", `{"validationCode":"other"}`, 400, ""},
		{"a long code is refused", "POST", "s3cret", strings.Repeat("a", 300), `{"validationCode":"` + strings.Repeat("a", 300) + `"}`, 400, ""},
		{"a notification is taken", "POST", "s3cret", "", notice, 200, ""},
		{"nonsense is taken and means nothing", "POST", "s3cret", "", "{{{", 200, ""},
		{"a flood is taken and cut", "POST", "s3cret", "", "[" + strings.Repeat(" ", 2<<20) + "]", 200, ""},
		{"a wrong Webhook-AuthID is refused", "POST", "guess", "", notice, 401, ""},
		{"a missing one too", "POST", "", "abc-123", `{"validationCode":"abc-123"}`, 401, ""},
		{"only POST is spoken", "GET", "s3cret", "", "", 405, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h := (&Collector{}).Webhook(secret.New("s3cret"))
			r := httptest.NewRequestWithContext(t.Context(), c.method, "/webhook", strings.NewReader(c.body))
			if c.auth != "" {
				r.Header.Set("Webhook-AuthID", c.auth)
			}
			if c.code != "" {
				r.Header.Set("Webhook-ValidationCode", c.code)
			}
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if w.Code != c.status || w.Body.String() != c.echo {
				t.Errorf("answers %d %q, want %d %q", w.Code, w.Body, c.status, c.echo)
			}
			if c.echo != "" && (!strings.HasPrefix(w.Header().Get("Content-Type"), "text/plain") || w.Header().Get("X-Content-Type-Options") != "nosniff") {
				t.Errorf("the echo is sent as %v", w.Header())
			}
		})
	}
}

func TestWebhookWithoutASecretTrustsNobody(t *testing.T) {
	t.Parallel()
	w := httptest.NewRecorder()
	(&Collector{}).Webhook(secret.Value{}).ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", strings.NewReader("[]")))
	if w.Code != http.StatusUnauthorized {
		t.Errorf("answers %d", w.Code)
	}
}

func TestNotificationWakesOnlyTheFeedThatItNames(t *testing.T) {
	t.Parallel()
	const tenant nightjar.TenantID = "11111111-2222-3333-4444-555555555555"
	const client = "aaaaaaaa-2222-3333-4444-555555555555"
	exchange := &feedRun{feed: nightjar.FeedExchange, wake: make(chan struct{}, 1)}
	general := &feedRun{feed: nightjar.FeedGeneral, wake: make(chan struct{}, 1)}
	c := &Collector{running: map[nightjar.TenantID]*running{
		tenant: {tenantRun: &tenantRun{tenant: nightjar.Tenant{ClientID: client}, feeds: []*feedRun{exchange, general}}},
	}}
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", strings.NewReader(
		`[{"tenantId":"`+strings.ToUpper(string(tenant))+`","clientId":"`+strings.ToUpper(client)+`","contentType":"AUDIT.EXCHANGE"},
		{"tenantId":"x","clientId":"`+client+`","contentType":"Audit.General"},
		{"tenantId":"`+string(tenant)+`","clientId":"bbbbbbbb-2222-3333-4444-555555555555","contentType":"Audit.General"},
		{"tenantId":"`+string(tenant)+`","contentType":"Audit.General"}]`))
	r.Header.Set("Webhook-AuthID", "s")
	c.Webhook(secret.New("s")).ServeHTTP(httptest.NewRecorder(), r)
	if len(exchange.wake) != 1 || len(general.wake) != 0 {
		t.Errorf("woken: exchange %d, general %d", len(exchange.wake), len(general.wake))
	}
}

func FuzzNotifications(f *testing.F) {
	f.Add([]byte(`[{"tenantId":"11111111-2222-3333-4444-555555555555","contentType":"DLP.ALL"}]`))
	f.Add([]byte(`{"tenantId":1}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, n := range parseNotifications(body) {
			if _, err := nightjar.ParseTenantID(string(n.tenant)); err != nil {
				t.Errorf("wakes the tenant %q", n.tenant)
			}
		}
	})
}
