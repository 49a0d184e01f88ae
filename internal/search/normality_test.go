package search

import (
	"fmt"
	"testing"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/query"
)

// TestAFieldWithVeryManyValuesIsSaidToBeCutAndTakesNoOtherAway is about an
// application that names another client each time.
func TestAFieldWithVeryManyValuesIsSaidToBeCutAndTakesNoOtherAway(t *testing.T) {
	t.Parallel()
	const many = 20_010
	var more []nightjar.Event
	for i := range many {
		e := events()[0]
		e.ID, e.UserID, e.UserAgent, e.Place.Country = fmt.Sprintf("many-%05d", i), "eve@contoso.example", fmt.Sprintf("agent %d", i), "NL"
		more = append(more, e)
	}
	strange := more[0]
	strange.ID, strange.Time, strange.UserAgent, strange.Place.Country = "strange", morning.Add(time.Hour), "agent never seen", "RU"
	b := setup(t, append(more, strange)...)
	q, err := AskNormal([]nightjar.Entity{{Kind: nightjar.EntityUser, Value: strange.UserID}}, strange.Time, []nightjar.EventRef{{ID: "strange", Table: strange.Table, Time: strange.Time}})
	if err != nil {
		t.Fatal(err)
	}
	before, now := NormalRows{}, NormalRows{}
	for sql, into := range map[string]NormalRows{q.Before: before, q.Evidence: now} {
		if _, err := b.engine.Run(t.Context(), query.Request{SQL: sql, Tenants: []nightjar.Tenant{contoso}}, into); err != nil {
			t.Fatal(err)
		}
	}
	if parts := len(NormalFields()) + 1; NormalRowsMost != parts*(NormalMost+1) {
		t.Errorf("%d rows of %d parts", NormalRowsMost, parts)
	}
	n := q.Answer(before, now)
	if n.Total != many || n.Days != 1 {
		t.Errorf("%d events on %d days", n.Total, n.Days)
	}
	for _, f := range n.Fields {
		switch f.Field {
		case "client":
			// What is new cannot be said of what was not looked at whole.
			if !f.Cut || f.Distinct != NormalMost || len(f.Values) != normalValues || len(f.New) != 0 {
				t.Errorf("%s: cut %t, %d distinct, %d values, new %v", f.Field, f.Cut, f.Distinct, len(f.Values), f.New)
			}
		case "country":
			if f.Cut || len(f.Values) != 1 || f.Values[0].Count != many || fmt.Sprint(f.New) != "[RU]" {
				t.Errorf("%+v", f)
			}
		default:
			if f.Cut {
				t.Errorf("%s is cut", f.Field)
			}
		}
	}
}
