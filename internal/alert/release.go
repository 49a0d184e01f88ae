package alert

import (
	"context"
	"slices"

	"github.com/uptrace/bun"
)

const (
	sqlInhibitedBy = alertRead + ` WHERE a.inhibitor = ? AND a.status <> 'closed' ORDER BY a.number`
	sqlSilencedBy  = alertRead + ` WHERE a.silence = ? AND a.status <> 'closed' ORDER BY a.number`
	// sqlSilenceable are open alerts that are chosen already, or changed since
	// they were.
	sqlSilenceable = alertRead + ` WHERE a.status <> 'closed' AND (a.number IN (?) OR a.revision > ?) ORDER BY a.number DESC`

	// maxCovered bounds the open alerts that a new silence looks at: the newest,
	// when there are more than a person will ever look at.
	maxCovered = 10_000
)

// reach is what a new silence is for of the alerts that were open when it was
// asked.
type reach struct {
	numbers []int64
	at      int64 // the revision that was looked at
}

// covered chooses the open alerts that a new silence is for. It reads outside
// the transaction that silences them, so that nobody waits for it.
func (k *Keeper) covered(ctx context.Context, s Silence) (reach, error) {
	at, err := readCounters(ctx, k.db)
	if err != nil {
		return reach{}, err
	}
	found, err := k.openAlerts(ctx, s)
	out := reach{numbers: []int64{0}, at: at.Revision}
	for _, a := range found {
		if s.covers(a.Alert) {
			out.numbers = append(out.numbers, a.Number)
		}
	}
	return out, err
}

// openAlerts reads the newest open alerts of the tenants and rules of a silence.
func (k *Keeper) openAlerts(ctx context.Context, s Silence) ([]*kept, error) {
	numbers := k.db.NewSelect().TableExpr("alert_alerts AS a").ColumnExpr("a.number").Where("a.status IN ('new', 'acknowledged')")
	if len(s.Tenants) > 0 {
		numbers = numbers.Where("+a.tenant IN (?)", bun.List(s.Tenants))
	}
	for _, m := range s.Matchers {
		switch m.Field {
		case MatchRule:
			numbers = numbers.Where("+a.rule IN (?)", bun.List(plains(m.Values)))
		case MatchTenant:
			numbers = numbers.Where("+a.tenant IN (?)", bun.List(plains(m.Values)))
		case MatchPack, MatchSeverity, MatchEntity, MatchText: // compared when they are read
		}
	}
	return readAlerts(ctx, k.db, alertRead+" WHERE a.number IN (?)", numbers.OrderExpr("a.number DESC").Limit(maxCovered))
}

func plains(values []string) []string {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = plain(v)
	}
	return out
}

// silence keeps alerts quiet that a new silence is for. What another one keeps
// quiet stays as it is, and nothing is told of.
func (r *recorder) silence(s Silence, of reach) error {
	found, err := readAlerts(r.ctx, r.tx, sqlSilenceable, bun.List(of.numbers), of.at)
	if err != nil {
		return err
	}
	for _, a := range found {
		if !s.covers(a.Alert) || slices.ContainsFunc(r.quiet, func(q Silence) bool { return q.ID == a.Silence }) {
			continue
		}
		silence, inhibitor, err := r.judge(a)
		if err != nil {
			return err
		}
		if silence == "" {
			continue
		}
		if err := r.hide(a, silence, inhibitor); err != nil {
			return err
		}
		if err := r.tell(a, Change{Kind: ChangeUpdated, Time: r.now}); err != nil {
			return err
		}
	}
	return nil
}

// release looks again at open alerts: those that nothing keeps quiet any more
// are told of, as if they were opened now, unless they were told of before.
func (r *recorder) release(statement string, args ...any) error {
	found, err := readAlerts(r.ctx, r.tx, statement, args...)
	if err != nil {
		return err
	}
	// Those that may hide others come first: what they explain stays quiet.
	slices.SortStableFunc(found, func(a, b *kept) int { return r.explains(b) - r.explains(a) })
	for _, a := range found {
		silence, inhibitor := a.Silence, a.Inhibitor
		if err := r.suppress(a); err != nil {
			return err
		}
		if a.Silence == silence && a.Inhibitor == inhibitor {
			continue
		}
		c := Change{Kind: ChangeUpdated, Time: r.now}
		if !a.Notified {
			c.Kind = ChangeOpened
		}
		if err := r.tell(a, c); err != nil {
			return err
		}
	}
	return nil
}

// explains is 1 for an alert that an inhibition in force has for a source.
func (r *recorder) explains(a *kept) int {
	if slices.ContainsFunc(r.quiet, func(s Silence) bool { return s.Kind == KindInhibition && matchAll(s.Sources, a.Alert) }) {
		return 1
	}
	return 0
}

// finish tells of what alerts hid that are hidden themselves now, and ends the
// transaction's part of the catalog. It comes last, when all that was changed
// is written.
func (r *recorder) finish() error {
	for len(r.hushed) > 0 {
		id := r.hushed[0]
		r.hushed = r.hushed[1:]
		if err := r.release(sqlInhibitedBy, id); err != nil {
			return err
		}
	}
	return r.counters.write(r.ctx, r.tx)
}
