package geo

import "fmt"

// operator is what is known of whoever runs an AS.
type operator struct {
	name string
	kind Kind
}

// operatorOf knows the networks in which an address rarely is a person's own:
// large hosters, security services that companies send their traffic through,
// and satellites. Names and numbers are those of the registries, as RouteViews
// and DB-IP's AS data have them (2026-06), read 2026-11-22. Akamai,
// Cloudflare and Fastly are left out on purpose: Apple's relay for private
// people leaves from them, and so do real people.
func operatorOf(asn uint32) (operator, bool) {
	switch asn {
	case 8068, 8069, 8075, 12076:
		return operator{"Microsoft", KindAzureTenant}, true
	case 14618, 16509:
		return operator{"Amazon", KindHosting}, true
	case 396982:
		return operator{"Google Cloud", KindHosting}, true
	case 14061:
		return operator{"DigitalOcean", KindHosting}, true
	case 16276:
		return operator{"OVH", KindHosting}, true
	case 24940:
		return operator{"Hetzner", KindHosting}, true
	case 63949:
		return operator{"Linode", KindHosting}, true
	case 20473:
		return operator{"Vultr", KindHosting}, true
	case 51167:
		return operator{"Contabo", KindHosting}, true
	case 31898:
		return operator{"Oracle Cloud", KindHosting}, true
	case 9009:
		return operator{"M247", KindHosting}, true
	case 22616, 53813, 62044:
		return operator{"Zscaler", KindProxySSE}, true
	case 55256:
		return operator{"Netskope", KindProxySSE}, true
	case 14593:
		return operator{"Starlink", KindSatellite}, true
	default:
		return operator{}, false
	}
}

// reason says why the operator's addresses are of that kind.
func (o operator) reason(asn uint32) string {
	switch o.kind {
	case KindAzureTenant:
		return fmt.Sprintf("in Microsoft's network (AS%d), where anybody can rent a machine", asn)
	case KindProxySSE:
		return fmt.Sprintf("leaves from %s (AS%d), a service that companies send their people's traffic through", o.name, asn)
	case KindSatellite:
		return fmt.Sprintf("%s (AS%d): the place is that of the ground station", o.name, asn)
	default:
		return fmt.Sprintf("in a data centre of %s (AS%d)", o.name, asn)
	}
}
