package m365

import (
	"fmt"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Metrics counts what is asked of Microsoft, over all tenants. A nil *Metrics
// counts nothing. It is safe for concurrent use.
type Metrics struct {
	requests  *prometheus.CounterVec
	throttled prometheus.Counter
}

// NewMetrics registers the metrics with r.
func NewMetrics(r prometheus.Registerer) (*Metrics, error) {
	m := &Metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "nightjar_http_requests_total",
			Help: "Requests to Microsoft by API and HTTP status; code is \"error\" when no answer came.",
		}, []string{"api", "code"}),
		throttled: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "nightjar_throttled_seconds_total",
			Help: "Seconds for which tenants paused because Microsoft throttled them.",
		}),
	}
	for _, c := range []prometheus.Collector{m.requests, m.throttled} {
		if err := r.Register(c); err != nil {
			return nil, fmt.Errorf("register the metrics of m365: %w", err)
		}
	}
	return m, nil
}

func (m *Metrics) answered(api string, status int) {
	if m == nil {
		return
	}
	code := "error"
	if status != 0 {
		code = strconv.Itoa(status)
	}
	m.requests.WithLabelValues(api, code).Inc()
}

func (m *Metrics) paused(d time.Duration) {
	if m != nil {
		m.throttled.Add(d.Seconds())
	}
}
