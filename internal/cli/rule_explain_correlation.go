package cli

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/nightjar-sec/nightjar/internal/sigma"
)

// explainCorrelation says what a correlation makes of the matches of its rules.
func explainCorrelation(p Process, c *sigma.Correlation, here ...[2]string) {
	line := func(format string, args ...any) { fmt.Fprintln(p.Stdout, safe(fmt.Sprintf(format, args...))) }
	explainMeta(line, &c.Meta, append(here, [2]string{"type", string(c.Type)}, [2]string{"rules", strings.Join(c.Rules, ", ")})...)
	key := "for the whole tenant"
	if len(c.GroupBy) > 0 {
		key = "for one " + strings.Join(c.GroupBy, " and ")
	}
	line("\nOver events that its rules match, %s, it finds something when", key)
	line("  %s", correlationSentence(c))
	if c.Own != nil && c.Own.Learning > 0 {
		of := "its first match"
		if c.Own.LearnTenant {
			of = "the tenant's first match"
		}
		line("  (it only learns for %s from %s on)", spoken(c.Own.Learning), of)
	}
	line("\nnightjar rule explain RULE says what each of its rules asks of an event.")
}

func correlationSentence(c *sigma.Correlation) string {
	span, fields := spoken(c.Timespan), strings.Join(c.Fields, " and ")
	within := bounds(c) + " within " + span
	switch c.Type {
	case sigma.EventCount:
		return "their number is " + within
	case sigma.ValueCount:
		return "the number of different " + fields + " is " + within
	case sigma.ValueSum:
		return "the sum of " + fields + " is " + within
	case sigma.ValueAvg:
		return "the average of " + fields + " is " + within
	case sigma.ValueMedian:
		return "the median of " + fields + " is " + within
	case sigma.ValuePercentile:
		return fmt.Sprintf("the %gth percentile of %s is %s", c.Percentile, fields, within)
	case sigma.Temporal:
		return temporal(c) + " within " + span
	case sigma.TemporalOrdered:
		return temporal(c) + " within " + span + ", in this order"
	case sigma.NewTerms:
		return fields + " has a value that it did not have for " + span
	case sigma.Baseline:
		what := "their number"
		if fields != "" {
			what = "the number of different " + fields
		}
		return fmt.Sprintf("%s within %s is above %g, and %g standard deviations above the mean of the last %d days", what, spoken(c.Own.Per), c.Own.Floor, c.Own.Deviations, c.Own.Days)
	case sigma.ImpossibleTravel:
		return fmt.Sprintf("two neighbouring ones within %s are %g km apart or more, and the way would have taken more than %g km/h", span, c.Own.Kilometres, c.Own.Speed)
	case sigma.SessionAnomaly:
		return fmt.Sprintf("%d of %s change within %s", c.Own.Changed, strings.Join(c.Fields, ", "), span)
	}
	return string(c.Type)
}

func temporal(c *sigma.Correlation) string {
	if c.Condition != nil {
		return "this holds of them: " + ruleSentence(c.Condition)
	}
	return "each of the rules matches"
}

func ruleSentence(e *sigma.RuleExpr) string {
	kids := make([]string, len(e.Kids))
	for i, kid := range e.Kids {
		if kids[i] = ruleSentence(kid); len(kid.Kids) > 1 {
			kids[i] = "(" + kids[i] + ")"
		}
	}
	switch e.Kind {
	case sigma.Leaf:
		return e.Rule
	case sigma.Not:
		return "not " + kids[0]
	case sigma.And:
		return strings.Join(kids, " and ")
	default:
		return strings.Join(kids, " or ")
	}
}

func bounds(c *sigma.Correlation) string {
	parts := make([]string, len(c.Bounds))
	for i, b := range c.Bounds {
		parts[i] = bound(b.Op, b.Value)
	}
	return strings.Join(parts, " and ")
}

// bound says a comparison in words.
func bound(op string, value float64) string {
	words := map[string]string{"gt": "more than", "gte": "at least", "lt": "less than", "lte": "at most", "eq": "exactly", "neq": "other than"}
	return words[op] + " " + strconv.FormatFloat(value, 'f', -1, 64)
}

// spoken writes a span in the largest unit that it is a whole number of.
func spoken(d time.Duration) string {
	switch {
	case d%(24*time.Hour) == 0:
		return counted(int64(d/(24*time.Hour)), "day")
	case d%time.Hour == 0:
		return counted(int64(d/time.Hour), "hour")
	case d%time.Minute == 0:
		return counted(int64(d/time.Minute), "minute")
	default:
		return counted(int64(d/time.Second), "second")
	}
}
