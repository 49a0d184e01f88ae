package alert

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/catalog"
)

// Verdict is what the dispositions say of a rule.
type Verdict string

// The verdicts.
const (
	VerdictUnknown Verdict = "unknown" // too few alerts were closed
	VerdictKeep    Verdict = "keep"
	VerdictTune    Verdict = "tune"
	VerdictRetire  Verdict = "retire"
)

const (
	// qualitySpan is how far back quality goes: what a rule was like before
	// says little, and what is read stays bounded.
	qualitySpan = 90 * day
	// verdictFrom is how many alerts must be closed before a rule is judged.
	verdictFrom = 5
	// tuneFrom is the share of false alerts from which on a rule is to be tuned.
	tuneFrom = 0.5
	// retireFrom is the share from which on it is to be retired, when at least
	// retireAlerts were closed and none of them was true.
	retireFrom   = 0.9
	retireAlerts = 20
)

// Quality is how good a rule is, by what people said of its alerts.
type Quality struct {
	Rule, Title         string
	Alerts, Open        int64
	True, Benign, False int64
	// FalseRatio is the share of false ones of all with a disposition.
	FalseRatio float64
	// Acknowledge and Close are medians, from opening on; 0 when there are none.
	Acknowledge, Close time.Duration
	Verdict            Verdict
	Why                string // the verdict in a sentence, with its threshold
}

// Judged is how many alerts have a disposition.
func (q Quality) Judged() int64 { return q.True + q.Benign + q.False }

// Qualities returns the quality of the rules (of one, when it is named) by the
// alerts of tenants (nil means all) that were opened in a span of at most 90
// days up to to; a zero to is now, and a zero from as early as can be. Those
// with the most alerts come first.
func (k *Keeper) Qualities(ctx context.Context, tenants []nightjar.TenantID, rule string, from, to time.Time) ([]Quality, error) {
	if tenants != nil && len(tenants) == 0 {
		return nil, nil
	}
	end := to
	if end.IsZero() {
		end = k.now()
	}
	if earliest := end.Add(-qualitySpan); from.Before(earliest) {
		from = earliest
	}
	q := k.db.NewSelect().TableExpr("alert_alerts AS a").ColumnExpr("a.rule, a.title, a.status, a.disposition, a.opened, a.acknowledged, a.closed").OrderExpr("a.number")
	if tenants != nil {
		q = q.Where("+a.tenant IN (?)", bun.List(tenants))
	}
	if rule != "" {
		q = q.Where("a.rule = ?", plain(rule))
	}
	q = q.Where("a.opened >= ?", catalog.Micros(from))
	if !to.IsZero() {
		q = q.Where("a.opened < ?", catalog.Micros(to))
	}
	var rows []row
	if err := q.Scan(ctx, &rows); err != nil {
		return nil, fmt.Errorf("read what people said of alerts: %w", catalog.Translate(err))
	}
	of := map[string][]row{}
	for _, r := range rows {
		of[r.Rule] = append(of[r.Rule], r)
	}
	out := make([]Quality, 0, len(of))
	for rule, rows := range of {
		out = append(out, qualityOf(rule, rows))
	}
	slices.SortFunc(out, func(a, b Quality) int {
		return cmp.Or(cmp.Compare(b.Alerts, a.Alerts), strings.Compare(a.Rule, b.Rule))
	})
	return out, nil
}

func qualityOf(rule string, rows []row) Quality {
	q := Quality{Rule: rule, Title: rows[len(rows)-1].Title, Alerts: int64(len(rows))}
	var acknowledged, closed []int64
	for _, r := range rows {
		if Status(r.Status) != StatusClosed {
			q.Open++
		}
		switch Disposition(r.Disposition) {
		case DispositionTrue:
			q.True++
		case DispositionBenign:
			q.Benign++
		case DispositionFalse:
			q.False++
		}
		if r.Acknowledged > 0 {
			acknowledged = append(acknowledged, r.Acknowledged-r.Opened)
		}
		if r.Closed > 0 {
			closed = append(closed, r.Closed-r.Opened)
		}
	}
	q.Acknowledge, q.Close = median(acknowledged), median(closed)
	n := q.Judged()
	if n > 0 {
		q.FalseRatio = float64(q.False) / float64(n)
	}
	switch {
	case n < verdictFrom:
		q.Verdict, q.Why = VerdictUnknown, fmt.Sprintf("of its alerts %d %s closed; from %d on a rule is judged", n, map[bool]string{true: "was", false: "were"}[n == 1], verdictFrom)
	case n >= retireAlerts && q.True == 0 && q.FalseRatio >= retireFrom:
		q.Verdict, q.Why = VerdictRetire, fmt.Sprintf("%d of %d were false and none was true; from %.0f %% of %d on a rule is to be retired", q.False, n, retireFrom*100, retireAlerts)
	case q.FalseRatio >= tuneFrom:
		q.Verdict, q.Why = VerdictTune, fmt.Sprintf("%d of %d were false; from %.0f %% on a rule is to be tuned", q.False, n, tuneFrom*100)
	default:
		q.Verdict, q.Why = VerdictKeep, fmt.Sprintf("%d of %d were false; below %.0f %% a rule is kept", q.False, n, tuneFrom*100)
	}
	return q
}

// median of microseconds; of an even number the lower middle.
func median(of []int64) time.Duration {
	if len(of) == 0 {
		return 0
	}
	slices.Sort(of)
	return time.Duration(of[(len(of)-1)/2]) * time.Microsecond
}

// Hits is how much a rule found.
type Hits struct {
	Day, Week int64 // findings by event time, dry runs included
	Last      time.Time
}

// Hits returns how much rules found in the last week, by rule; of tenants (nil
// means all). A rule that found nothing is not among them.
func (k *Keeper) Hits(ctx context.Context, tenants []nightjar.TenantID) (map[string]Hits, error) {
	if tenants != nil && len(tenants) == 0 {
		return map[string]Hits{}, nil
	}
	now := k.now()
	q := k.db.NewSelect().TableExpr("alert_findings AS f").
		ColumnExpr("f.rule, SUM(CASE WHEN f.time >= ? THEN 1 ELSE 0 END) AS day, count(*) AS week, MAX(f.time) AS last", catalog.Micros(now.Add(-day))).
		Where("f.time >= ?", catalog.Micros(now.Add(-riskSpan))).GroupExpr("f.rule")
	if tenants != nil {
		q = q.Where("f.tenant IN (?)", bun.List(tenants))
	}
	var rows []struct {
		Rule string `bun:"rule"`
		Day  int64  `bun:"day"`
		Week int64  `bun:"week"`
		Last int64  `bun:"last"`
	}
	if err := q.Scan(ctx, &rows); err != nil {
		return nil, fmt.Errorf("count findings: %w", catalog.Translate(err))
	}
	out := make(map[string]Hits, len(rows))
	for _, r := range rows {
		out[r.Rule] = Hits{r.Day, r.Week, catalog.Time(r.Last)}
	}
	return out, nil
}
