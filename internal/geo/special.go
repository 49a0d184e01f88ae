package geo

import "net/netip"

// specialRange is a range that no public database may place.
type specialRange struct {
	prefix netip.Prefix
	kind   Kind
	reason string
}

// specialRanges are of the IANA special-purpose registries, read 2026-11-22:
// https://www.iana.org/assignments/iana-ipv4-special-registry and
// https://www.iana.org/assignments/iana-ipv6-special-registry.
var specialRanges = []specialRange{
	{netip.MustParsePrefix("0.0.0.0/8"), KindInvalid, "addresses beginning with 0 name no machine"},
	{netip.MustParsePrefix("10.0.0.0/8"), KindPrivate, "private network (RFC 1918)"},
	{netip.MustParsePrefix("100.64.0.0/10"), KindPrivate, "inside a provider's network (RFC 6598)"},
	{netip.MustParsePrefix("127.0.0.0/8"), KindPrivate, "the machine itself (loopback)"},
	{netip.MustParsePrefix("169.254.0.0/16"), KindPrivate, "the local link (RFC 3927)"},
	{netip.MustParsePrefix("172.16.0.0/12"), KindPrivate, "private network (RFC 1918)"},
	{netip.MustParsePrefix("192.0.0.0/24"), KindPrivate, "reserved for protocols (RFC 6890)"},
	{netip.MustParsePrefix("192.0.2.0/24"), KindPrivate, "reserved for documentation (RFC 5737)"},
	{netip.MustParsePrefix("192.168.0.0/16"), KindPrivate, "private network (RFC 1918)"},
	{netip.MustParsePrefix("198.18.0.0/15"), KindPrivate, "reserved for benchmarks (RFC 2544)"},
	{netip.MustParsePrefix("198.51.100.0/24"), KindPrivate, "reserved for documentation (RFC 5737)"},
	{netip.MustParsePrefix("203.0.113.0/24"), KindPrivate, "reserved for documentation (RFC 5737)"},
	{netip.MustParsePrefix("224.0.0.0/4"), KindInvalid, "a group of machines (multicast), not one"},
	{netip.MustParsePrefix("240.0.0.0/4"), KindInvalid, "reserved, and used by no machine (RFC 1112)"},
	{netip.MustParsePrefix("::/128"), KindInvalid, "the unspecified address names no machine"},
	{netip.MustParsePrefix("::1/128"), KindPrivate, "the machine itself (loopback)"},
	{netip.MustParsePrefix("64:ff9b:1::/48"), KindPrivate, "local translation of IPv4 (RFC 8215)"},
	{netip.MustParsePrefix("100::/64"), KindInvalid, "discards what is sent to it (RFC 6666)"},
	{netip.MustParsePrefix("2001:2::/48"), KindPrivate, "reserved for benchmarks (RFC 5180)"},
	{netip.MustParsePrefix("2001:db8::/32"), KindPrivate, "reserved for documentation (RFC 3849)"},
	{netip.MustParsePrefix("3fff::/20"), KindPrivate, "reserved for documentation (RFC 9637)"},
	{netip.MustParsePrefix("fc00::/7"), KindPrivate, "private network (RFC 4193)"},
	{netip.MustParsePrefix("fe80::/10"), KindPrivate, "the local link (RFC 4291)"},
	{netip.MustParsePrefix("ff00::/8"), KindInvalid, "a group of machines (multicast), not one"},
}

// special finds the range that an unmapped address is in.
func special(a netip.Addr) (specialRange, bool) {
	for _, r := range specialRanges {
		if r.prefix.Contains(a) {
			return r, true
		}
	}
	return specialRange{}, false
}
