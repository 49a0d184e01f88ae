package notify

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/uptrace/bun"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/catalog"
)

const (
	// sentKept is how long what was sent is listed, and deadKept what was given
	// up or waits for a channel that is off.
	sentKept, deadKept = 30 * 24 * time.Hour, 90 * 24 * time.Hour
	pruneEvery         = time.Hour
	lookEvery          = 2 * time.Second
	surveyEvery        = time.Minute
)

// Run sends what is in the outbox until ctx ends. One process at a time may run it.
func (n *Notifier) Run(ctx context.Context) error {
	if err := n.recover(ctx); err != nil {
		return err
	}
	var all sync.WaitGroup
	defer all.Wait()
	defer n.endLanes()
	var pruned, surveyed time.Time
	var seen marks
	for {
		next, err := n.look(ctx, &seen, &all)
		if err != nil && ctx.Err() == nil {
			n.log.ErrorContext(ctx, "the outbox cannot be read", "error", err)
		}
		now := n.clock.Now()
		if now.Sub(surveyed) >= surveyEvery {
			surveyed = now
			if err := n.survey(ctx); err != nil && ctx.Err() == nil {
				n.log.ErrorContext(ctx, "deliveries cannot be counted", "error", err)
			}
		}
		if now.Sub(pruned) >= pruneEvery {
			pruned = now
			if err := n.prune(ctx); err != nil && ctx.Err() == nil {
				n.log.ErrorContext(ctx, "old deliveries cannot be removed", "error", err)
			}
		}
		wait := n.cfg.LookEvery
		if !next.IsZero() {
			wait = min(wait, max(next.Sub(now), 10*time.Millisecond))
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-n.woken:
			surveyed = time.Time{}
		case <-n.clock.After(wait):
		}
	}
}

// marks grow when somebody writes: channels or routes, and notices.
type marks struct {
	Revision int64 `bun:"revision"`
	Notices  int64 `bun:"notices"`
}

// look aligns the lanes and wakes them when another process wrote, and makes
// the reminders that are due. It returns when the next is.
func (n *Notifier) look(ctx context.Context, seen *marks, all *sync.WaitGroup) (next time.Time, err error) {
	var now marks
	if err := n.db.NewRaw(sqlMarks).Scan(ctx, &now); err != nil {
		return next, fmt.Errorf("look at the outbox: %w", catalog.Translate(err))
	}
	if now != *seen {
		if err := n.align(ctx, all); err != nil {
			return next, err
		}
		n.stirAll()
		*seen = now
	}
	return n.remind(ctx)
}

// align has a lane for each channel, and none for what was removed.
func (n *Notifier) align(ctx context.Context, all *sync.WaitGroup) error {
	p, err := n.current(ctx, n.db)
	if err != nil {
		return err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	for id := range p.channels {
		if n.lanes[id] != nil {
			continue
		}
		l := n.newLane(id)
		laneCtx, stop := context.WithCancelCause(ctx)
		l.stop = func() { stop(errStopped) }
		n.lanes[id] = l
		all.Go(func() { l.run(laneCtx) })
	}
	for id, l := range n.lanes {
		if _, known := p.channels[id]; !known {
			l.stop()
			delete(n.lanes, id)
		}
	}
	return nil
}

func (n *Notifier) endLanes() {
	n.mu.Lock()
	defer n.mu.Unlock()
	for id, l := range n.lanes {
		l.stop()
		delete(n.lanes, id)
	}
}

// survey counts what waits and what did not arrive, for metrics and warnings.
func (n *Notifier) survey(ctx context.Context) error {
	list, err := n.List(ctx)
	if err != nil {
		return err
	}
	since, err := n.waitingSince(ctx)
	if err != nil {
		return err
	}
	n.metrics.survey(list, since, n.now())
	names := map[string]bool{}
	for _, c := range list {
		names[c.Name], n.warned[c.Name] = true, true
	}
	// Another process may have removed a channel, or given it another name.
	for name := range n.warned {
		if !names[name] {
			n.clearWarning(nightjar.WarnNotificationLost, name)
			n.clearWarning(nightjar.WarnNotifierFailing, name)
			delete(n.warned, name)
		}
	}
	for _, c := range list {
		if c.Dead+c.Doubtful > 0 {
			n.warn(nightjar.WarnNotificationLost, c.Name, map[string]string{"channel": c.Name, "count": strconv.FormatInt(c.Dead+c.Doubtful, 10)})
		} else {
			n.clearWarning(nightjar.WarnNotificationLost, c.Name)
		}
		if c.State() == ChannelFailing {
			n.warn(nightjar.WarnNotifierFailing, c.Name, map[string]string{"channel": c.Name, "problem": c.Problem})
		} else {
			n.clearWarning(nightjar.WarnNotifierFailing, c.Name)
		}
	}
	return nil
}

// waitingSince says from when what waits is due, by the id of the channel; in
// quiet hours that is yet to come. A message that somebody had tried again
// waits from then on.
func (n *Notifier) waitingSince(ctx context.Context) (map[string]time.Time, error) {
	var rows []struct {
		Channel string `bun:"channel"`
		Since   int64  `bun:"since"`
	}
	tried := n.cfg.RetryFor.Microseconds()
	if err := n.db.NewRaw(sqlWaitingSince, tried, tried).Scan(ctx, &rows); err != nil {
		return nil, fmt.Errorf("look for what waits longest: %w", catalog.Translate(err))
	}
	out := map[string]time.Time{}
	for _, r := range rows {
		out[r.Channel] = timeOf(r.Since)
	}
	return out, nil
}

// prune removes what is older than anybody asks for, also what waits for a
// channel that is off. What waits for others does not become as old.
func (n *Notifier) prune(ctx context.Context) error {
	now := n.now()
	return n.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		for _, s := range []struct {
			statement string
			before    time.Time
		}{
			{sqlPruneSentNotices, now.Add(-sentKept)},
			{sqlPruneSent, now.Add(-sentKept)},
			{sqlPruneDeadNotices, now.Add(-deadKept)},
			{sqlPruneDead, now.Add(-deadKept)},
			{sqlPruneQueuedNotices, now.Add(-deadKept)},
			{sqlPruneQueued, now.Add(-deadKept)},
			{sqlPruneWaiting, now.Add(-deadKept)},
		} {
			if err := exec(ctx, tx, s.statement, micros(s.before)); err != nil {
				return err
			}
		}
		return nil
	})
}

func (n *Notifier) warn(code nightjar.WarningCode, source string, args map[string]string) {
	if n.cfg.Warnings != nil {
		n.cfg.Warnings.Set(code, "", source, args)
	}
}

func (n *Notifier) clearWarning(code nightjar.WarningCode, source string) {
	if n.cfg.Warnings != nil {
		n.cfg.Warnings.Clear(code, "", source)
	}
}

// List returns the channels by name, and how sending to them goes.
func (n *Notifier) List(ctx context.Context) ([]Channel, error) {
	list, err := channels(ctx, n.db)
	if err != nil {
		return nil, err
	}
	return list, count(ctx, n.db, list)
}

// Get returns a channel.
func (n *Notifier) Get(ctx context.Context, id string) (Channel, error) {
	c, err := channel(ctx, n.db, id)
	if err != nil {
		return c, err
	}
	one := []Channel{c}
	if err := count(ctx, n.db, one); err != nil {
		return c, fmt.Errorf("count what waits: %w", catalog.Translate(err))
	}
	return one[0], nil
}

const (
	sqlWaitingSince = `SELECT channel, min(t) AS since FROM (
		SELECT c.id AS channel, CASE WHEN m.deadline - ? > m.created THEN m.deadline - ? ELSE m.created END AS t FROM notify_channels AS c JOIN notify_messages AS m ON m.channel = c.id AND m.status IN ('queued', 'sending')
		UNION ALL SELECT c.id, min(n.due) FROM notify_channels AS c JOIN notify_notices AS n ON n.channel = c.id AND n.message = 0 GROUP BY c.id) AS waiting GROUP BY channel`
	sqlMarks            = `SELECT revision, notices FROM notify_state WHERE id = 1`
	sqlPruneSentNotices = `DELETE FROM notify_notices WHERE message IN (SELECT id FROM notify_messages WHERE status = 'sent' AND sent < ?)`
	sqlPruneSent        = `DELETE FROM notify_messages WHERE status = 'sent' AND sent < ?`
	sqlPruneDeadNotices = `DELETE FROM notify_notices WHERE message IN (SELECT id FROM notify_messages WHERE status IN ('dead', 'doubtful') AND created < ?)`
	// What waits for channels that are off, tried before they were or not.
	sqlPruneQueuedNotices = `DELETE FROM notify_notices WHERE message IN (SELECT id FROM notify_messages WHERE status = 'queued' AND created < ? AND channel IN (SELECT id FROM notify_channels WHERE NOT enabled))`
	sqlPruneQueued        = `DELETE FROM notify_messages WHERE status = 'queued' AND created < ? AND channel IN (SELECT id FROM notify_channels WHERE NOT enabled)`
	sqlPruneWaiting       = `DELETE FROM notify_notices WHERE message = 0 AND due < ? AND channel IN (SELECT id FROM notify_channels WHERE NOT enabled)`
	sqlPruneDead          = `DELETE FROM notify_messages WHERE status IN ('dead', 'doubtful') AND created < ?`
)
