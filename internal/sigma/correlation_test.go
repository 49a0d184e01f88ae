package sigma_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nightjar-sec/nightjar/internal/sigma"
)

const base = "title: a\nname: rule_a\nid: 1a\nlogsource: {product: m365}\ndetection:\n  s: {a: 1}\n  condition: s\n---\n" +
	"title: b\nname: rule_b\nlogsource: {product: m365}\ndetection:\n  s: {a: 2}\n  condition: s\n---\n"

func correlate(body string) *sigma.Collection {
	c := sigma.Parse("c.yml", []byte(base+"title: c\nname: corr\ncorrelation:\n  "+strings.ReplaceAll(body, "\n", "\n  ")+"\n"), nil)
	c.Resolve()
	return c
}

func TestEveryTypeOfCorrelationIsRead(t *testing.T) {
	t.Parallel()
	for body, check := range map[string]func(*sigma.Correlation) bool{
		"type: event_count\nrules: [1a]\ngroup-by: [UserId]\ntimespan: 90m\ncondition: {gt: 5, lte: 10}": func(c *sigma.Correlation) bool {
			return c.Timespan == 90*time.Minute && slices.Equal(c.Bounds, []sigma.Bound{{Op: "gt", Value: 5}, {Op: "lte", Value: 10}}) && slices.Equal(c.GroupBy, []string{"UserId"})
		},
		"type: value_count\nrules: rule_a\ntimespan: 1d\ncondition: {field: [UserId, ClientIP], gte: 3}": func(c *sigma.Correlation) bool {
			return slices.Equal(c.Fields, []string{"UserId", "ClientIP"}) && c.Timespan == 24*time.Hour
		},
		"type: value_sum\nrules: [rule_a]\ntimespan: 5s\ncondition: {field: n, lt: 2.5}":  func(c *sigma.Correlation) bool { return c.Bounds[0].Value == 2.5 },
		"type: value_avg\nrules: [rule_a]\ntimespan: 5s\ncondition: {field: n, neq: 2}":   func(c *sigma.Correlation) bool { return c.Bounds[0].Op == "neq" },
		"type: value_median\nrules: [rule_a]\ntimespan: 5s\ncondition: {field: n, eq: 2}": func(c *sigma.Correlation) bool { return c.Type == sigma.ValueMedian },
		"type: value_percentile\nrules: [rule_a]\ntimespan: 5s\ncondition: {field: n, percentile: 95, gte: 2}": func(c *sigma.Correlation) bool {
			return c.Percentile == 95
		},
		"type: temporal\nrules: [rule_a, rule_b]\ntimespan: 1h\ngroup-by: [u]\naliases:\n  u:\n    rule_a: UserId\n    rule_b: MailboxOwnerUPN": func(c *sigma.Correlation) bool {
			return maps.Equal(c.Aliases["u"], map[string]string{"rule_a": "UserId", "rule_b": "MailboxOwnerUPN"}) && c.Condition == nil
		},
		"type: temporal_ordered\nrules: [rule_a, rule_b]\ntimespan: 1h\ngenerate: true": func(c *sigma.Correlation) bool { return c.Generate },
		"type: temporal\nrules: [rule_a, rule_b]\ntimespan: 1h\ncondition: rule_a and not rule_b": func(c *sigma.Correlation) bool {
			only := func(names ...string) bool {
				return c.Condition.Holds(func(rule string) bool { return slices.Contains(names, rule) })
			}
			return only("rule_a") && !only("rule_a", "rule_b") && !only("rule_b") && !only()
		},
	} {
		c := correlate(body)
		if len(c.Faults) > 0 || len(c.Correlations) != 1 || !check(c.Correlations[0]) {
			t.Errorf("%s: faults %v, read %+v", body, c.Faults, c.Correlations)
		}
	}
}

func TestCorrelationsThatMeanNothingAreRejected(t *testing.T) {
	t.Parallel()
	for body, says := range map[string]string{
		"type: event_counts\nrules: [1a]\ntimespan: 1h\ncondition: {gte: 1}":                                "event_counts",
		"type: event_count\nrules: [nobody]\ntimespan: 1h\ncondition: {gte: 1}":                             "nobody",
		"type: event_count\nrules: []\ntimespan: 1h\ncondition: {gte: 1}":                                   "names no rules",
		"type: event_count\nrules: [1a]\ntimespan: 1h":                                                      "needs a condition",
		"type: event_count\nrules: [1a]\ntimespan: 1 hour\ncondition: {gte: 1}":                             "1 hour",
		"type: event_count\nrules: [1a]\ntimespan: 0s\ncondition: {gte: 1}":                                 "0s",
		"type: event_count\nrules: [1a]\ntimespan: 1h\ncondition: {gte: many}":                              "number",
		"type: event_count\nrules: [1a]\ntimespan: 1h\ncondition: {field: x, gte: 1}":                       "no field",
		"type: value_count\nrules: [1a]\ntimespan: 1h\ncondition: {gte: 1}":                                 "needs a field",
		"type: value_sum\nrules: [1a]\ntimespan: 1h\ncondition: {field: [x, y], gte: 1}":                    "one field",
		"type: value_percentile\nrules: [1a]\ntimespan: 1h\ncondition: {field: x, gte: 1}":                  "percentile",
		"type: value_percentile\nrules: [1a]\ntimespan: 1h\ncondition: {field: x, gte: 1, percentile: 101}": "percentile",
		"type: temporal\nrules: [rule_a]\ntimespan: 1h\ncondition: rule_a and rule_c":                       "rule_c",
		"type: temporal\nrules: [rule_a]\ntimespan: 1h\ncondition: not rule_a":                              "nothing happens",
		"type: event_count\nrules: [1a]\ntimespan: 1h\ncondition: rule_a":                                   "boolean",
		"type: temporal\nrules: [rule_a]\ntimespan: 1h\naliases: {u: {rule_b: x}}":                          "rule_b",
		"type: temporal\nrules: [corr, rule_a]\ntimespan: 1h":                                               "itself",
		"type: temporal\nrules: [rule_a]\ntimespan: 1h\nwindow: sliding":                                    "window",
	} {
		c := correlate(body)
		if len(c.Correlations) != 0 || len(c.Faults) != 1 || !strings.Contains(c.Faults[0].String(), says) || c.Faults[0].Line < 15 {
			t.Errorf("%s: want one fault with %q, got %v and %d correlations", body, says, c.Faults, len(c.Correlations))
		}
	}
}

func TestACorrelationFallsWithTheOneItNeeds(t *testing.T) {
	t.Parallel()
	span := "timespan: 1h, condition: {gte: 2}}\n"
	c := sigma.Parse("c.yml", []byte(base+
		"title: outer\nname: outer\ncorrelation: {type: event_count, rules: [inner], "+span+
		"---\ntitle: inner\nname: inner\ncorrelation: {type: event_count, rules: [gone], "+span+
		"---\ntitle: good\nname: good\ncorrelation: {type: event_count, rules: [chained], "+span+
		"---\ntitle: chained\nname: chained\ncorrelation: {type: event_count, rules: [rule_a], "+span), nil)
	c.Resolve()
	if len(c.Correlations) != 2 || len(c.Rejected()) != 2 {
		t.Errorf("%d correlations are left, faults %v", len(c.Correlations), c.Faults)
	}
}
