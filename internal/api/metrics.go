package api

import (
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/nightjar-sec/nightjar"
)

// metrics are the API's figures. Their labels are operations of the table of
// routes and codes of the closed set: nothing that a caller chooses.
type metrics struct {
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
}

func newMetrics(reg prometheus.Registerer, g *gate) (*metrics, error) {
	m := &metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "nightjar_api_requests_total", Help: "Requests by operation and code; the code of a success is ok.",
		}, []string{"operation", "code"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "nightjar_api_request_seconds", Help: "How long requests take, streams left out.", Buckets: []float64{0.005, 0.02, 0.1, 0.5, 1, 5, 30},
		}, []string{"operation"}),
	}
	running := prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "nightjar_api_queries_running", Help: "Queries of people and programs that run now.",
	}, func() float64 { return float64(len(g.slots)) })
	if reg == nil {
		return m, nil
	}
	for _, c := range []prometheus.Collector{m.requests, m.seconds, running} {
		if err := reg.Register(c); err != nil {
			return nil, fmt.Errorf("register metrics of the API: %w", err)
		}
	}
	return m, nil
}

// count counts a request that is over.
func (m *metrics) count(r Route, err error, took time.Duration) {
	code := nightjar.Code("ok")
	if err != nil {
		code = told(err, "").Code
	}
	m.requests.WithLabelValues(r.Operation, string(code)).Inc()
	if !r.streams() {
		m.seconds.WithLabelValues(r.Operation).Observe(took.Seconds())
	}
}

// streams reports whether an answer lasts as long as somebody reads it.
func (r Route) streams() bool {
	return r.Operation == "tailEvents" || r.Operation == "watchConsent" || r.Operation == "exportEvents"
}
