package correlate

import "strings"

// bearing is what an address says of where somebody is, by its kind of network.
type bearing int

const (
	here   bearing = iota // where the address is
	hidden                // that he came through something; a sentence names it
	absent                // nothing: it is not his address
)

// bearingOf reads the kinds of internal/geo, which this package does not
// import: rules are evaluated over what stands in the event.
//
// Through vpn, tor, relay and proxy_sse people come from elsewhere; in hosting
// and azure_tenant are machines that anybody rents, and those of VPNs that no
// list names; a satellite's place is that of its ground station.
func bearingOf(network string) bearing {
	switch strings.ToLower(network) {
	case "microsoft_service", "adfs_proxy", "private", "invalid":
		return absent
	case "vpn", "tor", "hosting", "relay", "proxy_sse", "satellite", "azure_tenant":
		return hidden
	default: // user, and what nobody knows
		return here
	}
}

// relayed reports whether addresses change there by themselves, and say nothing
// of who comes from them.
func relayed(network string) bool {
	n := strings.ToLower(network)
	return n == "relay" || n == "proxy_sse"
}
