package collect

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
)

func TestSeriesOfTenantsAreBounded(t *testing.T) {
	t.Parallel()
	reg := prometheus.NewRegistry()
	m, err := newMetrics(reg)
	if err != nil {
		t.Fatal(err)
	}
	const tenants = maxTenantSeries + 20
	for i := range tenants {
		tenant := fmt.Sprintf("tenant-%04d", i)
		m.lag.WithLabelValues(tenant, "feed").Set(float64(i))
		m.pending.WithLabelValues(tenant, "feed").Set(2)
		m.lastSuccess.WithLabelValues(tenant, "feed").Set(float64(1000 + i))
		m.stored.WithLabelValues(tenant, "feed").Add(1)
	}
	got := series(t, reg)
	lag, pending, success, stored := got["nightjar_source_lag_seconds"], got["nightjar_source_pending_blobs"], got["nightjar_source_last_success_timestamp_seconds"], got["nightjar_events_stored_total"]
	for name, s := range map[string]map[string]float64{"lag": lag, "pending": pending, "success": success, "stored": stored} {
		if len(s) != maxTenantSeries+1 {
			t.Errorf("%s has %d series", name, len(s))
		}
	}
	if _, ok := lag["tenant-0519"]; !ok || lag[otherTenants] != 19 {
		t.Errorf("the others lag %v; the worst has its own series: %v", lag[otherTenants], ok)
	}
	if pending[otherTenants] != 40 || success[otherTenants] != 1000 || stored[otherTenants] != 20 {
		t.Errorf("of the others %v are pending, success %v, stored %v", pending[otherTenants], success[otherTenants], stored[otherTenants])
	}
	if _, moved := stored["tenant-0519"]; moved {
		t.Error("a counter changed its label")
	}
	m.forget("tenant-0519", "feed")
	if _, ok := series(t, reg)["nightjar_source_lag_seconds"]["tenant-0519"]; ok {
		t.Error("a source that is not collected still has a lag")
	}
}

// series returns the values of all metrics by name and tenant.
func series(t *testing.T, reg *prometheus.Registry) map[string]map[string]float64 {
	t.Helper()
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	out := make(map[string]map[string]float64)
	for _, f := range families {
		byTenant := make(map[string]float64)
		for _, m := range f.GetMetric() {
			for _, l := range m.GetLabel() {
				if l.GetName() == "tenant" {
					byTenant[l.GetValue()] += m.GetGauge().GetValue() + m.GetCounter().GetValue()
				}
			}
		}
		out[f.GetName()] = byTenant
	}
	if len(out) == 0 {
		t.Fatal(slices.Collect(maps.Keys(out)))
	}
	return out
}
