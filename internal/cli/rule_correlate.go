package cli

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
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
	// organization is where events say whose they are.
	organization sigma.Field
	silent       map[string]bool // labels of what speaks through correlations alone
	base         map[*sigma.Rule]bool
	// timeless counts events that match a rule of a correlation and say not when.
	timeless int
	newest   map[nightjar.TenantID]time.Time
	// keeping says that events are not in the order of time, and are kept to be
	// sorted; sorted counts those that were.
	keeping   bool
	kept      []kept
	keptBytes int
	sorted    int
	// mostEvents is how many are kept.
	mostEvents int
}

// timeFields are where events say when they happened.
func timeFields() []string {
	return []string{"CreationTime", "createdDateTime", "activityDateTime", "TimeGenerated", "eventTimestamp", "time"}
}

func newCorrelating(rules *sigma.Collection, source *sigma.Source) (*correlating, error) {
	c := &correlating{rules: rules, source: source, silent: map[string]bool{}, base: map[*sigma.Rule]bool{}, newest: map[nightjar.TenantID]time.Time{}, mostEvents: maxKeptEvents}
	if len(rules.Correlations) == 0 {
		return c, nil
	}
	var err error
	c.state, err = correlate.New(correlate.Config{Correlations: rules.Correlations, Rules: rules.Rules, Source: source})
	if err != nil {
		return nil, err
	}
	c.organization = source.Field("OrganizationId")
	for _, name := range timeFields() {
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
	found = slices.DeleteFunc(slices.Clone(found), func(i int) bool { return !c.base[c.rules.Rules[i]] })
	if !known {
		if len(found) > 0 {
			c.timeless++
		}
		return out, nil
	}
	tenant := c.tenant(event)
	if at.After(c.newest[tenant]) {
		c.newest[tenant] = at
	}
	var hits []ruleMatch
	switch {
	case !c.keeping && len(found) == 0:
		hits = c.speak(c.state.Advance(tenant, at, time.Time{}))
	case !c.keeping:
		hits = c.observe(event, at, found, id())
	case len(found) > 0:
		hits, err = c.keep(kept{at, bytes.Clone(line), found, id()})
	}
	return append(out, hits...), err
}

// observe shows an event to the correlations whose rules it matches.
func (c *correlating) observe(event *sigma.Event, at time.Time, found []int, id string) []ruleMatch {
	tenant := c.tenant(event)
	var matches []correlate.Match
	for _, i := range found {
		matches = append(matches, correlate.Match{Tenant: tenant, Rule: c.rules.Rules[i], Event: event, Time: at, Ref: nightjar.EventRef{ID: id, Time: at}})
	}
	hits := c.state.Observe(matches)
	return c.speak(append(hits, c.state.Advance(tenant, at, time.Time{})...))
}

// tenant is whose event it is: a file may have events of several, and they are
// correlated apart, as those that are collected. Of other sources nothing says so.
func (c *correlating) tenant(e *sigma.Event) nightjar.TenantID {
	for _, v := range c.organization.Values(e) {
		return nightjar.TenantID(strings.ToLower(v))
	}
	return ""
}

// end says what only waited for time to pass: after the last event of a file
// nothing more happens.
func (c *correlating) end() ([]ruleMatch, error) {
	if c.state == nil {
		return nil, nil
	}
	out, err := c.observeKept()
	for _, tenant := range slices.Sorted(maps.Keys(c.newest)) {
		out = append(out, c.speak(c.state.Advance(tenant, c.newest[tenant].AddDate(100, 0, 0), time.Time{}))...)
	}
	return out, err
}

// late counts what came too late to be correlated.
func (c *correlating) late() int64 {
	if c.state == nil {
		return 0
	}
	return c.state.Stats().Late
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
			if at, ok := parseEventTime(v); ok {
				return at, true
			}
		}
	}
	return time.Time{}, false
}

func parseEventTime(s string) (time.Time, bool) {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02 15:04:05"} {
		if at, err := time.Parse(layout, s); err == nil {
			return at, true
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
	if c.sorted > 0 {
		fmt.Fprintf(p.Stderr, "the file is not in the order of time: correlations had %s of it sorted\n", counted(c.sorted, "event"))
	}
	s := c.state.Stats()
	for _, left := range []struct {
		n   int64
		why string
	}{
		{s.Late, "more than 24 hours older than one before, or of a window that was decided"},
		{s.Ungrouped, "no value to group by"},
		{s.Dropped + s.Forgotten, "forgotten early, to bound memory"},
	} {
		if left.n > 0 {
			fmt.Fprintf(p.Stderr, "%s of correlations left out: %s\n", counted(left.n, "observation"), left.why)
		}
	}
}
