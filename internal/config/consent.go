package config

import (
	"net/url"
	"time"

	"github.com/nightjar-sec/nightjar"
)

// Consent is the operator's own multi-tenant application, to which
// administrators of tenants grant permissions in their browser.
type Consent struct {
	ClientID         string // "" means that there is none
	ClientSecretFile string
	CertificateFile  string
	PrivateKeyFile   string
	RedirectURL      string // "" means this server's /consent/callback as the browser reaches it
}

// Connect is how connections are looked after.
type Connect struct {
	ExpiryWarning time.Duration // how long before its end a credential is warned about
}

func consentOptions() []Option {
	return []Option{
		{
			Key:  "consent.client_id",
			Doc:  "Application (client) id of your own multi-tenant application. With it, administrators connect their tenants by clicking through Microsoft's consent; docs/connect.md says how to register it. Empty offers only applications of the tenants' own.",
			bind: func(c *Config) any { return &c.Consent.ClientID },
			check: func(c *Config) error {
				if c.Consent.ClientID == "" {
					return nil
				}
				if _, err := nightjar.ParseTenantID(c.Consent.ClientID); err != nil {
					return invalid("consent.client_id "+quote(c.Consent.ClientID)+" is not a GUID", "copy \"Application (client) ID\" from the application's Overview page in the Entra admin center")
				}
				return c.Consent.check()
			},
		},
		{
			Key: "consent.client_secret_file", Path: true,
			Doc:  "File holding that application's secret; mode 0600. One of its two credentials. It is read again whenever it changes.",
			bind: func(c *Config) any { return &c.Consent.ClientSecretFile },
		},
		{
			Key: "consent.certificate_file", Path: true,
			Doc:  "PEM certificate registered with that application; the better of its two credentials. Needs consent.private_key_file.",
			bind: func(c *Config) any { return &c.Consent.CertificateFile },
		},
		{
			Key: "consent.private_key_file", Path: true,
			Doc:  "PEM private key of consent.certificate_file; mode 0600.",
			bind: func(c *Config) any { return &c.Consent.PrivateKeyFile },
		},
		{
			Key:  "consent.redirect_url",
			Doc:  "Address under which browsers reach this server, ending in /consent/callback, as it is registered with that application. Empty takes the address in the browser, which works on loopback alone.",
			bind: func(c *Config) any { return &c.Consent.RedirectURL },
			check: func(c *Config) error {
				if c.Consent.RedirectURL == "" {
					return nil
				}
				u, err := url.Parse(c.Consent.RedirectURL)
				if err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") || u.RawQuery != "" || u.Fragment != "" {
					return invalid("consent.redirect_url "+quote(c.Consent.RedirectURL)+" is not an address that a browser can be sent back to", "e.g. consent.redirect_url: https://nightjar.example.com/consent/callback")
				}
				return nil
			},
		},
		{
			Key: "connect.expiry_warning", Default: "90d",
			Doc:  "How long before its end a secret or certificate is warned about.",
			bind: func(c *Config) any { return &c.Connect.ExpiryWarning },
			check: func(c *Config) error {
				return atLeastDuration("connect.expiry_warning", c.Connect.ExpiryWarning, 24*time.Hour)
			},
		},
	}
}

// check refuses an application without a credential, or with two.
func (c Consent) check() error {
	certificate := c.CertificateFile != "" || c.PrivateKeyFile != ""
	switch {
	case c.ClientSecretFile != "" && certificate:
		return invalid("consent has two credentials", "give consent.client_secret_file, or consent.certificate_file with consent.private_key_file")
	case c.ClientSecretFile == "" && !certificate:
		return invalid("consent.client_id is set and its credential is not", "give consent.client_secret_file, or consent.certificate_file with consent.private_key_file")
	case certificate && (c.CertificateFile == "" || c.PrivateKeyFile == ""):
		return invalid("consent has a certificate without its key, or a key without its certificate", "give both consent.certificate_file and consent.private_key_file")
	}
	return nil
}
