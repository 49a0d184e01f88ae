package schedule_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/ruleset"
	"github.com/nightjar-sec/nightjar/internal/schedule"
)

// shelf is a lab whose rows are those that the questions of log are about.
type shelf struct {
	log
	full  error // why nothing can be kept
	asked time.Time
}

func (s *shelf) Hold(_ context.Context, asked time.Time, _ []ruleset.TestEvent, rows []nightjar.PipelineRecord) (nightjar.Tenant, schedule.Asker, error) {
	for _, r := range rows {
		s.rows = append(s.rows, row{r.Time, contoso, r.Collector})
	}
	s.asked = asked
	return nightjar.Tenant{ID: contoso, Name: "contoso"}, &s.log, s.full
}

const (
	failedTest = `  tests:
    - name: twice, and a row that comes after the question
      rows:
        - {at: 1m, every: 1m, repeat: 2, collector_name: a}
        - {at: 2m, collector_name: b}
        - {at: 6m, collector_name: c}
      asked: 5m
      alerts:
        - {severity: medium, reason: a failed 2 times, entities: {collector: a}}
        - {reason: b failed 1 times}
`
	expiringTest = `  tests:
    - name: one of two codes
      warnings:
        - {code: credential_expiring, text: soon}
        - {code: credential_expiring, text: said twice}
        - {code: disk_low, text: none of its}
      alerts: [{severity: low, reason: "contoso: soon"}]
`
)

// testedRules are the rules of the scheduler's tests, with tests of their own.
func testedRules(t *testing.T, from, to string) *ruleset.Set {
	t.Helper()
	text := strings.Replace(rules, "LOOKBACK", "5m", 1)
	text = strings.Replace(text, "\n---\n", "\n"+failedTest+"---\n", 1) + expiringTest
	set, err := ruleset.Load([]ruleset.Folder{{Name: "rules", FS: fstest.MapFS{"p/r.yml": {Data: []byte(strings.Replace(text, from, to, 1))}}}}, ruleset.Options{})
	if err != nil || len(set.Faults) > 0 {
		t.Fatal(err, set.Faults)
	}
	return set
}

func TestARuleIsTestedAsItIsAsked(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		rule, from, to string
		says           []string // of each failure
	}{
		"a question":          {rule: "failed"},
		"a warning":           {rule: "expiring"},
		"another severity":    {"failed", "{severity: medium, reason: a", "{severity: high, reason: a", []string{"differs in severity: medium, not high", "found: ", "found: "}},
		"another reason":      {"expiring", "contoso: soon", "contoso: later", []string{`reason: "contoso: soon", not "contoso: later"`, "found: "}},
		"another code":        {"expiring", "warning: credential_expiring", "warning: credential_expired", []string{"no alert is of severity low", "wanted 1 alert, found 0"}},
		"a span before":       {"failed", "asked: 5m", "asked: 0s", []string{"no alert is", "no alert is", "wanted 2 alerts, found 0"}},
		"a column that lacks": {"failed", "by: [collector_name]", "by: [job_id]", []string{"the question cannot be asked: the query has no column job_id"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			set, lab := testedRules(t, c.from, c.to), &shelf{}
			results, err := schedule.RunTests(t.Context(), lab, set, set.Info(c.rule))
			if err != nil || len(results) != 1 {
				t.Fatalf("results %+v, %v", results, err)
			}
			r := results[0]
			if len(r.Failures) != len(c.says) {
				t.Fatalf("failures %q, want %q", r.Failures, c.says)
			}
			for i, says := range c.says {
				if !strings.Contains(r.Failures[i], says) {
					t.Errorf("failure %q, want %q", r.Failures[i], says)
				}
			}
			if r.Rule != c.rule || r.File != "rules/p/r.yml" || r.Line == 0 {
				t.Errorf("result %+v", r)
			}
			if c.rule == "failed" && c.from == "" && !lab.asked.Equal(ruleset.TestStart().Add(5*time.Minute+15*time.Second)) {
				t.Errorf("asked at %s, want the delay after the span's end", lab.asked)
			}
			for _, row := range lab.rows {
				if row.collector == "c" {
					t.Error("a row is kept that was not there when it is asked")
				}
			}
		})
	}
}

func TestWhatKeepsATestFromRunningIsNoFailureOfTheRule(t *testing.T) {
	t.Parallel()
	set := testedRules(t, "", "")
	full := errors.New("the disk is full")
	if _, err := schedule.RunTests(t.Context(), &shelf{full: full}, set, set.Info("failed")); !errors.Is(err, full) {
		t.Errorf("it ends with %v, want %v", err, full)
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, err := schedule.RunTests(ctx, &shelf{log: log{hangs: true}}, set, set.Info("failed")); !errors.Is(err, context.Canceled) {
		t.Errorf("it ends with %v, want that it was stopped", err)
	}
}
