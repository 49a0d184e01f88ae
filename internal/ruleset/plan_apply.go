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
	entry := func(action nightjar.AuditAction, tenants []nightjar.TenantID, target string, detail map[string]string) nightjar.AuditEntry {
		e := nightjar.AuditEntry{Actor: actor, Address: address, Action: action, Target: target, Detail: detail}
		switch len(tenants) {
		case 0:
		case 1:
			e.Tenant = tenants[0]
		default:
			names := make([]string, len(tenants))
			for i, t := range tenants {
				names[i] = string(t)
			}
			detail["tenants"] = strings.Join(names, " ")
		}
		return e
	}
	count := map[string]string{"changes": strconv.Itoa(len(p.Changes)), "exceptions": strconv.Itoa(len(p.Exceptions))}
	out := []nightjar.AuditEntry{entry(nightjar.ActionRuleImport, nil, "", count)}
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
		out = append(out, entry(nightjar.ActionRuleChange, one(c.Change.Tenant), c.Change.Rule+c.Change.Pack, detail))
	}
	for _, x := range p.Exceptions {
		e := x.Exception
		detail := map[string]string{"exception": e.ID, "reason": e.Reason, "import": string(x.Action)}
		if x.Action == Remove {
			out = append(out, entry(nightjar.ActionRuleExceptEnd, e.Tenants, e.Rule, detail))
			continue
		}
		detail["where"] = asText(e.Where)
		if !e.Until.IsZero() {
			detail["until"] = e.Until.UTC().Format(time.RFC3339)
		}
		out = append(out, entry(nightjar.ActionRuleExcept, e.Tenants, e.Rule, detail))
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
