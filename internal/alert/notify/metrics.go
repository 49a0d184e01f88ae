package notify

import (
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics are what is counted. Labels are of closed sets: channels have names
// that people give, and are not among them.
type metrics struct {
	notices  *prometheus.CounterVec
	attempts *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	waiting  *prometheus.GaugeVec
}

func newMetrics(r prometheus.Registerer) (*metrics, error) {
	m := &metrics{
		notices: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "nightjar_notify_notices_total", Help: "States of alerts written to the outbox, by state, once for each channel.",
		}, []string{"state"}),
		attempts: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "nightjar_notify_attempts_total", Help: "Attempts to send a message, by kind of channel and outcome.",
		}, []string{"kind", "outcome"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "nightjar_notify_attempt_seconds", Help: "How long attempts to send a message took, by kind of channel.",
			Buckets: []float64{0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60},
		}, []string{"kind"}),
		waiting: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "nightjar_notify_messages", Help: "Messages and notices that did not arrive, by kind of channel: waiting, doubtful or dead.",
		}, []string{"kind", "status"}),
	}
	if r == nil {
		return m, nil
	}
	for _, c := range []prometheus.Collector{m.notices, m.attempts, m.seconds, m.waiting} {
		if err := r.Register(c); err != nil {
			return nil, fmt.Errorf("register metrics of notifications: %w", err)
		}
	}
	return m, nil
}

func (m *metrics) attempt(kind string, failure *SendError, took time.Duration) {
	outcome := "ok"
	if failure != nil {
		outcome = string(failure.Reason)
	}
	m.attempts.WithLabelValues(kind, outcome).Inc()
	m.seconds.WithLabelValues(kind).Observe(took.Seconds())
}

func (m *metrics) survey(list []Channel) {
	m.waiting.Reset()
	for _, c := range list {
		m.waiting.WithLabelValues(c.Kind, "waiting").Add(float64(c.Waiting))
		m.waiting.WithLabelValues(c.Kind, "doubtful").Add(float64(c.Doubtful))
		m.waiting.WithLabelValues(c.Kind, "dead").Add(float64(c.Dead))
	}
}
