package api

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/ruleset"
)

type changeBody struct {
	Rule     string            `json:"rule"`
	Pack     string            `json:"pack,omitempty"`
	Title    string            `json:"title"`
	What     ruleset.What      `json:"what"`
	Name     string            `json:"name,omitempty"`
	Tenant   nightjar.TenantID `json:"tenant,omitempty"`
	Value    any               `json:"value"`
	Reason   string            `json:"reason,omitempty"`
	By       string            `json:"by"`
	Time     time.Time         `json:"time"`
	Vanished bool              `json:"vanished"`
}

// changes lists what was changed of a rule, or of all for "".
func (v *ruleView) changes(label string) []changeBody {
	out := []changeBody{}
	for _, c := range v.set.Changes().Changes {
		if label != "" && c.Rule != label || !v.in(c.Tenant) {
			continue
		}
		shown := changeOf(c)
		shown.Vanished = v.set.Check(c) != nil
		out = append(out, shown)
	}
	return out
}

func changeOf(c ruleset.Change) changeBody {
	return changeBody{Rule: c.Rule, Pack: c.Pack, Title: c.Title, What: c.What, Name: c.Name, Tenant: c.Tenant, Value: c.Value, Reason: c.Reason, By: c.By, Time: c.Time}
}

func (s *Server) listRuleChanges(c *call) error {
	v, err := c.rules()
	if err != nil {
		return err
	}
	type answer struct {
		Items      []changeBody    `json:"items"`
		Exceptions []exceptionBody `json:"exceptions"`
	}
	return c.ok(answer{v.changes(""), v.exceptions("")})
}

// changed are the tenants that a change is for: those that the body names, or
// all, future ones too, which takes a grant for all.
func (c *call) changed(named []nightjar.TenantID) ([]nightjar.TenantID, error) {
	if len(named) == 0 {
		if !c.who.MayAll(c.route.Permission) {
			return nil, problem(nightjar.CodeForbidden, "your role does not allow this for all tenants", "name those that it is for in tenants")
		}
		return []nightjar.TenantID{""}, nil
	}
	out := make([]nightjar.TenantID, 0, len(c.scope))
	for _, t := range c.scope { // permit held each against the permission
		out = append(out, t.ID)
	}
	return out, nil
}

// change makes changes of a rule or pack for each tenant and records them.
func (c *call) change(named []nightjar.TenantID, target string, changes ...ruleset.Change) error {
	if c.server.cfg.Rules == nil {
		return noRules()
	}
	tenants, err := c.changed(named)
	if err != nil {
		return err
	}
	var all []ruleset.Change
	detail := map[string]string{}
	for _, change := range changes {
		value := []byte("default")
		if change.Value != nil {
			if value, err = json.Marshal(change.Value); err != nil {
				return err
			}
		}
		key := string(change.What)
		if change.Name != "" {
			key += " " + change.Name
		}
		detail[key] = strings.Trim(string(value), `"`)
		if change.Reason != "" {
			detail["reason"] = change.Reason
		}
		for _, t := range tenants {
			change.Tenant = t
			all = append(all, change)
		}
	}
	tenant := tenants[0]
	if len(tenants) > 1 {
		names := make([]string, len(tenants))
		for i, t := range tenants {
			names[i] = string(t)
		}
		tenant, detail["tenants"] = "", strings.Join(names, " ")
	}
	return c.recording(nightjar.ActionRuleChange, tenant, target, detail, func(ctx context.Context) error {
		return c.server.cfg.Rules.Change(ctx, c.who.Name, all...)
	})
}

// rule answers with a rule after a change of it.
func (c *call) rule(id string) error {
	c.readable()
	v, err := c.rules()
	if err != nil {
		return err
	}
	info, err := v.find(id)
	if err != nil {
		return err
	}
	return c.ok(v.detail(info))
}

// setMode changes the mode of a rule or pack as the body says.
func (c *call) setMode(of ruleset.Change) error {
	var q struct {
		Mode    string              `json:"mode"`
		Tenants []nightjar.TenantID `json:"tenants"`
		Reason  string              `json:"reason"`
	}
	if err := c.decode(&q); err != nil {
		return err
	}
	if c.blindMode(of, q.Mode, q.Tenants) {
		if _, err := c.changed(q.Tenants); err != nil {
			return err
		}
		if err := c.proven(); err != nil {
			return err
		}
	}
	of.What, of.Value, of.Reason = ruleset.ChangeMode, stated(q.Mode), q.Reason
	return c.change(q.Tenants, of.Rule+of.Pack, of)
}

func (s *Server) setRuleMode(c *call) error {
	id := c.r.PathValue("id")
	if err := c.setMode(ruleset.Change{Rule: id}); err != nil {
		return err
	}
	return c.rule(id)
}

func (s *Server) setRuleSeverity(c *call) error {
	var q struct {
		Severity string              `json:"severity"`
		Tenants  []nightjar.TenantID `json:"tenants"`
		Reason   string              `json:"reason"`
	}
	if err := c.decode(&q); err != nil {
		return err
	}
	if err := c.provenTuning(q.Tenants); err != nil {
		return err
	}
	id := c.r.PathValue("id")
	if err := c.change(q.Tenants, id, ruleset.Change{What: ruleset.ChangeSeverity, Rule: id, Value: stated(q.Severity), Reason: q.Reason}); err != nil {
		return err
	}
	return c.rule(id)
}

func (s *Server) setRuleParameters(c *call) error {
	var q struct {
		Values  map[string]any      `json:"values"`
		Tenants []nightjar.TenantID `json:"tenants"`
		Reason  string              `json:"reason"`
	}
	if err := c.decode(&q); err != nil {
		return err
	}
	if len(q.Values) == 0 {
		return invalid("no parameter is named", "e.g. {\"values\": {\"users\": 30}}")
	}
	if err := c.provenTuning(q.Tenants); err != nil {
		return err
	}
	id := c.r.PathValue("id")
	var changes []ruleset.Change
	for name, value := range q.Values {
		changes = append(changes, ruleset.Change{What: ruleset.ChangeParameter, Rule: id, Name: name, Value: value, Reason: q.Reason})
	}
	slices.SortFunc(changes, func(a, b ruleset.Change) int { return strings.Compare(a.Name, b.Name) })
	if err := c.change(q.Tenants, id, changes...); err != nil {
		return err
	}
	return c.rule(id)
}

// stated is nil for what takes a change back.
func stated(s string) any {
	if s == "" {
		return nil
	}
	return s
}
