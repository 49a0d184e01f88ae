package notify

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/uptrace/bun"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/catalog"
)

const (
	sqlChannels      = `SELECT * FROM notify_channels ORDER BY lower(name), id`
	sqlChannel       = `SELECT * FROM notify_channels WHERE id = ?`
	sqlAddChannel    = `INSERT INTO notify_channels (name, kind, enabled, settings, secrets, destination, per_minute, on_doubt, failing_since, problem, last_sent, created, updated, version, id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
	sqlChangeChannel = `UPDATE notify_channels SET name = ?, kind = ?, enabled = ?, settings = ?, secrets = ?, destination = ?, per_minute = ?, on_doubt = ?, failing_since = ?, problem = ?, last_sent = ?, created = ?, updated = ?, version = ? WHERE id = ?`
	sqlDropChannel   = `DELETE FROM notify_channels WHERE id = ?`
	sqlWentWell      = `UPDATE notify_channels SET failing_since = 0, problem = '', last_sent = ? WHERE id = ?`
	sqlWentBadly     = `UPDATE notify_channels SET failing_since = CASE failing_since WHEN 0 THEN ? ELSE failing_since END, problem = ? WHERE id = ?`
	// The version of a channel grows also when somebody asks for what waits.
	sqlAsk      = `UPDATE notify_channels SET version = version + 1 WHERE id = ?`
	sqlAskOf    = `UPDATE notify_channels SET version = version + 1 WHERE id IN (SELECT channel FROM notify_messages WHERE id = ?)`
	sqlRevise   = `UPDATE notify_state SET revision = revision + 1 WHERE id = 1`
	sqlRevision = `SELECT revision FROM notify_state WHERE id = 1`

	sqlDropNotices   = `DELETE FROM notify_notices WHERE channel = ?`
	sqlDropMessages  = `DELETE FROM notify_messages WHERE channel = ?`
	sqlDropReminders = `DELETE FROM notify_reminders WHERE channel = ?`

	sqlWaiting = `SELECT channel, count(*) AS n FROM notify_notices WHERE message = 0 GROUP BY channel`
	// What a later state superseded is not lost.
	sqlTroubles = `SELECT channel, status, count(*) AS n FROM notify_messages WHERE status IN ('queued', 'sending', 'doubtful', 'dead') AND problem <> ? GROUP BY channel, status`
)

type channelRow struct {
	ID           string `bun:"id"`
	Name         string `bun:"name"`
	Kind         string `bun:"kind"`
	Enabled      bool   `bun:"enabled"`
	Settings     string `bun:"settings"`
	Secrets      string `bun:"secrets"`
	Destination  string `bun:"destination"`
	PerMinute    int    `bun:"per_minute"`
	OnDoubt      string `bun:"on_doubt"`
	FailingSince int64  `bun:"failing_since"`
	Problem      string `bun:"problem"`
	LastSent     int64  `bun:"last_sent"`
	Created      int64  `bun:"created"`
	Updated      int64  `bun:"updated"`
	Version      int64  `bun:"version"`
}

func (r channelRow) channel() (Channel, error) {
	c := Channel{
		ID: r.ID, Name: r.Name, Kind: r.Kind, Enabled: r.Enabled, Destination: r.Destination, PerMinute: r.PerMinute, OnDoubt: OnDoubt(r.OnDoubt),
		FailingSince: timeOf(r.FailingSince), Problem: r.Problem, LastSent: timeOf(r.LastSent), Created: timeOf(r.Created), Updated: timeOf(r.Updated), Version: r.Version,
	}
	if err := errors.Join(json.Unmarshal([]byte(r.Settings), &c.Settings), json.Unmarshal([]byte(r.Secrets), &c.Secrets)); err != nil {
		return c, fmt.Errorf("read the channel %s: %w", r.ID, err)
	}
	return c, nil
}

func channels(ctx context.Context, db bun.IDB) ([]Channel, error) {
	var rows []channelRow
	if err := db.NewRaw(sqlChannels).Scan(ctx, &rows); err != nil {
		return nil, fmt.Errorf("list channels: %w", catalog.Translate(err))
	}
	out := make([]Channel, 0, len(rows))
	for _, r := range rows {
		c, err := r.channel()
		if err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, nil
}

func channel(ctx context.Context, db bun.IDB, id string) (Channel, error) {
	var r channelRow
	err := db.NewRaw(sqlChannel, id).Scan(ctx, &r)
	if errors.Is(err, sql.ErrNoRows) {
		return Channel{}, noChannel(id)
	}
	if err != nil {
		return Channel{}, fmt.Errorf("read a channel: %w", catalog.Translate(err))
	}
	return r.channel()
}

func putChannel(ctx context.Context, tx bun.Tx, statement string, c Channel) error {
	settings, err := json.Marshal(c.Settings)
	if err != nil {
		return fmt.Errorf("encode the channel %s: %w", c.ID, err)
	}
	secrets, err := json.Marshal(c.Secrets)
	if err != nil {
		return fmt.Errorf("encode the channel %s: %w", c.ID, err)
	}
	_, err = tx.NewRaw(statement, c.Name, c.Kind, c.Enabled, string(settings), string(secrets), c.Destination, c.PerMinute, string(c.OnDoubt), micros(c.FailingSince),
		c.Problem, micros(c.LastSent), micros(c.Created), micros(c.Updated), c.Version, c.ID).Exec(ctx)
	if err != nil && strings.Contains(err.Error(), "UNIQUE constraint failed") {
		return &nightjar.Error{Code: nightjar.CodeConflict, Message: fmt.Sprintf("there is a channel %.80q already", c.Name), Hint: "choose another name, or change that one"}
	}
	if err != nil {
		return fmt.Errorf("save a channel: %w", err)
	}
	return exec(ctx, tx, sqlRevise)
}

type troubleRow struct {
	Channel string `bun:"channel"`
	Status  string `bun:"status"`
	N       int64  `bun:"n"`
}

// count fills in what waits for each channel and what did not arrive.
func count(ctx context.Context, db bun.IDB, list []Channel) error {
	var rows, waiting []troubleRow
	if err := db.NewRaw(sqlTroubles, superseded).Scan(ctx, &rows); err != nil {
		return fmt.Errorf("count deliveries: %w", catalog.Translate(err))
	}
	if err := db.NewRaw(sqlWaiting).Scan(ctx, &waiting); err != nil {
		return fmt.Errorf("count notices: %w", catalog.Translate(err))
	}
	for i := range list {
		c := &list[i]
		for _, r := range append(rows, waiting...) {
			if r.Channel != c.ID {
				continue
			}
			switch Status(r.Status) {
			case StatusDead:
				c.Dead += r.N
			case StatusDoubtful:
				c.Doubtful += r.N
			case StatusQueued, StatusSending, StatusSent, "":
				c.Waiting += r.N
			}
		}
	}
	return nil
}

func exec(ctx context.Context, tx bun.Tx, statement string, args ...any) error {
	if _, err := tx.NewRaw(statement, args...).Exec(ctx); err != nil {
		return fmt.Errorf("change notifications: %w", err)
	}
	return nil
}
