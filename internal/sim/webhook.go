package sim

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"sync"
	"time"
)

// webhook is where a subscription announces its blobs.
type webhook struct {
	tenant, client  string
	address, authID string
	expires         time.Time

	mu     sync.Mutex
	failed int       // calls refused in a row
	next   time.Time // no call before
	sent   time.Time // blobs visible before were announced
}

// webhookPatience is how many refusals in a row disable a webhook. Microsoft
// says "after repeated failures" and gives no number.
const webhookPatience = 8

func (h *webhook) status() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.failed >= webhookPatience {
		return "disabled"
	}
	return "enabled"
}

// same says whether two webhooks have the same properties; nil means none.
func (h *webhook) same(o *webhook) bool {
	if h == nil || o == nil {
		return h == o
	}
	return h.address == o.address && h.authID == o.authID && h.expires.Equal(o.expires)
}

// post calls a webhook and returns the status, 0 when there was no answer.
func (s *Server) post(ctx context.Context, h *webhook, code string, body any) int {
	data, err := json.Marshal(body)
	if err != nil {
		return 0
	}
	ctx, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, h.address, bytes.NewReader(data))
	if err != nil {
		return 0
	}
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	if h.authID != "" {
		req.Header.Set("Webhook-AuthID", h.authID)
	}
	if code != "" {
		req.Header.Set("Webhook-ValidationCode", code)
	}
	resp, err := s.hooks.Do(req)
	if err != nil {
		return 0
	}
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 1<<16)) // only to reuse the connection
	_ = resp.Body.Close()                                        // only read from
	return resp.StatusCode
}

func (s *Server) validateWebhook(ctx context.Context, h *webhook) *apiError {
	code := guidOf(s.seed, "validation "+seconds(time.Duration(s.serial.Add(1))*time.Second))
	if status := s.post(ctx, h, code, map[string]string{"validationCode": code}); status != http.StatusOK {
		return errWebhook("The webhook endpoint did not return HTTP 200.")
	}
	h.sent = s.clock.Now()
	s.hookedOnce.Do(func() { close(s.hooked) })
	return nil
}

// notification is one announced blob.
type notification struct {
	TenantID          string `json:"tenantId"`
	ClientID          string `json:"clientId"`
	ContentType       string `json:"contentType"`
	ContentID         string `json:"contentId"`
	ContentURI        string `json:"contentUri"`
	ContentCreated    string `json:"contentCreated"`
	ContentExpiration string `json:"contentExpiration"`
}

// attempt is one line of GET subscriptions/notifications.
type attempt struct {
	notification
	NotificationStatus string `json:"notificationStatus"`
	NotificationSent   string `json:"notificationSent"`
}

// notify announces new blobs until ctx ends. It sleeps until there is a
// webhook, so that it costs nothing in months of simulated time.
func (s *Server) notify(ctx context.Context) {
	select {
	case <-ctx.Done():
		return
	case <-s.hooked:
	}
	for ctx.Err() == nil {
		pause(ctx, 200*time.Millisecond)
		for _, t := range s.tenants {
			for f := range t.subs {
				t.mu.Lock()
				h := t.subs[f].webhook
				t.mu.Unlock()
				if h != nil {
					s.announce(ctx, t, f, h)
				}
			}
		}
	}
}

// announce sends what became visible since the last call, and backs off from
// a webhook that refuses.
func (s *Server) announce(ctx context.Context, t *tenant, feed int, h *webhook) {
	now := s.clock.Now()
	if now.Before(h.next) || h.status() == "disabled" || !h.expires.IsZero() && now.After(h.expires) {
		return
	}
	var list []notification
	for _, b := range t.schedule.list(feed, h.sent.Add(-time.Hour), now, now) {
		if !b.visible.Before(h.sent) {
			list = append(list, s.describe(t, b))
		}
	}
	if len(list) == 0 {
		return
	}
	status := s.post(ctx, h, "", list)
	h.mu.Lock()
	outcome := "success"
	if status == http.StatusOK {
		h.failed, h.sent = 0, now
	} else {
		outcome = "failed"
		h.failed++
		h.next = now.Add(time.Second << h.failed)
	}
	h.mu.Unlock()
	s.truth.notified(t.ID, feed, list, outcome, now)
}
