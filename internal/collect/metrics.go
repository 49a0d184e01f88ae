package collect

import (
	"github.com/prometheus/client_golang/prometheus"
)

// metrics are the collector's figures. The labels are the tenant's id and the
// feed: both come from the configuration, never from an event.
type metrics struct {
	lastSuccess  *prometheus.GaugeVec
	lastEvent    *prometheus.GaugeVec
	lag          *prometheus.GaugeVec
	oldestExpiry *prometheus.GaugeVec
	pending      *prometheus.GaugeVec

	listed      *prometheus.CounterVec
	fetched     *prometheus.CounterVec
	received    *prometheus.CounterVec
	stored      *prometheus.CounterVec
	duplicates  *prometheus.CounterVec
	quarantined *prometheus.CounterVec
	discarded   *prometheus.CounterVec
	gapSeconds  *prometheus.CounterVec
	reconcile   *prometheus.CounterVec
	refetchGain *prometheus.CounterVec
	failures    *prometheus.CounterVec

	inFlight prometheus.Gauge
}

func newMetrics(reg prometheus.Registerer) (*metrics, error) {
	source := []string{"tenant", "source"}
	gauge := func(name, help string) *prometheus.GaugeVec {
		return prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: name, Help: help}, source)
	}
	counter := func(name, help string, more ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, append(append([]string{}, source...), more...))
	}
	m := &metrics{
		lastSuccess:  gauge("nightjar_source_last_success_timestamp_seconds", "When the source was last polled with success."),
		lastEvent:    gauge("nightjar_source_last_event_timestamp_seconds", "Time of the newest event stored since the start."),
		lag:          gauge("nightjar_source_lag_seconds", "Age of the oldest content that is listed and not yet stored; 0 when there is none."),
		oldestExpiry: gauge("nightjar_source_oldest_unfetched_expiry_seconds", "Time until the oldest unfetched content expires at Microsoft; 7 days when there is none."),
		pending:      gauge("nightjar_source_pending_blobs", "Blobs that are listed and not in a final state."),
		listed:       counter("nightjar_blobs_listed_total", "Blobs that a listing showed for the first time."),
		fetched:      counter("nightjar_blobs_fetched_total", "Blobs fetched and decoded to their end."),
		received:     counter("nightjar_events_received_total", "Records decoded from blobs."),
		stored:       counter("nightjar_events_stored_total", "Events that the journal did not hold before."),
		duplicates:   counter("nightjar_events_deduplicated_total", "Events that the journal held already."),
		quarantined:  counter("nightjar_events_quarantined_total", "Records put into quarantine one by one, by reason.", "reason"),
		discarded:    counter("nightjar_events_discarded_total", "Events that were not kept, by reason.", "reason"),
		gapSeconds:   counter("nightjar_gap_seconds_total", "Content time that could not be listed."),
		reconcile:    counter("nightjar_reconcile_missing_total", "Blobs that only the daily look at 7 days showed."),
		refetchGain:  counter("nightjar_refetch_gained_events_total", "Events that only a second fetch of young content brought."),
		failures:     counter("nightjar_source_failures_total", "Failed listings and fetches, by kind.", "kind"),
		inFlight: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "nightjar_collect_in_flight_bytes", Help: "Decoded events that wait for their commit, in bytes.",
		}),
	}
	if reg == nil {
		return m, nil
	}
	for _, c := range []prometheus.Collector{
		m.lastSuccess, m.lastEvent, m.lag, m.oldestExpiry, m.pending, m.listed, m.fetched, m.received, m.stored, m.duplicates,
		m.quarantined, m.discarded, m.gapSeconds, m.reconcile, m.refetchGain, m.failures, m.inFlight,
	} {
		if err := reg.Register(c); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// forget drops the gauges of a source that is no longer collected.
func (m *metrics) forget(tenant, source string) {
	for _, g := range []*prometheus.GaugeVec{m.lastSuccess, m.lastEvent, m.lag, m.oldestExpiry, m.pending} {
		g.DeleteLabelValues(tenant, source)
	}
}
