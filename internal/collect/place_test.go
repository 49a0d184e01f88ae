package collect

import (
	"fmt"
	"testing"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/journal"
	"github.com/nightjar-sec/nightjar/internal/sim"
)

func TestEventsAreStoredWithTheirPlace(t *testing.T) {
	bubble(t, func(t *testing.T) {
		events := [][]byte{
			[]byte(`{"Id":"1","RecordType":15,"Operation":"UserLoggedIn","Workload":"AzureActiveDirectory","CreationTime":"2026-11-01T10:00:00","OrganizationId":"` + realTenant + `","ClientIP":"81.2.69.142"}`),
			[]byte(`{"Id":"2","RecordType":15,"Operation":"UserLoggedIn","Workload":"AzureActiveDirectory","CreationTime":"2026-11-01T10:00:01","OrganizationId":"` + realTenant + `","ClientIP":"81.2.69.142","location":{"countryOrRegion":"IE","city":"Cork"}}`),
		}
		w := newWorld(t, sim.Config{Tenants: []sim.TenantConfig{{ID: realTenant, Events: events}}}, nil)
		w.c.cfg.Place = func(e *nightjar.Event) nightjar.Place {
			if e.Place.Source != "" {
				return e.Place
			}
			return nightjar.Place{Country: "GB", City: "London", Source: "DB-IP City Lite 2026-11", Network: "user"}
		}
		w.once(OnceOptions{})
		got := map[string]string{}
		err := w.journal.Export(t.Context(), journal.ExportFilter{Tenant: realTenant}, func(e nightjar.Event) error {
			if e.Table == nightjar.TableAzureAD {
				got[e.ID] = fmt.Sprint(e.Place.City, ", ", e.Place.Country, ", ", e.Place.Source)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if got["1"] != "London, GB, DB-IP City Lite 2026-11" || got["2"] != "Cork, IE, microsoft" {
			t.Errorf("%v", got)
		}
	})
}
