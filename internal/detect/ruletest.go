package detect

import (
	"fmt"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/normalise"
	"github.com/nightjar-sec/nightjar/internal/ruleset"
)

// RunTests runs the tests of a rule about events, each with an engine of its
// own that has seen nothing. Rules that are asked on time are internal/schedule's.
func RunTests(set *ruleset.Set, info *ruleset.Info) ([]ruleset.TestResult, error) {
	var results []ruleset.TestResult
	for _, t := range info.Tests {
		r := info.Result(t)
		e, err := New(Config{Rules: set, TenantName: func(nightjar.TenantID) string { return ruleset.TestTenant().Name }, Only: []string{info.Label()}})
		if err != nil {
			return nil, fmt.Errorf("test rule %s: %w", info.Label(), err)
		}
		events, err := t.Events()
		if err != nil {
			r.Failures = append(r.Failures, err.Error())
		}
		for i, raw := range events {
			event, err := testEvent(raw, i)
			if err != nil {
				r.Failures = append(r.Failures, fmt.Sprintf("event %d is none: %v", i+1, err))
				continue
			}
			r.Found = append(r.Found, e.Observe(&event)...)
		}
		for _, m := range e.machines {
			if m.failure != nil {
				r.Failures = append(r.Failures, m.failure.Error())
			}
		}
		r.Compare(t, canonical)
		results = append(results, r)
	}
	return results, nil
}

// testEvent makes an event of a test what the journal would hand on.
func testEvent(t ruleset.TestEvent, index int) (nightjar.Event, error) {
	e, err := TestEvent(t, ruleset.TestTenant().ID, index)
	e.Seq = int64(index + 1)
	return e, err
}

// TestEvent makes an event of a test what collection would make of it.
func TestEvent(t ruleset.TestEvent, tenant nightjar.TenantID, index int) (nightjar.Event, error) {
	// Without a tenant any organization may be named in the record.
	e, err := normalise.Record(t.Raw, normalise.Origin{
		Feed: "", ContentID: "test", Index: index, ContentCreated: t.Ready, Ingested: t.Stored,
	})
	if err != nil {
		return e, err //nolint:wrapcheck // the caller says which event it is
	}
	e.Tenant = tenant
	if t.Place != (nightjar.Place{}) {
		e.Place = t.Place
	}
	return e, nil
}
