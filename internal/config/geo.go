package config

import (
	"net"
	"net/url"
	"strings"
)

// Geo is where addresses are looked up.
type Geo struct {
	CityDB         string // the user's own file of places; "" means none
	ASNDB          string // the user's own file of networks; "" means none
	UpdateURL      string // where geo update fetches from; "" means the publisher
	MaxMindAccount string // account id at MaxMind; "" fetches from DB-IP
	MaxMindKeyFile string // file holding the licence key of that account
}

func geoOptions() []Option {
	return []Option{
		{
			Key: "geo.city_db", Path: true,
			Doc:  "Your own file of places (MaxMind DB format, .mmdb). It comes before what geo update fetched, and may place private addresses too. It is read anew when it is replaced.",
			bind: func(c *Config) any { return &c.Geo.CityDB },
		},
		{
			Key: "geo.asn_db", Path: true,
			Doc:  "Your own file of autonomous systems or of anonymous networks (.mmdb).",
			bind: func(c *Config) any { return &c.Geo.ASNDB },
		},
		{
			Key:  "geo.update_url",
			Doc:  "Where geo update fetches from, for a mirror of yours: an https URL in which {data} (city, asn) and {month} (2026-11) are filled in. Empty takes the publisher's.",
			bind: func(c *Config) any { return &c.Geo.UpdateURL },
			check: func(c *Config) error {
				if c.Geo.UpdateURL == "" || safeDownload(c.Geo.UpdateURL) {
					return nil
				}
				return invalid("geo.update_url "+quote(c.Geo.UpdateURL)+" is not an https URL", "e.g. geo.update_url: https://mirror.example.com/dbip-{data}-lite-{month}.mmdb.gz")
			},
		},
		{
			Key:  "geo.maxmind_account",
			Doc:  "Account id at MaxMind, to fetch GeoLite2 with your own key instead of DB-IP Lite. Needs geo.maxmind_key_file.",
			bind: func(c *Config) any { return &c.Geo.MaxMindAccount },
			check: func(c *Config) error {
				if (c.Geo.MaxMindAccount == "") != (c.Geo.MaxMindKeyFile == "") {
					return invalid("geo.maxmind_account and geo.maxmind_key_file go together", "give both, or neither to fetch from DB-IP")
				}
				return nil
			},
		},
		{
			Key: "geo.maxmind_key_file", Path: true,
			Doc:  "File holding the licence key of that account; mode 0600.",
			bind: func(c *Config) any { return &c.Geo.MaxMindKeyFile },
		},
	}
}

// safeDownload reports whether an address is https, or of this machine itself.
func safeDownload(address string) bool {
	u, err := url.Parse(strings.NewReplacer("{data}", "city", "{month}", "2026-11").Replace(address))
	if err != nil || u.Host == "" {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Scheme == "https" || u.Scheme == "http" && ip != nil && ip.IsLoopback()
}
