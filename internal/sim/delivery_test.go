package sim

import (
	"fmt"
	"testing"
)

func TestACalmServiceDeliversEverythingOnce(t *testing.T) {
	t.Parallel()
	c := serve(t, Config{Clock: &fixedClock{monday}, Scenario: Scenario{Quota: -1}, Tenants: []TenantConfig{{People: 20, EventsPerDay: 600}}}).enter()
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
	for _, name := range []string{"disorder", "flaky", "hostile", "unauthorised", "everything"} {
		for seed := range uint64(3) {
			t.Run(fmt.Sprint(name, " seed ", seed+1), func(t *testing.T) {
				t.Parallel()
				sc, err := LoadScenario(name)
				if err != nil {
					t.Fatal(err)
				}
				sc.BombBytes, sc.HugeBytes, sc.SlowBody = 4<<20, 2<<20, 1
				sc.Quota = -1 // the clock stands still
				c := serve(t, Config{Clock: &fixedClock{monday}, Seed: seed + 1, Scenario: sc, Tenants: []TenantConfig{{People: 20, EventsPerDay: 400, EventsPerBlob: 10}}}).enter()
				same(t, c.collect(), wants(c.s, c.tenant.ID))
			})
		}
	}
}
