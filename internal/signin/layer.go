package signin

import (
	"fmt"
	"slices"
	"strings"

	"github.com/nightjar-sec/nightjar"
)

// Layer is what kind of sign-in stands at a place.
type Layer string

// The layers. A sign-in is in the first of service, anonymiser, failed and
// user that fits it.
const (
	LayerUser       Layer = "user"       // it worked
	LayerFailed     Layer = "failed"     // it did not
	LayerService    Layer = "service"    // a service of Microsoft acted: the place is the service's
	LayerAnonymiser Layer = "anonymiser" // through Tor, a VPN, a relay or a security service: the place is where that ends
)

// Layers returns all layers in the order of the manual.
func Layers() []Layer { return []Layer{LayerUser, LayerFailed, LayerService, LayerAnonymiser} }

// ParseLayer reads the name of a layer.
func ParseLayer(s string) (Layer, error) {
	if slices.Contains(Layers(), Layer(s)) {
		return Layer(s), nil
	}
	var names []string
	for _, l := range Layers() {
		names = append(names, string(l))
	}
	return "", &nightjar.Error{
		Code: nightjar.CodeInvalid, Message: fmt.Sprintf("there is no layer %q", s), Hint: "the layers are " + strings.Join(names, ", "),
	}
}

// Reason is why a sign-in cannot be placed truly.
type Reason string

// The reasons.
const (
	ReasonNoAddress        Reason = "no_address"
	ReasonPrivate          Reason = "private"
	ReasonMicrosoftService Reason = "microsoft_service"
	ReasonADFSProxy        Reason = "adfs_proxy"
	ReasonUnknown          Reason = "unknown"
)

// Reasons returns all reasons in the order of the manual.
func Reasons() []Reason {
	return []Reason{ReasonMicrosoftService, ReasonADFSProxy, ReasonPrivate, ReasonNoAddress, ReasonUnknown}
}

// Text is the reason as a sentence for people.
func (r Reason) Text() string {
	switch r {
	case ReasonNoAddress:
		return "The record has no address that can be read."
	case ReasonPrivate:
		return "The address is of a private or reserved network, which exists in many places."
	case ReasonMicrosoftService:
		return "A service of Microsoft acted for the person: the address is the service's."
	case ReasonADFSProxy:
		return "The sign-in came through an AD FS proxy: the address is the proxy's."
	default:
		return "No data say where the address is."
	}
}
