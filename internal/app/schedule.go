package app

import (
	"context"
	"errors"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/query"
	"github.com/nightjar-sec/nightjar/internal/ruleset"
	"github.com/nightjar-sec/nightjar/internal/schedule"
)

// scheduler asks the rules that are asked on time.
func (a *App) scheduler(rules *ruleset.Keeper) (*schedule.Scheduler, error) {
	engine, err := a.Query(-1) // a question each few minutes keeps no worker busy
	if err != nil {
		return nil, err
	}
	a.cleanups.add("end workers of scheduled rules", func() error {
		engine.Close()
		return nil
	})
	return schedule.New(schedule.Config{ //nolint:wrapcheck // a mistake in the wiring, named already
		Catalog: a.catalog, Rules: rules.Current, Asker: asker{engine}, Recorder: a.alerts, Tenants: a.Known, Conditions: a.conditions,
		Warnings: a.registry, Clock: a.clock, Logger: a.log.With("part", "schedule"),
	})
}

// conditions are the health warnings that hold, as scheduled rules see them.
func (a *App) conditions() []schedule.Condition {
	var out []schedule.Condition
	for _, c := range a.registry.Current() {
		one := schedule.Condition{
			Code: c.Code, Tenant: c.Tenant, TenantName: c.Name, Source: c.Source, Title: c.Title, Text: c.Text, Remedy: c.Remedy, Since: c.Since,
		}
		if c.Tenant == "" {
			one.TenantName = "this installation"
		}
		out = append(out, one)
	}
	return out
}

// schedules says how far the rules have come that are asked on time.
func (a *App) schedules(ctx context.Context) (map[string]schedule.State, error) {
	return schedule.ReadStates(ctx, a.catalog)
}

// asker hands questions of scheduled rules to the query engine.
type asker struct{ engine *query.Engine }

// errEnough ends a query that has more rows than were asked for.
var errEnough = errors.New("enough rows")

// Ask runs a question. Tenants of which nothing is asked are not seen.
func (q asker) Ask(ctx context.Context, sql string, tenants []nightjar.Tenant, most int) (schedule.Answer, error) {
	s := &rowSink{most: most}
	_, err := q.engine.Run(ctx, query.Request{SQL: sql, Tenants: tenants}, s)
	if err != nil && !s.answer.More {
		return schedule.Answer{}, err //nolint:wrapcheck // a sentence for people already
	}
	return s.answer, nil
}

// rowSink keeps the rows of an answer.
type rowSink struct {
	answer schedule.Answer
	most   int
}

// Columns keeps the names of columns.
func (s *rowSink) Columns(columns []query.Column) error {
	for _, c := range columns {
		s.answer.Columns = append(s.answer.Columns, c.Name)
	}
	return nil
}

// Row keeps a row.
func (s *rowSink) Row(values []any) error {
	if len(s.answer.Rows) >= s.most {
		s.answer.More = true
		return errEnough
	}
	s.answer.Rows = append(s.answer.Rows, values)
	return nil
}
