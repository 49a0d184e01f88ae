package sim

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"time"
)

type subState int

const (
	subNone subState = iota
	subEnabled
	subStopped
)

// startSpacing is how long Microsoft wants a client to wait between two starts.
// Source: the API reference's note on /subscriptions/start, read 2026-11-22.
const startSpacing = 15 * time.Minute

// subscription is a tenant's subscription to one feed.
type subscription struct {
	state   subState
	since   time.Time // of the first start
	asked   time.Time // of the last POST to start
	stopped []span    // content created in these is never served
	webhook *webhook
}

type span struct{ from, to time.Time } // a zero to means still going on

func (s span) holds(t time.Time) bool {
	return !t.Before(s.from) && (s.to.IsZero() || t.Before(s.to))
}

// serves says whether content created at t may be had through the subscription.
func (s *subscription) serves(t time.Time) bool {
	for _, p := range s.stopped {
		if p.holds(t) {
			return false
		}
	}
	return true
}

type subscriptionJSON struct {
	ContentType string       `json:"contentType"`
	Status      string       `json:"status"`
	Webhook     *webhookJSON `json:"webhook"`
}

type webhookJSON struct {
	Status     string `json:"status,omitempty"`
	Address    string `json:"address"`
	AuthID     string `json:"authId,omitempty"`
	Expiration string `json:"expiration,omitempty"`
}

func (s *subscription) json(feed int, disabled bool) subscriptionJSON {
	out := subscriptionJSON{ContentType: feedNames[feed], Status: "enabled"}
	if s.state == subStopped || disabled {
		out.Status = "disabled"
	}
	if s.webhook != nil {
		out.Webhook = &webhookJSON{Status: s.webhook.status(), Address: s.webhook.address, AuthID: s.webhook.authID}
		if !s.webhook.expires.IsZero() {
			out.Webhook.Expiration = s.webhook.expires.Format("2006-01-02T15:04:05Z")
		}
	}
	return out
}

func (s *Server) listSubscriptions(w http.ResponseWriter, t *tenant) {
	t.mu.Lock()
	list := []subscriptionJSON{}
	for f := range t.subs {
		if t.subs[f].state != subNone {
			list = append(list, t.subs[f].json(f, t.disabled[f]))
		}
	}
	t.mu.Unlock()
	writeJSON(w, http.StatusOK, list)
}

func (s *Server) startSubscription(w http.ResponseWriter, r *http.Request, t *tenant, feed int) *apiError {
	now := s.clock.Now()
	t.mu.Lock()
	sub := &t.subs[feed]
	if !sub.asked.IsZero() && now.Sub(sub.asked) < startSpacing {
		s.truth.violate(t.ID, "subscription started twice within 15 minutes", feedNames[feed])
	}
	sub.asked = now
	enabled, was := sub.state == subEnabled && !t.disabled[feed], sub.webhook
	t.mu.Unlock()

	hook, fault := s.readWebhook(r, t)
	if fault != nil {
		return fault
	}
	if enabled && hook.same(was) && s.alreadyEnabled(t, feed) {
		return errAlreadyEnabled()
	}
	if hook != nil {
		if fault := s.validateWebhook(r.Context(), hook); fault != nil {
			return fault
		}
	}
	t.mu.Lock()
	switch sub.state { //nolint:exhaustive // one that runs goes on
	case subNone:
		sub.since = now
	case subStopped:
		sub.stopped[len(sub.stopped)-1].to = now
	}
	sub.state, sub.webhook = subEnabled, hook
	t.disabled[feed] = false
	answer := sub.json(feed, false)
	t.mu.Unlock()
	writeJSON(w, http.StatusOK, answer)
	return nil
}

// alreadyEnabled says whether a repeated start is answered AF20024.
func (s *Server) alreadyEnabled(t *tenant, feed int) bool {
	p := 1.0
	if s.scenario.AlreadyEnabled != nil {
		p = *s.scenario.AlreadyEnabled
	}
	n := t.try("start again " + feedNames[feed])
	return t.schedule.chance(p, "already enabled", feed, int64(n))
}

func (s *Server) stopSubscription(w http.ResponseWriter, t *tenant, feed int) *apiError {
	now := s.clock.Now()
	t.mu.Lock()
	defer t.mu.Unlock()
	sub := &t.subs[feed]
	if sub.state != subEnabled {
		return errNoSubscription()
	}
	sub.state, sub.webhook = subStopped, nil
	sub.stopped = append(sub.stopped, span{from: now})
	w.WriteHeader(http.StatusOK)
	return nil
}

// readWebhook reads the optional body of a start.
func (s *Server) readWebhook(r *http.Request, t *tenant) (*webhook, *apiError) {
	data, err := io.ReadAll(io.LimitReader(r.Body, 1<<16))
	if err != nil {
		return nil, errBadParameter("webhook", "object")
	}
	if strings.TrimSpace(string(data)) == "" {
		return nil, nil
	}
	var body struct {
		Webhook *webhookJSON `json:"webhook"`
	}
	if err := json.Unmarshal(data, &body); err != nil {
		return nil, errBadParameter("webhook", "object")
	}
	if body.Webhook == nil {
		return nil, nil
	}
	hook := &webhook{tenant: t.ID, client: t.ClientID, address: body.Webhook.Address, authID: body.Webhook.AuthID}
	if !strings.HasPrefix(strings.ToLower(hook.address), "https://") {
		return nil, errWebhook("The webhook address must begin with HTTPS.")
	}
	if e := body.Webhook.Expiration; e != "" {
		if hook.expires, err = parseTime(e); err != nil {
			return nil, errBadParameter("webhook.expiration", "DateTime")
		}
		if hook.expires.Before(s.clock.Now()) {
			return nil, errPastExpiration(e)
		}
	}
	return hook, nil
}
