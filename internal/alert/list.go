package alert

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/catalog"
)

// Filter chooses alerts. Zero fields choose all.
type Filter struct {
	Tenants      []nightjar.TenantID // nil means all, empty none
	Statuses     []Status
	Severities   []nightjar.Severity
	Dispositions []Disposition
	Rule, Pack   string
	Assignee     string // id of a person
	Unassigned   bool   // in place of Assignee: that nobody took
	Entity       string // kind:value, or a value of any kind
	Incident     string
	Silenced     *bool
	Text         string // part of the title, reason or id, in any case
	From, To     time.Time
	BySeverity   bool // the gravest first, of those the newest
	// Cursor is the one that the page before gave; "" begins.
	Cursor string
	Limit  int // 0 means 100; at most 1000
}

const (
	defaultLimit = 100
	maxLimit     = 1000
)

// List returns alerts, the newest or gravest first, and the cursor of the next
// page, "" at the end.
func (k *Keeper) List(ctx context.Context, f Filter) (alerts []Alert, next string, err error) {
	if f.Tenants != nil && len(f.Tenants) == 0 {
		return nil, "", nil
	}
	limit := defaultLimit
	if f.Limit > 0 {
		limit = min(f.Limit, maxLimit)
	}
	q, err := f.query(k.db, limit+1)
	if err != nil {
		return nil, "", err
	}
	var rows []row
	if err := q.Scan(ctx, &rows); err != nil {
		return nil, "", fmt.Errorf("list alerts: %w", catalog.Translate(err))
	}
	more := len(rows) > limit
	found, err := keptOf(rows[:min(len(rows), limit)])
	if err != nil {
		return nil, "", err
	}
	for _, a := range found {
		alerts = append(alerts, a.Alert)
	}
	if more {
		next = cursorOf(alerts[limit-1], f.BySeverity)
	}
	return alerts, next, nil
}

func cursorOf(a Alert, bySeverity bool) string {
	if bySeverity {
		return fmt.Sprintf("%d-%d", a.Severity.Rank(), a.Number)
	}
	return strconv.FormatInt(a.Number, 10)
}

// query chooses the numbers from indexes first, and reads the rows of those
// alone: a page costs the same however many alerts there are.
func (f Filter) query(db bun.IDB, limit int) (*bun.RawQuery, error) {
	inner := db.NewSelect().TableExpr("alert_alerts AS a").ColumnExpr("a.number")
	inner = f.narrow(inner)
	order := "a.number DESC"
	if f.BySeverity {
		order = "a.severity DESC, a.number DESC"
	}
	if f.Cursor != "" {
		rank, number, cut := strings.Cut(f.Cursor, "-")
		if !cut {
			rank, number = "0", rank
		}
		r, errRank := strconv.Atoi(rank)
		n, err := strconv.ParseInt(number, 10, 64)
		if err != nil || errRank != nil || n < 1 || cut != f.BySeverity {
			return nil, invalid("begin again without a cursor", "the cursor is not one that Nightjar gave for this order")
		}
		if f.BySeverity {
			inner = inner.Where("(a.severity, a.number) < (?, ?)", r, n)
		} else {
			inner = inner.Where("a.number < ?", n)
		}
	}
	inner = inner.OrderExpr(order).Limit(int64(limit))
	return db.NewRaw(alertRead+" WHERE a.number IN (?) ORDER BY "+order, inner), nil
}

// narrow adds the conditions. A plus before a column keeps the database from
// walking its index where that would have it sort everything: rows come in the
// order of the list instead, and the walk ends with the page.
func (f Filter) narrow(q *bun.SelectQuery) *bun.SelectQuery {
	switch {
	case len(f.Tenants) == 1 && len(f.Statuses) == 0:
		q = q.Where("a.tenant = ?", f.Tenants[0])
	case len(f.Tenants) > 0:
		q = q.Where("+a.tenant IN (?)", bun.List(f.Tenants))
	}
	switch {
	case len(f.Statuses) == len(Statuses()):
	case len(f.Statuses) == 1:
		q = q.Where("a.status = ?", f.Statuses[0])
	case len(f.Statuses) > 1:
		q = q.Where("a.status IN (?)", bun.List(f.Statuses))
	}
	if len(f.Severities) > 0 {
		ranks := make([]int, len(f.Severities))
		for i, s := range f.Severities {
			ranks[i] = s.Rank()
		}
		q = q.Where("+a.severity IN (?)", bun.List(ranks))
	}
	if len(f.Dispositions) > 0 {
		q = q.Where("a.disposition IN (?)", bun.List(f.Dispositions))
	}
	for column, value := range map[string]string{"a.rule": f.Rule, "a.pack": f.Pack, "a.assignee": f.Assignee} {
		if value != "" {
			q = q.Where(column+" = ?", plain(value))
		}
	}
	if f.Unassigned {
		q = q.Where("+a.assignee = ''")
	}
	if f.Silenced != nil {
		if *f.Silenced {
			q = q.Where("a.silence <> ''")
		} else {
			q = q.Where("+a.silence = ''")
		}
	}
	if f.Incident != "" {
		q = q.Where("a.incident IN (SELECT CASE i.merged WHEN 0 THEN i.number ELSE i.merged END FROM alert_incidents i WHERE i.id = ?)", plain(f.Incident))
	}
	if !f.From.IsZero() {
		q = q.Where("+a.last >= ?", catalog.Micros(f.From))
	}
	if !f.To.IsZero() {
		q = q.Where("a.first < ?", catalog.Micros(f.To))
	}
	if f.Entity != "" {
		q = q.Where("a.number IN (?)", f.about(q))
	}
	if f.Text != "" {
		like := "%" + strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`).Replace(plain(f.Text)) + "%"
		q = q.Where(`(a.title LIKE ? ESCAPE '\' OR a.reason LIKE ? ESCAPE '\' OR a.id LIKE ? ESCAPE '\')`, like, like, like)
	}
	return q
}

// about chooses the alerts about an entity, whose value may be given in any
// case: those of users, mailboxes and addresses are kept in small letters.
func (f Filter) about(q *bun.SelectQuery) *bun.SelectQuery {
	kind, value := parseEntity(plain(f.Entity))
	about := q.NewSelect().TableExpr("alert_entities AS e").ColumnExpr("e.alert").
		Where("e.value IN (?)", bun.List(slices.Compact([]string{value, strings.ToLower(value)})))
	if kind != "" {
		about = about.Where("e.kind = ?", kind)
	}
	if f.Tenants != nil {
		about = about.Where("e.tenant IN (?)", bun.List(f.Tenants))
	}
	return about
}

// Counts are how many alerts wait for people.
type Counts struct {
	New, Acknowledged int64 // without those that are silenced
	Mine              int64 // assigned to whom it was asked for
	Silenced          int64
	Severities        []SeverityCount // of New and Acknowledged, the gravest first
}

// SeverityCount is how many alerts are of a severity.
type SeverityCount struct {
	Severity nightjar.Severity
	Count    int64
}

// Count counts the alerts of tenants (nil means all) that are not closed.
func (k *Keeper) Count(ctx context.Context, tenants []nightjar.TenantID, person string) (Counts, error) {
	var c Counts
	if tenants != nil && len(tenants) == 0 {
		return c, nil
	}
	q := k.db.NewSelect().TableExpr("alert_alerts AS a").ColumnExpr("a.status, a.severity, a.silence <> '' AS silenced, a.assignee = ? AND a.assignee <> '' AS mine, count(*) AS count", person).
		Where("a.status IN ('new', 'acknowledged')").GroupExpr("1, 2, 3, 4")
	if tenants != nil {
		q = q.Where("+a.tenant IN (?)", bun.List(tenants))
	}
	var rows []struct {
		Status   string `bun:"status"`
		Severity int    `bun:"severity"`
		Silenced bool   `bun:"silenced"`
		Mine     bool   `bun:"mine"`
		Count    int64  `bun:"count"`
	}
	if err := q.Scan(ctx, &rows); err != nil {
		return c, fmt.Errorf("count alerts: %w", catalog.Translate(err))
	}
	bySeverity := map[nightjar.Severity]int64{}
	for _, r := range rows {
		if r.Mine {
			c.Mine += r.Count
		}
		switch {
		case r.Silenced:
			c.Silenced += r.Count
			continue
		case Status(r.Status) == StatusNew:
			c.New += r.Count
		default:
			c.Acknowledged += r.Count
		}
		bySeverity[severity(r.Severity)] += r.Count
	}
	for _, s := range slices.Backward(nightjar.Severities()) {
		if n := bySeverity[s]; n > 0 {
			c.Severities = append(c.Severities, SeverityCount{s, n})
		}
	}
	return c, nil
}
