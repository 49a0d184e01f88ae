package collect

import (
	"context"
	"fmt"
	"sync"
	"time"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/catalog"
	"github.com/nightjar-sec/nightjar/internal/m365"
)

// subscriptionsAge is how long a list of a tenant's subscriptions is believed.
const subscriptionsAge = time.Hour

// subscriptions keeps the subscriptions of one tenant running. Its feeds share
// one list of them; each start is one feed's own affair, so that a feed that
// has to wait never holds up one that runs. It is safe for concurrent use.
type subscriptions struct {
	c      *Collector
	tenant nightjar.TenantID
	turn   chan struct{} // holds one token: the right to ask Microsoft for the list

	mu      sync.Mutex
	listed  time.Time
	running map[nightjar.Feed]m365.Subscription
	// refused is when Microsoft last refused a start for coming too soon after
	// another one. Its text leaves open whether the wait spans feeds, so they
	// are spaced only after that.
	refused time.Time
}

// errWaiting says that a feed's subscription may not be asked for yet.
func errWaiting(feed nightjar.Feed, wait time.Duration) error {
	return &nightjar.Error{
		Code:    nightjar.CodeUnavailable,
		Message: fmt.Sprintf("the subscription to %s does not run, and may be asked for again in %s", feed, wait.Round(time.Second)),
		Hint:    "Microsoft allows one start of the same feed every 15 minutes",
	}
}

// ensure sees to it that a feed's subscription runs. It starts only what is
// missing, and the same feed never twice within 15 minutes, across restarts.
// When it returns an error, wait is how long to wait at least. started reports
// that the subscription had stopped running, and was started now.
func (s *subscriptions) ensure(ctx context.Context, act *m365.Activity, feed nightjar.Feed, row feedRow) (started bool, wait time.Duration, err error) {
	now := s.c.clock.Now()
	sub, known, err := s.look(ctx, act, feed, now)
	if err != nil {
		// Without the list we still poll: what runs must not wait for it.
		if m365.KindOf(err) == m365.KindTenantUnknown || row.Subscribed == 0 {
			return false, 0, err
		}
		return false, 0, nil
	}
	if known && sub.Enabled() && s.hooked(sub) {
		if row.Subscribed == 0 {
			return false, 0, s.c.ledger.subscription(ctx, s.tenant, feed, now, time.Time{})
		}
		return false, 0, nil
	}
	if known && !sub.Enabled() && row.Subscribed != 0 {
		// It ran under our eyes and somebody switched it off: to switch it on
		// again is the operator's decision.
		s.forget()
		return false, 0, &m365.APIError{Kind: m365.KindDisabled, Message: "the subscription to " + string(feed) + " was switched off"}
	}
	if wait := s.wait(row, now); wait > 0 {
		if known && sub.Enabled() { // only the webhook is missing
			return false, 0, nil
		}
		if err := s.probe(ctx, act, feed); m365.KindOf(err) == m365.KindPermission {
			return false, 0, err
		}
		return false, wait, errWaiting(feed, wait)
	}
	if err := s.c.ledger.subscription(ctx, s.tenant, feed, time.Time{}, now); err != nil {
		return false, 0, err
	}
	if err := s.start(ctx, act, feed); err != nil {
		if k := m365.KindOf(err); k == m365.KindThrottled || k == m365.KindBug {
			s.mu.Lock()
			s.refused = now
			s.mu.Unlock()
			return false, subscriptionSpacing, err
		}
		return false, 0, err
	}
	s.c.log.InfoContext(ctx, "subscription started", "tenant", string(s.tenant), "source", string(feed))
	s.mark(feed)
	return row.Subscribed != 0 && !known, 0, s.c.ledger.subscription(ctx, s.tenant, feed, now, time.Time{})
}

// probe lists a minute of a feed that does not run. One that may not be read
// says so whether it runs or not, and nobody should wait a quarter of an hour
// for the next start to hear it.
func (s *subscriptions) probe(ctx context.Context, act *m365.Activity, feed nightjar.Feed) error {
	now := s.c.serverNow(act).Truncate(time.Second)
	ctx = m365.WithPriority(ctx, m365.PriorityFresh)
	return act.ListContent(ctx, feed, now.Add(-time.Minute), now, func([]nightjar.Blob) error { return nil })
}

// start asks for a subscription, with the webhook if there is one. A webhook
// that Microsoft does not accept costs the webhook only.
func (s *subscriptions) start(ctx context.Context, act *m365.Activity, feed nightjar.Feed) error {
	hook := s.c.opt.Webhook
	_, err := act.StartSubscription(ctx, feed, hook)
	if hook != nil && m365.KindOf(err) == m365.KindWebhook {
		s.c.warn.Set(nightjar.WarnWebhookRefused, s.tenant, string(feed), map[string]string{"reason": err.Error()})
		_, err = act.StartSubscription(ctx, feed, nil)
	} else if hook != nil && err == nil {
		s.c.warn.Clear(nightjar.WarnWebhookRefused, s.tenant, string(feed))
	}
	return err
}

// hooked reports whether a running subscription has the webhook that is wanted.
func (s *subscriptions) hooked(sub m365.Subscription) bool {
	hook := s.c.opt.Webhook
	return hook == nil || (sub.Webhook != nil && sub.Webhook.Address == hook.Address)
}

// wait is how long a start must wait.
func (s *subscriptions) wait(row feedRow, now time.Time) time.Duration {
	s.mu.Lock()
	refused := s.refused
	s.mu.Unlock()
	var wait time.Duration
	if row.Attempted > 0 {
		wait = catalog.Time(row.Attempted).Add(subscriptionSpacing).Sub(now)
	}
	if !refused.IsZero() {
		wait = max(wait, refused.Add(subscriptionSpacing).Sub(now))
	}
	return min(wait, subscriptionSpacing) // a clock that ran ahead must not park a feed for long
}

// look finds a feed in the list of subscriptions, which is read again when it
// is old. Feeds that look at the same time share one answer.
func (s *subscriptions) look(ctx context.Context, act *m365.Activity, feed nightjar.Feed, now time.Time) (m365.Subscription, bool, error) {
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-ctx.Done():
		return m365.Subscription{}, false, context.Cause(ctx)
	}
	s.mu.Lock()
	stale := s.running == nil || now.Sub(s.listed) > subscriptionsAge || now.Before(s.listed)
	s.mu.Unlock()
	if stale {
		list, err := act.ListSubscriptions(m365.WithPriority(ctx, m365.PriorityFresh))
		if err != nil {
			return m365.Subscription{}, false, fmt.Errorf("list the subscriptions: %w", err)
		}
		running := make(map[nightjar.Feed]m365.Subscription, len(list))
		for _, sub := range list {
			running[sub.Feed] = sub
		}
		s.mu.Lock()
		s.running, s.listed = running, now
		s.mu.Unlock()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	sub, ok := s.running[feed]
	return sub, ok, nil
}

// mark remembers that a feed's subscription runs.
func (s *subscriptions) mark(feed nightjar.Feed) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.running != nil {
		s.running[feed] = m365.Subscription{Feed: feed, Status: "enabled", Webhook: s.c.opt.Webhook}
	}
}

// forget has the list read again: a listing said that the feed does not run.
func (s *subscriptions) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.running = nil
}
