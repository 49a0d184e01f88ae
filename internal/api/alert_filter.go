package api

import (
	"slices"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/access"
	"github.com/nightjar-sec/nightjar/internal/alert"
	"github.com/nightjar-sec/nightjar/internal/ruleset"
	"github.com/nightjar-sec/nightjar/internal/spelling"
)

// alertFilter reads what of the alerts is asked for.
func (c *call) alertFilter() (f alert.Filter, err error) {
	q := c.r.URL.Query()
	if f.Limit, err = c.limit(); err != nil {
		return f, err
	}
	f.Tenants, f.Entity, f.Incident, f.Text, f.Cursor = c.alertTenants(), q.Get("entity"), q.Get("incident"), q.Get("q"), q.Get("cursor")
	if f.Rule, f.Pack, err = c.namedRule(q.Get("rule"), q.Get("pack")); err != nil {
		return f, err
	}
	if f.Statuses, err = alert.ParseStatuses(q["status"]); err != nil {
		return f, err
	}
	if f.Severities, err = closedSet("severity", q["severity"], nightjar.Severities()); err != nil {
		return f, err
	}
	if f.Dispositions, err = closedSet("disposition", q["disposition"], alert.Dispositions()); err != nil {
		return f, err
	}
	if err = c.assignedTo(&f, q.Get("assignee")); err != nil {
		return f, err
	}
	if f.Silenced, err = truth(q.Get("silenced")); err != nil {
		return f, err
	}
	switch sort := q.Get("sort"); sort {
	case "", "newest":
	case "severity":
		f.BySeverity = true
	default:
		return f, invalid("alerts are sorted by newest or severity", "leave sort out for the newest first")
	}
	if f.From, err = c.timeOf("from"); err != nil {
		return f, err
	}
	if f.To, err = c.timeOf("to"); err == nil && !f.From.IsZero() && !f.To.IsZero() && !f.From.Before(f.To) {
		err = invalid("from is not before to", "give the earlier time as from")
	}
	return f, err
}

// names are the rules and packs that the caller may name, also those that are
// gone and alerted.
func (c *call) names() ruleset.Names {
	return ruleset.Names{Set: c.server.cfg.Rules.Current(), Kept: func(rule, pack string) (bool, error) {
		return c.server.cfg.Alerts.Alerted(c.ctx, c.tenantsFor(access.PermEventRead), rule, pack)
	}}
}

// namedRule puts the id of a rule and the name of a pack in the place of what
// was asked for; "" stays.
func (c *call) namedRule(rule, pack string) (id, name string, err error) {
	if rule != "" {
		if rule, err = c.names().Rule(rule); err != nil {
			return "", "", err
		}
	}
	if pack != "" {
		pack, err = c.names().Pack(pack)
	}
	return rule, pack, err
}

// assignedTo narrows to the alerts of a person, by id or name.
func (c *call) assignedTo(f *alert.Filter, who string) error {
	switch who {
	case "":
	case "none":
		f.Unassigned = true
	case "me":
		f.Assignee = c.who.Person
	default:
		p, err := c.server.cfg.Access.Person(c.ctx, who)
		switch {
		case err == nil:
			f.Assignee = p.ID
			if p.ID == c.who.Person || c.who.MayAll(access.PermPeopleManage) {
				return nil
			}
		case nightjar.CodeOf(err) != nightjar.CodeNotFound:
			return err
		default: // whoever is gone may have alerts all the same
			f.Assignee = who
		}
		// Who has an account is for those who manage people: others may ask for
		// whom they see alerts of.
		found, _, err := c.server.cfg.Alerts.List(c.ctx, alert.Filter{Tenants: c.tenantsFor(access.PermEventRead), Assignee: f.Assignee, Limit: 1})
		if err != nil || len(found) > 0 {
			return err
		}
		return invalid("there is nobody "+quoted(who[:min(len(who), 40)]), "assignee is me, none, or the name or id of a person")
	}
	return nil
}

// closedSet reads values of a closed set.
func closedSet[T ~string](what string, texts []string, all []T) ([]T, error) {
	var out []T
	for _, text := range texts {
		if !slices.Contains(all, T(text)) {
			names := make([]string, len(all))
			for i, v := range all {
				names[i] = string(v)
			}
			return nil, invalid("there is no "+what+" "+quoted(text[:min(len(text), 40)]), spelling.Hint(text, names))
		}
		out = append(out, T(text))
	}
	return out, nil
}

// truth reads true, false or nothing.
func truth(text string) (*bool, error) {
	switch text {
	case "":
		return nil, nil //nolint:nilnil // nothing was said
	case "true", "false":
		is := text == "true"
		return &is, nil
	default:
		return nil, invalid(quoted(text[:min(len(text), 40)])+" is neither true nor false", "leave it out for both")
	}
}
