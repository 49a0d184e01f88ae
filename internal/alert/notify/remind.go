package notify

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"github.com/nightjar-sec/nightjar/internal/alert"
	"github.com/nightjar-sec/nightjar/internal/catalog"
)

// reminder is what a reminder will say, as it is kept.
type reminder struct {
	Notice
	// Quiet says that the alert is silenced, and nobody is reminded of it.
	Quiet bool `json:"quiet,omitempty"`
}

// remember keeps up what reminders will say and whether they may, and ends
// them when somebody took the alert up.
func (n *Notifier) remember(ctx context.Context, tx bun.Tx, p plan, c alert.Change, notice Notice, quiet bool) error {
	// Also when no route reminds now: one may again before the next is due.
	if c.Alert.Status != alert.StatusNew {
		return exec(ctx, tx, sqlForgetReminders, c.Alert.ID)
	}
	if !slices.ContainsFunc(p.routes, func(r Route) bool { return r.RepeatSeconds > 0 }) {
		return nil
	}
	notice.State = StateReminder
	text, err := json.Marshal(reminder{notice, quiet})
	if err != nil {
		return fmt.Errorf("encode a reminder of %s: %w", notice.Alert, err)
	}
	if c.Kind == alert.ChangeUpdated {
		return exec(ctx, tx, sqlUpdateReminders, string(text), c.Alert.ID)
	}
	for _, to := range p.chosen(notice, n.kinds) {
		if err := n.keepReminder(ctx, tx, sqlKeepReminder, to, notice.Alert, 0, string(text)); err != nil {
			return err
		}
	}
	return nil
}

// keepReminder has a channel reminded in the rhythm of its route.
func (n *Notifier) keepReminder(ctx context.Context, tx bun.Tx, statement string, to receiver, alertID string, round int64, text string) error {
	every := to.route.every()
	return exec(ctx, tx, statement, alertID, to.channel, to.route.Name, every.Microseconds(), micros(n.now().Add(every)), round, text)
}

func (r Route) every() time.Duration { return time.Duration(r.RepeatSeconds) * time.Second }

type reminderRow struct {
	Alert   string `bun:"alert"`
	Channel string `bun:"channel"`
	Route   string `bun:"route"` // as it was written, and so is Every
	Every   int64  `bun:"every"`
	Next    int64  `bun:"next"`
	Round   int64  `bun:"round"`
	Notice  string `bun:"notice"`
}

// remind writes the reminders that are due, and returns when the next one is;
// the zero time when there is none.
func (n *Notifier) remind(ctx context.Context) (next time.Time, err error) {
	now := n.now()
	var first int64
	if err := n.db.NewRaw(sqlNextReminder).Scan(ctx, &first); err != nil {
		return next, fmt.Errorf("look for reminders: %w", catalog.Translate(err))
	}
	if first == 0 || timeOf(first).After(now) {
		return timeOf(first), nil
	}
	err = n.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		var rows []reminderRow
		if err := tx.NewRaw(sqlDueReminders, micros(now)).Scan(ctx, &rows); err != nil {
			return fmt.Errorf("read reminders: %w", err)
		}
		p, err := n.current(ctx, tx)
		if err != nil {
			return err
		}
		for _, r := range rows {
			if err := n.remindOne(ctx, tx, p, r, now); err != nil {
				return err
			}
		}
		return nil
	})
	return now, err
}

func (n *Notifier) remindOne(ctx context.Context, tx bun.Tx, p plan, r reminderRow, now time.Time) error {
	var kept reminder
	if err := json.Unmarshal([]byte(r.Notice), &kept); err != nil {
		return fmt.Errorf("read the reminder of %s: %w", r.Alert, err)
	}
	notice := kept.Notice
	if notice.Status != alert.StatusNew {
		return exec(ctx, tx, sqlForgetReminder, r.Alert, r.Channel)
	}
	chosen := p.chosen(notice, n.kinds)
	i := slices.IndexFunc(chosen, func(to receiver) bool { return to.channel == r.Channel })
	if i < 0 {
		return n.handOver(ctx, tx, chosen, r)
	}
	// The route is that which chooses the channel now, as it is now.
	route := chosen[i].route
	next := micros(now.Add(route.every()))
	if kept.Quiet {
		return exec(ctx, tx, sqlReminded, next, r.Round, r.Alert, r.Channel)
	}
	if held := route.held(notice, now); !held.IsZero() {
		// One reminder when quiet hours end, in place of one for each time.
		return exec(ctx, tx, sqlReminded, micros(held), r.Round, r.Alert, r.Channel)
	}
	notice.Round, notice.Time = r.Round+1, now
	others, err := n.instead(ctx, tx, p, notice, chosen)
	if err != nil {
		return err
	}
	// Two channels that fail have the same ones told, which a round tells once.
	for _, to := range append(others, chosen[i]) {
		// Nobody is reminded of what still waits to be told.
		var waits bool
		if err := tx.NewRaw(sqlWaits, r.Alert, to.channel).Scan(ctx, &waits); err != nil {
			return fmt.Errorf("look for what waits: %w", err)
		}
		if waits {
			continue
		}
		if err := n.putOne(ctx, tx, to.route, to.channel, notice); err != nil {
			return err
		}
		catalog.AfterCommit(ctx, func() { n.wake([]string{to.channel}) })
	}
	// After a long stop one reminder is enough.
	return exec(ctx, tx, sqlReminded, next, r.Round+1, r.Alert, r.Channel)
}

// handOver ends the reminders of a channel that the routes do not choose any
// more, as of an alert that is less grave by now, and has those reminded that
// they choose. Rounds go on: each is told once.
func (n *Notifier) handOver(ctx context.Context, tx bun.Tx, chosen []receiver, r reminderRow) error {
	for _, to := range chosen {
		if err := n.keepReminder(ctx, tx, sqlHandReminder, to, r.Alert, r.Round, r.Notice); err != nil {
			return err
		}
	}
	return exec(ctx, tx, sqlForgetReminder, r.Alert, r.Channel)
}

const (
	sqlForgetReminders = `DELETE FROM notify_reminders WHERE alert = ?`
	sqlForgetReminder  = `DELETE FROM notify_reminders WHERE alert = ? AND channel = ?`
	sqlUpdateReminders = `UPDATE notify_reminders SET notice = ? WHERE alert = ?`
	// The same alert keeps the rhythm that it has, unless what was put off until
	// quiet hours end may come sooner.
	sqlKeepReminder = `INSERT INTO notify_reminders (alert, channel, route, every, next, round, notice) VALUES (?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (alert, channel) DO UPDATE SET route = excluded.route, every = excluded.every, notice = excluded.notice,
		next = CASE WHEN excluded.next < notify_reminders.next THEN excluded.next ELSE notify_reminders.next END`
	sqlHandReminder = `INSERT INTO notify_reminders (alert, channel, route, every, next, round, notice) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (alert, channel) DO NOTHING`
	sqlNextReminder = `SELECT coalesce(min(next), 0) FROM notify_reminders`
	sqlDueReminders = `SELECT * FROM notify_reminders WHERE next <= ? ORDER BY next, alert, channel LIMIT 500`
	sqlWaits        = `SELECT EXISTS (SELECT 1 FROM notify_notices AS n WHERE n.alert = ? AND n.channel = ? AND (n.message = 0
		OR EXISTS (SELECT 1 FROM notify_messages AS m WHERE m.id = n.message AND m.status IN ('queued', 'sending'))))`
	sqlReminded = `UPDATE notify_reminders SET next = ?, round = ? WHERE alert = ? AND channel = ?`
)
