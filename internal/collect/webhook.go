package collect

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/secret"
)

const (
	// maxNotification bounds a notification's body. Microsoft does not fix
	// its size; what is cut off is found by listing.
	maxNotification = 1 << 20
	// maxValidationCode bounds what is echoed.
	maxValidationCode = 256
)

// Webhook returns the handler that Microsoft calls when there is content. A
// call is a hint and nothing more: it has the feeds that it names listed at
// once. Nothing in it is believed, and no address in it is ever fetched.
//
// Every call must carry authID in the header Webhook-AuthID; it is compared
// without telling by time how much of it was right. The handshake is as in
// office-365-management-activity-api-reference ("Webhook validation"), read 2026-11-22.
func (c *Collector) Webhook(authID secret.Value) http.Handler {
	want := sha256.Sum256([]byte(authID.Reveal()))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost {
			w.Header().Set("Allow", http.MethodPost)
			w.WriteHeader(http.StatusMethodNotAllowed)
			return
		}
		got := sha256.Sum256([]byte(r.Header.Get("Webhook-AuthID")))
		if authID.IsZero() || subtle.ConstantTimeCompare(got[:], want[:]) != 1 {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxNotification))
		var tooLarge *http.MaxBytesError
		switch {
		case errors.As(err, &tooLarge):
			// We cannot tell what it names: list everything.
			c.wakeAll()
			w.WriteHeader(http.StatusOK)
			return
		case err != nil:
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		if code := r.Header.Get("Webhook-ValidationCode"); code != "" {
			validate(w, code, body)
			return
		}
		for _, n := range parseNotifications(body) {
			c.notified(n)
		}
		w.WriteHeader(http.StatusOK)
	})
}

// notified wakes the feed that a notification names, if it was sent to the
// application that the tenant is collected with: another one's subscription
// says nothing of ours.
func (c *Collector) notified(n notice) {
	c.mu.Lock()
	r := c.running[n.tenant]
	c.mu.Unlock()
	if r != nil && strings.EqualFold(n.client, r.tenant.ClientID) {
		r.wake(n.feed)
	}
}

// validate answers the handshake: 200 when header and body name one code.
func validate(w http.ResponseWriter, code string, body []byte) {
	var said struct {
		ValidationCode string `json:"validationCode"`
	}
	if json.Unmarshal(body, &said) != nil || said.ValidationCode != code || len(code) > maxValidationCode {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(http.StatusOK)
	_, _ = io.WriteString(w, code) // the caller has gone if it fails
}

// notice is what a notification is good for.
type notice struct {
	tenant nightjar.TenantID
	client string
	feed   nightjar.Feed
}

// parseNotifications reads which feeds a notification names, each once. What
// it does not understand it leaves out.
func parseNotifications(body []byte) []notice {
	var items []struct {
		TenantID    string `json:"tenantId"`
		ClientID    string `json:"clientId"`
		ContentType string `json:"contentType"`
	}
	if json.Unmarshal(body, &items) != nil {
		return nil
	}
	var out []notice
	seen := make(map[notice]bool)
	for _, item := range items {
		tenant, err := nightjar.ParseTenantID(item.TenantID)
		if err != nil {
			continue
		}
		feed, err := nightjar.ParseFeed(strings.TrimSpace(item.ContentType))
		if err != nil {
			continue
		}
		n := notice{tenant, strings.ToLower(item.ClientID), feed}
		if !seen[n] {
			seen[n] = true
			out = append(out, n)
		}
	}
	return out
}

func (c *Collector) wakeAll() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, r := range c.running {
		r.wake("")
	}
}
