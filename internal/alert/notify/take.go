package notify

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/nightjar-sec/nightjar/internal/catalog"
)

// noticeRow is a notice that waits.
type noticeRow struct {
	ID    int64  `bun:"id"`
	Key   string `bun:"key"`
	Group string `bun:"grp"`
	Since int64  `bun:"since"` // when it could go first
}

// pending says when a channel has something to do next; the zero time: not yet.
func (n *Notifier) pending(ctx context.Context, channel string) (time.Time, error) {
	var next int64
	if err := n.db.NewRaw(sqlPending, channel, channel).Scan(ctx, &next); err != nil {
		return time.Time{}, fmt.Errorf("look for messages: %w", catalog.Translate(err))
	}
	return timeOf(next), nil
}

// take returns the next message of a channel, marked as being sent: one that
// was tried before, or one that is made of the notices that wait. What it is
// made of and the mark are durable before it is returned. budget is how many
// messages the channel may send now.
func (n *Notifier) take(ctx context.Context, c Channel, budget int) (row messageRow, found bool, err error) {
	now := n.now()
	err = n.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		row, found = messageRow{}, false
		err := tx.NewRaw(sqlTakeQueued, c.ID, micros(now)).Scan(ctx, &row)
		if errors.Is(err, sql.ErrNoRows) {
			row, found, err = n.form(ctx, tx, c, budget, now)
			return err
		}
		if err != nil {
			return fmt.Errorf("look for messages: %w", err)
		}
		found = true
		row.Attempts++
		return exec(ctx, tx, sqlSending, row.ID)
	})
	return row, found, err
}

// form makes a message of the notices that are due: those of one group, or,
// when there are more groups than the channel may send messages, all of them.
func (n *Notifier) form(ctx context.Context, tx bun.Tx, c Channel, budget int, now time.Time) (row messageRow, found bool, err error) {
	var due []noticeRow
	if err := tx.NewRaw(sqlDueNotices, c.ID, micros(now), maxNotices).Scan(ctx, &due); err != nil {
		return row, false, fmt.Errorf("read notices: %w", err)
	}
	if len(due) == 0 {
		return row, false, nil
	}
	chosen := due[:1]
	if n.kinds[c.Kind].Bundles {
		chosen = together(due, budget)
	}
	row = messageRow{Channel: c.ID, Status: string(StatusSending), Size: len(chosen), Created: micros(now), Next: micros(now), Attempts: 1}
	keys := make([]string, len(chosen))
	for i, one := range chosen {
		keys[i] = one.Key
		// What waited while the channel failed is given up as if it had been tried.
		row.Deadline = max(row.Deadline, one.Since+n.cfg.RetryFor.Microseconds())
	}
	row.Key = keys[0]
	if len(keys) > 1 {
		row.Key = digest(keys...)
	}
	if err := tx.NewRaw(sqlNextMessage).Scan(ctx, &row.ID); err != nil {
		return row, false, fmt.Errorf("number a message: %w", err)
	}
	if err := exec(ctx, tx, sqlAddMessage, row.ID, row.Key, row.Channel, row.Status, row.Size, row.Attempts, row.Next, row.Deadline, row.Created); err != nil {
		return row, false, err
	}
	for _, one := range chosen {
		if err := exec(ctx, tx, sqlAssign, row.ID, one.ID); err != nil {
			return row, false, err
		}
	}
	return row, true, nil
}

// together chooses of the due notices those that go in one message.
func together(due []noticeRow, budget int) []noticeRow {
	groups := map[string]bool{}
	for _, d := range due {
		groups[d.Group] = true
	}
	if len(groups) > budget {
		return due
	}
	var out []noticeRow
	for _, d := range due {
		if d.Group == due[0].Group {
			out = append(out, d)
		}
	}
	return out
}

// message is what a sink is handed of a row.
func (n *Notifier) message(ctx context.Context, row messageRow) (Message, error) {
	notices, err := noticesOf(ctx, n.db, row.ID, maxNotices)
	if err != nil {
		return Message{}, err
	}
	for i := range notices {
		if n.cfg.Names != nil {
			notices[i].TenantName = n.cfg.Names(notices[i].Tenant)
		}
		notices[i].Link = n.link(notices[i].Alert)
	}
	return Message{Key: row.Key, Channel: row.Channel, Notices: notices, Repeated: row.Repeated, Created: timeOf(row.Created), Link: n.link("")}, nil
}

func (n *Notifier) link(alertID string) string {
	if n.cfg.PublicURL == "" {
		return ""
	}
	if alertID == "" {
		return n.cfg.PublicURL + "/alerts"
	}
	return n.cfg.PublicURL + "/alerts/" + alertID
}

// recover takes up what an earlier process was sending when it ended: nobody
// knows whether it arrived.
func (n *Notifier) recover(ctx context.Context) error {
	return n.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		list, err := channels(ctx, tx)
		if err != nil {
			return err
		}
		for _, c := range list {
			status, repeated := n.inDoubt(c)
			found, err := affected(ctx, tx, sqlRecover, string(status), repeated, "Nightjar was interrupted while it sent this", micros(n.now()), c.ID)
			if err != nil {
				return err
			}
			catalog.AfterCommit(ctx, func() {
				n.metrics.deliveries.WithLabelValues(c.Kind, outcomeOf(status)).Add(float64(found))
			})
		}
		return nil
	})
}

// inDoubt is what becomes of a message of a channel that may have arrived.
func (n *Notifier) inDoubt(c Channel) (status Status, repeated bool) {
	switch {
	case n.kinds[c.Kind].Idempotent:
		return StatusQueued, false // the other side sees that it is the same
	case c.OnDoubt == DoubtHold:
		return StatusDoubtful, false
	default:
		return StatusQueued, true
	}
}

const (
	sqlPending = `SELECT coalesce(min(t), 0) FROM (
		SELECT min(next) AS t FROM notify_messages WHERE channel = ? AND status = 'queued'
		UNION ALL SELECT min(due) FROM notify_notices WHERE channel = ? AND message = 0) AS waiting`
	// What an alert is told of goes in its order: nothing before what was there
	// first and still waits.
	sqlTakeQueued = `SELECT * FROM notify_messages AS m WHERE channel = ? AND status = 'queued' AND next <= ? AND NOT EXISTS (
		SELECT 1 FROM notify_notices AS mine JOIN notify_notices AS before ON before.alert = mine.alert AND before.channel = mine.channel AND before.id < mine.id
		JOIN notify_messages AS other ON other.id = before.message
		WHERE mine.message = m.id AND other.id < m.id AND other.status = 'queued') ORDER BY next, id LIMIT 1`
	sqlSending = `UPDATE notify_messages SET status = 'sending', attempts = attempts + 1 WHERE id = ?`
	// The most severe go first. What an alert is told of stays together and in
	// its order: all of it is as urgent as the most severe of it. A quotation mark
	// within a text of the notice has a backslash before it, so that no text is
	// taken for the severity.
	sqlDueNotices = `SELECT id, key, grp, CASE WHEN created > due THEN created ELSE due END AS since FROM notify_notices AS n WHERE channel = ? AND message = 0 AND due <= ? AND NOT EXISTS (
		SELECT 1 FROM notify_notices AS before JOIN notify_messages AS other ON other.id = before.message
		WHERE before.alert = n.alert AND before.channel = n.channel AND before.id < n.id AND other.status = 'queued')
		ORDER BY min(CASE WHEN notice LIKE '%"severity":"critical"%' THEN 0 WHEN notice LIKE '%"severity":"high"%' THEN 1 WHEN notice LIKE '%"severity":"medium"%' THEN 2 ELSE 3 END) OVER (PARTITION BY alert), id LIMIT ?`
	sqlNextMessage = `UPDATE notify_state SET messages = messages + 1 WHERE id = 1 RETURNING messages`
	sqlAddMessage  = `INSERT INTO notify_messages (id, key, channel, status, size, attempts, next, deadline, repeated, problem, said, created, sent)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, FALSE, '', '', ?, 0)`
	sqlAssign  = `UPDATE notify_notices SET message = ? WHERE id = ?`
	sqlRecover = `UPDATE notify_messages SET status = ?, repeated = repeated OR ?, problem = ?, next = ? WHERE channel = ? AND status = 'sending'`
)
