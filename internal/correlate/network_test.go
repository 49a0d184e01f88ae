package correlate

import (
	"testing"

	"github.com/nightjar-sec/nightjar/internal/geo"
)

func TestEachKindOfNetworkIsDecidedOn(t *testing.T) {
	t.Parallel()
	for _, kind := range geo.Kinds() {
		want := hidden
		switch {
		case kind.Placeless():
			want = absent
		case kind == geo.KindUser:
			want = here
		}
		if got := bearingOf(string(kind)); got != want {
			t.Errorf("%s is %d, not %d: a new kind of network must be decided on here", kind, got, want)
		}
	}
}

func TestDistancesOfCountriesAreThoseOfTheMap(t *testing.T) {
	t.Parallel()
	a, err := newAtlas()
	if err != nil {
		t.Fatal(err)
	}
	if len(a.rank) < 240 {
		t.Errorf("%d countries", len(a.rank))
	}
	// Nearest points as they are measured on a map, to the step below.
	for pair, want := range map[[2]string][2]float64{
		{"DE", "FR"}: {0, 0}, {"fr", "de"}: {0, 0}, {"DE", "DE"}: {0, 0}, {"US", "MX"}: {0, 0}, {"DE", "GB"}: {160, 400}, {"AU", "NZ"}: {400, 1600},
		{"US", "RU"}: {500, 1200}, {"GB", "US"}: {3500, 4600}, {"DE", "CN"}: {4300, 4800}, {"FR", "BR"}: {5500, 6600}, {"GF", "BR"}: {0, 0}, {"ES", "NZ"}: {15_000, 20_000},
	} {
		if km, ok := a.apart(pair[0], pair[1]); !ok || km < want[0] || km > want[1] {
			t.Errorf("%v are %v km apart, not %v (%v)", pair, km, want, ok)
		}
	}
	if _, ok := a.apart("DE", "ZZ"); ok {
		t.Error("a country that is none has a distance")
	}
	for i, steps := range a.steps {
		if len(steps) != len(a.steps)-1-i {
			t.Fatalf("country %d has %d distances", i, len(steps))
		}
	}
}
