package m365_test

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/m365"
)

func TestRequestsAndPausesAreCounted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		registry := prometheus.NewRegistry()
		metrics, err := m365.NewMetrics(registry)
		if err != nil {
			t.Fatal(err)
		}
		tries := 0
		f := newFakeCloud(t, func(w http.ResponseWriter, _ *http.Request) {
			switch tries++; tries {
			case 1:
				w.Header().Set("Retry-After", "30")
				answerJSON(w, 429, "")
			case 2:
				w.WriteHeader(http.StatusBadGateway)
			default:
				answerJSON(w, 200, "[]")
			}
		})
		a := f.activity(t, func(c *m365.ActivityConfig) { c.Metrics = metrics })
		if _, err := listAll(t.Context(), a, nightjar.FeedExchange); err != nil {
			t.Fatal(err)
		}
		if err := testutil.GatherAndCompare(registry, strings.NewReader(`
# HELP nightjar_http_requests_total Requests to Microsoft by API and HTTP status; code is "error" when no answer came.
# TYPE nightjar_http_requests_total counter
nightjar_http_requests_total{api="activity_content",code="200"} 1
nightjar_http_requests_total{api="activity_content",code="429"} 1
nightjar_http_requests_total{api="activity_content",code="502"} 1
# HELP nightjar_throttled_seconds_total Seconds for which tenants paused because Microsoft throttled them.
# TYPE nightjar_throttled_seconds_total counter
nightjar_throttled_seconds_total 30
`)); err != nil {
			t.Error(err)
		}
	})
}
