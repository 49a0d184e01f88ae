package journal

import (
	"github.com/prometheus/client_golang/prometheus"
)

type metrics struct {
	commit       prometheus.Histogram
	fsync        prometheus.Histogram
	stored       prometheus.Counter
	deduplicated prometheus.Counter
	compacted    prometheus.Counter
	dropped      prometheus.Counter
	segments     prometheus.Gauge
	bytes        prometheus.Gauge
	diskFree     prometheus.Gauge
}

func newMetrics(r prometheus.Registerer) (*metrics, error) {
	buckets := prometheus.ExponentialBuckets(0.001, 2, 14) // 1 ms to 8 s
	m := &metrics{
		commit: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "nightjar_commit_duration_seconds", Help: "Time of one commit of the journal, from dedupe to catalog.", Buckets: buckets,
		}),
		fsync: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "nightjar_fsync_duration_seconds", Help: "Time of one fsync of a segment file or its folder.", Buckets: buckets,
		}),
		stored: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "nightjar_journal_stored_events_total", Help: "Events that became durable.",
		}),
		deduplicated: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "nightjar_journal_deduplicated_events_total", Help: "Events that were delivered again and dropped.",
		}),
		compacted: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "nightjar_journal_compacted_events_total", Help: "Events rewritten by compaction.",
		}),
		dropped: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "nightjar_journal_expired_events_total", Help: "Events dropped by retention.",
		}),
		segments: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "nightjar_journal_segments", Help: "Segments in the journal.",
		}),
		bytes: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "nightjar_journal_bytes", Help: "Size of the journal's Parquet files.",
		}),
		diskFree: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "nightjar_journal_disk_free_bytes", Help: "Space left on the disk of the journal.",
		}),
	}
	if r == nil {
		return m, nil
	}
	for _, c := range []prometheus.Collector{
		m.commit, m.fsync, m.stored, m.deduplicated, m.compacted, m.dropped, m.segments, m.bytes, m.diskFree,
	} {
		if err := r.Register(c); err != nil {
			return nil, err
		}
	}
	return m, nil
}
