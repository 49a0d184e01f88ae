package signin

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/geo"
	"github.com/nightjar-sec/nightjar/internal/normalise"
	"github.com/nightjar-sec/nightjar/internal/sim"
)

// Whoever tries Nightjar sees of the map what the simulated company fills.
func TestTheSimulatedCompanyShowsEveryLayerAndWhyTheRestHasNoPlace(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "sim-geo.mmdb")
	out, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := sim.WriteGeo(out, noon); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	atlas, err := geo.New(geo.Config{CityFile: file, WithoutBuiltIn: true})
	if err != nil {
		t.Fatal(err)
	}
	g, err := sim.NewGenerator(sim.GeneratorConfig{Seed: 7, People: 150, EventsPerDay: 15_000}) // as nightjar demo
	if err != nil {
		t.Fatal(err)
	}
	tenant := nightjar.Tenant{ID: nightjar.TenantID(g.TenantID()), Name: "contoso"}
	var kept []nightjar.Event
	for i := g.Index(noon.AddDate(0, 0, -3)); i < g.Index(noon); i++ {
		if g.Feed(i) != "Audit.AzureActiveDirectory" {
			continue
		}
		e, err := normalise.Record(g.AppendEvent(nil, i), normalise.Origin{Tenant: tenant.ID, Feed: nightjar.Feed(g.Feed(i))})
		if err != nil {
			t.Fatal(err)
		}
		e.Place = atlas.Place(&e)
		kept = append(kept, e)
	}
	a, err := Places(t.Context(), setup(t, kept), []nightjar.Tenant{tenant}, Span{noon.AddDate(0, 0, -4), noon.Add(time.Hour)}, nil)
	if err != nil {
		t.Fatal(err)
	}
	layers, reasons := map[Layer]int64{}, map[Reason]int64{}
	for _, p := range a.Places {
		layers[p.Layer] += p.Count
		if !strings.HasPrefix(p.Source, "Simulated ") || p.Lat == nil {
			t.Errorf("%s is placed by %q", p.City, p.Source)
		}
	}
	for _, u := range a.Unplaced {
		reasons[u.Reason] = u.Count
	}
	for _, l := range Layers() {
		if layers[l] < 5 {
			t.Errorf("%d sign-ins in the layer %s", layers[l], l)
		}
	}
	// Unknown is left out: the simulation's own data know every public address in it.
	for _, r := range []Reason{ReasonMicrosoftService, ReasonADFSProxy, ReasonPrivate, ReasonNoAddress} {
		if reasons[r] < 3 {
			t.Errorf("%d sign-ins that have no place because: %s", reasons[r], r)
		}
	}
	if layers[LayerUser] < a.Total/2 {
		t.Errorf("people are %d of %d sign-ins", layers[LayerUser], a.Total)
	}
}
