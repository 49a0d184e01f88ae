package api

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/ruleset"
)

type exceptionBody struct {
	ID       string              `json:"id"`
	Rule     string              `json:"rule"`
	Title    string              `json:"title"`
	Where    map[string]any      `json:"where"`
	Tenants  []nightjar.TenantID `json:"tenants"`
	Owner    string              `json:"owner"`
	Reason   string              `json:"reason"`
	Created  time.Time           `json:"created"`
	Until    time.Time           `json:"until,omitzero"`
	Active   bool                `json:"active"`
	Vanished bool                `json:"vanished"`
	Warning  string              `json:"warning,omitempty"`
}

// exceptions lists those of a rule, or all for "", ended ones last. Of their
// tenants only those of the request are named.
func (v *ruleView) exceptions(label string) []exceptionBody {
	out := []exceptionBody{}
	for _, e := range v.set.Changes().Exceptions {
		if (label == "" || e.Rule == label) && v.about(e) {
			out = append(out, v.exception(e))
		}
	}
	slices.SortStableFunc(out, func(a, b exceptionBody) int {
		if a.Active == b.Active {
			return 0
		}
		if a.Active {
			return -1
		}
		return 1
	})
	return out
}

// exception shows an exception. Of one that is for other tenants too, whoever
// does not see those learns that it is there and until when: what it takes
// away and why names people of the others.
func (v *ruleView) exception(e ruleset.Exception) exceptionBody {
	b := exceptionBody{e.ID, e.Rule, e.Title, e.Where, []nightjar.TenantID{}, e.Owner, e.Reason, e.Created, e.Until, e.Active(v.now), v.set.Info(e.Rule) == nil, e.Warning(v.now)}
	for _, t := range e.Tenants {
		if v.in(t) {
			b.Tenants = append(b.Tenants, t)
		}
	}
	foreign := func(t nightjar.TenantID) bool { return !slices.Contains(v.sees, t) }
	if v.sees != nil && (len(e.Tenants) == 0 || slices.ContainsFunc(e.Tenants, foreign)) {
		b.Where, b.Owner, b.Reason, b.Warning = map[string]any{}, "", "of an exception for several tenants", ""
	}
	return b
}

func (s *Server) listExceptions(c *call) error {
	v, err := c.rules()
	if err != nil {
		return err
	}
	// Those of a rule that is gone are listed too.
	id := c.r.PathValue("id")
	list := v.exceptions(id)
	if len(list) == 0 {
		if _, err := v.find(id); err != nil {
			return err
		}
	}
	return c.ok(listOf(list))
}

func (s *Server) addException(c *call) error {
	var q struct {
		Where   map[string]any      `json:"where"`
		Tenants []nightjar.TenantID `json:"tenants"`
		Reason  string              `json:"reason"`
		Until   time.Time           `json:"until"`
	}
	if err := c.decode(&q); err != nil {
		return err
	}
	if s.cfg.Rules == nil {
		return noRules()
	}
	tenants, err := c.changed(q.Tenants)
	if err != nil {
		return err
	}
	if c.everywhere(q.Tenants) {
		if err := c.proven(); err != nil {
			return err
		}
	}
	e := ruleset.Exception{Rule: c.r.PathValue("id"), Where: q.Where, Owner: c.who.Name, Reason: q.Reason, Until: q.Until.UTC()}
	if tenants[0] != "" {
		e.Tenants = tenants
	}
	if e.ID, err = s.cfg.Rules.ExceptionID(); err != nil {
		return err
	}
	entry := e.Entry()
	err = c.recording(entry.Action, entry.Tenant, entry.Target, entry.Detail, func(ctx context.Context) (err error) {
		e, err = s.cfg.Rules.Except(ctx, e)
		return err
	})
	if err != nil {
		return err
	}
	c.readable()
	v, err := c.rules()
	if err != nil {
		return err
	}
	return c.answer(http.StatusCreated, v.exception(e))
}

func (s *Server) removeException(c *call) error {
	if s.cfg.Rules == nil {
		return noRules()
	}
	id := c.r.PathValue("exception")
	e, found := s.cfg.Rules.Current().Exception(id)
	mine := found && e.Rule == c.r.PathValue("id")
	visible, allowed := len(e.Tenants) == 0, len(e.Tenants) > 0 || c.who.MayAll(c.route.Permission)
	for _, t := range e.Tenants {
		visible = visible || c.sees(t)
		allowed = allowed && c.who.May(c.route.Permission, t)
	}
	switch {
	case !mine || !visible:
		return problem(nightjar.CodeNotFound, "there is no such exception of the rule", "GET /api/v1/rules/{id}/exceptions lists them")
	case !allowed:
		return problem(nightjar.CodeForbidden, "the exception is also of tenants that you may not change", "ask somebody who may")
	}
	entry := e.EndEntry()
	err := c.recording(entry.Action, entry.Tenant, entry.Target, entry.Detail, func(ctx context.Context) error {
		return s.cfg.Rules.EndException(ctx, id)
	})
	if err != nil {
		return err
	}
	return c.nothing()
}
