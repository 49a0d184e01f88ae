package m365

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/secret"
)

// Webhook is an address that Microsoft calls when content is available.
type Webhook struct {
	Address string       // begins with https://
	AuthID  secret.Value // comes with each call in the header Webhook-AuthID; may be zero
	Expires time.Time    // zero means never
	Status  string       // as Microsoft tells it: enabled, disabled, expired; ignored when sent
}

// Subscription is the state of one feed.
type Subscription struct {
	Feed    nightjar.Feed
	Status  string // "enabled" or "disabled"; empty when Microsoft leaves it out
	Webhook *Webhook
}

// Enabled reports whether the feed is being delivered. Microsoft has been seen
// to leave the status out of a running subscription.
func (s Subscription) Enabled() bool { return s.Status == "" || strings.EqualFold(s.Status, "enabled") }

type wireWebhook struct {
	Status     text `json:"status,omitempty"`
	Address    text `json:"address"`
	AuthID     text `json:"authId,omitempty"`
	Expiration text `json:"expiration"`
}

type wireSubscription struct {
	ContentType text         `json:"contentType"`
	Status      text         `json:"status"`
	Webhook     *wireWebhook `json:"webhook"`
}

func (w wireSubscription) subscription() Subscription {
	s := Subscription{Feed: feedOf(w.ContentType, ""), Status: strings.ToLower(string(w.Status))}
	if w.Webhook != nil && w.Webhook.Address != "" {
		s.Webhook = &Webhook{Address: string(w.Webhook.Address), AuthID: secret.New(string(w.Webhook.AuthID)), Status: strings.ToLower(string(w.Webhook.Status))}
		if t, err := parseTime(w.Webhook.Expiration); err == nil {
			s.Webhook.Expires = t
		}
	}
	return s
}

// feedOf finds the feed of a content type without regard to case; an unknown
// one is kept as it is, a missing one is the one that was asked for.
func feedOf(contentType text, asked nightjar.Feed) nightjar.Feed {
	if contentType == "" {
		return asked
	}
	if f, err := nightjar.ParseFeed(string(contentType)); err == nil {
		return f
	}
	return nightjar.Feed(contentType)
}

// ListSubscriptions returns the tenant's subscriptions, running or not.
func (a *Activity) ListSubscriptions(ctx context.Context) ([]Subscription, error) {
	op := operation{api: apiSubscriptions, what: "list subscriptions"}
	var listed []wireSubscription
	err := a.call(ctx, op, http.MethodGet, a.address("subscriptions/list"), nil, func(_ *http.Response, b *body) (bool, error) {
		listed = nil
		return false, decodeList(op, b, &listed)
	})
	if err != nil {
		return nil, err
	}
	subscriptions := make([]Subscription, 0, len(listed))
	for _, w := range listed {
		subscriptions = append(subscriptions, w.subscription())
	}
	return subscriptions, nil
}

// StartSubscription starts a feed, with a webhook if one is given. A feed that
// runs already is a success.
func (a *Activity) StartSubscription(ctx context.Context, feed nightjar.Feed, hook *Webhook) (Subscription, error) {
	op := operation{api: apiSubscriptions, what: "start the subscription", feed: feed}
	var send []byte
	if hook != nil {
		w := wireWebhook{Address: text(hook.Address), AuthID: text(hook.AuthID.Reveal())}
		if !hook.Expires.IsZero() {
			w.Expiration = text(formatTime(hook.Expires))
		}
		var err error
		if send, err = json.Marshal(map[string]wireWebhook{"webhook": w}); err != nil {
			return Subscription{}, failure(op, &APIError{Kind: KindBug, Message: "the webhook cannot be written"})
		}
	}
	var started wireSubscription
	err := a.call(ctx, op, http.MethodPost, a.address("subscriptions/start", "contentType", string(feed)), send, func(_ *http.Response, b *body) (bool, error) {
		started = wireSubscription{}
		return false, decode(op, b, &started)
	})
	if KindOf(err) == KindAlreadyEnabled {
		return Subscription{Feed: feed, Status: "enabled"}, nil
	}
	if err != nil {
		return Subscription{}, err
	}
	s := started.subscription()
	if s.Feed == "" {
		s.Feed = feed
	}
	return s, nil
}

// StopSubscription stops a feed. Content of the time until it is started again
// can never be fetched. Stopping what does not run is a success.
func (a *Activity) StopSubscription(ctx context.Context, feed nightjar.Feed) error {
	op := operation{api: apiSubscriptions, what: "stop the subscription", feed: feed}
	err := a.call(ctx, op, http.MethodPost, a.address("subscriptions/stop", "contentType", string(feed)), nil, func(*http.Response, *body) (bool, error) {
		return false, nil
	})
	if KindOf(err) == KindNotSubscribed {
		return nil
	}
	return err
}
