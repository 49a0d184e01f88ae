package sim

import (
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"
	"sync"
)

// OperatorApp is a multi-tenant application that belongs to whoever runs the
// client. Administrators of tenants grant it permissions in their browser.
type OperatorApp struct {
	ClientID     string         // GUID; empty means one made of the seed
	Name         string         // as the consent page shows it; empty means Nightjar
	Secrets      []ClientSecret // none, and no certificate: one secret is made of the seed
	Certificates [][]byte       // PEM
	// RedirectURIs are where browsers may be sent back to. None means
	// /consent/callback and /sso/contoso/callback on this machine. The port of a loopback address is not
	// compared, as Microsoft does it for localhost.
	// Source: learn.microsoft.com/entra/identity-platform/reply-url, read 2026-11-22.
	RedirectURIs []string
	// Roles are the application permissions that its registration asks for;
	// nil means ActivityFeed.Read and ActivityFeed.ReadDlp.
	Roles []string
}

func (o OperatorApp) withDefaults(seed uint64) OperatorApp {
	if o.ClientID == "" {
		o.ClientID = guidOf(seed, "operator client")
	}
	o.ClientID = strings.ToLower(o.ClientID)
	if o.Name == "" {
		o.Name = "Nightjar"
	}
	if len(o.Secrets)+len(o.Certificates) == 0 {
		o.Secrets = []ClientSecret{{ID: guidOf(seed, "operator secret id"), Value: "sim~" + guidOf(seed, "operator secret")}}
	}
	if len(o.RedirectURIs) == 0 {
		o.RedirectURIs = []string{
			"http://localhost/consent/callback", "http://127.0.0.1/consent/callback",
			"http://localhost/sso/contoso/callback", "http://127.0.0.1/sso/contoso/callback",
		}
	}
	if o.Roles == nil {
		o.Roles = []string{roleRead, roleReadDLP}
	}
	return o
}

// returnsTo says whether a browser may be sent back to an address.
func (o OperatorApp) returnsTo(address string) bool {
	asked, err := url.Parse(address)
	if err != nil || asked.Fragment != "" {
		return false
	}
	return slices.ContainsFunc(o.RedirectURIs, func(registered string) bool {
		r, err := url.Parse(registered)
		if err != nil {
			return false
		}
		if ip := net.ParseIP(r.Hostname()); r.Hostname() == "localhost" || ip != nil && ip.IsLoopback() {
			return asked.Scheme == r.Scheme && asked.Hostname() == r.Hostname() && asked.Path == r.Path && asked.RawQuery == r.RawQuery
		}
		return registered == address
	})
}

// application is a registered application at work.
type application struct {
	ClientID     string
	Name         string
	secrets      []ClientSecret
	certificates []certificate
	federations  []federation

	mu      sync.Mutex
	serials map[string]bool
}

func newApplication(clientID, name string, secrets []ClientSecret, certificates [][]byte) (*application, error) {
	a := &application{ClientID: clientID, Name: name, secrets: secrets, serials: map[string]bool{}}
	for _, p := range certificates {
		c, err := parseCertificate(p)
		if err != nil {
			return nil, fmt.Errorf("application %s: %w", clientID, err)
		}
		a.certificates = append(a.certificates, c)
	}
	return a, nil
}

// firstUse remembers the serial of an assertion and says whether it is new.
func (a *application) firstUse(serial string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.serials[serial] {
		return false
	}
	a.serials[serial] = true
	return true
}
