package geo

import (
	"strings"
	"time"
)

// edition is one file that a publisher offers.
type edition struct {
	data    string // city or asn; "" for a file whose content shows what it is
	url     string // with {data} and {month}
	monthly bool   // the address names a month
	summed  sum    // whether the publisher states a checksum
}

// sum says what is known of a checksum beside a file, at the same address with
// .sha256 behind it.
type sum int

const (
	sumNone     sum = iota // the publisher has none
	sumIfThere             // a mirror may have one
	sumRequired            // without one the file is refused
)

// The publishers' addresses. DB-IP: https://db-ip.com/db/download/ip-to-city-lite;
// MaxMind: https://dev.maxmind.com/geoip/updating-databases#directly-downloading-databases,
// which states a SHA-256 for each file. Both read 2026-11-22.
const (
	dbipURL    = "https://download.db-ip.com/free/dbip-{data}-lite-{month}.mmdb.gz"
	maxmindURL = "https://download.maxmind.com/geoip/databases/GeoLite2-{Data}/download?suffix=tar.gz"
)

// editions are the files to fetch.
func (u *Updater) editions() []edition {
	all := []edition{{data: "city"}, {data: "asn"}}
	for i := range all {
		e := &all[i]
		switch {
		case u.cfg.URL != "":
			e.url, e.summed = u.cfg.URL, sumIfThere
		case u.cfg.Account != "":
			e.url, e.summed = maxmindURL, sumRequired
		default:
			e.url, e.summed = dbipURL, sumNone
		}
		e.monthly = strings.Contains(e.url, "{month}")
	}
	return all
}

// address fills in the edition's and the month's name.
func (e edition) address(month time.Time) string {
	title := map[string]string{"city": "City", "asn": "ASN"}[e.data]
	return strings.NewReplacer("{data}", e.data, "{Data}", title, "{month}", month.Format("2006-01")).Replace(e.url)
}

// wordList joins kinds for a sentence.
func wordList(kinds []Kind) string {
	words := make([]string, len(kinds))
	for i, k := range kinds {
		words[i] = string(k)
	}
	return strings.Join(words, ", ")
}
