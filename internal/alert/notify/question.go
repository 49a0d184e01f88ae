package notify

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/alert"
)

// Rules knows the rules that a notice may be of. It stands for ruleset, of
// which this package knows nothing.
type Rules interface {
	Rule(ref string) (id string, err error)
	Pack(ref string) (name string, err error)
	// Properties are those of a rule in a tenant; none of one that is gone.
	Properties(rule string, tenant nightjar.TenantID) (pack string, tags []string, severity nightjar.Severity)
}

// Complete fills in what is not said of a notice that routes are asked about:
// from an alert, or nil; then from its rule. Without both it is of high severity.
func (n Notice) Complete(one *alert.Alert, rules Rules) (Notice, error) {
	if n.State == "" {
		n.State = StateOpened
	}
	if !slices.Contains(States(), n.State) {
		return n, invalid(fmt.Sprintf("there is no state %.20q", string(n.State)), "opened, raised, acknowledged, reopened, closed or reminder")
	}
	if n.Severity != "" && n.Severity.Rank() < 0 {
		return n, invalid(fmt.Sprintf("there is no severity %.20q", string(n.Severity)), "low, medium, high or critical")
	}
	if one != nil {
		n = n.about(*one)
	}
	var err error
	if n.Pack != "" {
		if n.Pack, err = rules.Pack(n.Pack); err != nil {
			return n, err
		}
	}
	if n.Rule != "" {
		if n.Rule, err = rules.Rule(n.Rule); err != nil {
			return n, err
		}
		pack, tags, severity := rules.Properties(n.Rule, n.Tenant)
		n.Pack, n.Severity = cmp.Or(n.Pack, pack), cmp.Or(n.Severity, severity)
		if n.Tags == nil {
			n.Tags = tags
		}
	}
	if n.Severity == "" {
		n.Severity = nightjar.SeverityHigh
	}
	return n, nil
}

// about takes from an alert what is not said.
func (n Notice) about(a alert.Alert) Notice {
	n.Alert, n.Incident, n.Entities = a.ID, a.Incident, a.Entities
	if n.Severity == "" {
		n.Severity = a.Severity
	}
	if n.Tenant == "" {
		n.Tenant = a.Tenant
	}
	if n.Rule == "" {
		n.Rule = a.Rule
		if n.Pack == "" {
			n.Pack = a.Pack
		}
		if n.Tags == nil {
			n.Tags = append([]string{}, a.Tags...)
		}
	}
	return n
}

// Names reports whether a route names a rule or a pack, the other being "":
// what is in the routes may stay when the rule is gone.
func (r Routes) Names(rule, pack string) bool {
	return slices.ContainsFunc(r.Routes, func(one Route) bool {
		return rule != "" && slices.Contains(one.Rules, rule) || pack != "" && slices.Contains(one.Packs, pack)
	})
}

// Tenants are those that the routes name.
func (r Routes) Tenants() []nightjar.TenantID {
	var out []nightjar.TenantID
	for _, one := range r.Routes {
		out = append(out, one.Tenants...)
	}
	return out
}
