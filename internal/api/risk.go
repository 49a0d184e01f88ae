package api

import (
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/alert"
)

type riskBody struct {
	Tenant   string            `json:"tenant"` // name
	TenantID nightjar.TenantID `json:"tenant_id"`
	Entity   nightjar.Entity   `json:"entity"`
	Score    float64           `json:"score"`
	Level    nightjar.Severity `json:"level"`
	Alerts   int               `json:"alerts"`
	Tactics  []string          `json:"tactics"`
	Last     time.Time         `json:"last"`
	Reasons  []riskReason      `json:"reasons"`
}

type riskReason struct {
	Alert    string            `json:"alert"`
	Title    string            `json:"title"`
	Severity nightjar.Severity `json:"severity"`
	Points   float64           `json:"points"`
}

func (s *Server) listRisk(c *call) error {
	limit, err := c.limit()
	if err != nil {
		return err
	}
	f := alert.RiskFilter{Tenants: c.alertTenants(), Entity: c.r.URL.Query().Get("entity"), Limit: limit}
	if f.Kinds, err = closedSet("kind", c.r.URL.Query()["kind"], nightjar.EntityKinds()); err != nil {
		return err
	}
	found, err := s.cfg.Alerts.Risks(c.ctx, f)
	if err != nil {
		return err
	}
	out := make([]riskBody, len(found))
	for i, r := range found {
		out[i] = riskBody{c.tenantName(r.Tenant), r.Tenant, r.Entity, r.Score, r.Level, r.Alerts, some(r.Tactics), r.Last, []riskReason{}}
		for _, reason := range r.Reasons {
			out[i].Reasons = append(out[i].Reasons, riskReason(reason))
		}
	}
	return c.ok(listOf(out))
}

// qualityDays is how far the quality of rules looks back.
const qualityDays = 90

type qualityBody struct {
	Rule        string        `json:"rule"`
	Title       string        `json:"title"`
	Alerts      int64         `json:"alerts"`
	Open        int64         `json:"open"`
	True        int64         `json:"true"`
	Benign      int64         `json:"benign"`
	False       int64         `json:"false"`
	FalseRatio  *float64      `json:"false_ratio,omitempty"`
	Acknowledge *float64      `json:"acknowledge_seconds,omitempty"`
	Close       *float64      `json:"close_seconds,omitempty"`
	Verdict     alert.Verdict `json:"verdict"`
	Why         string        `json:"why"`
}

func (s *Server) listQuality(c *call) error {
	from, to, err := c.span(qualityDays * 24 * time.Hour)
	if err != nil {
		return err
	}
	rule, _, err := c.namedRule(c.r.URL.Query().Get("rule"), "")
	if err != nil {
		return err
	}
	found, err := s.cfg.Alerts.Qualities(c.ctx, c.alertTenants(), rule, from, to)
	if err != nil {
		return err
	}
	seconds := func(d time.Duration) *float64 {
		if d <= 0 {
			return nil
		}
		s := d.Seconds()
		return &s
	}
	out := make([]qualityBody, len(found))
	for i, q := range found {
		out[i] = qualityBody{q.Rule, q.Title, q.Alerts, q.Open, q.True, q.Benign, q.False, nil, seconds(q.Acknowledge), seconds(q.Close), q.Verdict, q.Why}
		if q.Judged() > 0 {
			out[i].FalseRatio = &q.FalseRatio
		}
	}
	return c.ok(listOf(out))
}
