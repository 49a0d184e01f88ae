package api

import (
	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/query"
	"github.com/nightjar-sec/nightjar/internal/search"
)

// getNormal sets the events of an alert beside those of the 30 days before, of
// whom it is about.
func (s *Server) getNormal(c *call) error {
	a, err := s.cfg.Alerts.Get(c.ctx, c.alertTenants(), c.r.PathValue("id"))
	if err != nil {
		return err
	}
	// The question is about the alert's tenant alone, which the caller may read.
	c.scope = []nightjar.Tenant{{ID: a.Tenant, Name: c.tenantName(a.Tenant)}}
	evidence, err := s.cfg.Alerts.Evidence(c.ctx, a, search.NormalFindings)
	if err != nil {
		return err
	}
	q, err := search.AskNormal(a.Entities, a.First, evidence)
	if err != nil {
		return err
	}
	before, now := search.NormalRows{}, search.NormalRows{}
	for _, one := range []struct {
		sql  string
		rows search.NormalRows
	}{{q.Before, before}, {q.Evidence, now}} {
		if one.sql == "" {
			continue
		}
		c.extend(s.wall() + queueWait + writeBound)
		if _, err := c.run(one.sql, query.Limits{Rows: search.NormalRowsMost, Bytes: jsonBytes}, one.rows); err != nil {
			return err
		}
	}
	return c.ok(q.Answer(before, now))
}

// listRelated lists other alerts that help to judge one.
func (s *Server) listRelated(c *call) error {
	a, err := s.cfg.Alerts.Get(c.ctx, c.alertTenants(), c.r.PathValue("id"))
	if err != nil {
		return err
	}
	found, err := s.cfg.Alerts.Related(c.ctx, a)
	if err != nil {
		return err
	}
	return c.ok(listOf(c.alertsOf(found)))
}
