package connect

import (
	"fmt"
	"maps"
	"regexp"
	"strings"
	"time"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/secret"
)

// CredentialKind is how an application proves who it is.
type CredentialKind string

// The kinds.
const (
	CredentialSecret      CredentialKind = "secret"
	CredentialCertificate CredentialKind = "certificate"
	CredentialFederated   CredentialKind = "federated"
	CredentialConsent     CredentialKind = "consent" // the operator's application, to which the tenant consented
)

// Connection is a tenant with what is known of its credential, which is never
// the secret itself.
type Connection struct {
	nightjar.Tenant
	Credential Credential
	Declared   bool      // by the configuration file
	Updated    time.Time // last change of the connection
	Removed    time.Time // zero while connected
}

// Credential describes a credential without showing it.
type Credential struct {
	Kind       CredentialKind `json:"kind"`
	Expires    time.Time      `json:"expires,omitzero"`     // zero: not known
	Thumbprint string         `json:"thumbprint,omitempty"` // SHA-1 of the certificate, as Entra shows it
	// The files of a declared tenant, and of a federated one.
	SecretFile         string `json:"secret_file,omitempty"`
	CertificateFile    string `json:"certificate_file,omitempty"`
	PrivateKeyFile     string `json:"private_key_file,omitempty"`
	FederatedTokenFile string `json:"federated_token_file,omitempty"`
}

// CredentialInput is a credential as people hand it over. Exactly one kind is given.
type CredentialInput struct {
	SecretFile string
	// Secret takes the place of SecretFile, when it was typed or piped in.
	Secret secret.Value
	// SecretExpires is the date that Entra shows beside the secret. Microsoft
	// does not tell it to the application; zero means not known.
	SecretExpires   time.Time
	CertificateFile string
	PrivateKeyFile  string
	// Certificate and PrivateKey take the place of the two files, in PEM.
	Certificate []byte
	PrivateKey  secret.Value
	// Generated takes the pair that NewCertificate made for the tenant.
	Generated          bool
	FederatedTokenFile string
}

// noun is what people call the thing that a kind of credential ends with.
func (k CredentialKind) noun() string {
	if k == CredentialConsent {
		return "certificate of the application under consent"
	}
	return string(k)
}

func (in CredentialInput) kind() (CredentialKind, error) {
	var kinds []CredentialKind
	if in.SecretFile != "" || !in.Secret.IsZero() {
		kinds = append(kinds, CredentialSecret)
	}
	certificate, key := in.CertificateFile != "" || len(in.Certificate) > 0, in.PrivateKeyFile != "" || !in.PrivateKey.IsZero()
	if certificate || key || in.Generated {
		kinds = append(kinds, CredentialCertificate)
	}
	if in.FederatedTokenFile != "" {
		kinds = append(kinds, CredentialFederated)
	}
	if len(kinds) != 1 {
		return "", &nightjar.Error{
			Code: nightjar.CodeInvalid, Message: fmt.Sprintf("a tenant needs exactly one credential, %d are given", len(kinds)),
			Hint: "give client_secret_file, or certificate_file with private_key_file, or federated_token_file",
		}
	}
	if kinds[0] == CredentialCertificate && certificate != key {
		return "", &nightjar.Error{
			Code: nightjar.CodeInvalid, Message: "a certificate needs its private key, and the key its certificate",
			Hint: "give certificate_file and private_key_file",
		}
	}
	return kinds[0], nil
}

var tenantName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$`)

// normalised checks a tenant's settings and brings them to their stored form.
func (c *Connector) normalised(t nightjar.Tenant) (nightjar.Tenant, error) {
	id, err := nightjar.ParseTenantID(string(t.ID))
	if err != nil {
		return t, err
	}
	t.ID = id
	if !tenantName.MatchString(t.Name) {
		return t, &nightjar.Error{
			Code: nightjar.CodeInvalid, Message: fmt.Sprintf("%.80q is not a name for a tenant", t.Name),
			Hint: "use letters, digits, '.', '_' and '-', at most 63 of them, e.g. contoso",
		}
	}
	if _, err := nightjar.ParseTenantID(t.Name); err == nil {
		return t, &nightjar.Error{
			Code: nightjar.CodeInvalid, Message: "a tenant's name must not look like a tenant id", Hint: "choose a word, e.g. contoso",
		}
	}
	client, err := nightjar.ParseTenantID(t.ClientID)
	if err != nil {
		return t, &nightjar.Error{
			Code: nightjar.CodeInvalid, Message: fmt.Sprintf("the client id of tenant %s is not a GUID", t.Name),
			Hint: "copy \"Application (client) ID\" from the application's Overview page in the Entra admin center",
		}
	}
	t.ClientID = string(client)
	if t.ClientID == string(t.ID) {
		return t, &nightjar.Error{
			Code: nightjar.CodeInvalid, Message: fmt.Sprintf("tenant %s has the same GUID as tenant id and client id", t.Name),
			Hint: "the Overview page shows both: \"Directory (tenant) ID\" and \"Application (client) ID\"",
		}
	}
	if t.Cloud == "" {
		t.Cloud = "commercial"
	}
	if _, ok := c.clouds[t.Cloud]; !ok {
		return t, &nightjar.Error{
			Code: nightjar.CodeInvalid, Message: fmt.Sprintf("cloud %.80q of tenant %s is not known", t.Cloud, t.Name),
			Hint: "the clouds are " + strings.Join(c.cloudNames(), ", ") + "; others go under clouds in the configuration",
		}
	}
	// Times as the catalog gives them back, so that a declaration can be compared with what is stored.
	t.Start = t.Start.UTC().Truncate(time.Microsecond)
	t.Feeds = maps.Clone(t.Feeds)
	for feed, o := range t.Feeds {
		known, err := nightjar.ParseFeed(string(feed))
		if err != nil {
			return t, err
		}
		o.Start = o.Start.UTC().Truncate(time.Microsecond)
		delete(t.Feeds, feed)
		t.Feeds[known] = o
	}
	return t, nil
}
