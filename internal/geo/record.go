package geo

// record is what one data file says of an address, whatever its layout.
type record struct {
	country      string
	city         string
	lat, lon     float64
	located      bool // lat and lon are stated
	asn          uint32
	organization string
	kind         Kind // stated by flags of the file; "" when it has none
}

func (r record) hasPlace() bool { return r.country != "" || r.city != "" || r.located }

// nested is the layout of MaxMind's files, of DB-IP's, and of those that
// follow them. registered_country, the seat of whoever registered the address,
// is not read: it is no place. https://dev.maxmind.com/geoip/docs/databases/city-and-country,
// …/asn and …/anonymous-ip, read 2026-11-22.
type nested struct {
	Country struct {
		ISOCode string `maxminddb:"iso_code"`
	} `maxminddb:"country"`
	City struct {
		Names struct {
			English string `maxminddb:"en"`
		} `maxminddb:"names"`
	} `maxminddb:"city"`
	Location struct {
		Latitude  *float64 `maxminddb:"latitude"`
		Longitude *float64 `maxminddb:"longitude"`
	} `maxminddb:"location"`
	autonomous
	flags
	Traits struct {
		autonomous
		flags
	} `maxminddb:"traits"`
}

// flat is the layout of files whose country is a text at the top.
type flat struct {
	CountryCode string   `maxminddb:"country_code"`
	City        string   `maxminddb:"city"`
	Latitude    *float64 `maxminddb:"latitude"`
	Longitude   *float64 `maxminddb:"longitude"`
	autonomous
	flags
}

type autonomous struct {
	ASN          uint32 `maxminddb:"autonomous_system_number"`
	Organization string `maxminddb:"autonomous_system_organization"`
}

type flags struct {
	VPN       bool `maxminddb:"is_anonymous_vpn"`
	Tor       bool `maxminddb:"is_tor_exit_node"`
	Proxy     bool `maxminddb:"is_public_proxy"`
	Hosting   bool `maxminddb:"is_hosting_provider"`
	Satellite bool `maxminddb:"is_satellite_provider"`
}

func (f flags) kind() Kind {
	switch {
	case f.Tor:
		return KindTor
	case f.VPN, f.Proxy:
		return KindVPN
	case f.Satellite:
		return KindSatellite
	case f.Hosting:
		return KindHosting
	default:
		return ""
	}
}

func (n *nested) record() record {
	r := record{country: n.Country.ISOCode, city: n.City.Names.English, asn: n.ASN, organization: n.Organization, kind: n.kind()}
	if r.asn == 0 {
		r.asn, r.organization = n.Traits.ASN, n.Traits.Organization
	}
	if r.kind == "" {
		r.kind = n.Traits.kind()
	}
	r.locate(n.Location.Latitude, n.Location.Longitude)
	return r
}

func (f *flat) record() record {
	r := record{country: f.CountryCode, city: f.City, asn: f.ASN, organization: f.Organization, kind: f.kind()}
	r.locate(f.Latitude, f.Longitude)
	return r
}

// locate takes coordinates that are on the globe. 0,0 is where files put what
// they cannot place; it is open sea.
func (r *record) locate(lat, lon *float64) {
	if lat == nil || lon == nil || *lat == 0 && *lon == 0 {
		return
	}
	if *lat >= -90 && *lat <= 90 && *lon >= -180 && *lon <= 180 {
		r.lat, r.lon, r.located = *lat, *lon, true
	}
}
