package notify

import (
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics are what is counted. Labels are of closed sets: channels have names
// that people give, and are not among them.
type metrics struct {
	notices    *prometheus.CounterVec
	attempts   *prometheus.CounterVec
	seconds    *prometheus.HistogramVec
	deliveries *prometheus.CounterVec
	delay      *prometheus.HistogramVec
	waiting    *prometheus.GaugeVec
	oldest     *prometheus.GaugeVec
	kinds      map[string]time.Duration // of the last survey
}

func newMetrics(r prometheus.Registerer, kinds []Kind) (*metrics, error) {
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
		deliveries: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "nightjar_notify_deliveries_total", Help: "What became of messages after an attempt, by kind of channel: sent, retried (to be tried again), dead or doubtful.",
		}, []string{"kind", "outcome"}),
		delay: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "nightjar_notify_delay_seconds", Help: "Time from the recording of what opened or raised an alert until a sink took the message of it, by kind of channel; quiet hours and grouping included.",
			Buckets: []float64{0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600, 6 * 3600, 24 * 3600, 72 * 3600},
		}, []string{"kind"}),
		waiting: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "nightjar_notify_messages", Help: "Messages and notices that did not arrive, by kind of channel: waiting, doubtful or dead.",
		}, []string{"kind", "status"}),
		oldest: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "nightjar_notify_oldest_waiting_seconds", Help: "How long what is due has waited for a channel that is enabled, by kind of channel; 0 when nothing waits. Quiet hours and grouping do not count.",
		}, []string{"kind"}),
	}
	// What has not happened yet is 0, so that its first time is an increase.
	for _, k := range kinds {
		for _, s := range []Status{StatusSent, StatusQueued, StatusDead, StatusDoubtful} {
			m.deliveries.WithLabelValues(k.Name, outcomeOf(s))
		}
	}
	if r == nil {
		return m, nil
	}
	for _, c := range []prometheus.Collector{m.notices, m.attempts, m.seconds, m.deliveries, m.delay, m.waiting, m.oldest} {
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

// outcomeOf is the outcome of an attempt by the status that it leaves.
func outcomeOf(s Status) string {
	if s == StatusQueued {
		return "retried"
	}
	return string(s)
}

// settled counts what became of a message at a time.
func (m *metrics) settled(kind string, status Status, notices []Notice, at time.Time) {
	m.deliveries.WithLabelValues(kind, outcomeOf(status)).Inc()
	if status != StatusSent {
		return
	}
	for _, n := range notices {
		if n.State == StateOpened || n.State == StateRaised {
			m.delay.WithLabelValues(kind).Observe(max(at.Sub(n.Time), 0).Seconds())
		}
	}
}

// survey says what waits and what did not arrive. since is from when what is
// due waits, by the id of the channel.
func (m *metrics) survey(list []Channel, since map[string]time.Time, now time.Time) {
	oldest := map[string]time.Duration{}
	waiting := map[[2]string]int64{}
	for _, c := range list {
		waiting[[2]string{c.Kind, "waiting"}] += c.Waiting
		waiting[[2]string{c.Kind, "doubtful"}] += c.Doubtful
		waiting[[2]string{c.Kind, "dead"}] += c.Dead
		age := time.Duration(0)
		if at := since[c.ID]; c.Enabled && !at.IsZero() {
			age = now.Sub(at)
		}
		oldest[c.Kind] = max(oldest[c.Kind], age, 0)
	}
	// A scrape in between must not miss what was there before.
	for kind, age := range oldest {
		m.oldest.WithLabelValues(kind).Set(age.Seconds())
	}
	for of, n := range waiting {
		m.waiting.WithLabelValues(of[0], of[1]).Set(float64(n))
	}
	for kind := range m.kinds {
		if _, still := oldest[kind]; !still {
			m.oldest.DeleteLabelValues(kind)
			m.waiting.DeletePartialMatch(prometheus.Labels{"kind": kind})
		}
	}
	m.kinds = oldest
}
