package alert

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/uptrace/bun"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/catalog"
)

const (
	// PreviewDays is how far a preview looks back.
	PreviewDays    = 30
	previewSamples = 10
	// maxPreview bounds the alerts that a preview looks at: the newest.
	maxPreview = 50_000
)

// ValueCount is how many there are of a value.
type ValueCount struct {
	Value string
	Count int64
}

// Preview is what a silence would have done to the alerts of the last 30 days.
type Preview struct {
	Alerts, Hidden int64
	Gravest        nightjar.Severity // of the hidden ones; "" for none
	Severities     []ValueCount      // of the hidden ones, the gravest first
	Dispositions   []ValueCount      // of the hidden ones that are closed
	Samples        []Alert           // the gravest and newest
}

// Preview says what a silence would have kept quiet, of the alerts of tenants
// (nil means all). It changes nothing.
func (k *Keeper) Preview(ctx context.Context, tenants []nightjar.TenantID, s Silence) (Preview, error) {
	if err := s.validateMatch(); err != nil {
		return Preview{}, err
	}
	found, err := k.previewed(ctx, tenants, maxPreview)
	if err != nil {
		return Preview{}, err
	}
	p := Preview{Alerts: int64(len(found))}
	var hidden []Alert
	sources := sourcesOf(s, found)
	for _, a := range found {
		if s.covers(a.Alert) && (s.Kind == KindSilence || inhibited(a, sources)) {
			hidden = append(hidden, a.Alert)
		}
	}
	slices.SortStableFunc(hidden, func(a, b Alert) int { return cmp.Compare(b.Severity.Rank(), a.Severity.Rank()) })
	severities, dispositions := map[string]int64{}, map[string]int64{}
	for _, a := range hidden {
		severities[string(a.Severity)]++
		if a.Disposition != "" {
			dispositions[string(a.Disposition)]++
		}
	}
	p.Hidden, p.Samples = int64(len(hidden)), hidden[:min(len(hidden), previewSamples)]
	if len(hidden) > 0 {
		p.Gravest = hidden[0].Severity
	}
	p.Severities = counted(severities, func(a, b string) int { return cmp.Compare(nightjar.Severity(b).Rank(), nightjar.Severity(a).Rank()) })
	p.Dispositions = counted(dispositions, strings.Compare)
	return p, nil
}

// previewed reads the newest alerts of tenants (nil means all) of the last 30
// days, at most limit. Those of other tenants take nobody's place.
func (k *Keeper) previewed(ctx context.Context, tenants []nightjar.TenantID, limit int) ([]*kept, error) {
	if tenants != nil && len(tenants) == 0 {
		return nil, nil
	}
	numbers := k.db.NewSelect().TableExpr("alert_alerts AS a").ColumnExpr("a.number").Where("a.last >= ?", catalog.Micros(k.now().Add(-PreviewDays*day)))
	if tenants != nil {
		numbers = numbers.Where("+a.tenant IN (?)", bun.List(tenants))
	}
	return readAlerts(ctx, k.db, alertRead+" WHERE a.number IN (?) ORDER BY a.number DESC", numbers.OrderExpr("a.number DESC").Limit(int64(limit)))
}

func counted(counts map[string]int64, order func(a, b string) int) []ValueCount {
	var out []ValueCount
	for value, count := range counts {
		out = append(out, ValueCount{value, count})
	}
	slices.SortFunc(out, func(a, b ValueCount) int { return order(a.Value, b.Value) })
	return out
}

// subject is an entity of one tenant.
type subject struct {
	tenant nightjar.TenantID
	nightjar.Entity
}

// sourcesOf returns the alerts that an inhibition's sources fit, by whom they
// are about.
func sourcesOf(s Silence, all []*kept) map[subject][]*kept {
	out := map[subject][]*kept{}
	for _, a := range all {
		if s.Kind != KindInhibition || !matchAll(s.Sources, a.Alert) {
			continue
		}
		for _, e := range a.Entities {
			if len(s.Shared) == 0 || slices.Contains(s.Shared, e.Kind) {
				out[subject{a.Tenant, e}] = append(out[subject{a.Tenant, e}], a)
			}
		}
	}
	return out
}

// inhibited reports whether an inhibition would have hidden an alert: a source
// was open when it was opened, and about the same.
func inhibited(a *kept, sources map[subject][]*kept) bool {
	return slices.ContainsFunc(a.Entities, func(e nightjar.Entity) bool {
		return slices.ContainsFunc(sources[subject{a.Tenant, e}], func(source *kept) bool {
			return source.Number != a.Number && !source.Opened.After(a.Opened) && (source.Closed.IsZero() || source.Closed.After(a.Opened))
		})
	})
}
