package alert

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/nightjar-sec/nightjar"
)

func ofFabrikam(f nightjar.Finding) nightjar.Finding {
	f.Tenant, f.ID = fabrikam, nightjar.FindingID(string(fabrikam), f.ID)
	f.Fingerprint = nightjar.Fingerprint(fabrikam, f.Rule, f.Entities)
	return f
}

func TestAPreviewLooksAtTheNewestAlertsOfItsTenants(t *testing.T) {
	t.Parallel()
	b := setup(t)
	now := time.Now()
	recent := func(f nightjar.Finding) nightjar.Finding {
		f.Time, f.First, f.Last = now, now, now
		return f
	}
	b.record(recent(finding("r-spray", "anna@contoso.com", 0)), recent(ofFabrikam(finding("r-spray", "zoe@fabrikam.com", 0))))
	found, err := b.keeper.previewed(t.Context(), []nightjar.TenantID{contoso}, 1)
	if err != nil || len(found) != 1 || found[0].Tenant != contoso {
		t.Errorf("%d alerts, %v", len(found), err)
	}
}

func TestQualityIsThatOfTheLastNinetyDays(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.record(finding("r-spray", "anna@contoso.com", 0), finding("r-mail", "anna@contoso.com", 0))
	if _, err := b.db.ExecContext(t.Context(), `UPDATE alert_alerts SET opened = ? WHERE rule = 'r-spray'`, time.Now().Add(-100*day).UnixMicro()); err != nil {
		t.Fatal(err)
	}
	for _, from := range []time.Time{{}, time.Now().Add(-1000 * day)} {
		got, err := b.keeper.Qualities(t.Context(), nil, "", from, time.Time{})
		if err != nil || len(got) != 1 || got[0].Rule != "r-mail" {
			t.Errorf("from %s: %+v, %v", from, got, err)
		}
	}
}

func TestAPageOfIncidentsIsBounded(t *testing.T) {
	t.Parallel()
	b := setup(t)
	var all []nightjar.Finding
	for n := range maxIncidents + 5 {
		all = append(all, finding("r-spray", fmt.Sprintf("user%d@contoso.com", n), 0))
	}
	b.record(all...)
	first, next, err := b.keeper.Incidents(t.Context(), IncidentFilter{Limit: 1000})
	if err != nil || len(first) != maxIncidents || next == "" {
		t.Fatalf("%d incidents, next %q, %v", len(first), next, err)
	}
	rest, next, err := b.keeper.Incidents(t.Context(), IncidentFilter{Limit: 1000, Cursor: next})
	if err != nil || len(rest) != 5 || next != "" || slices.ContainsFunc(append(first, rest...), func(i Incident) bool { return i.Alerts != 1 }) {
		t.Errorf("%d incidents, next %q, %v", len(rest), next, err)
	}
}
