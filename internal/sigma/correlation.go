package sigma

import (
	"slices"
	"strconv"
	"time"
)

// CorrelationType says what a correlation does with the matches of its rules.
type CorrelationType string

// The types of the specification, and value_median of pySigma. Those of ours
// stand in correlation_own.go.
const (
	EventCount      CorrelationType = "event_count"
	ValueCount      CorrelationType = "value_count"
	ValueSum        CorrelationType = "value_sum"
	ValueAvg        CorrelationType = "value_avg"
	ValuePercentile CorrelationType = "value_percentile"
	ValueMedian     CorrelationType = "value_median"
	Temporal        CorrelationType = "temporal"
	TemporalOrdered CorrelationType = "temporal_ordered"
)

func correlationTypes() []CorrelationType {
	return []CorrelationType{EventCount, ValueCount, ValueSum, ValueAvg, ValuePercentile, ValueMedian, Temporal, TemporalOrdered}
}

// Bound is one comparison of a correlation's condition.
type Bound struct {
	Op    string // gt, gte, lt, lte, eq, neq
	Value float64
}

// Correlation asks of the matches of rules over time. It is read and checked
// here; evaluating it needs state, which this package does not have: the
// engines emit matches, and a correlator consumes them.
type Correlation struct {
	Meta
	Type     CorrelationType
	Rules    []string                     // ids or names of rules and correlations
	Aliases  map[string]map[string]string // alias -> rule -> field
	GroupBy  []string
	Timespan time.Duration
	Generate bool // the rules match on their own too

	Fields     []string // of the condition: what is counted, summed…
	Bounds     []Bound  // all must hold
	Percentile float64  // of value_percentile
	// Condition is the boolean condition of a temporal correlation, over the
	// rules' references; nil when all must have matched.
	Condition *RuleExpr
	// Own is what a type of ours says; nil for all others.
	Own *Own

	line int
}

// RuleExpr is a boolean condition over rules.
type RuleExpr struct {
	Kind Kind
	Kids []*RuleExpr
	Rule string // of a Leaf
}

func readCorrelation(meta Meta, rest map[string]member) (*Correlation, error) {
	entry := rest["correlation"]
	list, err := members(entry.value)
	if err != nil {
		return nil, err
	}
	c := &Correlation{Meta: meta, line: entry.line}
	var condition *member
	var beside []member // of a type of ours
	var span string
	for _, m := range list {
		switch m.key {
		case "type":
			var s string
			s, err = text(m)
			if c.Type = CorrelationType(s); err == nil && !slices.Contains(correlationTypes(), c.Type) && !c.isOwn() {
				err = invalid(m.line, "correlation type %q is none of %v", s, append(correlationTypes(), ownTypes()...))
			}
		case "rules":
			c.Rules, err = texts(m)
		case "group-by":
			c.GroupBy, err = texts(m)
		case "timespan":
			span, err = text(m)
			if err == nil {
				c.Timespan, err = parseTimespan(span, m.line)
			}
		case "aliases":
			c.Aliases, err = readAliases(m)
		case "generate":
			c.Generate = m.value.Value == "true"
		case "condition":
			condition = &m
		case "learning", "scope":
			beside = append(beside, m)
		default:
			err = invalid(m.line, "%q is no attribute of a correlation", m.key)
		}
		if err != nil {
			return nil, err
		}
	}
	if g, ok := c.Custom["generate"]; ok { // the specification has it beside correlation too
		c.Generate = g.Value == "true"
	}
	if c.isOwn() {
		if err := c.readOwn(beside, condition); err != nil {
			return nil, err
		}
		return c, c.checkOwn(span)
	}
	if len(beside) > 0 {
		return nil, invalid(beside[0].line, "%q is no attribute of a correlation of this type", beside[0].key)
	}
	if err := c.readCondition(condition); err != nil {
		return nil, err
	}
	return c, c.check(span)
}

func (c *Correlation) check(span string) error {
	temporal := c.Type == Temporal || c.Type == TemporalOrdered
	switch {
	case c.Type == "":
		return invalid(c.line, "the correlation has no type")
	case len(c.Rules) == 0:
		return invalid(c.line, "the correlation names no rules")
	case span == "":
		return invalid(c.line, "the correlation has no timespan")
	case temporal && len(c.Fields) > 0:
		return invalid(c.line, "%s takes no field", c.Type)
	case !temporal && len(c.Bounds) == 0:
		return invalid(c.line, "%s needs a condition such as gte: 10", c.Type)
	case c.Type == EventCount && len(c.Fields) > 0:
		return invalid(c.line, "event_count takes no field; value_count does")
	case !temporal && c.Type != EventCount && len(c.Fields) == 0:
		return invalid(c.line, "%s needs a field in its condition", c.Type)
	case len(c.Fields) > 1 && c.Type != ValueCount:
		return invalid(c.line, "%s takes one field; only value_count takes several", c.Type)
	case c.Type == ValuePercentile && (c.Percentile <= 0 || c.Percentile > 100):
		return invalid(c.line, "value_percentile needs a percentile above 0 and up to 100")
	case c.Type != ValuePercentile && c.Percentile != 0:
		return invalid(c.line, "%s takes no percentile", c.Type)
	}
	return c.checkAliases()
}

func (c *Correlation) checkAliases() error {
	for alias, per := range c.Aliases {
		for rule := range per {
			if !slices.Contains(c.Rules, rule) {
				return invalid(c.line, "alias %s names the rule %s, which the correlation does not", alias, rule)
			}
		}
	}
	return nil
}

func readAliases(m member) (map[string]map[string]string, error) {
	list, err := members(m.value)
	if err != nil {
		return nil, err
	}
	out := map[string]map[string]string{}
	for _, alias := range list {
		per, err := members(alias.value)
		if err != nil {
			return nil, err
		}
		out[alias.key] = map[string]string{}
		for _, p := range per {
			if out[alias.key][p.key], err = text(p); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// parseTimespan reads 90s, 15m, 1h, 7d, 2w, 1M or 1y. A month and a year have
// the lengths that pySigma gives them.
func parseTimespan(s string, line int) (time.Duration, error) {
	unit := map[byte]time.Duration{
		's': time.Second, 'm': time.Minute, 'h': time.Hour, 'd': 24 * time.Hour,
		'w': 7 * 24 * time.Hour, 'M': 2_629_746 * time.Second, 'y': 31_556_952 * time.Second,
	}
	bad := invalid(line, "timespan %q is not a number with s, m, h or d, such as 90m", s)
	if len(s) < 2 || unit[s[len(s)-1]] == 0 {
		return 0, bad
	}
	n, err := strconv.ParseUint(s[:len(s)-1], 10, 31)
	each := unit[s[len(s)-1]]
	if err != nil || n == 0 || time.Duration(n) > 100*366*24*time.Hour/each {
		return 0, bad
	}
	return time.Duration(n) * each, nil
}
