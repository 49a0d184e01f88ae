package config

import (
	"maps"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nightjar-sec/nightjar"
)

func TestProvidersAreRead(t *testing.T) {
	t.Parallel()
	file := write(t, `sso:
  - id: contoso
    name: Contoso
    issuer: https://login.microsoftonline.com/organizations/v2.0
    client_id: app
    client_secret_file: sso.secret
    tenants: [`+tenantID+`]
    roles:
      Nightjar.Admin: admin
      Desk: {role: helpdesk, tenant: `+tenantID+`}
  - {id: keycloak, issuer: "https://id.example/realms/x", client_id: n, client_secret_file: /k, roles_claim: groups, scopes: [groups]}
`)
	c, err := Load(Sources{File: file})
	if err != nil {
		t.Fatal(err)
	}
	p := c.SSO[0]
	if len(c.SSO) != 2 || !p.IsEntra() || p.ClientSecretFile != filepath.Join(filepath.Dir(file), "sso.secret") || p.RolesClaim != "roles" || len(p.Tenants) != 1 {
		t.Errorf("read %+v", c.SSO)
	}
	if len(p.Roles) != 2 || p.Roles[0] != (RoleMapping{"Nightjar.Admin", "admin", ""}) || p.Roles[1] != (RoleMapping{"Desk", "helpdesk", nightjar.TenantID(tenantID)}) {
		t.Errorf("roles are %+v", p.Roles)
	}
	if k := c.SSO[1]; k.IsEntra() || k.Name != "keycloak" || k.RolesClaim != "groups" || len(k.Scopes) != 1 {
		t.Errorf("read %+v", k)
	}
}

func TestWrongProvidersAreRefusedWithLineAndRemedy(t *testing.T) {
	t.Parallel()
	good := map[string]string{"id": "a", "issuer": "https://id.example", "client_id": "c", "client_secret_file": "/s"}
	for name, test := range map[string]struct {
		change        map[string]string
		message, hint string
	}{
		"all of Entra without a list": {map[string]string{"issuer": "https://login.microsoftonline.com/common/v2.0"}, "no tenants are named", "tenants:"},
		"Entra by a name":             {map[string]string{"issuer": "https://login.microsoftonline.com/contoso.onmicrosoft.com/v2.0"}, "not a tenant id", "Directory (tenant) ID"},
		"Entra of the first version":  {map[string]string{"issuer": "https://login.microsoftonline.com/" + tenantID}, "does not end in /v2.0", "/v2.0"},
		"plain http":                  {map[string]string{"issuer": "http://id.example"}, "is not an https URL", ".well-known"},
		"tenants of another":          {map[string]string{"tenants": "[" + tenantID + "]"}, "only Entra has tenants", "kind: entra"},
		"an id that is no address":    {map[string]string{"id": "A/b"}, "small letters", "e.g. id"},
		"roles by several tenants": {map[string]string{
			"issuer": "https://login.microsoftonline.com/organizations/v2.0", "roles": "{X: viewer}",
			"tenants": "[" + tenantID + ", 22222222-2222-4222-8222-222222222222]",
		}, "roles and several tenants", "a provider of its own"},
		"no secret":                {map[string]string{"client_secret_file": ""}, "no client_secret_file", "0600"},
		"a role that there is not": {map[string]string{"roles": "{X: admim}"}, `no role "admim"`, `"admin"`},
		"an unknown key":           {map[string]string{"clientid": "x"}, `unknown key "clientid"`, `"client_id"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			keys := map[string]string{}
			for _, m := range []map[string]string{good, test.change} {
				maps.Copy(keys, m)
			}
			var lines []string
			for k, v := range keys {
				lines = append(lines, k+": "+v)
			}
			_, err := Load(Sources{File: write(t, "sso:\n  - "+strings.Join(lines, "\n    ")+"\n")})
			if err == nil || !strings.Contains(err.Error(), test.message) || !strings.Contains(nightjar.HintOf(err), test.hint) || !strings.Contains(err.Error(), "nightjar.yaml:") {
				t.Errorf("got %v (%s), want %q (%s)", err, nightjar.HintOf(err), test.message, test.hint)
			}
		})
	}
}
