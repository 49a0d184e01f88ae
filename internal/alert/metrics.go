package alert

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/uptrace/bun"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/catalog"
	"github.com/nightjar-sec/nightjar/internal/clock"
)

// outcome is what became of a finding when it was recorded: a closed set, for metrics.
type outcome string

const (
	outcomeAlerted       outcome = "alerted"  // its alert is one that people are told of
	outcomeSilenced      outcome = "silenced" // a silence keeps its alert quiet
	outcomeInhibited     outcome = "inhibited"
	outcomeDryRun        outcome = "dry_run" // it has no alert, as the following
	outcomeInformational outcome = "informational"
)

func outcomes() []outcome {
	return []outcome{outcomeAlerted, outcomeSilenced, outcomeInhibited, outcomeDryRun, outcomeInformational}
}

// metrics are what is counted. Labels are of closed sets: of rules, tenants and
// people there are more than a monitor should keep.
type metrics struct {
	opened   *prometheus.CounterVec
	findings *prometheus.CounterVec
}

func newMetrics(r prometheus.Registerer, db *catalog.DB) (*metrics, error) {
	m := &metrics{
		opened: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "nightjar_alert_opened_total", Help: "Alerts opened, by the severity of the finding that opened them; silenced ones included.",
		}, []string{"severity"}),
		findings: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "nightjar_alert_findings_total", Help: "Findings recorded, by what became of them: alerted, silenced or inhibited with their alert, or without an alert dry_run or informational.",
		}, []string{"outcome"}),
	}
	// What has not happened yet is 0, so that its first time is an increase.
	for _, s := range alertSeverities() {
		m.opened.WithLabelValues(string(s))
	}
	for _, o := range outcomes() {
		m.findings.WithLabelValues(string(o))
	}
	if r == nil {
		return m, nil
	}
	for _, c := range []prometheus.Collector{m.opened, m.findings, newOpenGauge(db)} {
		if err := r.Register(c); err != nil {
			return nil, fmt.Errorf("register metrics of alerts: %w", err)
		}
	}
	return m, nil
}

// alertSeverities are those that alerts have.
func alertSeverities() []nightjar.Severity { return nightjar.Severities()[1:] }

// passedBy counts a finding that has no alert.
func (r *recorder) passedBy(f nightjar.Finding) {
	if f.DryRun {
		r.outcomes[outcomeDryRun]++
	} else {
		r.outcomes[outcomeInformational]++
	}
}

// counted counts what was recorded, once that is durable.
func (r *recorder) counted() {
	opened := map[nightjar.Severity]int{}
	for _, a := range r.order {
		if a.opened {
			opened[a.was]++
		}
		switch {
		case a.Inhibitor != "":
			r.outcomes[outcomeInhibited] += a.added
		case a.Suppressed():
			r.outcomes[outcomeSilenced] += a.added
		default:
			r.outcomes[outcomeAlerted] += a.added
		}
	}
	count := func() {
		for s, n := range opened {
			r.k.metrics.opened.WithLabelValues(string(s)).Add(float64(n))
		}
		for o, n := range r.outcomes {
			r.k.metrics.findings.WithLabelValues(string(o)).Add(float64(n))
		}
	}
	if !catalog.AfterCommit(r.ctx, count) {
		count()
	}
}

const (
	// openHolds is how long a count of open alerts is given out again: nobody has
	// to sign in to ask for metrics.
	openHolds   = 10 * time.Second
	openTimeout = 2 * time.Second

	sqlCountOpen = `SELECT severity, status, count(*) AS n FROM alert_alerts WHERE status IN (?) GROUP BY severity, status`
)

// openGauge counts the open alerts when somebody asks for metrics.
type openGauge struct {
	db   *catalog.DB
	desc *prometheus.Desc

	mu     sync.Mutex
	at     time.Time // of the count; zero before the first
	counts []openCount
	err    error
}

type openCount struct {
	Severity int    `bun:"severity"`
	Status   string `bun:"status"`
	N        int64  `bun:"n"`
}

func newOpenGauge(db *catalog.DB) *openGauge {
	return &openGauge{db: db, desc: prometheus.NewDesc("nightjar_alert_open", "Alerts that are open now, by severity and status: new or acknowledged; silenced ones included.", []string{"severity", "status"}, nil)}
}

// Describe says what is collected.
func (g *openGauge) Describe(ch chan<- *prometheus.Desc) { ch <- g.desc }

// Collect counts, or gives out a count that is young enough.
func (g *openGauge) Collect(ch chan<- prometheus.Metric) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if now := clock.Real().Now(); g.at.IsZero() || now.Sub(g.at) >= openHolds {
		ctx, cancel := context.WithTimeout(context.Background(), openTimeout)
		defer cancel()
		g.at, g.counts = now, nil
		g.err = g.db.NewRaw(sqlCountOpen, bun.List([]Status{StatusNew, StatusAcknowledged})).Scan(ctx, &g.counts)
	}
	if g.err != nil {
		// A number from before would look like one of now.
		ch <- prometheus.NewInvalidMetric(g.desc, fmt.Errorf("count open alerts: %w", g.err))
		return
	}
	for _, severity := range alertSeverities() {
		for _, status := range []Status{StatusNew, StatusAcknowledged} {
			n := int64(0)
			for _, c := range g.counts {
				if c.Severity == severity.Rank() && c.Status == string(status) {
					n = c.N
				}
			}
			ch <- prometheus.MustNewConstMetric(g.desc, prometheus.GaugeValue, float64(n), string(severity), string(status))
		}
	}
}
