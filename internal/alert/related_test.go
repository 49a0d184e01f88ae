package alert

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/nightjar-sec/nightjar"
)

// TestRelatedAlertsAreThoseOfTheUserAndOfTheRule begins with the one before.
func TestRelatedAlertsAreThoseOfTheUserAndOfTheRule(t *testing.T) {
	t.Parallel()
	b := setup(t)
	early := finding("r-spray", "anna@contoso.com", 0)
	early.Time, early.First, early.Last = monday.Add(-72*time.Hour), monday.Add(-72*time.Hour), monday.Add(-72*time.Hour)
	b.record(early)
	shared := nightjar.Entity{Kind: nightjar.EntityAddress, Value: "198.51.100.7"}
	one := finding("r-spray", "anna@contoso.com", 1)
	one.Entities = append([]nightjar.Entity{shared}, one.Entities...)
	elsewhere := finding("r-spray", "anna@contoso.com", 2)
	elsewhere.Tenant, elsewhere.ID = fabrikam, "elsewhere"
	elsewhere.Fingerprint = nightjar.Fingerprint(fabrikam, elsewhere.Rule, elsewhere.Entities)
	neighbour := finding("r-other", "ben@contoso.com", 3)
	neighbour.Entities = append(neighbour.Entities, shared)
	b.record(one, elsewhere, neighbour, finding("r-mail", "anna@contoso.com", 4), finding("r-spray", "eve@contoso.com", 5))

	titles := func(all []Alert) (out []string) {
		for _, a := range all {
			out = append(out, a.Rule+" "+a.Entities[len(a.Entities)-1].Value)
		}
		return out
	}
	all := b.all()
	at := slices.IndexFunc(all, func(a Alert) bool { return a.Previous != "" })
	if at < 0 {
		t.Fatalf("none has one before: %v", titles(all))
	}
	got, err := b.keeper.Related(t.Context(), all[at])
	want := []string{"r-spray anna@contoso.com", "r-spray eve@contoso.com", "r-mail anna@contoso.com"}
	if err != nil || !slices.Equal(titles(got), want) || got[0].ID != all[at].Previous {
		t.Errorf("%v, %v", titles(got), err)
	}
	for n := range 30 {
		b.record(finding("r-spray", fmt.Sprintf("user%d@contoso.com", n), n))
	}
	if got, err = b.keeper.Related(t.Context(), all[at]); err != nil || len(got) != maxRelated || got[0].ID != all[at].Previous {
		t.Errorf("of many: %v, %v", titles(got), err)
	}
}
