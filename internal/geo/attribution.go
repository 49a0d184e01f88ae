package geo

import "strings"

// attribution returns the sentence that a publisher's licence asks for
// wherever its data are shown, and the address that it is to link to.
//
// DB-IP Lite, CC BY 4.0: https://db-ip.com/db/lite.php. GeoLite2, EULA section
// 2: https://www.maxmind.com/en/geolite2/eula. IPtoASN, PDDL 1.0, asks for
// nothing. All read 2026-11-22, as far as the copies in their packages go.
func attribution(databaseType string) (text, url string) {
	switch {
	case strings.HasPrefix(databaseType, "DBIP-"):
		return "IP Geolocation by DB-IP", "https://db-ip.com"
	case databaseType == "RouteViews-ASN": // what make geo joins; see NOTICE
		return "IP Geolocation by DB-IP; AS data by RouteViews (routeviews.org) and NRO (nro.net)", "https://db-ip.com"
	case strings.HasPrefix(databaseType, "GeoLite2-"):
		return "This product includes GeoLite2 data created by MaxMind, available from https://www.maxmind.com", "https://www.maxmind.com"
	default:
		return "", ""
	}
}
