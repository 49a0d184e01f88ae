package notify

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"syscall"
	"time"
)

// Guard opens connections to the outside: to addresses of the internet, and to
// those of other networks only where the configuration names them. It looks at
// the address that is dialled, after the name was resolved, so that a name
// which changes its address between two looks gains nothing.
type Guard struct {
	allow   []netip.Prefix
	proxy   func(*url.URL) (*url.URL, error) // nil: there is none
	resolve func(ctx context.Context, host string) ([]netip.Addr, error)
	dial    func(ctx context.Context, network, address string) (net.Conn, error)
	named   func(ctx context.Context, network, address string) (net.Conn, error)
	toProxy func(ctx context.Context, network, address string) (net.Conn, error)
}

// GuardConfig is what a Guard needs.
type GuardConfig struct {
	// Allow are networks that may be reached although they are not of the internet.
	Allow []netip.Prefix
	// Proxy says through which proxy a URL is reached; nil, and a nil URL: through none.
	Proxy func(*url.URL) (*url.URL, error)
	// Resolve looks names up in place of the system; for tests. Nil asks the system.
	Resolve func(ctx context.Context, host string) ([]netip.Addr, error)
	// Dial opens connections in place of the network; for tests. Nil dials.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// dialTimeout bounds the making of one connection.
const dialTimeout = 10 * time.Second

var errForbidden = errors.New("the address is not allowed")

// NewGuard returns a guard.
func NewGuard(cfg GuardConfig) *Guard {
	g := &Guard{allow: slices.Clone(cfg.Allow), proxy: cfg.Proxy, resolve: cfg.Resolve, dial: cfg.Dial, named: cfg.Dial, toProxy: cfg.Dial}
	if g.resolve == nil {
		g.resolve = func(ctx context.Context, host string) ([]netip.Addr, error) {
			return net.DefaultResolver.LookupNetIP(ctx, "ip", host)
		}
	}
	if g.dial == nil {
		// The proxy is the configuration's, wherever it is.
		g.toProxy = (&net.Dialer{Timeout: dialTimeout}).DialContext
		g.dial = (&net.Dialer{Timeout: dialTimeout, ControlContext: control(g.Check)}).DialContext
		g.named = (&net.Dialer{Timeout: dialTimeout, ControlContext: control(g.checkNamed)}).DialContext
	}
	return g
}

// Dial opens a connection if its address is allowed.
func (g *Guard) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	return g.dial(ctx, network, address)
}

// DialNamed opens a connection to the networks that the configuration names
// alone: for what travels in the clear.
func (g *Guard) DialNamed(ctx context.Context, network, address string) (net.Conn, error) {
	return g.named(ctx, network, address)
}

// DialTLS opens a connection and agrees on TLS with the named host.
func (g *Guard) DialTLS(ctx context.Context, address, host string, roots *x509.CertPool) (net.Conn, error) {
	plain, err := g.Dial(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	conn := tls.Client(plain, TLS(host, roots))
	bound, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	if err := conn.HandshakeContext(bound); err != nil {
		return nil, errors.Join(err, plain.Close())
	}
	return conn, nil
}

// TLS is how connections are secured.
func TLS(host string, roots *x509.CertPool) *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, ServerName: host, RootCAs: roots}
}

// control looks at each address that is dialled, before the first packet.
func control(check func(netip.Addr) error) func(ctx context.Context, network, address string, c syscall.RawConn) error {
	return func(_ context.Context, network, address string, _ syscall.RawConn) error {
		if network != "tcp4" && network != "tcp6" {
			return fmt.Errorf("%w: %s", errForbidden, network)
		}
		at, err := netip.ParseAddrPort(address)
		if err != nil {
			return fmt.Errorf("%w: %s", errForbidden, address)
		}
		return check(at.Addr())
	}
}

func (g *Guard) checkNamed(a netip.Addr) error {
	a = inner(a.WithZone("").Unmap())
	if slices.ContainsFunc(g.allow, func(p netip.Prefix) bool { return p.Contains(a) }) {
		return nil
	}
	return fmt.Errorf("%w: %s", errForbidden, a)
}

// Check says whether an address may be reached.
func (g *Guard) Check(a netip.Addr) error {
	if g.checkNamed(a) == nil {
		return nil
	}
	return ofInternet(a)
}

// ofInternet refuses addresses that are not of the internet.
func ofInternet(a netip.Addr) error {
	// ::ffff:127.0.0.1 and the addresses of translators are IPv4 in disguise.
	a = inner(a.WithZone("").Unmap())
	if !a.IsValid() || a.IsUnspecified() || a.IsLoopback() || a.IsPrivate() || a.IsLinkLocalUnicast() || a.IsMulticast() || a.IsInterfaceLocalMulticast() {
		return fmt.Errorf("%w: %s", errForbidden, a)
	}
	for _, p := range reserved() {
		if p.Contains(a) {
			return fmt.Errorf("%w: %s", errForbidden, a)
		}
	}
	return nil
}

// inner returns the IPv4 address that an address of NAT64 or 6to4 leads to.
func inner(a netip.Addr) netip.Addr {
	if !a.Is6() {
		return a
	}
	b := a.As16()
	switch {
	case netip.MustParsePrefix("64:ff9b::/96").Contains(a):
		return netip.AddrFrom4([4]byte(b[12:16]))
	case netip.MustParsePrefix("2002::/16").Contains(a):
		return netip.AddrFrom4([4]byte(b[2:6]))
	}
	return a
}

// reserved are networks that are not of the internet beside those that
// package netip knows: https://www.iana.org/assignments/iana-ipv4-special-registry
// and -ipv6- (read 2026-11-22), and the address at which Azure answers its own
// machines (https://learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16,
// read 2026-11-22).
func reserved() []netip.Prefix {
	var out []netip.Prefix
	for _, s := range []string{
		"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4",
		"168.63.129.16/32",
		"::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "3fff::/20", "5f00::/16", "fec0::/10",
	} {
		out = append(out, netip.MustParsePrefix(s))
	}
	return out
}

// plain says in a few words why a connection was not made, without the
// address, which may hold a secret.
func plain(err error) string {
	var name *net.DNSError
	var unknown x509.UnknownAuthorityError
	var host x509.HostnameError
	var invalid x509.CertificateInvalidError
	switch {
	case errors.As(err, &name):
		return "its name cannot be resolved"
	case errors.As(err, &unknown):
		return "its certificate is of an authority that is not trusted"
	case errors.As(err, &host):
		return "its certificate is for another name"
	case errors.As(err, &invalid):
		return "its certificate is not valid"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "the connection was refused"
	default:
		return ""
	}
}

// neverThere reports whether no connection came about.
func neverThere(err error) bool {
	var op *net.OpError
	return plain(err) != "" || errors.As(err, &op) && op.Op == "dial"
}
