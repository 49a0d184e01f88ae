package normalise_test

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/nightjar-sec/nightjar/internal/normalise"
)

func TestParseAddress(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		in   string
		addr string
		port uint16
		host string
	}{
		{in: "192.0.2.7", addr: "192.0.2.7"},
		{in: "192.0.2.7:555", addr: "192.0.2.7", port: 555},
		{in: "[192.0.2.7]:555", addr: "192.0.2.7", port: 555},
		{in: "[192.0.2.7]", addr: "192.0.2.7"},
		{in: "::ffff:192.0.2.7", addr: "192.0.2.7"},
		{in: "[::ffff:192.0.2.7]:555", addr: "192.0.2.7", port: 555},
		{in: "2001:db8::1", addr: "2001:db8::1"},
		{in: "2001:0DB8:0:0:0:0:0:1", addr: "2001:db8::1"},
		{in: "[2001:db8::1]", addr: "2001:db8::1"},
		{in: "[2001:db8::1]:555", addr: "2001:db8::1", port: 555},
		{in: "fe80::1%eth0", addr: "fe80::1"},
		{in: "::1", addr: "::1"},
		{in: " 192.0.2.7 ", addr: "192.0.2.7"},
		{in: "192.0.2.7:0", addr: "192.0.2.7"},
		{in: "192.0.2.7:65535", addr: "192.0.2.7", port: 65535},
		{in: "localhost", host: "localhost"},
		{in: "cool.client.local", host: "cool.client.local"},
		{in: "cool.client.local:555", host: "cool.client.local", port: 555},
		{in: "[cool.client.local]:555", host: "cool.client.local", port: 555},
		{in: "MAIL-01_A (192.0.2.7)", addr: "192.0.2.7", host: "MAIL-01_A"},
		{in: "[MAIL01 (192.0.2.7)]", addr: "192.0.2.7", host: "MAIL01"},
		{in: "[MAIL01 (192.0.2.7)]:555", addr: "192.0.2.7", host: "MAIL01", port: 555},
		{in: "MAIL01 (2001:db8::1)", addr: "2001:db8::1", host: "MAIL01"},
	} {
		a := normalise.ParseAddress(c.in)
		var addr netip.Addr
		if c.addr != "" {
			addr = netip.MustParseAddr(c.addr)
		}
		if want := (normalise.Address{Raw: c.in, Addr: addr, Port: c.port, Host: c.host, OK: true}); a != want {
			t.Errorf("ParseAddress(%q) = %+v, want %+v", c.in, a, want)
		}
	}
}

func TestParseAddressLeavesTheAmbiguousAlone(t *testing.T) {
	t.Parallel()
	for _, in := range []string{
		"", " ", ":", "[]", "[", "]", "()", "[]:555", ":555",
		"192.0.2.256", "10.9000.0.1", "192.0.2", "192.0.2.7.1",
		"192.0.2.007", "010.0.0.1",
		"192.0.2.7, 198.51.100.1", "192.0.2.7,198.51.100.1", "192.0.2.7;198.51.100.1",
		"2001:db8:0:0:0:0:0:1:555",
		"192.0.2.7:65536", "192.0.2.7:", "192.0.2.7:-1", "192.0.2.7:+1", "192.0.2.7:x", "[192.0.2.7]555",
		"[192.0.2.7", "192.0.2.7]", "[[192.0.2.7]]",
		"MAIL01 (10.900.0.1)", "NOTANIPV4 (10.9000.0.1)", "[MAIL01 (10.900.0.1)]", "(192.0.2.7)", "MAIL01 (192.0.2.7",
		"two words", "a/b", strings.Repeat("a", 300),
	} {
		if a := normalise.ParseAddress(in); a != (normalise.Address{Raw: in}) {
			t.Errorf("ParseAddress(%q) = %+v, want nothing but Raw", in, a)
		}
	}
}

func FuzzParseAddress(f *testing.F) {
	for _, s := range []string{
		"192.0.2.7", "[192.0.2.7]:555", "::ffff:192.0.2.7", "[2001:db8::1]:555", "localhost:1", "[MAIL01 (192.0.2.7)]", "fe80::1%e", "[]", "(", "a)",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		a := normalise.ParseAddress(s)
		if a.Raw != s {
			t.Errorf("Raw is %q, want %q", a.Raw, s)
		}
		if a.OK != (a.Addr.IsValid() || a.Host != "") {
			t.Errorf("OK is %v of %+v", a.OK, a)
		}
		if a.Addr.Is4In6() || a.Addr.Zone() != "" {
			t.Errorf("%v is mapped or has a zone", a.Addr)
		}
		if !a.Addr.IsValid() {
			return
		}
		// What was understood is understood the same when written in full.
		full := netip.AddrPortFrom(a.Addr, a.Port).String()
		if b := normalise.ParseAddress(full); b.Addr != a.Addr || b.Port != a.Port {
			t.Errorf("%q is %v port %d, %q is %v port %d", s, a.Addr, a.Port, full, b.Addr, b.Port)
		}
	})
}
