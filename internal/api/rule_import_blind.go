package api

import (
	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/ruleset"
)

// blindImport reports whether an import does what alone needs a fresh proof.
// What it says of one thing of a rule in several tenants counts together.
func (c *call) blindImport(p ruleset.Plan) bool {
	type thing struct {
		what       ruleset.What // "" is an exception
		rule, name string
	}
	all := map[thing][]nightjar.TenantID{}
	for _, one := range p.Changes {
		if change := one.Change; change.What != ruleset.ChangeMode || blindAlone(one) {
			if change.Pack != "" || change.Tenant == "" {
				return true
			}
			of := thing{change.What, change.Rule, change.Name}
			all[of] = append(all[of], change.Tenant)
		}
	}
	for _, one := range p.Exceptions {
		if one.Action == ruleset.Remove {
			continue
		}
		if len(one.Exception.Tenants) == 0 {
			return true
		}
		of := thing{rule: one.Exception.Rule}
		all[of] = append(all[of], one.Exception.Tenants...)
	}
	for _, tenants := range all {
		if c.everywhere(tenants) {
			return true
		}
	}
	return false
}

// blindAlone reports whether a mode that an import sets or takes back keeps
// rules from alerting.
func blindAlone(one ruleset.PlannedChange) bool {
	if one.Action == ruleset.Remove {
		return holdsOn(one.Change)
	}
	return one.Change.Value != string(ruleset.On)
}
