package config

import (
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/spelling"
)

// Provider is a provider of identities, where people sign in to the console.
type Provider struct {
	ID               string
	Name             string
	Kind             string // entra or oidc; "" means entra at Microsoft's hosts, else oidc
	Issuer           string
	ClientID         string
	ClientSecretFile string
	Tenants          []nightjar.TenantID
	Scopes           []string
	RolesClaim       string
	Roles            []RoleMapping
	CAFile           string

	// Line is where the provider stands in the file.
	Line int
}

// RoleMapping gives a role to whoever has a value in the claim.
type RoleMapping struct {
	Value  string
	Role   string
	Tenant nightjar.TenantID // "" means all tenants
}

// ProviderKeys describes the keys of an entry of sso.
func ProviderKeys() []KeyDoc {
	return []KeyDoc{
		{"id", "Short name in addresses, of letters, digits and dashes. Required. It is part of the redirect address that the provider must know: <public_url>/sso/<id>/callback."},
		{"name", "What the button says after \"Sign in with\". Left out, the id."},
		{"kind", "entra or oidc. Left out, entra at Microsoft's hosts and oidc elsewhere."},
		{"issuer", "What the provider calls itself, to the letter, an https URL. Of Entra https://login.microsoftonline.com/<tenant id>/v2.0, or with organizations in place of the id for several tenants. Required."},
		{"client_id", "Id under which the provider knows Nightjar. Required."},
		{"client_secret_file", "File holding the secret of that id; mode 0600. It is read again for each sign-in. Required."},
		{"tenants", "Tenant ids (GUID) whose people may sign in. Required when the issuer is that of all of Entra's tenants."},
		{"scopes", "Scopes to ask for beside openid and profile, e.g. [groups], when the provider needs that to send a claim."},
		{"roles_claim", "Claim whose values roles maps: roles (the default), groups, or another."},
		{"roles", "Map from a value of that claim to a role for all tenants, or to {role, tenant}. Whoever has one gets in without an invitation, and has what it says anew at each sign-in. Not with several tenants."},
		{"ca_file", "PEM file of certificates trusted for this provider in addition to the system's."},
	}
}

func (r *fileReader) providers(value *yaml.Node) []Provider {
	var out []Provider
	for _, item := range r.entries(value, "sso", "provider", "id") {
		out = append(out, r.provider(item))
	}
	return out
}

func (r *fileReader) provider(m *yaml.Node) Provider {
	p := Provider{Line: m.Line, RolesClaim: "roles"}
	texts := map[string]*string{
		"id": &p.ID, "name": &p.Name, "kind": &p.Kind, "issuer": &p.Issuer, "client_id": &p.ClientID,
		"client_secret_file": &p.ClientSecretFile, "roles_claim": &p.RolesClaim, "ca_file": &p.CAFile,
	}
	for key, v := range r.pairs(m) {
		into, isText := texts[key.Value]
		switch {
		case key.Value == "tenants":
			for _, item := range r.list(key.Value, v) {
				id, err := nightjar.ParseTenantID(item.Value)
				if err != nil {
					r.fail(item, nightjar.HintOf(err), "tenants: %v", err)
				}
				p.Tenants = append(p.Tenants, id)
			}
		case key.Value == "scopes":
			for _, item := range r.list(key.Value, v) {
				p.Scopes = append(p.Scopes, item.Value)
			}
		case key.Value == "roles":
			p.Roles = r.roles(v)
		case !isText:
			r.unknown(key, "", keyNames(ProviderKeys()))
		case v.Kind != yaml.ScalarNode:
			r.fail(v, "", "%s takes one value", key.Value)
		default:
			*into = v.Value
			if strings.HasSuffix(key.Value, "_file") {
				*into = r.path(v.Value)
			}
		}
	}
	if p.Name == "" {
		p.Name = p.ID
	}
	return p
}

func (r *fileReader) list(key string, v *yaml.Node) []*yaml.Node {
	if v.Kind != yaml.SequenceNode {
		r.fail(v, "write it in brackets: [a, b]", "%s is not a list", key)
		return nil
	}
	return v.Content
}

// roleNames are the roles of people; internal/app holds them against those
// that there are.
func roleNames() []string { return []string{"viewer", "helpdesk", "analyst", "admin"} }

func (r *fileReader) roles(m *yaml.Node) []RoleMapping {
	if m.Kind != yaml.MappingNode {
		r.fail(m, "e.g. roles: {Nightjar.Admin: admin}", "roles is not a map from a value to a role")
		return nil
	}
	var out []RoleMapping
	for key, v := range r.pairs(m) {
		one := RoleMapping{Value: key.Value, Role: v.Value}
		if v.Kind == yaml.MappingNode {
			for k, field := range r.pairs(v) {
				switch k.Value {
				case "role":
					one.Role = field.Value
				case "tenant":
					id, err := nightjar.ParseTenantID(field.Value)
					if err != nil {
						r.fail(field, nightjar.HintOf(err), "tenant: %v", err)
					}
					one.Tenant = id
				default:
					r.unknown(k, "", []string{"role", "tenant"})
				}
			}
		}
		if !slices.Contains(roleNames(), one.Role) {
			hint := "the roles are " + strings.Join(roleNames(), ", ")
			if near := spelling.Nearest(one.Role, roleNames()); near != "" {
				hint = "did you mean " + quote(near) + "?"
			}
			r.fail(v, hint, "%s: there is no role %q", key.Value, one.Role)
		}
		out = append(out, one)
	}
	return out
}

var providerID = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,39}$`)

// checkProviders applies the rules that span several keys of a provider or
// several providers.
func (c *Config) checkProviders() []error {
	var errs []error
	lines := map[string]int{}
	for _, p := range c.SSO {
		fail := func(hint, message string) {
			errs = append(errs, c.providerError(p, message, hint))
		}
		if line, twice := lines[p.ID]; twice {
			fail("ids are unique", "the id is taken by the provider on line "+strconv.Itoa(line))
		}
		lines[p.ID] = p.Line
		if !providerID.MatchString(p.ID) {
			fail("e.g. id: contoso", "its id is not made of small letters, digits and dashes")
		}
		if p.ClientID == "" {
			fail("copy it from the provider's page of the application", "no client_id")
		}
		if p.ClientSecretFile == "" {
			fail("put the secret into a file of mode 0600", "no client_secret_file")
		}
		if err := oneOf("kind", p.Kind, "", "entra", "oidc"); err != nil {
			fail(nightjar.HintOf(err), err.Error())
		}
		if message, hint := p.issuerProblem(); message != "" {
			fail(hint, message)
		}
		if p.RolesClaim == "" && len(p.Roles) > 0 {
			fail("e.g. roles_claim: groups", "it has roles, and no claim to find them in")
		}
		if len(p.Roles) > 0 && p.manyTenants() {
			fail("make each tenant whose claims are to give roles a provider of its own, with its id in the issuer in place of organizations",
				"it has roles and several tenants, where the administrators of each could give themselves any of them")
		}
	}
	return errs
}

func (c *Config) providerError(p Provider, message, hint string) error {
	label := p.ID
	if label == "" {
		label = p.Issuer
	}
	return invalid(c.File+":"+strconv.Itoa(p.Line)+": sso provider "+label+": "+message, hint)
}

// IsEntra reports whether the provider is Microsoft's.
func (p Provider) IsEntra() bool {
	if p.Kind != "" {
		return p.Kind == "entra"
	}
	u, err := url.Parse(p.Issuer)
	// The hosts of Microsoft's clouds: learn.microsoft.com/entra/identity-platform/authentication-national-cloud, read 2026-11-22.
	return err == nil && slices.Contains([]string{"login.microsoftonline.com", "login.microsoftonline.us", "login.partner.microsoftonline.cn"}, u.Host)
}

// manyTenants reports whether people of more than one tenant of Entra may sign
// in. Each tenant's own administrators assign app roles, and can add some to
// their instance of a multitenant application.
// Source: learn.microsoft.com/graph/api/resources/approle, read 2026-11-22.
func (p Provider) manyTenants() bool {
	return slices.ContainsFunc(p.Tenants, func(id nightjar.TenantID) bool { return id != p.Tenants[0] })
}

func (p Provider) issuerProblem() (message, hint string) {
	u, err := url.Parse(p.Issuer)
	if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return "issuer " + quote(p.Issuer) + " is not an https URL", "the provider's .well-known/openid-configuration names it"
	}
	if !p.IsEntra() {
		if len(p.Tenants) > 0 {
			return "only Entra has tenants", "leave tenants out, or set kind: entra"
		}
		return "", ""
	}
	path, ok := strings.CutSuffix(u.Path, "/v2.0")
	tenant := path[strings.LastIndex(path, "/")+1:]
	id, err := nightjar.ParseTenantID(tenant)
	switch {
	case !ok:
		return "the issuer does not end in /v2.0", "write https://" + u.Host + "/<tenant id>/v2.0"
	case tenant == "organizations" || tenant == "common":
		if len(p.Tenants) == 0 {
			return "the issuer is that of all tenants, and no tenants are named", "list the tenants whose people may sign in: tenants: [<tenant id>]"
		}
	case err != nil || string(id) != tenant:
		return "the issuer names the tenant " + quote(tenant) + ", which is not a tenant id in small letters", "copy \"Directory (tenant) ID\" from the Entra admin center"
	}
	return "", ""
}
