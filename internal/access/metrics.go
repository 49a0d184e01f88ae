package access

import (
	"fmt"

	"github.com/prometheus/client_golang/prometheus"

	nightjar "github.com/nightjar-sec/nightjar"
)

// metrics counts how sign-ins end. Names of people and addresses are no labels.
type metrics struct {
	logins *prometheus.CounterVec
}

func newMetrics(r prometheus.Registerer) (*metrics, error) {
	m := &metrics{logins: prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "nightjar_access_logins_total",
		Help: "Sign-ins to the console by outcome: success, refused (a wrong name, password or code), throttled, error.",
	}, []string{"outcome"})}
	if r == nil {
		return m, nil
	}
	if err := r.Register(m.logins); err != nil {
		return nil, fmt.Errorf("register the metrics of access: %w", err)
	}
	return m, nil
}

// ended counts a sign-in that succeeded, or failed in either half.
func (m *metrics) ended(err error) {
	var outcome string
	switch nightjar.CodeOf(err) {
	case "":
		outcome = "success"
	case nightjar.CodeUnauthenticated, nightjar.CodeForbidden: // the latter: known to a provider, and not let in
		outcome = "refused"
	case nightjar.CodeThrottled:
		outcome = "throttled"
	default:
		outcome = "error"
	}
	m.logins.WithLabelValues(outcome).Inc()
}
