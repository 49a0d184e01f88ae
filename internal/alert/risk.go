package alert

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/catalog"
)

const (
	riskSpan = 7 * day
	// riskHalf is how long it takes until an alert counts half.
	riskHalf = 2 * day
	// riskRest is how long further alerts of the same rule about the same
	// entity add nothing: one loud rule must not make a suspect.
	riskRest = day
	// riskTrue is how much more an alert counts that people found to be true.
	riskTrue = 1.5
	// riskTactic is what each further tactic adds to the sum.
	riskTactic  = 0.25
	riskReasons = 5
)

// riskWeight is what an alert of a severity counts when it is fresh.
func riskWeight(s nightjar.Severity) float64 {
	switch s {
	case nightjar.SeverityLow:
		return 5
	case nightjar.SeverityMedium:
		return 20
	case nightjar.SeverityHigh:
		return 50
	case nightjar.SeverityCritical:
		return 100
	default:
		return 0
	}
}

// riskLevel says how much a score is.
func riskLevel(score float64) nightjar.Severity {
	switch {
	case score >= 120:
		return nightjar.SeverityCritical
	case score >= 60:
		return nightjar.SeverityHigh
	case score >= 25:
		return nightjar.SeverityMedium
	default:
		return nightjar.SeverityLow
	}
}

// Risk is how much the alerts of the last week say against somebody.
type Risk struct {
	Tenant  nightjar.TenantID
	Entity  nightjar.Entity
	Score   float64
	Level   nightjar.Severity
	Alerts  int // that count
	Tactics []string
	Last    time.Time
	Reasons []RiskReason // the most points first
}

// RiskReason is an alert and what it counts.
type RiskReason struct {
	Alert    string
	Title    string
	Severity nightjar.Severity
	Points   float64
}

// RiskFilter chooses entities. Zero fields choose all.
type RiskFilter struct {
	Tenants []nightjar.TenantID // nil means all, empty none
	Kinds   []nightjar.EntityKind
	Entity  string // kind:value, or a value of any kind
	Limit   int    // 0 means 100
}

type riskRow struct {
	Number      int64  `bun:"number"`
	ID          string `bun:"id"`
	Tenant      string `bun:"tenant"`
	Rule        string `bun:"rule"`
	Title       string `bun:"title"`
	Severity    int    `bun:"severity"`
	Disposition string `bun:"disposition"`
	Tags        string `bun:"tags"`
	Last        int64  `bun:"last"`
	Kind        string `bun:"kind"`
	Value       string `bun:"value"`
}

// Risks returns the entities that the alerts of the last seven days say most
// against. Alerts that were closed as benign or false, and silenced ones, say
// nothing.
func (k *Keeper) Risks(ctx context.Context, f RiskFilter) ([]Risk, error) {
	if f.Tenants != nil && len(f.Tenants) == 0 {
		return nil, nil
	}
	now := k.now()
	q := k.db.NewSelect().TableExpr("alert_alerts AS a").Join("JOIN alert_entities AS e ON e.alert = a.number").
		ColumnExpr("a.number, a.id, a.tenant, a.rule, a.title, a.severity, a.disposition, a.tags, a.last, e.kind, e.value").
		Where("a.last >= ? AND a.disposition NOT IN ('benign', 'false') AND a.silence = ''", catalog.Micros(now.Add(-riskSpan))).OrderExpr("a.number")
	if f.Tenants != nil {
		q = q.Where("+a.tenant IN (?)", bun.List(f.Tenants))
	}
	if len(f.Kinds) > 0 {
		q = q.Where("e.kind IN (?)", bun.List(f.Kinds))
	}
	if f.Entity != "" {
		kind, value := parseEntity(plain(f.Entity))
		q = q.Where("e.value IN (?)", bun.List([]string{value, strings.ToLower(value)}))
		if kind != "" {
			q = q.Where("e.kind = ?", kind)
		}
	}
	var rows []riskRow
	if err := q.Scan(ctx, &rows); err != nil {
		return nil, fmt.Errorf("read what makes risk: %w", catalog.Translate(err))
	}
	of := map[subject][]riskRow{}
	for _, r := range rows {
		s := subject{nightjar.TenantID(r.Tenant), nightjar.Entity{Kind: nightjar.EntityKind(r.Kind), Value: r.Value}}
		of[s] = append(of[s], r)
	}
	out := make([]Risk, 0, len(of))
	for s, rows := range of {
		out = append(out, riskOf(s, rows, now))
	}
	slices.SortFunc(out, func(a, b Risk) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), strings.Compare(string(a.Entity.Kind), string(b.Entity.Kind)), strings.Compare(a.Entity.Value, b.Entity.Value), strings.Compare(string(a.Tenant), string(b.Tenant)))
	})
	limit := defaultLimit
	if f.Limit > 0 {
		limit = min(f.Limit, maxLimit)
	}
	return out[:min(len(out), limit)], nil
}

// riskOf is the formula of docs/alerts.md.
func riskOf(s subject, rows []riskRow, now time.Time) Risk {
	slices.SortFunc(rows, func(a, b riskRow) int { return cmp.Or(cmp.Compare(a.Last, b.Last), cmp.Compare(a.Number, b.Number)) })
	r := Risk{Tenant: s.tenant, Entity: s.Entity}
	var tags []string
	counted := map[string]int64{} // when an alert of a rule counted last
	sum := 0.0
	for _, row := range rows {
		if at, before := counted[row.Rule]; before && row.Last-at < riskRest.Microseconds() {
			continue
		}
		counted[row.Rule] = row.Last
		age := max(0, now.Sub(catalog.Time(row.Last)))
		points := riskWeight(severity(row.Severity)) * math.Exp2(-float64(age)/float64(riskHalf))
		if Disposition(row.Disposition) == DispositionTrue {
			points *= riskTrue
		}
		sum += points
		r.Alerts++
		r.Last = catalog.Time(row.Last)
		r.Reasons = append(r.Reasons, RiskReason{row.ID, row.Title, severity(row.Severity), rounded(points)})
		var of []string
		if json.Unmarshal([]byte(row.Tags), &of) == nil { // what is no list names no tactic
			tags = append(tags, of...)
		}
	}
	r.Tactics = Tactics(tags)
	r.Score = rounded(sum * (1 + riskTactic*float64(max(0, len(r.Tactics)-1))))
	r.Level = riskLevel(r.Score)
	slices.SortStableFunc(r.Reasons, func(a, b RiskReason) int { return cmp.Compare(b.Points, a.Points) })
	r.Reasons = r.Reasons[:min(len(r.Reasons), riskReasons)]
	return r
}

func rounded(x float64) float64 { return math.Round(x*10) / 10 }
