package main

import (
	"context"
	"fmt"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/journal"
	"github.com/nightjar-sec/nightjar/internal/normalise"
	"github.com/nightjar-sec/nightjar/internal/sim"
)

const days = 10

func firstDay() time.Time { return time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC) }

// tenant is one of those whose events are searched, and how they are made.
type tenant struct {
	nightjar.Tenant
	generator *sim.Generator
	first     uint64
	events    int
}

// fill writes the events of four tenants of very different sizes, a commit for
// each hour or so, unless the journal has them. The last hours stay as they
// were committed: that is what a search meets in a running installation.
func fill(ctx context.Context, j *journal.Journal, events int) ([]tenant, error) {
	var out []tenant
	for i, share := range []int{60, 25, 10, 5} {
		n := events * share / 100
		g, err := sim.NewGenerator(sim.GeneratorConfig{Seed: uint64(i + 1), People: max(n/days/60, 20), EventsPerDay: n / days})
		if err != nil {
			return nil, fmt.Errorf("make the generator: %w", err)
		}
		name := []string{"contoso", "fabrikam", "adatum", "wingtip"}[i]
		out = append(out, tenant{nightjar.Tenant{ID: nightjar.TenantID(g.TenantID()), Name: name}, g, g.Index(firstDay()), n})
	}
	for _, t := range out {
		if err := t.fill(ctx, j); err != nil {
			return nil, fmt.Errorf("fill the journal of %s: %w", t.Name, err)
		}
	}
	return out, nil
}

func (t tenant) fill(ctx context.Context, j *journal.Journal) error {
	segments, err := j.Segments(ctx, journal.SegmentFilter{Tenants: []nightjar.TenantID{t.ID}})
	if err != nil || len(segments) > 0 {
		return err //nolint:wrapcheck // the caller says what was done
	}
	start := time.Now()
	size := max(t.events/days/24, 100)
	var batch []nightjar.Event
	for i := range t.events {
		e, err := t.event(uint64(i))
		if err != nil {
			return err
		}
		batch = append(batch, e)
		if len(batch) < size && i < t.events-1 {
			continue
		}
		if _, err := j.Append(ctx, journal.Batch{Tenant: t.ID, Sources: []journal.Source{{Events: batch}}}); err != nil {
			return err //nolint:wrapcheck // the caller says what was done
		}
		batch = nil
		if left := t.events - 1 - i; left >= 3*size && left < 4*size {
			if _, err := j.Compact(ctx, t.ID); err != nil {
				return err //nolint:wrapcheck // the caller says what was done
			}
		}
	}
	fmt.Printf("wrote %d events of %s in %s\n", t.events, t.Name, time.Since(start).Round(time.Millisecond))
	return nil
}

// event is the one of a number, counted from the first day.
func (t tenant) event(i uint64) (nightjar.Event, error) {
	n := t.first + i
	e, err := normalise.Record(t.generator.AppendEvent(nil, n), normalise.Origin{
		Tenant: t.ID, Feed: nightjar.Feed(t.generator.Feed(n)), ContentID: "bench", Index: int(i), ContentCreated: firstDay(), Ingested: firstDay(),
	})
	if err != nil {
		return e, fmt.Errorf("normalise event %d: %w", i, err)
	}
	return e, nil
}
