package geo

// Kind is what kind of network an address is in, as far as that matters to
// whoever asks where a person is. The set is closed; it is the column network.
type Kind string

// The kinds.
const (
	KindUser             Kind = "user"              // nothing speaks against a person being there
	KindMicrosoftService Kind = "microsoft_service" // a service of Microsoft acted; where the person is, is not known
	KindAzureTenant      Kind = "azure_tenant"      // Microsoft's network, where anybody can rent a machine
	KindHosting          Kind = "hosting"           // a data centre
	KindProxySSE         Kind = "proxy_sse"         // a security service that people's traffic leaves from
	KindVPN              Kind = "vpn"
	KindTor              Kind = "tor"
	KindRelay            Kind = "relay"      // a privacy relay, such as Apple's
	KindSatellite        Kind = "satellite"  // the place is that of the ground station
	KindADFSProxy        Kind = "adfs_proxy" // the address is that of the organization's own sign-in proxy
	KindPrivate          Kind = "private"    // an address that exists in many networks
	KindInvalid          Kind = "invalid"    // not an address that a machine can have
)

// Kinds returns all kinds in the order of the manual.
func Kinds() []Kind {
	return []Kind{
		KindUser, KindMicrosoftService, KindAzureTenant, KindHosting, KindProxySSE, KindVPN, KindTor,
		KindRelay, KindSatellite, KindADFSProxy, KindPrivate, KindInvalid,
	}
}

// Hides reports whether people use such networks so that their own address is
// not seen, or have it hidden by their employer: the place is not theirs.
func (k Kind) Hides() bool {
	switch k {
	case KindTor, KindVPN, KindRelay, KindProxySSE:
		return true
	default:
		return false
	}
}

// Placeless reports whether such an address says nothing of where a person is.
func (k Kind) Placeless() bool {
	switch k {
	case KindMicrosoftService, KindADFSProxy, KindPrivate, KindInvalid:
		return true
	default:
		return false
	}
}

// Confidence is how well a kind is founded.
type Confidence string

// The degrees.
const (
	ConfidenceCertain  Confidence = "certain"  // by the address itself, or by somebody who owns it
	ConfidenceListed   Confidence = "listed"   // a list or data file names the address
	ConfidenceInferred Confidence = "inferred" // concluded from whose network it is, or from nothing to the contrary
)
