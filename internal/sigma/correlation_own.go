package sigma

import (
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// The types of Nightjar's own. They stand where those of the specification
// stand; a tool that does not know them rejects the correlation and can still
// read the rules that it names.
const (
	// NewTerms is a value, or a combination of values, that a key never had.
	NewTerms CorrelationType = "new_terms"
	// Baseline is more in a span of time than a key usually has.
	Baseline CorrelationType = "baseline"
	// ImpossibleTravel is two places of a key that are too far apart for the time between them.
	ImpossibleTravel CorrelationType = "impossible_travel"
	// SessionAnomaly is a session that goes on from somewhere else or with something else.
	SessionAnomaly CorrelationType = "session_anomaly"
)

func ownTypes() []CorrelationType {
	return []CorrelationType{NewTerms, Baseline, ImpossibleTravel, SessionAnomaly}
}

// Own is what the condition of a type of ours says. Each type has its part of
// it; Learning and LearnTenant are of all.
type Own struct {
	// Learning is how long from the first match on nothing alerts; 0 is never.
	Learning time.Duration
	// LearnTenant says that learning is over for all keys of a tenant when it
	// is for the tenant, so that a key which begins later alerts at once.
	LearnTenant bool

	Per        time.Duration // of a baseline: the length of a bucket
	Deviations float64       // of a baseline: standard deviations above the mean
	Floor      float64       // of a baseline: what never alerts, however unusual
	Days       int           // of a baseline: how far back it looks

	Kilometres float64 // of travel: nearer places are never too far
	Speed      float64 // of travel: km/h up to which people travel
	// Shared is of travel and sessions: the users of an address from which on
	// it is an egress that a tenant's people share; 0 is never.
	Shared int

	Changed int // of a session: how many of the fields must have changed
}

// What is said when a condition does not: see docs/rules.md.
const (
	defaultLearning   = 7 * 24 * time.Hour // Microsoft Defender for Cloud Apps learns 7 days
	defaultDays       = 14
	defaultDeviations = 4
	defaultKilometres = 500
	defaultSpeed      = 900
	defaultShared     = 5
	defaultChanged    = 2
	maxDays           = 90
	maxBuckets        = 5000
	maxOwnFields      = 4
)

// ownKeys are the keys of each type's condition.
func ownKeys(t CorrelationType) []string {
	common := []string{"learning", "scope"}
	switch t {
	case NewTerms:
		return append(common, "field")
	case Baseline:
		return append(common, "field", "per", "deviations", "floor", "days", "learn")
	case ImpossibleTravel:
		return append(common, "kilometres", "speed", "shared")
	default:
		return append(common, "fields", "changed", "shared")
	}
}

// isOwn reports whether the type is one of ours.
func (c *Correlation) isOwn() bool { return slices.Contains(ownTypes(), c.Type) }

// readOwn reads what a correlation of a type of ours says: its condition, and
// learning and scope, which may stand beside it too.
func (c *Correlation) readOwn(beside []member, condition *member) error {
	c.Own = &Own{
		Learning: defaultLearning, Deviations: defaultDeviations, Days: defaultDays, Kilometres: defaultKilometres,
		Speed: defaultSpeed, Shared: defaultShared, Changed: defaultChanged,
	}
	list := beside
	if condition != nil {
		inside, err := members(condition.value)
		if err != nil {
			return invalid(condition.line, "the condition of %s is a mapping, of %s", c.Type, strings.Join(ownKeys(c.Type), ", "))
		}
		list = append(list, inside...)
	}
	seen := map[string]bool{}
	for _, m := range list {
		key := m.key
		if key == "learn" {
			key = "learning"
		}
		if seen[key] {
			return invalid(m.line, "%s is said twice", key)
		}
		seen[key] = true
		if !slices.Contains(ownKeys(c.Type), m.key) {
			return invalid(m.line, "%q is no part of the condition of %s, which has %s", m.key, c.Type, strings.Join(ownKeys(c.Type), ", "))
		}
		if err := c.readOwnKey(m); err != nil {
			return err
		}
	}
	if c.Type == Baseline && !seen["per"] {
		return invalid(c.line, "baseline needs per, the length of a bucket, such as per: 1h")
	}
	if c.Type == Baseline && !seen["floor"] {
		return invalid(c.line, "baseline needs floor, the number up to which nothing alerts")
	}
	return nil
}

func (c *Correlation) readOwnKey(m member) (err error) {
	o := c.Own
	switch m.key {
	case "field", "fields":
		c.Fields, err = texts(m)
	case "learning", "learn":
		o.Learning, err = readLearning(m)
	case "scope":
		var scope string
		if scope, err = text(m); err == nil && scope != "tenant" && scope != "key" {
			err = invalid(m.line, "scope %q is neither key nor tenant", scope)
		}
		o.LearnTenant = scope == "tenant"
	case "per":
		var per string
		if per, err = text(m); err == nil {
			o.Per, err = parseTimespan(per, m.line)
		}
	case "deviations":
		o.Deviations, err = between(m, 0, 100)
	case "floor":
		o.Floor, err = between(m, 0, 1e12)
	case "kilometres":
		o.Kilometres, err = between(m, 1, 20_000)
	case "speed":
		o.Speed, err = between(m, 1, 100_000)
	case "days":
		o.Days, err = whole(m, 1, maxDays)
	case "shared":
		o.Shared, err = whole(m, 0, 10_000)
	case "changed":
		o.Changed, err = whole(m, 1, maxOwnFields)
	}
	return err
}

// readLearning reads a time, or 0 for none.
func readLearning(m member) (time.Duration, error) {
	s, err := text(m)
	if err != nil {
		return 0, err
	}
	if s == "0" || s == "0s" || s == "0m" || s == "0h" || s == "0d" {
		return 0, nil
	}
	return parseTimespan(s, m.line)
}

func between(m member, low, high float64) (float64, error) {
	n, ok := number(m.value)
	if m.value.Kind != yaml.ScalarNode || !ok || n < low || n > high {
		return 0, invalid(m.line, "%s must be a number from %s to %s", m.key, formatNumber(low), formatNumber(high))
	}
	return n, nil
}

func whole(m member, low, high int) (int, error) {
	n, err := between(m, float64(low), float64(high))
	if err == nil && n != float64(int(n)) {
		err = invalid(m.line, "%s must be a whole number", m.key)
	}
	return int(n), err
}

// checkOwn rejects what a type of ours cannot mean.
func (c *Correlation) checkOwn(span string) error {
	o := c.Own
	switch {
	case len(c.Rules) == 0:
		return invalid(c.line, "the correlation names no rules")
	case c.Type == Baseline:
		return c.checkBaseline(span)
	case span == "":
		return invalid(c.line, "the correlation has no timespan")
	case (c.Type == NewTerms || c.Type == SessionAnomaly) && len(c.Fields) == 0:
		return invalid(c.line, "%s needs the fields that it speaks of in its condition", c.Type)
	case len(c.Fields) > maxOwnFields:
		return tooMuch(c.line, "%s takes up to %d fields", c.Type, maxOwnFields)
	case c.Type == ImpossibleTravel && len(c.GroupBy) == 0:
		return invalid(c.line, "impossible_travel needs group-by: whose places are compared")
	case c.Type == SessionAnomaly && len(c.GroupBy) == 0:
		return invalid(c.line, "session_anomaly needs group-by: the field of the session")
	case c.Type == SessionAnomaly && o.Changed > len(c.Fields):
		return invalid(c.line, "changed is %d, and the condition names %d fields: it can never hold", o.Changed, len(c.Fields))
	}
	return c.checkAliases()
}

func (c *Correlation) checkBaseline(span string) error {
	o := c.Own
	days := time.Duration(o.Days) * 24 * time.Hour
	switch {
	case span != "" && c.Timespan != days && c.Timespan != o.Per:
		return invalid(c.line, "the timespan of a baseline is its days or its per; leave it out, or let it be one of them")
	case len(c.Fields) > 1:
		return invalid(c.line, "baseline takes one field")
	case o.Per > days/2:
		return invalid(c.line, "per must be at most half of days, so that there are buckets to compare with")
	case days/o.Per > maxBuckets:
		return tooMuch(c.line, "the baseline would have more than %d buckets: make per longer or days fewer", maxBuckets)
	case o.Learning > days:
		return invalid(c.line, "learning is longer than days: nothing would ever be learned")
	}
	c.Timespan = days
	return c.checkAliases()
}

// Lookback is how far back a correlation must have seen events to judge the
// next one as if it had always run.
func (c *Correlation) Lookback() time.Duration {
	if c.Own == nil {
		return c.Timespan
	}
	return c.Timespan + c.Own.Learning
}
