package notify

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/catalog"
)

// Status is what became of a message.
type Status string

// The statuses.
const (
	StatusQueued   Status = "queued"
	StatusSending  Status = "sending" // the mark that stands before the first byte leaves
	StatusSent     Status = "sent"
	StatusDoubtful Status = "doubtful" // not known whether it arrived, and held
	StatusDead     Status = "dead"     // given up
)

// Statuses returns all statuses.
func Statuses() []Status {
	return []Status{StatusQueued, StatusSending, StatusSent, StatusDoubtful, StatusDead}
}

// Delivery is a message and what became of it.
type Delivery struct {
	ID       string
	Key      string
	Channel  string
	Status   Status
	Notices  []Notice // the first of them
	More     int
	Attempts int
	Repeated bool
	Problem  string
	Said     string
	Created  time.Time
	Next     time.Time // when it is tried next; zero when it is not
	Sent     time.Time
}

// DeliveryFilter says which deliveries to list; what is empty asks nothing.
type DeliveryFilter struct {
	Channel string
	Status  Status
	Alert   string
	Before  int64 // the number of a delivery, none of which is listed from
	Limit   int   // 0 means 100
}

type messageRow struct {
	ID       int64  `bun:"id"`
	Key      string `bun:"key"`
	Channel  string `bun:"channel"`
	Status   string `bun:"status"`
	Size     int    `bun:"size"`
	Attempts int    `bun:"attempts"`
	Next     int64  `bun:"next"`
	Deadline int64  `bun:"deadline"`
	Repeated bool   `bun:"repeated"`
	Problem  string `bun:"problem"`
	Said     string `bun:"said"`
	Created  int64  `bun:"created"`
	Sent     int64  `bun:"sent"`
}

// shownNotices is how many notices of a delivery are listed.
const shownNotices = 20

// Deliveries lists messages, the newest first, and how many there are at most
// on a page decides whether there is another.
func (n *Notifier) Deliveries(ctx context.Context, f DeliveryFilter) ([]Delivery, error) {
	if f.Limit == 0 {
		f.Limit = 100
	}
	query, args := f.query()
	var rows []messageRow
	if err := n.db.NewRaw(query, args...).Scan(ctx, &rows); err != nil {
		return nil, fmt.Errorf("list deliveries: %w", catalog.Translate(err))
	}
	out := make([]Delivery, 0, len(rows))
	for _, r := range rows {
		notices, err := noticesOf(ctx, n.db, r.ID, shownNotices)
		if err != nil {
			return nil, err
		}
		d := Delivery{
			ID: strconv.FormatInt(r.ID, 10), Key: r.Key, Channel: r.Channel, Status: Status(r.Status), Notices: notices, More: r.Size - len(notices),
			Attempts: r.Attempts, Repeated: r.Repeated, Problem: r.Problem, Said: r.Said, Created: timeOf(r.Created), Sent: timeOf(r.Sent),
		}
		if d.Status == StatusQueued {
			d.Next = timeOf(r.Next)
		}
		out = append(out, d)
	}
	return out, nil
}

func (f DeliveryFilter) query() (string, []any) {
	where, args := []string{"1 = 1"}, []any{}
	add := func(condition string, value any) {
		where, args = append(where, condition), append(args, value)
	}
	if f.Channel != "" {
		add("channel = ?", f.Channel)
	}
	if f.Status != "" {
		add("status = ?", string(f.Status))
	}
	if f.Alert != "" {
		add("id IN (SELECT message FROM notify_notices WHERE alert = ?)", f.Alert)
	}
	if f.Before > 0 {
		add("id < ?", f.Before)
	}
	return "SELECT * FROM notify_messages WHERE " + strings.Join(where, " AND ") + " ORDER BY id DESC LIMIT ?", append(args, f.Limit)
}

func noticesOf(ctx context.Context, db bun.IDB, message int64, most int) ([]Notice, error) {
	var texts []string
	if err := db.NewRaw(sqlNoticesOf, message, most).Scan(ctx, &texts); err != nil {
		return nil, fmt.Errorf("read the notices of a message: %w", catalog.Translate(err))
	}
	out := make([]Notice, len(texts))
	for i, text := range texts {
		if err := json.Unmarshal([]byte(text), &out[i]); err != nil {
			return nil, fmt.Errorf("read a notice: %w", err)
		}
	}
	return out, nil
}

// Retry has messages tried again now: those of ids, or all of a channel that
// were given up or are held, beside what waits there anyway. What was sent
// stays sent, and what the channel was told otherwise of since is not sent: it
// would reopen what is resolved. It returns how many, without what waits.
func (n *Notifier) Retry(ctx context.Context, ids []string, channelID string) (retried int64, err error) {
	if (len(ids) > 0) == (channelID != "") {
		return 0, invalid("neither deliveries nor a channel are named, or both", "give ids, or a channel")
	}
	now := n.now()
	err = n.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		retried = 0
		// The process that sends may be another: it sees that there is something.
		if err := exec(ctx, tx, sqlRevise); err != nil {
			return err
		}
		if channelID != "" {
			if _, err := channel(ctx, tx, channelID); err != nil {
				return err
			}
			if err := exec(ctx, tx, sqlAsk, channelID); err != nil {
				return err
			}
			if err := exec(ctx, tx, sqlSupersede, superseded, channelID, 0); err != nil {
				return err
			}
			if err := exec(ctx, tx, sqlHurry, micros(now), channelID, micros(now)); err != nil {
				return err
			}
			retried, err = affected(ctx, tx, sqlRetryChannel, micros(now), micros(now.Add(n.cfg.RetryFor)), channelID, superseded)
			catalog.AfterCommit(ctx, n.wakeAll)
			return err
		}
		for _, text := range ids {
			id, err := strconv.ParseInt(text, 10, 64)
			if err != nil {
				return noDelivery(text)
			}
			late, err := affected(ctx, tx, sqlSupersede, superseded, "", id)
			if err != nil {
				return err
			}
			if late > 0 {
				return &nightjar.Error{Code: nightjar.CodeConflict, Message: fmt.Sprintf("the delivery %d is not sent again: the channel was told of a later state since", id), Hint: "the alert has what happened to it"}
			}
			done, err := affected(ctx, tx, sqlRetryOne, micros(now), micros(now.Add(n.cfg.RetryFor)), id)
			if err != nil {
				return err
			}
			if done == 0 {
				return noDelivery(text)
			}
			retried += done
			if err := exec(ctx, tx, sqlAskOf, id); err != nil {
				return err
			}
		}
		catalog.AfterCommit(ctx, n.wakeAll)
		return nil
	})
	return retried, err
}

func affected(ctx context.Context, tx bun.Tx, statement string, args ...any) (int64, error) {
	result, err := tx.NewRaw(statement, args...).Exec(ctx)
	if err != nil {
		return 0, fmt.Errorf("change deliveries: %w", err)
	}
	return result.RowsAffected()
}

func noDelivery(id string) error {
	return notFound(fmt.Sprintf("there is no delivery %.40q that could be sent again", id), "nightjar delivery list --status dead")
}

// superseded is the problem of a message that is not sent any more.
const superseded = "superseded: the channel was told of a later state since"

const (
	sqlNoticesOf = `SELECT notice FROM notify_notices WHERE message = ? ORDER BY id LIMIT ?`
	// What is held may have arrived: sent again, it says so.
	sqlRetryOne     = `UPDATE notify_messages SET repeated = CASE status WHEN 'doubtful' THEN TRUE ELSE repeated END, status = 'queued', next = ?, deadline = ? WHERE id = ? AND status IN ('queued', 'doubtful', 'dead')`
	sqlRetryChannel = `UPDATE notify_messages SET repeated = CASE status WHEN 'doubtful' THEN TRUE ELSE repeated END, status = 'queued', next = ?, deadline = ? WHERE channel = ? AND status IN ('doubtful', 'dead') AND problem <> ?`
	// A message of several notices is sent as long as one of them is the last
	// that there is: what it is made of never changes.
	sqlSupersede = `UPDATE notify_messages SET status = 'dead', problem = ? WHERE (channel = ? OR id = ?) AND status IN ('doubtful', 'dead') AND NOT EXISTS (
		SELECT 1 FROM notify_notices AS mine WHERE mine.message = notify_messages.id AND NOT EXISTS (
			SELECT 1 FROM notify_notices AS later JOIN notify_messages AS other ON other.id = later.message
			WHERE later.alert = mine.alert AND later.channel = mine.channel AND later.id > mine.id AND other.id <> notify_messages.id AND other.status IN ('sending', 'sent')))`
)
