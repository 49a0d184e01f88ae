package collect

import (
	"github.com/prometheus/client_golang/prometheus"
)

// metrics are the collector's figures. The labels are the tenant's id and the
// feed: both come from the configuration, never from an event.
type metrics struct {
	gauges *gauges

	lastSuccess  *gauge
	lastEvent    *gauge
	lag          *gauge
	oldestExpiry *gauge
	pending      *gauge

	listed      *counter
	fetched     *counter
	received    *counter
	stored      *counter
	duplicates  *counter
	quarantined *counter
	discarded   *counter
	gapSeconds  *counter
	reconcile   *counter
	refetchGain *counter
	failures    *counter

	inFlight prometheus.Gauge
}

func newMetrics(reg prometheus.Registerer) (*metrics, error) {
	all := newGauges(maxTenantSeries)
	own := &labels{known: make(map[string]bool), limit: maxTenantSeries}
	var counters []prometheus.Collector
	counted := func(name, help string, more ...string) *counter {
		c := &counter{own, prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, append([]string{"tenant", "source"}, more...))}
		counters = append(counters, c.vec)
		return c
	}
	m := &metrics{
		gauges:       all,
		lastSuccess:  all.add("nightjar_source_last_success_timestamp_seconds", "When the source was last polled with success.", lowest),
		lastEvent:    all.add("nightjar_source_last_event_timestamp_seconds", "Time of the newest event stored since the start.", lowest),
		lag:          all.add("nightjar_source_lag_seconds", "Age of the oldest content that is listed and not yet stored; 0 when there is none.", highest),
		oldestExpiry: all.add("nightjar_source_oldest_unfetched_expiry_seconds", "Time until the oldest unfetched content expires at Microsoft; 7 days when there is none.", lowest),
		pending:      all.add("nightjar_source_pending_blobs", "Blobs that are listed and not in a final state.", total),
		listed:       counted("nightjar_blobs_listed_total", "Blobs that a listing showed for the first time."),
		fetched:      counted("nightjar_blobs_fetched_total", "Blobs fetched and decoded to their end."),
		received:     counted("nightjar_events_received_total", "Records decoded from blobs."),
		stored:       counted("nightjar_events_stored_total", "Events that the journal did not hold before."),
		duplicates:   counted("nightjar_events_deduplicated_total", "Events that the journal held already."),
		quarantined:  counted("nightjar_events_quarantined_total", "Records put into quarantine one by one, by reason.", "reason"),
		discarded:    counted("nightjar_events_discarded_total", "Events that were not kept, by reason.", "reason"),
		gapSeconds:   counted("nightjar_gap_seconds_total", "Content time that could not be listed."),
		reconcile:    counted("nightjar_reconcile_missing_total", "Blobs that only the daily look at 7 days showed."),
		refetchGain:  counted("nightjar_refetch_gained_events_total", "Events that only a second fetch of young content brought."),
		failures:     counted("nightjar_source_failures_total", "Failed listings and fetches, by kind.", "kind"),
		inFlight: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "nightjar_collect_in_flight_bytes", Help: "Decoded events that wait for their commit, in bytes.",
		}),
	}
	all.lag = m.lag
	if reg == nil {
		return m, nil
	}
	for _, c := range append(counters, all, m.inFlight) {
		if err := reg.Register(c); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// forget drops the present figures of a source that is no longer collected.
func (m *metrics) forget(tenant, source string) { m.gauges.forget(tenant, source) }
