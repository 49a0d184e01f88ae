package detect

import (
	"errors"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/nightjar-sec/nightjar"
)

type metrics struct {
	observed  prometheus.Counter
	replayed  prometheus.Counter
	observing prometheus.Counter
	findings  *prometheus.CounterVec
	lag       prometheus.Gauge
	keys      prometheus.Gauge
	held      prometheus.Gauge
	late      prometheus.Gauge
	forgotten prometheus.Gauge
	failing   prometheus.Gauge
}

func newMetrics(r prometheus.Registerer) (*metrics, error) {
	gauge := func(name, help string) prometheus.Gauge {
		return prometheus.NewGauge(prometheus.GaugeOpts{Name: name, Help: help})
	}
	counter := func(name, help string) prometheus.Counter {
		return prometheus.NewCounter(prometheus.CounterOpts{Name: name, Help: help})
	}
	m := &metrics{
		observed:  counter("nightjar_detect_observed_events_total", "Events that rules were asked of."),
		replayed:  counter("nightjar_detect_replayed_events_total", "Events observed again after a start, since the last checkpoint."),
		observing: counter("nightjar_detect_observing_seconds_total", "Time spent asking rules of events."),
		findings: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "nightjar_detect_findings_total", Help: "Findings recorded, by severity; dry runs included.",
		}, []string{"severity"}),
		lag:       gauge("nightjar_detect_lag_seconds", "How long the oldest commit that no rule was asked of has waited."),
		keys:      gauge("nightjar_detect_keys", "Combinations of group-by values that correlations remember."),
		held:      gauge("nightjar_detect_held_events", "Events that correlations remember."),
		late:      gauge("nightjar_detect_late_matches", "Matches since the start that came too late for their correlation."),
		forgotten: gauge("nightjar_detect_forgotten_keys", "Keys since the start that went before their time because of a limit."),
		failing:   gauge("nightjar_detect_failing_rules", "Rules that are out of order."),
	}
	if r == nil {
		return m, nil
	}
	var errs []error
	for _, c := range []prometheus.Collector{
		m.observed, m.replayed, m.observing, m.findings, m.lag, m.keys, m.held, m.late, m.forgotten, m.failing,
	} {
		errs = append(errs, r.Register(c))
	}
	return m, errors.Join(errs...)
}

func (m *metrics) found(findings []nightjar.Finding) {
	for _, f := range findings {
		m.findings.WithLabelValues(string(f.Severity)).Inc()
	}
}

// lag knows how long commits have been waiting, by the wall's time.
type lag struct{ waiting []waiting }

type waiting struct {
	seq   int64
	since time.Time
}

// maxWaiting bounds what is remembered of commits that wait; beyond it the lag
// is known to a second or so.
const maxWaiting = 1000

// committed says what the newest commit is now.
func (l *lag) committed(seq int64, now time.Time) {
	n := len(l.waiting)
	if n > 0 && (l.waiting[n-1].seq >= seq || n >= maxWaiting && now.Sub(l.waiting[n-1].since) < time.Second) {
		return
	}
	l.waiting = append(l.waiting, waiting{seq, now})
}

// behind is how long the oldest commit behind seq has been waiting.
func (l *lag) behind(seq int64, now time.Time) time.Duration {
	done := 0
	for done < len(l.waiting) && l.waiting[done].seq <= seq {
		done++
	}
	l.waiting = l.waiting[done:]
	if len(l.waiting) == 0 {
		return 0
	}
	return now.Sub(l.waiting[0].since)
}
