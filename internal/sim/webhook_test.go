package sim

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func TestAWebhookIsValidatedAndAnnounced(t *testing.T) {
	t.Parallel()
	codes, announced := make(chan string, 1), make(chan []notification, 100)
	receiver := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Webhook-Authid") != "o365activity" {
			t.Errorf("Webhook-AuthID is %q", r.Header.Get("Webhook-Authid"))
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		if code := r.Header.Get("Webhook-Validationcode"); code != "" {
			if !strings.Contains(string(body), `"validationCode":"`+code+`"`) {
				t.Errorf("the body of the validation is %s", body)
			}
			codes <- code
			return
		}
		var list []notification
		if err := json.Unmarshal(body, &list); err != nil {
			t.Errorf("a notification is %s", body)
		}
		announced <- list
	}))
	defer receiver.Close()
	c := serve(t, Config{Clock: AcceleratedClock(monday, 600), Tenants: []TenantConfig{{Live: true}}}).enter()
	start := c.feedURL("subscriptions/start", "contentType", "Audit.Exchange")
	body, err := c.do(http.MethodPost, start, `{"webhook":{"address":"`+receiver.URL+`/hook","authId":"o365activity"}}`)
	if err != nil || c.status != 200 || !strings.Contains(body, `"webhook":{"status":"enabled"`) {
		t.Fatalf("start answered %d %s %v", c.status, body, err)
	}
	<-codes
	list := <-announced
	n := list[0]
	if n.TenantID != c.tenant.ID || n.ClientID != c.tenant.ClientID || n.ContentType != "Audit.Exchange" || !strings.HasPrefix(n.ContentURI, c.s.URLs().Management) {
		t.Errorf("announced %+v", n)
	}
	if events, refused := c.blob(n.ContentURI); len(events) == 0 {
		t.Errorf("the announced blob is refused with %s", refused)
	}
	if got := c.must(http.MethodGet, c.feedURL("subscriptions/notifications", "contentType", "Audit.Exchange")); !strings.Contains(got, n.ContentID) {
		t.Errorf("the notifications list has no %s", n.ContentID)
	}
}

func TestAWebhookThatRefusesIsNotSubscribed(t *testing.T) {
	t.Parallel()
	receiver := httptest.NewTLSServer(http.NotFoundHandler())
	defer receiver.Close()
	c := serve(t, Config{}).enter()
	start := c.feedURL("subscriptions/start", "contentType", "Audit.Exchange")
	for name, hook := range map[string]string{
		"404":        `{"webhook":{"address":"` + receiver.URL + `"}}`,
		"plain http": `{"webhook":{"address":"http://127.0.0.1/"}}`,
		"past":       `{"webhook":{"address":"` + receiver.URL + `","expiration":"2001-01-01"}}`,
	} {
		want := map[string]string{"404": "AF20021", "plain http": "AF20021", "past": "AF20003"}[name]
		if body, err := c.do(http.MethodPost, start, hook); err != nil || code(body) != want {
			t.Errorf("%s: answered %s %v, want %s", name, body, err, want)
		}
	}
	if got := c.must(http.MethodGet, c.feedURL("subscriptions/list")); got != "[]" {
		t.Errorf("there is a subscription: %s", got)
	}
}

func TestAWebhookThatKeepsFailingIsSwitchedOff(t *testing.T) {
	t.Parallel()
	h := &webhook{failed: webhookPatience}
	if h.status() != "disabled" || !h.expires.Equal(time.Time{}) {
		t.Errorf("its status is %s", h.status())
	}
}
