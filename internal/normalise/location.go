package normalise

import (
	"strconv"

	"github.com/nightjar-sec/nightjar"
)

// placeMicrosoft is the source of a place that a record states.
const placeMicrosoft = "microsoft"

// location reads the place that a record states of itself, as Graph's sign-ins
// do: {"city":…,"countryOrRegion":…,"geoCoordinates":{"latitude":…}}.
// Source: learn.microsoft.com/graph/api/resources/signinlocation, read 2026-11-22.
func (f *fields) location() nightjar.Place {
	stated := f.values[memLocation]
	if len(stated) == 0 || stated[0] != '{' {
		return nightjar.Place{}
	}
	p := nightjar.Place{
		City: string(text(lookup(stated, "city"))), Country: string(text(lookup(stated, "countryOrRegion"))), Source: placeMicrosoft,
	}
	if c := lookup(stated, "geoCoordinates"); c != nil {
		lat, errLat := strconv.ParseFloat(string(text(lookup(c, "latitude"))), 64)
		lon, errLon := strconv.ParseFloat(string(text(lookup(c, "longitude"))), 64)
		if errLat == nil && errLon == nil && lat >= -90 && lat <= 90 && lon >= -180 && lon <= 180 {
			p.Lat, p.Lon = lat, lon
		}
	}
	if p.City == "" && p.Country == "" && !p.Located() {
		return nightjar.Place{}
	}
	return p
}
