package access

import (
	"net/netip"
	"slices"
	"time"

	nightjar "github.com/nightjar-sec/nightjar"
)

// Grant gives a role for one tenant, or for all.
type Grant struct {
	Role Role `json:"role"`
	// Tenant is the tenant's id; "" means all tenants, also future ones.
	Tenant nightjar.TenantID `json:"tenant"`
}

// Kind says what sort of identity asks.
type Kind string

// The kinds of identities.
const (
	KindPerson   Kind = "person"   // signed in to the console
	KindToken    Kind = "token"    // an API token
	KindOperator Kind = "operator" // the command line on the machine itself
)

// Identity is who asks, and what it may do. It is a picture of one moment:
// take a new one for each request. The zero value may do nothing.
type Identity struct {
	ID     string // of the person, or of the token
	Name   string
	Kind   Kind
	Grants []Grant
	// Scopes are what a token is limited to; nil does not limit.
	Scopes []Permission
	// Authenticated is when both factors were given last, or a code again.
	Authenticated time.Time
	// Session is the session's public id; "" for a token.
	Session string
	// Person is whose identity it is: ID itself, or the owner of a token.
	Person string
	// Address is where the request comes from, for the audit log. The caller
	// of Session or Token sets it.
	Address netip.Addr

	// owner are the grants of a token's owner, which limit those of the token.
	owner []Grant
	// provider is at which provider of identities the person signed in, of a
	// session that is being made.
	provider string
}

// Operator is the identity of whoever runs the command line on this machine.
// Holding the data directory means being able to do all of this anyway.
func Operator(name string) Identity {
	return Identity{Name: name, Kind: KindOperator, Grants: []Grant{{Role: RoleAdmin}}}
}

// May reports whether the identity may do p for the tenant; with "" whether
// it may do so for all tenants.
func (i Identity) May(p Permission, tenant nightjar.TenantID) bool {
	switch {
	case i.Kind == "" || !slices.Contains(Permissions(), p):
		return false
	case i.Scopes != nil && !slices.Contains(i.Scopes, p):
		return false
	case i.Kind == KindToken && !allows(i.owner, p, tenant):
		return false
	}
	return allows(i.Grants, p, tenant)
}

// MayAll reports whether the identity may do p for all tenants.
func (i Identity) MayAll(p Permission) bool { return i.May(p, "") }

// Tenants returns those of all for which the identity may do p.
func (i Identity) Tenants(p Permission, all []nightjar.Tenant) []nightjar.Tenant {
	var out []nightjar.Tenant
	for _, t := range all {
		if i.May(p, t.ID) {
			out = append(out, t)
		}
	}
	return out
}

// Permissions returns what the identity may do for at least one tenant.
func (i Identity) Permissions() []Permission {
	var out []Permission
	// A token for all tenants whose owner has some is for those.
	grants := slices.Concat(i.Grants, i.owner)
	for _, p := range Permissions() {
		if slices.ContainsFunc(grants, func(g Grant) bool { return i.May(p, g.Tenant) }) {
			out = append(out, p)
		}
	}
	return out
}

// Actor is the identity as the audit log names it.
func (i Identity) Actor() nightjar.Actor {
	kind := nightjar.ActorPerson
	switch i.Kind {
	case KindToken:
		kind = nightjar.ActorToken
	case KindOperator:
		kind = nightjar.ActorOperator
	case KindPerson:
	}
	return nightjar.Actor{ID: i.ID, Name: i.Name, Kind: kind}
}

// covers reports whether the identity may do all that g gives. Nobody hands
// out what he does not have.
func (i Identity) covers(g Grant) bool {
	for _, p := range g.Role.Permissions() {
		if p.ofInstallation() && g.Tenant != "" {
			continue // the grant does not give it
		}
		if !i.May(p, g.Tenant) {
			return false
		}
	}
	return true
}

func allows(grants []Grant, p Permission, tenant nightjar.TenantID) bool {
	return slices.ContainsFunc(grants, func(g Grant) bool {
		if !g.Role.Allows(p) {
			return false
		}
		return g.Tenant == "" || !p.ofInstallation() && tenant != "" && g.Tenant == tenant
	})
}
