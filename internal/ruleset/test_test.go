package ruleset_test

import (
	"strings"
	"testing"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/ruleset"
)

const askedTests = asked + `  tests:
    - name: both
      rows:
        - {at: 1m, every: 30s, repeat: 3, collector_name: feed, job_id: "j{n}", level: error, action: failed, message: "collector failed {n}", count: 7}
      events:
        - {shape: failed, at: -2h, ready: 30m, delay: 2h}
      asked: 15m
      alerts: 1
`

func TestATestOfAQuestionHasRowsAndEventsThatArriveLater(t *testing.T) {
	t.Parallel()
	set := load(t, map[string]string{"p/r.yml": askedTests, "shapes/s.yml": shapes})
	if len(set.Faults) > 0 {
		t.Fatal(set.Faults)
	}
	test, start := set.Info("asked").Tests[0], ruleset.TestStart()
	if test.Size != 4 || test.Count != 1 || !test.Asked.Equal(start.Add(15*time.Minute)) {
		t.Errorf("test %+v", test)
	}
	rows := test.Rows()
	if len(rows) != 3 || rows[2].ID == rows[1].ID {
		t.Fatalf("rows %+v", rows)
	}
	want := nightjar.PipelineRecord{
		ID: rows[2].ID, Time: start.Add(2 * time.Minute), Collector: "feed", JobID: "j3", Level: nightjar.LevelError,
		Action: nightjar.PipelineFailed, Message: "collector failed 3", Count: 7,
	}
	if rows[2] != want {
		t.Errorf("row %+v, want %+v", rows[2], want)
	}
	events, err := test.Events()
	if err != nil || !events[0].Ready.Equal(start.Add(-90*time.Minute)) || !events[0].Stored.Equal(start.Add(30*time.Minute)) {
		t.Errorf("events %+v, %v", events, err)
	}
}

const warningTests = `title: Disk
id: disk
level: high
warning: [disk_low, disk_full]
nightjar:
  reason: "{title}"
  tests:
    - name: low
      warnings:
        - {code: disk_low, source: data, title: Disk low, text: 2 GB, remedy: buy, at: -5m}
      alerts: 1
`

func TestATestOfAWarningSaysWhatHolds(t *testing.T) {
	t.Parallel()
	set := load(t, map[string]string{"p/r.yml": warningTests})
	if len(set.Faults) > 0 {
		t.Fatal(set.Faults)
	}
	test := set.Info("disk").Tests[0]
	want := ruleset.TestWarning{
		Code: nightjar.WarnDiskLow, Source: "data", Title: "Disk low", Text: "2 GB", Remedy: "buy", Since: ruleset.TestStart().Add(-5 * time.Minute),
	}
	if test.Size != 1 || len(test.Warnings) != 1 || test.Warnings[0] != want {
		t.Errorf("test %+v", test)
	}
}

func TestATestThatDoesNotFitItsRuleIsRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ rule, from, to, says string }{
		"rows of a detection":       {spray, "      events:\n", "      rows: []\n      events:\n", "of the kind correlation has no rows; it has name, events, alerts"},
		"a delay of a detection":    {spray, "{at: 2h, shape", "{at: 2h, delay: 1h, shape", "delay is for tests of rules with a query"},
		"warnings of a question":    {askedTests, "      rows:", "      warnings: []\n      rows:", "of the kind query has no warnings; it has name, rows, events, asked, alerts"},
		"events of a warning":       {warningTests, "      warnings:", "      events: []\n      warnings:", "of the kind warning has no events; it has name, warnings, alerts"},
		"a key of a test":           {askedTests, "asked: 15m", "aksed: 15m", `r.yml:21: "aksed" is no key of a test; did you mean "asked"?`},
		"a key of a row":            {askedTests, "collector_name", "colector_name", `"colector_name" is no key of a row; did you mean "collector_name"?`},
		"no time of asking":         {askedTests, "      asked: 15m\n", "", `test "both" does not say when the question is asked`},
		"an action":                 {askedTests, "action: failed", "action: faild", `action "faild" is none; did you mean "failed"?`},
		"a level":                   {askedTests, "level: error", "level: eror", `level "eror" is none; did you mean "error"?`},
		"a count":                   {askedTests, "count: 7", "count: many", "count is a whole number"},
		"a time that went back":     {askedTests, "delay: 2h", "delay: -2h", "cannot be less than nothing"},
		"too many rows":             {askedTests, "repeat: 3", "repeat: 100001", "100000 rows at most"},
		"a code of a test":          {warningTests, "code: disk_low", "code: disk_lo", `there is no warning "disk_lo"; did you mean "disk_low"?`},
		"no code":                   {warningTests, "code: disk_low, ", "", "a warning needs its code"},
		"a key of a warning":        {warningTests, "remedy: buy", "remdy: buy", `"remdy" is no key of a warning; did you mean "remedy"?`},
		"a code that a rule is for": {warningTests, "[disk_low, disk_full]", "[disk_low, disk_ful]", `r.yml:4: there is no warning "disk_ful"; did you mean "disk_full"?`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			set := load(t, map[string]string{"p/r.yml": strings.Replace(c.rule, c.from, c.to, 1), "shapes/s.yml": shapes})
			if len(set.Faults) != 1 || !strings.Contains(set.Faults[0].String(), c.says) {
				t.Errorf("faults %v, want %q", set.Faults, c.says)
			}
		})
	}
}
