package cli

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/access"
	"github.com/nightjar-sec/nightjar/internal/app"
)

func newPerson(p Process) *cobra.Command {
	return noun("person", "Say who may use the console",
		newPersonList(p), newPersonInvite(p), newPersonGrant(p), newPersonReset(p), newPersonDisable(p), newPersonEnable(p), newPersonUnlink(p), newPersonRemove(p))
}

// operator is who the audit log names for what the command line does.
func operator(p Process) access.Identity {
	for _, name := range []string{"SUDO_USER", "USER", "USERNAME"} {
		if user, _ := p.Env(name); user != "" {
			return access.Operator(user)
		}
	}
	return access.Operator("operator")
}

const grantUsage = "`ROLE[@TENANT]`, a role for one tenant or for all; may be given more than once. The roles are viewer, helpdesk, analyst and admin"

// parseGrants reads grants in the form ROLE or ROLE@TENANT.
func parseGrants(ctx context.Context, a *app.App, texts []string) ([]access.Grant, error) {
	known, err := a.Known(ctx)
	if err != nil {
		return nil, err
	}
	var out []access.Grant
	for _, text := range texts {
		role, name, some := strings.Cut(text, "@")
		g := access.Grant{Role: access.Role(role)}
		if some {
			t, err := tenantNamed(known, name)
			if err != nil {
				return nil, err
			}
			g.Tenant = t.ID
		}
		out = append(out, g)
	}
	return out, nil
}

// grantNames writes grants as parseGrants reads them.
func grantNames(known []nightjar.Tenant, list []access.Grant) string {
	names := namesOf(known)
	parts := make([]string, len(list))
	for i, g := range list {
		parts[i] = string(g.Role)
		if g.Tenant != "" {
			name := names[g.Tenant]
			if name == "" {
				name = string(g.Tenant)
			}
			parts[i] += "@" + name
		}
	}
	return strings.Join(parts, " ")
}
