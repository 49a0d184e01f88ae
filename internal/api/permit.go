package api

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/access"
	"github.com/nightjar-sec/nightjar/internal/connect"
)

// permit holds the route's permission against the tenants that the request
// names. Whoever may not even see a tenant gets the answer of one that does
// not exist.
func (s *Server) permit(c *call) error {
	if c.route.Permission == anyone {
		return nil
	}
	var err error
	if c.known, err = s.cfg.Connect.Known(c.ctx); err != nil {
		return err
	}
	p := c.route.Permission
	switch c.route.Tenant {
	case tenantAll:
		if !c.who.MayAll(p) {
			return forbidden(p)
		}
	case tenantPath:
		id, err := nightjar.ParseTenantID(c.r.PathValue("tenant"))
		if err != nil || string(id) != c.r.PathValue("tenant") {
			return noTenant(c.r.PathValue("tenant"))
		}
		c.tenant = id
		return c.permitOne(id)
	case tenantQuery:
		return c.permitNamed(c.byID(c.r.URL.Query()["tenant"]))
	case tenantBody:
		return c.permitBody()
	case tenantNone:
		if p != signedIn && !slices.Contains(c.who.Permissions(), p) {
			return forbidden(p)
		}
	}
	return nil
}

// byID puts ids in the place of names of tenants that the caller may know of.
func (c *call) byID(named []string) []string {
	ids := make([]string, len(named))
	for i, ref := range named {
		ids[i] = ref
		at := slices.IndexFunc(c.known, func(k connect.Connection) bool {
			return string(k.ID) == ref || c.sees(k.ID) && strings.EqualFold(k.Name, ref)
		})
		switch {
		case at >= 0:
			ids[i] = string(c.known[at].ID)
		case strings.EqualFold(ref, ourName):
			ids[i] = string(nightjar.Installation)
		}
	}
	return ids
}

// permitNamed sets the scope to the tenants of these ids. Nightjar itself is
// one where it is about alerts.
func (c *call) permitNamed(ids []string) error {
	ours := func(id string) bool {
		return id == string(nightjar.Installation) && aboutOurselves(c.route.Operation) && c.who.MayAll(c.route.Permission)
	}
	others := slices.DeleteFunc(slices.Clone(ids), ours)
	if len(others) == len(ids) {
		return c.permitSome(ids)
	}
	if len(others) > 0 {
		if err := c.permitSome(others); err != nil {
			return err
		}
	}
	c.scope = append(c.scope, nightjar.Tenant{ID: nightjar.Installation, Name: ourName})
	return nil
}

// ourName is what Nightjar itself is called where tenants are named.
const ourName = "nightjar"

// aboutOurselves reports whether an operation is about alerts of Nightjar
// itself too, or about the rules that they come from. Events of it are for those who may read
// the audit log.
func aboutOurselves(operation string) bool {
	return slices.Contains([]string{"listAlerts", "countAlerts", "listQuality", "listIncidents", "listRisk", "listRules", "getRule", "addSilence", "previewSilence"}, operation)
}

// permitBody looks into the body for tenants before the handler does. The
// handler takes them from here, not from the body.
func (c *call) permitBody() error {
	var named struct {
		Tenants  []string `json:"tenants"`
		TenantID *string  `json:"tenant_id"`
	}
	if err := json.Unmarshal(c.body, &named); err != nil {
		return invalid("the body does not fit the operation: "+jsonProblem(err), "docs/api.md has its fields")
	}
	if named.TenantID == nil {
		return c.permitNamed(named.Tenants)
	}
	id, err := nightjar.ParseTenantID(*named.TenantID)
	if err != nil {
		return err
	}
	c.tenant = id
	return c.permitOne(id)
}

func (c *call) permitOne(id nightjar.TenantID) error {
	switch p := c.route.Permission; {
	case c.who.May(p, id):
		return nil
	case c.sees(id):
		return forbidden(p)
	default:
		return noTenant(string(id))
	}
}

// permitSome sets the scope to the tenants of these ids, each of which the
// caller must be allowed, or to all that it may.
func (c *call) permitSome(ids []string) error {
	p := c.route.Permission
	may := c.may(p)
	if len(ids) == 0 {
		if len(may) == 0 && !slices.Contains(c.who.Permissions(), p) {
			return forbidden(p)
		}
		c.scope = may
		return nil
	}
	for _, text := range ids {
		i := slices.IndexFunc(may, func(t nightjar.Tenant) bool { return string(t.ID) == text })
		if i < 0 {
			if id, err := nightjar.ParseTenantID(text); err == nil && c.sees(id) && c.isKnown(id) {
				return forbidden(p)
			}
			return noTenant(text)
		}
		if !slices.ContainsFunc(c.scope, func(t nightjar.Tenant) bool { return t.ID == may[i].ID }) {
			c.scope = append(c.scope, may[i])
		}
	}
	return nil
}

// may returns the known tenants for which the caller may do p.
func (c *call) may(p access.Permission) []nightjar.Tenant {
	all := make([]nightjar.Tenant, len(c.known))
	for i, k := range c.known {
		all[i] = k.Tenant
	}
	return c.who.Tenants(p, all)
}

// sees reports whether the caller may know of the tenant at all.
func (c *call) sees(id nightjar.TenantID) bool {
	return slices.ContainsFunc(access.Permissions(), func(p access.Permission) bool { return c.who.May(p, id) })
}

func (c *call) isKnown(id nightjar.TenantID) bool {
	return slices.ContainsFunc(c.known, func(k connect.Connection) bool { return k.ID == id })
}

// connection finds the connection of the route's tenant.
func (c *call) connection() (connect.Connection, error) {
	for _, k := range c.known {
		if k.ID == c.tenant && k.Removed.IsZero() {
			return k, nil
		}
	}
	return connect.Connection{}, noTenant(string(c.tenant))
}

func noTenant(id string) error {
	if len(id) > 64 {
		id = id[:64]
	}
	return problem(nightjar.CodeNotFound, "there is no tenant "+quoted(id), "GET /api/v1/tenants lists those that you may see")
}

func forbidden(p access.Permission) error {
	return problem(nightjar.CodeForbidden, "your role does not allow this ("+string(p)+")", "ask an administrator for a role that does")
}
