package normalise

import (
	"net/netip"
	"strconv"
	"strings"
)

// Address is a client address as a record states it. Microsoft writes
// addresses in many shapes; docs/tables.md lists those that are understood.
type Address struct {
	Raw  string     // as it was given
	Addr netip.Addr // unmapped and without a zone; invalid when only a name is given
	Port uint16     // 0 when none is given
	Host string     // the name, when one is given
	OK   bool       // the shape was understood: Addr or Host is set
}

// ParseAddress understands an address, a host name, either in brackets, either
// with a port, and "HOST (address)". What it does not understand has OK false;
// on purpose these are among it: octets with leading zeros (their base is
// ambiguous), lists, and an IPv6 address with a port but no brackets.
func ParseAddress(s string) Address {
	a := Address{Raw: s}
	host, port, ok := splitPort(strings.TrimSpace(s))
	if !ok {
		return a
	}
	addr, name, ok := parseHost(host)
	if !ok {
		return a
	}
	a.Addr, a.Host, a.Port, a.OK = addr, name, port, true
	return a
}

// splitPort takes the port and the brackets off.
func splitPort(s string) (host string, port uint16, ok bool) {
	if s == "" {
		return "", 0, false
	}
	var rest string
	if s[0] == '[' {
		end := strings.LastIndexByte(s, ']')
		if end < 0 {
			return "", 0, false
		}
		host, rest = s[1:end], s[end+1:]
	} else if i := strings.IndexByte(s, ':'); i >= 0 && i == strings.LastIndexByte(s, ':') {
		host, rest = s[:i], s[i:]
	} else {
		return s, 0, true // no colon, or the colons of an IPv6 address
	}
	if rest == "" {
		return host, 0, true
	}
	digits, found := strings.CutPrefix(rest, ":")
	n, err := strconv.ParseUint(digits, 10, 16)
	if !found || err != nil {
		return "", 0, false
	}
	return host, uint16(n), true
}

// parseHost reads an address, a name, or a name with its address in parentheses.
func parseHost(s string) (addr netip.Addr, name string, ok bool) {
	if inner, found := strings.CutSuffix(s, ")"); found {
		name, inner, found = strings.Cut(inner, "(")
		name = strings.TrimSpace(name)
		addr, ok = parseAddr(strings.TrimSpace(inner))
		if !found || !ok || !isName(name) {
			return netip.Addr{}, "", false
		}
		return addr, name, true
	}
	if addr, ok = parseAddr(s); ok {
		return addr, "", true
	}
	if isName(s) {
		return netip.Addr{}, s, true
	}
	return netip.Addr{}, "", false
}

func parseAddr(s string) (netip.Addr, bool) {
	addr, err := netip.ParseAddr(s)
	if err != nil {
		return netip.Addr{}, false
	}
	return addr.Unmap().WithZone(""), true
}

// isName tells a host name from a broken address: its last label has a letter.
func isName(s string) bool {
	last := s[strings.LastIndexByte(s, '.')+1:]
	if len(s) > 253 || strings.Trim(last, "0123456789-_") == "" {
		return false
	}
	for i := range len(s) {
		switch c := s[i]; {
		case isDigit(c), c|0x20 >= 'a' && c|0x20 <= 'z', c == '-', c == '_', c == '.':
		default:
			return false
		}
	}
	return true
}
