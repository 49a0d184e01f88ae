package sim

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

func TestAlertsOfTheServiceNameSomebodyOfTheTenant(t *testing.T) {
	t.Parallel()
	g := newTestGenerator(t, 1)
	severities, operations := map[string]int{}, map[string]int{}
	first := g.Index(monday)
	for i := first; i < first+30_000; i++ {
		raw := g.AppendEvent(nil, i)
		var e struct{ Operation, UserID, AlertEntityID, Name, Severity, Data string } // names fit in any case
		if err := json.Unmarshal(raw, &e); err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(e.Operation, "Alert") {
			continue
		}
		var data struct{ F3u, Etype, Eid, An, Sev, Op, Ts, Te string }
		if err := json.Unmarshal([]byte(e.Data), &data); err != nil {
			t.Fatalf("Data is no object: %v\n%s", err, raw)
		}
		who := data.F3u
		if e.Operation == "AlertEntityGenerated" {
			who = data.Eid
			if data.Etype != "User" || e.AlertEntityID != who {
				t.Errorf("an entity that is nobody: %s", raw)
			}
		} else if data.An != e.Name || data.Sev != e.Severity {
			t.Errorf("Data speaks of another alert: %s", raw)
		}
		if !slices.ContainsFunc(g.people.people, func(p person) bool { return p.UPN == who }) {
			t.Errorf("%q is nobody of the tenant: %s", who, raw)
		}
		if e.UserID != "SecurityComplianceAlerts" || data.Op == "" || data.Ts >= data.Te {
			t.Errorf("an alert unlike the service's: %s", raw)
		}
		severities[e.Severity]++
		operations[e.Operation]++
	}
	if len(operations) != 2 || severities["High"] == 0 || severities["High"] >= severities["Low"] || severities["Medium"] == 0 || severities["Informational"] == 0 {
		t.Errorf("%v with %v", operations, severities)
	}
}
