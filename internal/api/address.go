package api

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"github.com/nightjar-sec/nightjar/internal/access"
)

// addressOf is where a request comes from: the peer, or what trusted proxies
// say of it. Each proxy appends the address that it saw, so the list is read
// from its end as long as those who wrote it are trusted.
func (s *Server) addressOf(r *http.Request) netip.Addr {
	peer := parseAddress(r.RemoteAddr)
	if !s.trusts(peer) {
		return peer
	}
	var hops []string
	for _, h := range r.Header.Values("X-Forwarded-For") {
		hops = append(hops, strings.Split(h, ",")...)
	}
	for _, hop := range slices.Backward(hops) {
		a := parseAddress(strings.TrimSpace(hop))
		if !a.IsValid() {
			return peer
		}
		if peer = a; !s.trusts(a) {
			return a
		}
	}
	return peer
}

// place is what the limits count as one address.
func (c *call) place() string { return access.Network(c.from) }

func (s *Server) trusts(a netip.Addr) bool {
	return a.IsValid() && slices.ContainsFunc(s.cfg.TrustedProxies, func(p netip.Prefix) bool { return p.Contains(a) })
}

// parseAddress reads an address with or without a port.
func parseAddress(s string) netip.Addr {
	if host, _, err := net.SplitHostPort(s); err == nil {
		s = host
	}
	a, err := netip.ParseAddr(strings.Trim(s, "[]"))
	if err != nil {
		return netip.Addr{}
	}
	return a.Unmap().WithZone("")
}

// PlainHost is true for a Host that no name server can lead elsewhere.
func PlainHost(host string) bool {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	host = strings.TrimSuffix(strings.ToLower(strings.Trim(host, "[]")), ".")
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	_, err := netip.ParseAddr(host)
	return err == nil
}
