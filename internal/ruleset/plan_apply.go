package ruleset

import (
	"context"
	"encoding/json"
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/nightjar-sec/nightjar"
)

// Apply does what was planned, or nothing when something else was changed
// since.
func (k *Keeper) Apply(ctx context.Context, p Plan) error {
	if len(p.Beyond) > 0 {
		return invalid("the file changes more than what is imported")
	}
	if p.Empty() {
		return nil
	}
	return k.commit(ctx, "import rule changes", func(ctx context.Context, tx bun.Tx) error {
		version := int64(0)
		if err := tx.NewRaw(sqlVersion).Scan(ctx, &version); err != nil {
			return err //nolint:wrapcheck // commit says what it was doing
		}
		if version != p.Version {
			return Outdated()
		}
		for _, c := range p.put() {
			if err := putChange(ctx, tx, c); err != nil {
				return err
			}
		}
		for _, e := range p.Exceptions {
			if e.Was != nil {
				if _, err := tx.NewRaw(sqlDropException, e.Was.ID).Exec(ctx); err != nil {
					return err //nolint:wrapcheck // commit says what it was doing
				}
			}
			if e.Action == Remove {
				continue
			}
			if err := putException(ctx, tx, e.Exception); err != nil {
				return err
			}
		}
		return nil
	})
}

// Outdated says that a plan was made against what is not in force any more.
func Outdated() error {
	return &nightjar.Error{Code: nightjar.CodeConflict, Message: "rules were changed since", Hint: "look at what the import would do now, and do it again"}
}

// Entries are what the audit log has to say of an import: that it was, and
// each thing as when it is changed by itself.
func (p Plan) Entries(actor nightjar.Actor, address netip.Addr) []nightjar.AuditEntry {
	by := func(e nightjar.AuditEntry) nightjar.AuditEntry {
		e.Actor, e.Address = actor, address
		return e
	}
	count := map[string]string{"changes": strconv.Itoa(len(p.Changes)), "exceptions": strconv.Itoa(len(p.Exceptions))}
	out := []nightjar.AuditEntry{by(nightjar.AuditEntry{Action: nightjar.ActionRuleImport, Detail: count})}
	for _, c := range p.Changes {
		what, value := string(c.Change.What), "default"
		if c.Change.Name != "" {
			what += " " + c.Change.Name
		}
		if c.Action != Remove {
			value = asText(c.Change.Value)
		}
		detail := map[string]string{what: value, "import": string(c.Action)}
		if c.Change.Reason != "" && c.Action != Remove {
			detail["reason"] = c.Change.Reason
		}
		if c.Change.By != p.by && c.Action != Remove {
			detail["by"] = c.Change.By
		}
		out = append(out, by(nightjar.AuditEntry{Action: nightjar.ActionRuleChange, Tenant: c.Change.Tenant, Target: c.Change.Rule + c.Change.Pack, Detail: detail}))
	}
	for _, x := range p.Exceptions {
		e := x.Exception.Entry()
		if x.Action == Remove {
			e = x.Exception.EndEntry()
		}
		e.Detail["import"] = string(x.Action)
		out = append(out, by(e))
	}
	return out
}

// Entry is what the audit log has to say of an exception that is made, but for
// who makes it.
func (e Exception) Entry() nightjar.AuditEntry {
	out := e.EndEntry()
	out.Action, out.Detail["where"] = nightjar.ActionRuleExcept, asText(e.Where)
	if !e.Until.IsZero() {
		out.Detail["until"] = e.Until.UTC().Format(time.RFC3339)
	}
	return out
}

// EndEntry is the same of one that is taken away.
func (e Exception) EndEntry() nightjar.AuditEntry {
	out := nightjar.AuditEntry{Action: nightjar.ActionRuleExceptEnd, Target: e.Rule, Detail: map[string]string{"exception": e.ID, "reason": e.Reason}}
	switch len(e.Tenants) {
	case 0:
	case 1:
		out.Tenant = e.Tenants[0]
	default:
		names := make([]string, len(e.Tenants))
		for i, t := range e.Tenants {
			names[i] = string(t)
		}
		out.Detail["tenants"] = strings.Join(names, " ")
	}
	return out
}

func asText(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return "" // what is planned was encoded before
	}
	return strings.Trim(string(b), `"`)
}

// Of are the changes that are for some tenants alone, as an import for them
// takes them; nil: all.
func (c Changes) Of(tenants []nightjar.TenantID) Changes {
	how, out := Import{Tenants: tenants}, Changes{}
	for _, change := range c.Changes {
		if how.covers(one(change.Tenant)...) {
			out.Changes = append(out.Changes, change)
		}
	}
	for _, e := range c.Exceptions {
		if how.covers(e.Tenants...) {
			out.Exceptions = append(out.Exceptions, e)
		}
	}
	return out
}

// Tenants are those that something is said of by name, each once.
func (c Changes) Tenants() []nightjar.TenantID {
	named := map[nightjar.TenantID]bool{}
	for _, change := range c.Changes {
		named[change.Tenant] = true
	}
	for _, e := range c.Exceptions {
		for _, t := range e.Tenants {
			named[t] = true
		}
	}
	delete(named, "")
	return slices.Sorted(maps.Keys(named))
}
