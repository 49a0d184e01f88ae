package sigma

import (
	"math"
	"net/netip"
	"strconv"
	"strings"
)

// parseAddress reads an address as audit logs write it: plain, in brackets,
// either with a port. IPv4 in IPv6 counts as IPv4.
func parseAddress(s string) (netip.Addr, bool) {
	s = strings.TrimSpace(s)
	if rest, ok := strings.CutPrefix(s, "["); ok {
		inside, after, ok := strings.Cut(rest, "]")
		if !ok || after != "" && !isPort(after) {
			return netip.Addr{}, false
		}
		s = inside
	} else if i := strings.IndexByte(s, ':'); i >= 0 && i == strings.LastIndexByte(s, ':') {
		if !isPort(s[i:]) {
			return netip.Addr{}, false
		}
		s = s[:i]
	}
	// ParseAddr makes an error, which costs memory, for all that is none.
	if !strings.ContainsAny(s, ".:") || len(s) > 64 {
		return netip.Addr{}, false
	}
	a, err := netip.ParseAddr(s)
	return a.Unmap().WithZone(""), err == nil
}

func isPort(s string) bool {
	if len(s) < 2 || len(s) > 6 || s[0] != ':' {
		return false
	}
	for _, c := range []byte(s[1:]) {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

// parseNumber reads a decimal number, as JSON or as text writes it.
func parseNumber(s string) (float64, bool) {
	if s == "" || len(s) > 64 || strings.Trim(s, "0123456789+-.eE") != "" {
		return 0, false
	}
	n, err := strconv.ParseFloat(s, 64)
	return n, err == nil
}

// CanonicalNumber writes a number so that equal numbers are equal texts: 1,
// 1.0 and 1e0 are all "1". False means that it is no number, or none that a
// float64 holds.
func CanonicalNumber(s string) (string, bool) {
	n, ok := parseNumber(s)
	if !ok {
		return "", false
	}
	if strings.Trim(strings.TrimPrefix(s, "-"), "0123456789") == "" {
		return s, true // an integer stays as it is, however large
	}
	return formatNumber(n), true
}

func formatNumber(n float64) string {
	if n == math.Trunc(n) && math.Abs(n) < 1<<53 {
		return strconv.FormatInt(int64(n), 10)
	}
	return strconv.FormatFloat(n, 'g', -1, 64)
}
