package notify

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/alert"
	"github.com/nightjar-sec/nightjar/internal/catalog"
)

// Changed writes what people are to be told of a change, in the transaction
// that makes it: both become durable or neither does.
func (n *Notifier) Changed(ctx context.Context, tx bun.Tx, c alert.Change) error {
	notice, told := noticeOf(c)
	p, err := n.current(ctx, tx)
	if err != nil || len(p.channels) == 0 {
		return err
	}
	if err := n.remember(ctx, tx, p, c, notice, false); err != nil {
		return err
	}
	if !told {
		return nil
	}
	_, err = n.put(ctx, tx, p, notice)
	return err
}

// Hushed keeps what reminders know of an alert that is kept quiet, in the
// transaction that changes it. Nobody is told.
func (n *Notifier) Hushed(ctx context.Context, tx bun.Tx, c alert.Change) error {
	notice, _ := noticeOf(c)
	p, err := n.current(ctx, tx)
	if err != nil || len(p.channels) == 0 {
		return err
	}
	return n.remember(ctx, tx, p, c, notice, true)
}

// put writes a notice for each channel that is told, and returns these.
func (n *Notifier) put(ctx context.Context, tx bun.Tx, p plan, notice Notice) ([]string, error) {
	all := p.chosen(notice, n.kinds)
	others, err := n.instead(ctx, tx, p, notice, all)
	if err != nil {
		return nil, err
	}
	all = append(all, others...)
	ends, err := n.begun(ctx, tx, p, notice, all)
	if err != nil {
		return nil, err
	}
	var channels []string
	for _, r := range append(all, ends...) {
		channels = append(channels, r.channel)
		if err := n.putOne(ctx, tx, r.route, r.channel, notice); err != nil {
			return nil, err
		}
	}
	if len(channels) > 0 {
		catalog.AfterCommit(ctx, func() {
			n.metrics.notices.WithLabelValues(string(notice.State)).Add(float64(len(channels)))
			n.wake(channels)
		})
	}
	return channels, nil
}

func (n *Notifier) putOne(ctx context.Context, tx bun.Tx, r Route, channel string, notice Notice) error {
	now := n.now()
	group := r.group(notice)
	due, err := n.dueOf(ctx, tx, r, channel, group, notice, now)
	if err != nil {
		return err
	}
	if notice.Severity == nightjar.SeverityCritical {
		// What was held back of an alert that turned critical goes before it.
		if err := exec(ctx, tx, sqlRelease, micros(due), notice.Alert, channel, micros(due)); err != nil {
			return err
		}
	}
	text, err := json.Marshal(notice)
	if err != nil {
		return fmt.Errorf("encode a notice of %s: %w", notice.Alert, err)
	}
	var id int64
	if err := tx.NewRaw(sqlNextNotice).Scan(ctx, &id); err != nil {
		return fmt.Errorf("number a notice: %w", err)
	}
	return exec(ctx, tx, sqlAddNotice, id, notice.keyOf(channel), channel, notice.Alert, group, micros(due), micros(now), string(text))
}

// dueOf says when a notice may go: the first of a group at once, and those
// that follow it within the window together when that ends; nothing but what
// is critical in quiet hours.
func (n *Notifier) dueOf(ctx context.Context, tx bun.Tx, r Route, channel, group string, notice Notice, now time.Time) (time.Time, error) {
	due := now
	if held := r.held(notice, now); !held.IsZero() {
		due = held
	}
	window := r.window()
	if window == 0 {
		return due, nil
	}
	var last int64
	if err := tx.NewRaw(sqlGroupDue, channel, group, micros(now.Add(-window))).Scan(ctx, &last); err != nil {
		return due, fmt.Errorf("look for what a notice goes with: %w", err)
	}
	switch before := timeOf(last); {
	case before.IsZero():
		return due, nil
	case before.After(now) && before.Sub(now) <= window:
		// A message is being gathered.
		return later(due, before), nil
	case before.After(now):
		// What waits for the end of quiet hours holds up nothing else.
		return due, nil
	default:
		return later(due, before.Add(window)), nil
	}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

const (
	sqlNextNotice = `UPDATE notify_state SET notices = notices + 1 WHERE id = 1 RETURNING notices`
	sqlAddNotice  = `INSERT INTO notify_notices (id, key, channel, alert, grp, due, message, created, notice) VALUES (?, ?, ?, ?, ?, ?, 0, ?, ?) ON CONFLICT (key) DO NOTHING`
	sqlGroupDue   = `SELECT coalesce(max(due), 0) FROM notify_notices WHERE channel = ? AND grp = ? AND due > ?`
	sqlRelease    = `UPDATE notify_notices SET due = ? WHERE alert = ? AND channel = ? AND message = 0 AND due > ?`
)
