package access

import (
	"context"
	"net/netip"
	"time"

	"github.com/uptrace/bun"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/catalog"
)

// SessionInfo describes a session to its owner.
type SessionInfo struct {
	ID      string
	Address netip.Addr
	Created time.Time
	Seen    time.Time
}

// Sessions returns a person's own sessions, the newest first.
func (k *Keeper) Sessions(ctx context.Context, who Identity) ([]SessionInfo, error) {
	if who.Kind != KindPerson {
		return nil, onlyPeople()
	}
	now := k.clock.Now()
	rows, err := many[sessionRow](ctx, k.db, sqlSessions, who.ID, catalog.Micros(now.Add(-sessionIdle)), catalog.Micros(now.Add(-sessionLife)))
	if err != nil {
		return nil, err
	}
	out := make([]SessionInfo, len(rows))
	for i, r := range rows {
		out[i] = SessionInfo{ID: r.ID, Created: catalog.Time(r.Created), Seen: catalog.Time(r.Seen)}
		out[i].Address, _ = netip.ParseAddr(r.Address) // "" is an address that is not known
	}
	return out, nil
}

// EndSession signs out: it ends the session that the identity comes from.
func (k *Keeper) EndSession(ctx context.Context, who Identity) error {
	if who.Session == "" {
		return onlyPeople()
	}
	return k.inTx(ctx, func(ctx context.Context, tx bun.Tx) (nightjar.AuditEntry, error) {
		return nightjar.AuditEntry{Actor: who.Actor(), Address: who.Address, Action: nightjar.ActionLogout, Target: who.Name}, run(ctx, tx, sqlDropSession, who.Session)
	})
}

// EndOtherSessions ends all sessions of a person but the one that asks.
func (k *Keeper) EndOtherSessions(ctx context.Context, who Identity) error {
	if who.Kind != KindPerson {
		return onlyPeople()
	}
	return k.inTx(ctx, func(ctx context.Context, tx bun.Tx) (nightjar.AuditEntry, error) {
		return nightjar.AuditEntry{
			Actor: who.Actor(), Address: who.Address, Action: nightjar.ActionLogout, Target: who.Name, Detail: map[string]string{"sessions": "all others"},
		}, run(ctx, tx, sqlDropSessions, who.ID, who.Session)
	})
}
