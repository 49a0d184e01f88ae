package config

import (
	"net/netip"
	"net/url"
	"strings"
)

// Console is how people reach the console.
type Console struct {
	PublicURL      string // scheme and host that people type; "" means the listen address
	TrustedProxies string // networks, separated by commas
	CertFile       string
	KeyFile        string
	FourEyes       bool // what matters most waits for a second person
}

// Proxies returns the networks whose X-Forwarded-For is believed.
func (c Console) Proxies() ([]netip.Prefix, error) {
	return networks("trusted_proxies", c.TrustedProxies)
}

// HTTPS reports whether people come by https, to this process or to a proxy
// before it.
func (c Console) HTTPS() bool {
	return c.CertFile != "" || strings.HasPrefix(c.PublicURL, "https://")
}

func consoleOptions() []Option {
	return []Option{
		{
			Key:  "public_url",
			Doc:  "Address that people type to reach the console, when a proxy stands before it, e.g. https://nightjar.example.com. Empty means the listen address. Passkeys belong to the name in it: with another name they have to be made anew. Beyond loopback the console is served only when this begins with https:// or tls.cert_file is set.",
			bind: func(c *Config) any { return &c.Console.PublicURL },
			check: func(c *Config) error {
				if c.Console.PublicURL == "" {
					return nil
				}
				u, err := url.Parse(c.Console.PublicURL)
				if err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Host == "" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
					return invalid("public_url "+quote(c.Console.PublicURL)+" is not a scheme and a host", "e.g. public_url: https://nightjar.example.com")
				}
				return nil
			},
		},
		{
			Key:  "trusted_proxies",
			Doc:  "Networks or addresses of the proxies before Nightjar, separated by commas. Only their X-Forwarded-For is believed when sign-ins are limited by address and put on record.",
			bind: func(c *Config) any { return &c.Console.TrustedProxies },
			check: func(c *Config) error {
				_, err := c.Console.Proxies()
				return err
			},
		},
		{
			Key: "tls.cert_file", Path: true,
			Doc:  "Certificate chain (PEM) with which Nightjar serves https on the listen address itself. It is read again when it changes.",
			bind: func(c *Config) any { return &c.Console.CertFile },
			check: func(c *Config) error {
				if (c.Console.CertFile == "") != (c.Console.KeyFile == "") {
					return invalid("tls.cert_file and tls.key_file belong together, and one is missing", "set both, or neither")
				}
				return nil
			},
		},
		{
			Key: "tls.key_file", Path: true,
			Doc:  "Private key (PEM) of tls.cert_file.",
			bind: func(c *Config) any { return &c.Console.KeyFile },
		},
		{
			Key: "four_eyes", Default: "false",
			Doc:  "Lets a second administrator approve what matters most in the console and its interface: disconnecting a tenant, replacing its credential, making or changing administrators, and removing, disabling or resetting people. Set it to true wherever there are two administrators; the command line on this machine is not bound by it.",
			bind: func(c *Config) any { return &c.Console.FourEyes },
		},
	}
}
