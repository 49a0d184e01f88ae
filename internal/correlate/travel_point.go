package correlate

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// point is an event at a place.
type point struct {
	entry
	address, asn, network, device string
	country, city                 string
	lat, lon                      float64
	located                       bool // with coordinates of a city
	shared                        bool // from a gateway of the tenant's
}

// pointOf reads the place of an event. A place with coordinates and no city is
// the middle of a country, as databases have it, and counts as the country.
func pointOf(o *observation) point {
	p := point{
		entry: o.entry(), address: o.first("nightjar.client_ip"), asn: o.first("nightjar.asn"), network: o.first("nightjar.network"),
		device: o.first("nightjar.device"), country: strings.ToUpper(o.first("nightjar.country")), city: o.first("nightjar.city"),
	}
	lat, err := strconv.ParseFloat(o.first("nightjar.lat"), 64)
	lon, also := strconv.ParseFloat(o.first("nightjar.lon"), 64)
	onGlobe := math.Abs(lat) <= 90 && math.Abs(lon) <= 180 && (lat != 0 || lon != 0)
	if err == nil && also == nil && onGlobe && (p.city != "" || p.country == "") {
		p.lat, p.lon, p.located = lat, lon, true
	}
	return p
}

// name is the place for people.
func (p *point) name() string {
	switch {
	case p.city != "" && p.country != "":
		return p.city + ", " + p.country
	case p.city != "" || p.country != "":
		return p.city + p.country
	default:
		return tenth(p.lat) + " " + tenth(p.lon)
	}
}

// accuracy is how far a place may be off, in kilometres, at each end. The median
// error of four databases is 3 to 16 km on fixed lines and 179 to 207 km on
// mobile ones (https://arxiv.org/html/2605.21937, read 2026-11-22).
const accuracy = 100

// leg is the way between two points.
type leg struct {
	from, to  *point
	km        float64 // between the places
	least     float64 // between them when each is as far off as it may be
	speed     float64 // km/h that it took at least
	minutes   float64
	countries bool // measured between countries
}

// legOf measures the way between two points, the earlier one first; false when
// nothing can be said of it.
func (a *atlas) legOf(from, to *point) (l leg, ok bool) {
	l = leg{from: from, to: to, minutes: time.Duration(to.at - from.at).Minutes()}
	if from.located && to.located {
		l.km = kilometres(from.lat, from.lon, to.lat, to.lon)
		l.least = max(0, l.km-2*accuracy)
	} else {
		if l.km, ok = a.apart(from.country, to.country); !ok {
			return l, false
		}
		l.least, l.countries = l.km, true
	}
	// Clocks are not exact, and two events of one moment took no time.
	l.speed = l.least / (max(l.minutes, 1) / 60)
	return l, true
}

// detour names two places, whichever was first: the countries, or within one
// country the cities.
func (l *leg) detour() string {
	a, b := l.from.country, l.to.country
	if a == b {
		a, b = l.from.name(), l.to.name()
	}
	return min(a, b) + " – " + max(a, b)
}
