package schedule

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/ruleset"
)

// Lab keeps what tests of rules are about. An interface, so that schedule needs
// neither journal nor query engine.
type Lab interface {
	// Hold keeps events and rows of collectors_out as those of a tenant that has
	// nothing else. Who asks about it asks at a time, which is what now() says.
	Hold(ctx context.Context, asked time.Time, events []ruleset.TestEvent, rows []nightjar.PipelineRecord) (nightjar.Tenant, Asker, error)
}

// RunTests runs the tests of a rule that is asked on time, as the scheduler
// would ask it. Rules of warnings need no lab.
func RunTests(ctx context.Context, lab Lab, set *ruleset.Set, info *ruleset.Info) ([]ruleset.TestResult, error) {
	var results []ruleset.TestResult
	for _, t := range info.Tests {
		r := info.Result(t)
		if info.Kind == ruleset.Warning {
			r.Found = warned(set, info, t)
		} else {
			kept, err := hold(ctx, lab, info, t)
			if err != nil {
				return nil, fmt.Errorf("test %q of rule %s: %w", t.Name, info.Label(), err)
			}
			r.Found, err = kept.ask(ctx, set, info)
			if ctx.Err() != nil {
				return nil, context.Cause(ctx)
			}
			if err != nil {
				r.Failures = append(r.Failures, "the question cannot be asked: "+said(err))
				results = append(results, r)
				continue
			}
		}
		r.Compare(t, canonical)
		results = append(results, r)
	}
	return results, nil
}

// warned is what a rule finds in the warnings of a test.
func warned(set *ruleset.Set, info *ruleset.Info, t ruleset.Test) []nightjar.Finding {
	tenant := ruleset.TestTenant()
	var conditions []Condition
	for _, w := range t.Warnings {
		conditions = append(conditions, Condition{
			Code: w.Code, Tenant: tenant.ID, TenantName: tenant.Name, Source: w.Source, Title: w.Title, Text: w.Text, Remedy: w.Remedy, Since: w.Since,
		})
	}
	var out []nightjar.Finding
	for _, h := range heard(set, info, conditions) {
		out = append(out, h.finding(set, info))
	}
	return out
}

// trial is a test whose events and rows are kept.
type trial struct {
	tenant nightjar.Tenant
	asker  Asker
	to     time.Time
}

// hold keeps what is stored by the time that the scheduler asks.
func hold(ctx context.Context, lab Lab, info *ruleset.Info, t ruleset.Test) (trial, error) {
	events, err := t.Events()
	if err != nil {
		return trial{}, err //nolint:wrapcheck // the caller names the test
	}
	asked := t.Asked.Add(info.Scheduled.Delay)
	events = slices.DeleteFunc(events, func(e ruleset.TestEvent) bool { return e.Stored.After(asked) })
	rows := slices.DeleteFunc(t.Rows(), func(r nightjar.PipelineRecord) bool { return r.Time.After(asked) })
	tenant, asker, err := lab.Hold(ctx, asked, events, rows)
	return trial{tenant, asker, t.Asked}, err //nolint:wrapcheck // the caller names the test
}

func (t trial) ask(ctx context.Context, set *ruleset.Set, info *ruleset.Info) ([]nightjar.Finding, error) {
	findings, err := ask(ctx, t.asker, set, info, t.to.Add(-info.Scheduled.Lookback), t.to, []nightjar.Tenant{t.tenant})
	var out []nightjar.Finding
	for _, f := range once(findings) {
		out = append(out, f.Finding)
	}
	return out, err
}

// said is an error with what to do about it.
func said(err error) string {
	if hint := nightjar.HintOf(err); hint != "" {
		return err.Error() + "; " + hint
	}
	return err.Error()
}
