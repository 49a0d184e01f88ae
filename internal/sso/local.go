package sso

import (
	"net/url"
	"strings"
)

// maxReturn is longer than any address of the console.
const maxReturn = 2048

// Local reports whether an address is a path of the console, so that nobody is
// led elsewhere. Browsers take // and /\ for the beginning of a host, and drop
// tabs and line ends wherever they stand.
func Local(address string) bool {
	if len(address) > maxReturn || !strings.HasPrefix(address, "/") || strings.HasPrefix(address, "//") {
		return false
	}
	for _, r := range address {
		if r <= ' ' || r == 0x7f || r == '\\' {
			return false
		}
	}
	u, err := url.Parse(address)
	return err == nil && u.Scheme == "" && u.Host == "" && u.User == nil && strings.HasPrefix(u.Path, "/") && !strings.HasPrefix(u.Path, "//")
}
