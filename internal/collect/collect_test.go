package collect

import (
	"os"
	"testing"
	"time"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/sim"
)

const realTenant = "0873ee4d-d342-44f2-8961-74c442a2fad2"

// realEvents are records of a real tenant.
func realEvents(t *testing.T) [][]byte {
	t.Helper()
	const path = "../../../shared/data/ual/real-half.ndjson.gz"
	if _, err := os.Stat(path); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("the test data is absent: %v", err)
		}
		t.Skip("the real audit records are not on this machine: see CONTRIBUTING.md")
	}
	events, err := sim.LoadEvents(path)
	if err != nil {
		t.Fatal(err)
	}
	return events
}

func TestRealRecordsArriveByteForByte(t *testing.T) {
	bubble(t, func(t *testing.T) {
		events := realEvents(t)
		w := newWorld(t, sim.Config{Tenants: []sim.TenantConfig{{ID: realTenant, Events: events}}}, nil)
		sum := w.once(OnceOptions{})
		if !sum.Complete {
			t.Errorf("the summary is %+v", sum)
		}
		got := w.stored(realTenant)
		for _, e := range events {
			if got[string(e)] != 1 {
				t.Fatalf("a record is there %d times: %.200s", got[string(e)], e)
			}
		}
		if len(got) != len(events) {
			t.Errorf("%d records are stored, %d were served", len(got), len(events))
		}
		w.exact()
		if n := w.toldStored(realTenant); n != int64(len(events)) {
			t.Errorf("the journal says of itself that it stored %d events, want %d", n, len(events))
		}
		for _, f := range w.coverage().Feeds {
			if f.Total.Events != f.Total.Stored || f.Total.Pending != 0 || len(f.Gaps) != 0 {
				t.Errorf("the coverage of %s is %+v", f.Feed, f.Total)
			}
		}
	})
}

func TestSecondRunStoresNothingTwice(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, sim.Config{Tenants: living(t)}, nil)
		w.once(OnceOptions{})
		w.restart()
		sum := w.once(OnceOptions{})
		if s := sum.feed(nightjar.FeedExchange); s.Listed != 0 || s.Stored != 0 || !s.Complete {
			t.Errorf("the second run did %+v", s)
		}
		w.exact()
	})
}

func TestEveryFaultAtOnce(t *testing.T) {
	t.Parallel()
	for _, seed := range []uint64{1, 2} {
		t.Run(string(rune('0'+seed)), func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				sc, err := sim.LoadScenario("everything")
				if err != nil {
					t.Fatal(err)
				}
				sc.BombBytes, sc.HugeBytes = 24<<20, 4<<20
				w := newWorld(t, sim.Config{Seed: seed, Scenario: sc, Tenants: []sim.TenantConfig{{
					ID: realTenant, Events: realEvents(t), Backlog: 6 * 24 * time.Hour, Ahead: 24 * time.Hour, EventsPerBlob: 20,
				}}}, func(w *world) {
					w.options.PollInterval = 10 * time.Minute
				})
				w.serve(26 * time.Hour)
				w.exact()
			})
		})
	}
}
