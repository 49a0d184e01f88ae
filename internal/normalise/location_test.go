package normalise

import (
	"testing"

	"github.com/nightjar-sec/nightjar"
)

func TestAPlaceThatTheRecordStatesIsMicrosofts(t *testing.T) {
	t.Parallel()
	for location, want := range map[string]nightjar.Place{
		`{"city":"Utrecht","state":"Utrecht","countryOrRegion":"NL","geoCoordinates":{"altitude":null,"latitude":52.09,"longitude":5.12}}`: {
			City: "Utrecht", Country: "NL", Lat: 52.09, Lon: 5.12, Source: "microsoft",
		},
		`{"city":"","countryOrRegion":"NL","geoCoordinates":{}}`:                     {Country: "NL", Source: "microsoft"},
		`{"countryOrRegion":"NL","geoCoordinates":{"latitude":912,"longitude":"x"}}`: {Country: "NL", Source: "microsoft"},
		`{"city":"","countryOrRegion":"","geoCoordinates":{}}`:                       {},
		`"Endpoint"`:   {},
		`[{"city":1}]`: {},
		`null`:         {},
	} {
		e, err := Record([]byte(`{"Id":"1","location":`+location+`}`), Origin{})
		if err != nil {
			t.Fatal(err)
		}
		if e.Place != want {
			t.Errorf("%s: %+v, want %+v", location, e.Place, want)
		}
	}
}
