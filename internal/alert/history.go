package alert

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/catalog"
)

// HistoryAction says what happened to an alert.
type HistoryAction string

// What happens to alerts.
const (
	HistoryOpened       HistoryAction = "opened"
	HistoryRaised       HistoryAction = "raised"
	HistoryAcknowledged HistoryAction = "acknowledged"
	HistoryAssigned     HistoryAction = "assigned"
	HistoryCommented    HistoryAction = "commented"
	HistorySeverity     HistoryAction = "severity" // set by a person
	HistoryClosed       HistoryAction = "closed"
	HistoryReopened     HistoryAction = "reopened"
	HistorySilenced     HistoryAction = "silenced"
	HistoryUnsilenced   HistoryAction = "unsilenced"
)

// HistoryActions returns all actions.
func HistoryActions() []HistoryAction {
	return []HistoryAction{
		HistoryOpened, HistoryRaised, HistoryAcknowledged, HistoryAssigned, HistoryCommented, HistorySeverity, HistoryClosed,
		HistoryReopened, HistorySilenced, HistoryUnsilenced,
	}
}

// HistoryEntry is one thing that happened to an alert.
type HistoryEntry struct {
	Seq     int64
	Time    time.Time
	Actor   nightjar.Actor // of kind system for Nightjar itself
	Action  HistoryAction
	Was     string // what was changed, before and after; "" where nothing was
	Became  string
	Comment string
}

const (
	sqlHistory = `SELECT seq, time, actor_kind, actor_id, actor_name, action, was, became, comment FROM alert_history WHERE alert = ? ORDER BY seq LIMIT ?`

	sqlRemember = `INSERT INTO alert_history (alert, seq, time, actor_kind, actor_id, actor_name, action, was, became, comment)
	VALUES (?, (SELECT COALESCE(MAX(seq), 0) + 1 FROM alert_history WHERE alert = ?), ?, ?, ?, ?, ?, ?, ?, ?)`

	// maxHistory bounds an answer; people do not write as much.
	maxHistory = 5000
)

// historyLine is what is to be remembered of an alert.
type historyLine struct {
	by                  nightjar.Actor // zero for Nightjar itself
	action              HistoryAction
	was, became, remark string
}

func (r *recorder) remember(a *kept, l historyLine) error {
	if l.by.Kind == "" {
		l.by = nightjar.Actor{Kind: nightjar.ActorSystem, Name: "Nightjar"}
	}
	_, err := r.tx.NewRaw(sqlRemember, a.Number, a.Number, catalog.Micros(r.now), string(l.by.Kind), l.by.ID, plain(l.by.Name), string(l.action), plain(l.was), plain(l.became), plain(l.remark)).Exec(r.ctx)
	if err != nil {
		return fmt.Errorf("write the history of an alert: %w", err)
	}
	return nil
}

// History returns what happened to an alert, the oldest first.
func (k *Keeper) History(ctx context.Context, tenants []nightjar.TenantID, id string) ([]HistoryEntry, error) {
	a, err := k.seen(ctx, k.db, tenants, id)
	if err != nil {
		return nil, err
	}
	return history(ctx, k.db, a.Number)
}

func history(ctx context.Context, db bun.IDB, alert int64) ([]HistoryEntry, error) {
	var rows []struct {
		Seq       int64  `bun:"seq"`
		Time      int64  `bun:"time"`
		ActorKind string `bun:"actor_kind"`
		ActorID   string `bun:"actor_id"`
		ActorName string `bun:"actor_name"`
		Action    string `bun:"action"`
		Was       string `bun:"was"`
		Became    string `bun:"became"`
		Comment   string `bun:"comment"`
	}
	if err := db.NewRaw(sqlHistory, alert, maxHistory).Scan(ctx, &rows); err != nil {
		return nil, fmt.Errorf("read the history of an alert: %w", catalog.Translate(err))
	}
	out := make([]HistoryEntry, len(rows))
	for i, r := range rows {
		out[i] = HistoryEntry{
			Seq: r.Seq, Time: catalog.Time(r.Time), Actor: nightjar.Actor{ID: r.ActorID, Name: r.ActorName, Kind: nightjar.ActorKind(r.ActorKind)},
			Action: HistoryAction(r.Action), Was: r.Was, Became: r.Became, Comment: r.Comment,
		}
	}
	return out, nil
}
