package access

import (
	"net"
	"net/netip"
	"net/url"
	"strings"
)

// SiteTrouble says why passkeys cannot be used at an address.
type SiteTrouble string

// The troubles of sites. Browsers refuse both
// (https://www.w3.org/TR/webauthn-3/#rp-id, read 2026-11-22).
const (
	// SiteAddress is a site without a name: passkeys are bound to names.
	SiteAddress SiteTrouble = "address"
	// SiteInsecure is a site by plain HTTP that is not this machine.
	SiteInsecure SiteTrouble = "insecure"
)

// Site is where people use passkeys. A browser binds each passkey to the name
// of the site, and says from which origin an answer comes.
type Site struct {
	Origin  string      // scheme, host and port, as the browser shows it
	Name    string      // of the host; "" with a trouble
	Trouble SiteTrouble // "" when passkeys can be used
}

// SiteAt returns the site of an origin, which must come from the
// configuration or the listener, never from what a request says of itself.
func SiteAt(origin string) Site {
	s := Site{Origin: strings.TrimSuffix(origin, "/")}
	u, err := url.Parse(s.Origin)
	if err != nil || u.Hostname() == "" {
		s.Trouble = SiteAddress
		return s
	}
	// Browsers write a host in small letters, and leave out the usual port.
	host := strings.ToLower(u.Hostname())
	s.Origin = u.Scheme + "://" + host
	if strings.Contains(host, ":") {
		s.Origin = u.Scheme + "://[" + host + "]"
	}
	if port := u.Port(); port != "" && (u.Scheme != "https" || port != "443") && (u.Scheme != "http" || port != "80") {
		s.Origin = u.Scheme + "://" + net.JoinHostPort(host, port)
	}
	_, err = netip.ParseAddr(host)
	switch local := host == "localhost" || strings.HasSuffix(host, ".localhost"); {
	case err == nil:
		s.Trouble = SiteAddress
	case u.Scheme != "https" && !local:
		s.Trouble = SiteInsecure
	default:
		s.Name = host
	}
	return s
}
