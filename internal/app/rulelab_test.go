package app

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/nightjar-sec/nightjar/internal/query"
	"github.com/nightjar-sec/nightjar/internal/ruleset"
)

// workerName is what starts the test binary as a query worker.
const workerName = "query-worker"

// TestMain lets the test binary be the query engine's worker.
func TestMain(m *testing.M) {
	if len(os.Args) == 2 && os.Args[1] == workerName {
		if err := query.WorkerMain(context.Background(), os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func lab(t *testing.T) *RuleLab {
	t.Helper()
	l := NewRuleLab([]string{os.Args[0], workerName})
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return l
}

// The shipped rules that are asked on time hold what their tests promise. That
// each has tests is held with those of all other rules, in internal/detect.
func TestTheShippedRulesThatAreAskedOnTimePassTheirTests(t *testing.T) {
	t.Parallel()
	set, err := ruleset.Load([]ruleset.Folder{ruleset.Shipped()}, ruleset.Options{})
	if err != nil {
		t.Fatal(err)
	}
	l, ran := lab(t), 0
	for _, info := range set.Infos() {
		if info.Scheduled == nil {
			continue
		}
		results, err := l.Run(t.Context(), set, info)
		if err != nil {
			t.Fatal(err)
		}
		ran += len(results)
		for _, r := range results {
			if len(r.Failures) > 0 {
				t.Errorf("%s:%d: %s: %s\n\t%s", r.File, r.Line, r.Title, r.Test, strings.Join(r.Failures, "\n\t"))
			}
		}
	}
	if ran == 0 {
		t.Error("no test was run")
	}
}

const tried = `title: Collector failed
id: failed
level: medium
every: 5m
delay: 15s
query: |
  SELECT tenant_id, collector_name, count(*) AS failures, max(message) AS message, extract('minute' FROM now()) AS moment FROM collectors_out
  WHERE time >= {{from}} AND time < {{to}} AND contains(message, 'failed') GROUP BY tenant_id, collector_name
by: [collector_name]
value: failures
condition: {gte: 2}
nightjar:
  entities: {collector: collector_name}
  reason: "{collector_name} failed {failures} times: {message} ({moment})"
  tests:
    - name: twice
      rows:
        - {at: 4m, every: 30s, repeat: 2, collector_name: feed, level: error, action: failed, message: "failed {n}"}
      asked: 5m
      alerts:
        - {severity: medium, reason: "feed failed 2 times: failed 2 (5)", entities: {collector: feed}}
    - name: once, and once too late to be asked about
      rows:
        - {at: 4m, collector_name: feed, message: failed}
        - {at: 6m, collector_name: feed, message: failed}
      asked: 5m
      alerts: 0
`

func try(t *testing.T, text string) []ruleset.TestResult {
	t.Helper()
	set, err := ruleset.Load([]ruleset.Folder{{Name: "ours", FS: fstest.MapFS{"p/r.yml": {Data: []byte(text)}}}}, ruleset.Options{})
	if err != nil || len(set.Faults) > 0 {
		t.Fatal(err, set.Faults)
	}
	results, err := lab(t).Run(t.Context(), set, set.Infos()[0])
	if err != nil {
		t.Fatal(err)
	}
	return results
}

func TestATestOfAQuestionSaysHowItFails(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ from, to, says string }{
		"as it is":       {"", "", ""},
		"another bound":  {"{gte: 2}", "{gte: 1}", "wanted 0 alerts, found 1"},
		"another word":   {"'failed'", "'fails'", "wanted 1 alert, found 0"},
		"another reason": {"failed {failures}", "fell {failures}", `differs in reason: "feed fell 2 times: failed 2 (5)", not "feed failed 2 times: failed 2 (5)"`},
		"no column":      {"value: failures", "value: failure", "the question cannot be asked: the query has no column failure"},
		"no such table":  {"collectors_out", "collectors", "the question cannot be asked: "},
		"another span":   {"asked: 5m\n      alerts:\n", "asked: 10m\n      alerts:\n", "wanted 1 alert, found 0"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			results := try(t, strings.Replace(tried, c.from, c.to, 1))
			var failures []string
			for _, r := range results {
				failures = append(failures, r.Failures...)
			}
			if !strings.Contains(strings.Join(failures, "\n"), c.says) || c.says == "" && len(failures) > 0 {
				t.Errorf("it fails with %q, want %q", failures, c.says)
			}
		})
	}
}
