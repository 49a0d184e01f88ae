package notify

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"golang.org/x/net/idna"
)

// lookTimeout bounds the look at a name that the proxy is to resolve: where
// names of the internet cannot be resolved, nobody should wait for it.
const lookTimeout = 2 * time.Second

// through says whether a host is reached through the proxy, and refuses hosts
// that the proxy must not be asked for. The proxy resolves names itself, and
// has the last word: what is looked at here is what can be seen from here.
func (g *Guard) through(ctx context.Context, host string) (bool, error) {
	// As net/http will write it: other scripts have digits and dots too.
	name, err := idna.Lookup.ToASCII(host)
	if err != nil {
		name = host
	}
	name = strings.ToLower(strings.TrimRight(name, "."))
	if a, err := netip.ParseAddr(name); err == nil {
		return g.judge([]netip.Addr{a})
	}
	// 2130706433, 127.1 and 0x7f.1 are addresses to some, and names to nobody.
	if numeric(name) {
		return false, fmt.Errorf("%w: %s", errForbidden, name)
	}
	bound, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	addresses, err := g.resolve(bound, name)
	switch {
	case ctx.Err() != nil:
		return false, context.Cause(ctx)
	case err == nil && len(addresses) > 0:
		return g.judge(addresses)
	case private(name):
		return false, fmt.Errorf("%w: %s", errForbidden, name)
	}
	return true, nil
}

// judge refuses a host when one of its addresses is not allowed: the proxy may
// choose any. One that lies in networks which the configuration names is
// reached without the proxy.
func (g *Guard) judge(addresses []netip.Addr) (through bool, err error) {
	for _, a := range addresses {
		if err := g.Check(a); err != nil {
			return false, err
		}
		if ofInternet(a) == nil {
			through = true
		}
	}
	return through, nil
}

// numeric reports whether a host ends as addresses do
// (https://url.spec.whatwg.org/#ends-in-a-number-checker, read 2026-11-23).
func numeric(name string) bool {
	last := name[strings.LastIndexByte(name, '.')+1:]
	digits := strings.Trim(last, "0123456789") == ""
	return digits || strings.HasPrefix(last, "0x") && strings.Trim(last[2:], "0123456789abcdef") == ""
}

// private reports whether a name is never of the internet: RFC 6761, 6762 and
// 8375, and .internal, which ICANN keeps for private use (read 2026-11-23).
func private(name string) bool {
	if !strings.Contains(name, ".") {
		return true
	}
	for _, of := range []string{".localhost", ".local", ".internal", ".home.arpa"} {
		if strings.HasSuffix(name, of) {
			return true
		}
	}
	return false
}
