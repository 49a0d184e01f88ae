package geo

import (
	"bytes"
	"net/netip"
	"strings"

	"github.com/nightjar-sec/nightjar"
)

// Place returns where an event's client is. A place that the record itself
// states, which normalising put there, wins: Microsoft knows more than its
// address. The result is empty for an event without an address.
func (a *Atlas) Place(e *nightjar.Event) nightjar.Place {
	stated := e.Place
	if stated.Source == "" && (stated.Country != "" || stated.City != "" || stated.Lat != 0 || stated.Lon != 0) {
		stated.Source = sourceMicrosoft
	}
	place := nightjar.Place{}
	if e.ClientIP.IsValid() {
		place = a.find(e.ClientIP, actorOf(e)).Place
	}
	if e.Table == nightjar.TableAzureAD && forwarded(e) {
		place.Network = string(KindADFSProxy)
	}
	if stated.Source != "" {
		place.Country, place.City, place.Lat, place.Lon, place.Source = stated.Country, stated.City, stated.Lat, stated.Lon, stated.Source
	}
	return place
}

// forwardedHeader is what an AD FS proxy adds to a request; the sign-in's own
// address is then the proxy's.
// Source: learn.microsoft.com/windows-server/identity/ad-fs/operations/ad-fs-claims-types, read 2026-11-22.
const forwardedHeader = "X-MS-Forwarded-Client-IP"

// forwarded reports whether a sign-in came through AD FS proxies: its record
// names the header, or has the header's list, client and proxies separated by
// commas, in the place of an address.
func forwarded(e *nightjar.Event) bool {
	if bytes.Contains(e.Raw, []byte(forwardedHeader)) {
		return true
	}
	if e.ClientIP.IsValid() {
		return false
	}
	for _, member := range []string{`"ClientIP":"`, `"ActorIpAddress":"`} {
		_, rest, found := bytes.Cut(e.Raw, []byte(member))
		if !found {
			continue
		}
		value, _, _ := bytes.Cut(rest, []byte{'"'})
		first, others, list := strings.Cut(string(value), ",")
		if !list || strings.TrimSpace(others) == "" {
			continue
		}
		if _, err := netip.ParseAddr(strings.TrimSpace(first)); err == nil {
			return true
		}
	}
	return false
}
