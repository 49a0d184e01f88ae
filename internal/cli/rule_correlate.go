package cli

import (
	"fmt"
	"slices"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/correlate"
	"github.com/nightjar-sec/nightjar/internal/sigma"
)

// correlating evaluates the correlations of a collection beside its rules.
type correlating struct {
	rules  *sigma.Collection
	state  *correlate.Correlator // nil when there are no correlations
	source *sigma.Source
	times  []sigma.Field
	silent map[string]bool // labels of what speaks through correlations alone
	base   map[*sigma.Rule]bool
	// timeless counts events that match a rule of a correlation and say not when.
	timeless int
	newest   time.Time
}

func newCorrelating(rules *sigma.Collection, source *sigma.Source) (*correlating, error) {
	c := &correlating{rules: rules, source: source, silent: map[string]bool{}, base: map[*sigma.Rule]bool{}}
	if len(rules.Correlations) == 0 {
		return c, nil
	}
	var err error
	c.state, err = correlate.New(correlate.Config{Correlations: rules.Correlations, Rules: rules.Rules, Source: source})
	if err != nil {
		return nil, err
	}
	for _, name := range []string{"CreationTime", "createdDateTime", "activityDateTime", "TimeGenerated", "eventTimestamp", "time"} {
		c.times = append(c.times, source.Field(name))
	}
	named := func(m *sigma.Meta, r *sigma.Correlation) bool {
		return slices.ContainsFunc(r.Rules, func(ref string) bool { return ref == m.ID || ref == m.Name })
	}
	for _, r := range rules.Rules {
		c.base[r], c.silent[r.Label()] = c.spokenFor(&r.Meta, named)
	}
	for _, r := range rules.Correlations {
		_, c.silent[r.Label()] = c.spokenFor(&r.Meta, named)
	}
	return c, nil
}

// spokenFor reports whether a correlation rests on a rule, and whether none of
// those that do lets it speak for itself.
func (c *correlating) spokenFor(m *sigma.Meta, named func(*sigma.Meta, *sigma.Correlation) bool) (base, silent bool) {
	for _, r := range c.rules.Correlations {
		if named(m, r) {
			base, silent = true, (silent || !base) && !r.Generate
		}
	}
	return base, silent
}

// says are the labels of rules and correlations that one event leads to, with
// the event that completed each.
func (c *correlating) says(line []byte, found []int, id func() string) ([]ruleMatch, error) {
	var out []ruleMatch
	for _, i := range found {
		if label := c.rules.Rules[i].Label(); !c.silent[label] {
			out = append(out, ruleMatch{label, id()})
		}
	}
	if c.state == nil {
		return out, nil
	}
	event, err := sigma.Decode(line)
	if err != nil {
		return nil, err
	}
	at, known := c.time(event)
	var matches []correlate.Match
	for _, i := range found {
		if r := c.rules.Rules[i]; c.base[r] {
			matches = append(matches, correlate.Match{Rule: r, Event: event, Time: at, Ref: nightjar.EventRef{ID: id(), Time: at}})
		}
	}
	if !known {
		if len(matches) > 0 {
			c.timeless++
		}
		return out, nil
	}
	if at.After(c.newest) {
		c.newest = at
	}
	hits := c.state.Observe(matches)
	return append(out, c.speak(append(hits, c.state.Advance("", at, time.Time{})...))...), nil
}

// end says what only waited for time to pass: after the last event of a file
// nothing more happens.
func (c *correlating) end() []ruleMatch {
	if c.state == nil || c.newest.IsZero() {
		return nil
	}
	return c.speak(c.state.Advance("", c.newest.AddDate(100, 0, 0), time.Time{}))
}

func (c *correlating) speak(hits []correlate.Hit) (out []ruleMatch) {
	for i := range hits {
		if label := hits[i].Correlation.Label(); !c.silent[label] {
			out = append(out, ruleMatch{label, hits[i].Trigger.Ref.ID})
		}
	}
	return out
}

// time reads when an event happened. A time without a zone is UTC, as in the audit log.
func (c *correlating) time(e *sigma.Event) (time.Time, bool) {
	for _, f := range c.times {
		for _, v := range f.Values(e) {
			for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02 15:04:05"} {
				if at, err := time.Parse(layout, v); err == nil {
					return at, true
				}
			}
		}
	}
	return time.Time{}, false
}

// tell says on standard error what was left out.
func (c *correlating) tell(p Process) {
	if c.state == nil {
		return
	}
	if c.timeless > 0 {
		fmt.Fprintf(p.Stderr, "%s without a time not correlated\n", counted(c.timeless, "event"))
	}
	s := c.state.Stats()
	for _, left := range []struct {
		n   int64
		why string
	}{
		{s.Late, "more than 24 hours older than one before, or of a window that was decided; sort the file by time"},
		{s.Ungrouped, "no value to group by"},
		{s.Dropped + s.Forgotten, "forgotten early, to bound memory"},
	} {
		if left.n > 0 {
			fmt.Fprintf(p.Stderr, "%s of correlations left out: %s\n", counted(left.n, "observation"), left.why)
		}
	}
}
