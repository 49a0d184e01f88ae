package health

import (
	"errors"

	"github.com/prometheus/client_golang/prometheus"

	nightjar "github.com/nightjar-sec/nightjar"
)

type pipelineMetrics struct {
	rows    *prometheus.CounterVec
	dropped prometheus.Counter
}

func newPipelineMetrics() *pipelineMetrics {
	return &pipelineMetrics{
		rows: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "nightjar_health_pipeline_rows_total", Help: "Rows of collectors_out that came through the pipeline log; those of commits ride with the events.",
		}, []string{"action", "level"}),
		dropped: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "nightjar_health_pipeline_dropped_rows_total", Help: "Rows of collectors_out dropped while the journal could not store.",
		}),
	}
}

func (m *pipelineMetrics) register(reg prometheus.Registerer) error {
	return errors.Join(reg.Register(m.rows), reg.Register(m.dropped))
}

// Build says what is running.
type Build struct {
	Version  string `json:"version"`
	Revision string `json:"revision"`
	Go       string `json:"go"`
}

// RegisterBuild exposes nightjar_build_info.
func RegisterBuild(reg prometheus.Registerer, b Build) error {
	g := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "nightjar_build_info", Help: "1; the labels say what is running.",
		ConstLabels: prometheus.Labels{"version": b.Version, "revision": b.Revision, "go": b.Go},
	})
	g.Set(1)
	return reg.Register(g)
}

// The registry is a collector of its own visible warnings: every code has a
// series, so that an alert rule on one that never fired is not "no data".
type warningCollector struct {
	registry *Registry
	desc     *prometheus.Desc
}

// Collector returns the gauge nightjar_health_warnings{code,severity}.
func (r *Registry) Collector() prometheus.Collector {
	return warningCollector{r, prometheus.NewDesc("nightjar_health_warnings",
		"Conditions that hold and are visible, by code; nightjar health lists them.", []string{"code", "severity"}, nil)}
}

// Describe implements prometheus.Collector.
func (c warningCollector) Describe(ch chan<- *prometheus.Desc) { ch <- c.desc }

// Collect implements prometheus.Collector.
func (c warningCollector) Collect(ch chan<- prometheus.Metric) {
	counts := make(map[nightjar.WarningCode]int)
	for _, a := range c.registry.Current() {
		counts[a.Code]++
	}
	for code, w := range c.registry.warnings {
		ch <- prometheus.MustNewConstMetric(c.desc, prometheus.GaugeValue, float64(counts[code]), string(code), string(w.Severity))
	}
}
