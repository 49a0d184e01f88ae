package sim

import "strings"

// accountKind is what a person may do at the sign-in pages.
type accountKind string

const (
	accountAdmin   accountKind = "Global Administrator"
	accountUser    accountKind = "User"
	accountGuest   accountKind = "Guest"
	accountBlocked accountKind = "Global Administrator on an unmanaged device"
)

// account is a person who can sign in at the pages.
type account struct {
	Key, Name, UPN string
	Kind           accountKind
	Tenant         string // where it is listed
	Directory      string // name of that tenant
	Home           string // the tenant that its token is of under /organizations
}

func (a account) admin() bool { return a.Kind == accountAdmin || a.Kind == accountBlocked }

// object is the person's object id in a tenant: a guest has another one in each.
func (a account) object(seed uint64, tenant string) string {
	return guidOf(seed, "account "+a.UPN+" in "+tenant)
}

// accounts are the people of every tenant who can sign in. The guests' home is
// a tenant that is not served: nothing can be collected there.
func accounts(seed uint64, tenants []TenantConfig) []account {
	var all []account
	for _, t := range tenants {
		domain := strings.ToLower(t.Name) + ".onmicrosoft.com"
		partner := guidOf(seed, "partner directory")
		for _, a := range []account{
			{Name: "Adele Admin", UPN: "admin@" + domain, Kind: accountAdmin},
			{Name: "Ulf User", UPN: "user@" + domain, Kind: accountUser},
			{Name: "Gina Guest", UPN: "gina@partner.example", Kind: accountGuest, Home: partner},
			{Name: "Bea Blocked", UPN: "blocked@" + domain, Kind: accountBlocked},
		} {
			a.Tenant, a.Directory = t.ID, t.Name
			if a.Home == "" {
				a.Home = t.ID
			}
			a.Key = t.ID + " " + a.UPN
			all = append(all, a)
		}
	}
	return all
}

func (s *Server) account(key string) (account, bool) {
	for _, a := range s.accounts {
		if a.Key == key {
			return a, true
		}
	}
	return account{}, false
}
