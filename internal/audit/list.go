package audit

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/catalog"
)

// The number of entries that List returns when Filter.Limit is 0, and at most.
const (
	defaultLimit = 100
	maxLimit     = 1000
)

// Filter chooses entries. The zero value is the newest 100 of all.
type Filter struct {
	// Tenants keeps the entries of these; nil means all entries, also those
	// that belong to no tenant. An empty list that is not nil keeps none.
	Tenants []nightjar.TenantID
	From    time.Time // inclusive; zero is open
	To      time.Time // exclusive; zero is open
	Actor   string    // id or name of the actor; "" is any
	Action  nightjar.AuditAction
	Outcome nightjar.AuditOutcome
	Before  int64 // only entries with a smaller number, for the next page; 0 begins at the newest
	Limit   int   // 0 means 100; at most 1000
}

// List returns entries, the newest first.
func (l *Log) List(ctx context.Context, f Filter) ([]Entry, error) {
	q := l.db.NewSelect().TableExpr("audit_entries").ColumnExpr(columnsRead)
	if f.Tenants != nil {
		if len(f.Tenants) == 0 {
			return nil, nil
		}
		q = q.Where("tenant IN (?)", bun.List(f.Tenants))
	}
	if !f.From.IsZero() {
		q = q.Where("time >= ?", catalog.Micros(f.From))
	}
	if !f.To.IsZero() {
		q = q.Where("time < ?", catalog.Micros(f.To))
	}
	if f.Actor != "" {
		q = q.Where("(actor_id = ? OR actor_name = ?)", bounded(f.Actor), bounded(f.Actor))
	}
	if f.Action != "" {
		q = q.Where("action = ?", bounded(string(f.Action)))
	}
	if f.Outcome != "" {
		q = q.Where("outcome = ?", bounded(string(f.Outcome)))
	}
	if f.Before > 0 {
		q = q.Where("seq < ?", f.Before)
	}
	limit := f.Limit
	if limit <= 0 {
		limit = defaultLimit
	}
	var rows []row
	if err := q.OrderExpr("audit_entries.seq DESC").Limit(min(int64(limit), maxLimit)).Scan(ctx, &rows); err != nil {
		return nil, fmt.Errorf("list the audit log: %w", catalog.Translate(err))
	}
	out := make([]Entry, len(rows))
	for i, r := range rows {
		// A row that was tampered with is shown as it is; Verify names it.
		out[i], _ = r.entry()
	}
	return out, nil
}
