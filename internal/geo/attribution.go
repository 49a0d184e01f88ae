package geo

import "strings"

// Attribution is what a publisher's licence asks to be shown with its data.
type Attribution struct {
	Text string `json:"text"`
	URL  string `json:"url"` // what the text is to link to
}

// AttributionOf returns what is to be shown wherever a fact of a source is: of
// a Source's name, or of the column place_source. false when nothing is asked for.
//
// DB-IP Lite, CC BY 4.0: https://db-ip.com/db/lite.php. GeoLite2, EULA section
// 2: https://www.maxmind.com/en/geolite2/eula. IPtoASN, PDDL 1.0, asks for
// nothing. All read 2026-11-22, as far as the copies in their packages go.
func AttributionOf(source string) (Attribution, bool) {
	switch {
	case strings.HasPrefix(source, "DB-IP "):
		return Attribution{"IP Geolocation by DB-IP", "https://db-ip.com"}, true
	case strings.HasPrefix(source, "RouteViews ASN"): // what make geo joins; see NOTICE
		return Attribution{"IP Geolocation by DB-IP; AS data by RouteViews (routeviews.org) and NRO (nro.net)", "https://db-ip.com"}, true
	case strings.HasPrefix(source, "GeoLite2 "):
		return Attribution{"This product includes GeoLite2 data created by MaxMind, available from https://www.maxmind.com", "https://www.maxmind.com"}, true
	default:
		return Attribution{}, false
	}
}
