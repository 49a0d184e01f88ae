package alert

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/uptrace/bun"

	"github.com/nightjar-sec/nightjar"
)

// TestMetricsOfAlertsAreRight records findings of each sort, some of them in a
// transaction that fails, and has people decide.
func TestMetricsOfAlertsAreRight(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t)
		r := prometheus.NewRegistry()
		var err error
		if b.keeper.metrics, err = newMetrics(r, b.db); err != nil {
			t.Fatal(err)
		}
		who := Who{Actor: nightjar.Actor{ID: "p-ada", Name: "Ada", Kind: nightjar.ActorPerson}}
		quiet := func(kind SilenceKind, s Silence) {
			t.Helper()
			s.Kind, s.Reason, s.Expires = kind, "a test", time.Now().Add(time.Hour)
			if _, err := b.keeper.Silence(t.Context(), who, s); err != nil {
				t.Fatal(err)
			}
		}
		quiet(KindSilence, Silence{Matchers: []Matcher{{Field: MatchRule, Values: []string{"r-quiet"}}}})
		quiet(KindInhibition, Silence{
			Matchers: []Matcher{{Field: MatchRule, Values: []string{"r-hidden"}}}, Sources: []Matcher{{Field: MatchRule, Values: []string{"r-mail"}}}, Shared: []nightjar.EntityKind{nightjar.EntityUser},
		})
		dry, info, high := finding("r-mail", "dora", 1), finding("r-mail", "ian", 1), finding("r-mail", "hanna", 1)
		dry.DryRun, info.Severity, high.Severity = true, nightjar.SeverityInformational, nightjar.SeverityHigh
		b.record(finding("r-mail", "anna", 1), finding("r-mail", "anna", 2), high, dry, info)
		b.record(finding("r-mail", "anna", 1)) // known already
		b.record(finding("r-quiet", "anna", 1), finding("r-quiet", "anna", 2), finding("r-quiet", "anna", 3), finding("r-hidden", "anna", 1))
		failed := errors.New("no")
		err = b.db.InTx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			return errors.Join(b.keeper.Record(ctx, tx, []nightjar.Finding{finding("r-mail", "zoe", 1)}), failed)
		})
		if !errors.Is(err, failed) {
			t.Fatal(err)
		}
		counted := func(want string) {
			t.Helper()
			if err := testutil.GatherAndCompare(r, strings.NewReader(want), "nightjar_alert_opened_total", "nightjar_alert_findings_total", "nightjar_alert_open"); err != nil {
				t.Error(err)
			}
		}
		const counters = `
# HELP nightjar_alert_findings_total Findings recorded, by what became of them: alerted, silenced or inhibited with their alert, or without an alert dry_run or informational.
# TYPE nightjar_alert_findings_total counter
nightjar_alert_findings_total{outcome="alerted"} 3
nightjar_alert_findings_total{outcome="dry_run"} 1
nightjar_alert_findings_total{outcome="informational"} 1
nightjar_alert_findings_total{outcome="inhibited"} 1
nightjar_alert_findings_total{outcome="silenced"} 3
# HELP nightjar_alert_opened_total Alerts opened, by the severity of the finding that opened them; silenced ones included.
# TYPE nightjar_alert_opened_total counter
nightjar_alert_opened_total{severity="critical"} 0
nightjar_alert_opened_total{severity="high"} 1
nightjar_alert_opened_total{severity="low"} 0
nightjar_alert_opened_total{severity="medium"} 3
# HELP nightjar_alert_open Alerts that are open now, by severity and status: new or acknowledged; silenced ones included.
# TYPE nightjar_alert_open gauge
nightjar_alert_open{severity="critical",status="acknowledged"} 0
nightjar_alert_open{severity="critical",status="new"} 0
nightjar_alert_open{severity="high",status="new"} 1
nightjar_alert_open{severity="low",status="acknowledged"} 0
nightjar_alert_open{severity="low",status="new"} 0
nightjar_alert_open{severity="medium",status="acknowledged"} 0
`
		before := counters + "nightjar_alert_open{severity=\"high\",status=\"acknowledged\"} 0\nnightjar_alert_open{severity=\"medium\",status=\"new\"} 3\n"
		counted(before)

		of := map[string]string{}
		for _, a := range b.all() {
			of[a.Rule+" "+a.Entities[0].Value] = a.ID
		}
		for _, q := range []Request{{Action: ActionClose, IDs: []string{of["r-mail anna"]}, Disposition: DispositionBenign}, {Action: ActionClose, IDs: []string{of["r-quiet anna"]}, Disposition: DispositionFalse}} {
			if _, err := b.keeper.Change(t.Context(), who, q); err != nil {
				t.Fatal(err)
			}
		}
		counted(before) // a count is given out again for a while
		time.Sleep(openHolds)
		counted(counters + "nightjar_alert_open{severity=\"high\",status=\"acknowledged\"} 0\nnightjar_alert_open{severity=\"medium\",status=\"new\"} 1\n")

		// What cannot be counted is not given out as if it were of now.
		if err := b.db.Close(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(openHolds)
		if _, err := r.Gather(); err == nil || !strings.Contains(err.Error(), "count open alerts") {
			t.Errorf("got %v", err)
		}
	})
}
