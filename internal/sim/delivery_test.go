package sim

import (
	"fmt"
	"testing"
)

func TestACalmServiceDeliversEverythingOnce(t *testing.T) {
	t.Parallel()
	c := serve(t, Config{Clock: &fixedClock{monday}, Scenario: Scenario{Quota: -1}, Tenants: []TenantConfig{{People: 20, EventsPerDay: 100}}}).enter()
	same(t, c.collect(), wants(c.s, c.tenant.ID))
	r := c.s.Report()
	if !r.Complete() || len(r.Violations) > 0 {
		t.Errorf("the report says complete=%v, violations %v", r.Complete(), r.Violations)
	}
	for _, f := range r.Tenants[0].Feeds {
		if f.Events == 0 || f.Never != 0 || f.Repeatedly != 0 || f.Once != f.Events || f.Expected != f.Events {
			t.Errorf("the report of %s is %+v", f.Feed, f)
		}
	}
}

func TestEveryNamedScenarioDeliversWhatItDoesNotWithhold(t *testing.T) {
	t.Parallel()
	for name, seeds := range map[string]uint64{"disorder": 1, "flaky": 1, "hostile": 1, "unauthorised": 1, "everything": 3} {
		for seed := range seeds {
			t.Run(fmt.Sprint(name, " seed ", seed+1), func(t *testing.T) {
				t.Parallel()
				sc, err := LoadScenario(name)
				if err != nil {
					t.Fatal(err)
				}
				sc.BombBytes, sc.HugeBytes, sc.SlowBody = 4<<20, 1<<19, 1
				sc.Quota = -1 // the clock stands still
				c := serve(t, Config{Clock: &fixedClock{monday}, Seed: seed + 1, Scenario: sc, Tenants: []TenantConfig{{People: 20, EventsPerDay: 60, EventsPerBlob: 10}}}).enter()
				same(t, c.collect(), wants(c.s, c.tenant.ID))
			})
		}
	}
}
