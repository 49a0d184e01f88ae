package connect

import (
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/clock"
	"github.com/nightjar-sec/nightjar/internal/m365"
)

// ConsentApp is the operator's own multi-tenant application, to which
// administrators of tenants grant permissions in their browser. The zero value
// means that there is none; then tenants connect with applications of their own.
type ConsentApp struct {
	ClientID string // application (client) id
	// SecretFile, or CertificateFile with PrivateKeyFile. They are read again
	// whenever they change.
	SecretFile      string
	CertificateFile string
	PrivateKeyFile  string
	// RedirectURL is registered with the application and leads to
	// /consent/callback of this server. Empty: the caller of BeginConsent says it.
	RedirectURL string
}

// IsZero reports whether there is no application.
func (a ConsentApp) IsZero() bool { return a.ClientID == "" }

func (a ConsentApp) input() CredentialInput {
	return CredentialInput{SecretFile: a.SecretFile, CertificateFile: a.CertificateFile, PrivateKeyFile: a.PrivateKeyFile}
}

func (a ConsentApp) files() []string {
	return []string{a.SecretFile, a.CertificateFile, a.PrivateKeyFile}
}

// read reads the application's credential.
func (a ConsentApp) read() (material, error) {
	if a.IsZero() {
		return material{}, &nightjar.Error{
			Code: nightjar.CodeInvalid, Message: "no application for consent is configured",
			Hint: "register a multi-tenant application and set consent.client_id (docs/connect.md), or connect with an application of the tenant's own",
		}
	}
	kind, err := a.input().kind()
	if err != nil {
		return material{}, &nightjar.Error{
			Code: nightjar.CodeInvalid, Message: "the application for consent needs exactly one credential",
			Hint: "set consent.client_secret_file, or consent.certificate_file with consent.private_key_file", Err: err,
		}
	}
	return a.input().read(kind)
}

// operatorMaterial reads the credential of a tenant that consented to the
// operator's application.
func (c *Connector) operatorMaterial(conn Connection) (material, error) {
	app := c.cfg.Consent
	if !app.IsZero() && !strings.EqualFold(app.ClientID, conn.ClientID) {
		return material{}, &nightjar.Error{
			Code: nightjar.CodeInvalid, Message: fmt.Sprintf("tenant %s consented to the application %s, and %s is configured", conn.Name, conn.ClientID, app.ClientID),
			Hint: "correct consent.client_id, or renew the tenant's consent",
		}
	}
	return app.read()
}

// authorizer returns the way to Microsoft's pages in a cloud. It goes by the
// wall's time: people and Microsoft's sign-in do, whatever a rehearsal shows.
func (c *Connector) authorizer(cloudName string) (*m365.Authorizer, error) {
	cloud, ok := c.clouds[cloudName]
	if !ok {
		return nil, &nightjar.Error{
			Code: nightjar.CodeInvalid, Message: fmt.Sprintf("cloud %.80q is not known", cloudName),
			Hint: "the clouds are " + strings.Join(c.cloudNames(), ", ") + "; others go under clouds in the configuration",
		}
	}
	m, err := c.cfg.Consent.read()
	if err != nil {
		return nil, err
	}
	h, err := c.httpClient(cloud)
	if err != nil {
		return nil, err
	}
	return m365.NewAuthorizer(m365.AuthorizerConfig{
		Cloud: cloud, ClientID: strings.ToLower(c.cfg.Consent.ClientID), Secret: m.secret, Certificate: m.certificate, PrivateKey: m.privateKey,
		HTTP: h, Clock: clock.Real(), Metrics: c.cfg.Metrics,
	})
}

// redirect chooses where Microsoft sends the browser back to.
func (c *Connector) redirect(asked string) (string, error) {
	address := c.cfg.Consent.RedirectURL
	if address == "" {
		address = asked
	}
	u, err := url.Parse(address)
	secure := err == nil && (u.Scheme == "https" || u.Scheme == "http" && loopback(u.Hostname()))
	if !secure || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return "", &nightjar.Error{
			Code: nightjar.CodeInvalid, Message: fmt.Sprintf("Microsoft cannot send a browser back to %.200q", address),
			Hint: "set consent.redirect_url to https://YOUR-SERVER/consent/callback, as it is registered with the application",
		}
	}
	return address, nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// ends returns when a connection's credential ends; zero when that is not
// known. Files may have been renewed since they were declared.
func (c *Connector) ends(conn Connection) time.Time {
	var in CredentialInput
	switch {
	case conn.Credential.Kind == CredentialConsent:
		in = c.cfg.Consent.input()
	case conn.Declared:
		in = CredentialInput{CertificateFile: conn.Credential.CertificateFile, PrivateKeyFile: conn.Credential.PrivateKeyFile}
	}
	if in.CertificateFile == "" {
		return conn.Credential.Expires
	}
	m, err := in.read(CredentialCertificate)
	if err != nil {
		return conn.Credential.Expires // that it cannot be read is told where it is used
	}
	return m.expires
}

// newConsentConnection is what consent makes of a tenant.
func (c *Connector) newConsentConnection(t nightjar.Tenant) Connection {
	now := c.clock.Now().Truncate(time.Microsecond)
	if t.Created.IsZero() {
		t.Created = now
	}
	t.ClientID = strings.ToLower(c.cfg.Consent.ClientID)
	return Connection{Tenant: t, Updated: now, Credential: Credential{Kind: CredentialConsent}}
}
