package journal

import (
	"testing"
	"time"
)

func TestEventUnderAnotherDayIsKnownWhileThatDayIsInMemory(t *testing.T) {
	t.Parallel()
	const days = 20
	for name, c := range map[string]struct {
		bytes int
		again int // of as many events; -1: any
	}{
		"all days in memory":     {0, days * 50},
		"days come and go":       {60_000, -1},
		"next to nothing stays":  {1, -1},
		"one filter for all ids": {1 << 20, days * 50},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			j := setup(t, func(c2 *Config) { c2.DedupeBytes = c.bytes })
			events := newGenerator(1).events(days*50, testDay, days*24*time.Hour)
			for i := range 10 {
				part := events[i*len(events)/10 : (i+1)*len(events)/10]
				if r := add(t, j, part); r.Stored != len(part) {
					t.Fatalf("stored %d of %d new events", r.Stored, len(part))
				}
			}
			// The same events, as they were: whatever is in memory, each is known.
			if r := add(t, j, events); r.Duplicates != len(events) {
				t.Errorf("%d of %d events are known again", r.Duplicates, len(events))
			}
			for i := range events {
				events[i].Time = events[i].Time.Add(-24 * time.Hour)
			}
			if r := add(t, j, events); c.again >= 0 && r.Duplicates != c.again {
				t.Errorf("under another day %d are known again, want %d", r.Duplicates, c.again)
			}
		})
	}
}

func TestCoarseFilterBeginsAnewWhenItIsStale(t *testing.T) {
	t.Parallel()
	j := setup(t, func(c *Config) { c.DedupeBytes = 40_000 })
	g := newGenerator(1)
	s := j.tenant(testTenant)
	most := 0
	for day := range 40 {
		add(t, j, g.events(600, testDay.AddDate(0, 0, -day), 23*time.Hour))
		most = max(most, s.coarse.all.ids)
	}
	if most > 15_000 || j.filters.used > 2*40_000 {
		t.Errorf("the coarse filter held %d ids; %d bytes are used of 40000", most, j.filters.used)
	}
}
