package collect

import (
	"cmp"
	"slices"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
)

// maxTenantSeries is how many tenants have series of their own. A time series
// database suffers from more, and people look at the worst ones anyway.
const maxTenantSeries = 500

// otherTenants is the tenant label of all that have no series of their own.
const otherTenants = "other"

// worst says how one figure stands for several tenants: the one that people
// must know of.
type worst func(a, b float64) float64

func lowest(a, b float64) float64  { return min(a, b) }
func highest(a, b float64) float64 { return max(a, b) }
func total(a, b float64) float64   { return a + b }

// gauges are the present figures of all sources. With more tenants than may
// have series of their own, those that lag most have them, and one series
// stands for the others. It is safe for concurrent use.
type gauges struct {
	mu      sync.Mutex
	order   []*gauge
	by      map[string]map[string]map[*gauge]float64 // tenant, source
	lag     *gauge
	tenants int // with series of their own
}

// gauge is one figure of every source.
type gauge struct {
	all   *gauges
	desc  *prometheus.Desc
	worst worst
}

func newGauges(tenants int) *gauges {
	return &gauges{by: make(map[string]map[string]map[*gauge]float64), tenants: tenants}
}

func (g *gauges) add(name, help string, w worst) *gauge {
	one := &gauge{all: g, desc: prometheus.NewDesc(name, help, []string{"tenant", "source"}, nil), worst: w}
	g.order = append(g.order, one)
	return one
}

// WithLabelValues returns the figure of one source.
func (g *gauge) WithLabelValues(tenant, source string) reading { return reading{g, tenant, source} }

// reading is one figure of one source.
type reading struct {
	*gauge
	tenant, source string
}

// Set replaces the figure.
func (r reading) Set(v float64) { r.set(r.tenant, r.source, v) }

func (g *gauge) set(tenant, source string, v float64) {
	g.all.mu.Lock()
	defer g.all.mu.Unlock()
	sources := g.all.by[tenant]
	if sources == nil {
		sources = make(map[string]map[*gauge]float64)
		g.all.by[tenant] = sources
	}
	if sources[source] == nil {
		sources[source] = make(map[*gauge]float64)
	}
	sources[source][g] = v
}

// forget drops the figures of a source that is no longer collected.
func (g *gauges) forget(tenant, source string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.by[tenant], source)
	if len(g.by[tenant]) == 0 {
		delete(g.by, tenant)
	}
}

// Describe implements prometheus.Collector.
func (g *gauges) Describe(ch chan<- *prometheus.Desc) {
	for _, one := range g.order {
		ch <- one.desc
	}
}

// Collect implements prometheus.Collector.
func (g *gauges) Collect(ch chan<- prometheus.Metric) {
	g.mu.Lock()
	defer g.mu.Unlock()
	own := g.ranked()
	rest := own[min(len(own), g.tenants):]
	others := make(map[string]map[*gauge]float64) // by source
	for _, tenant := range rest {
		for source, values := range g.by[tenant] {
			if others[source] == nil {
				others[source] = make(map[*gauge]float64)
			}
			for one, v := range values {
				if so, ok := others[source][one]; ok {
					v = one.worst(so, v)
				}
				others[source][one] = v
			}
		}
	}
	for _, tenant := range own[:len(own)-len(rest)] {
		send(ch, tenant, g.by[tenant])
	}
	send(ch, otherTenants, others)
}

// ranked returns the tenants, the one that lags most first.
func (g *gauges) ranked() []string {
	lags := make(map[string]float64, len(g.by))
	tenants := make([]string, 0, len(g.by))
	for tenant, sources := range g.by {
		for _, values := range sources {
			lags[tenant] = max(lags[tenant], values[g.lag])
		}
		tenants = append(tenants, tenant)
	}
	slices.SortFunc(tenants, func(a, b string) int {
		return cmp.Or(cmp.Compare(lags[b], lags[a]), cmp.Compare(a, b))
	})
	return tenants
}

func send(ch chan<- prometheus.Metric, tenant string, sources map[string]map[*gauge]float64) {
	for source, values := range sources {
		for one, v := range values {
			ch <- prometheus.MustNewConstMetric(one.desc, prometheus.GaugeValue, v, tenant, source)
		}
	}
}

// labels gives the first tenants a label of their own, and the others one in
// common: a counter must not change its label, or it would seem to run backwards.
type labels struct {
	mu    sync.Mutex
	known map[string]bool
	limit int
}

func (l *labels) of(tenant string) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.known[tenant] {
		if len(l.known) >= l.limit {
			return otherTenants
		}
		l.known[tenant] = true
	}
	return tenant
}

// counter counts by tenant and source, and more labels.
type counter struct {
	labels *labels
	vec    *prometheus.CounterVec
}

// WithLabelValues returns the counter of a tenant, its source and more labels.
func (c *counter) WithLabelValues(tenant string, more ...string) prometheus.Counter {
	return c.vec.WithLabelValues(append([]string{c.labels.of(tenant)}, more...)...)
}
