package api

import (
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/access"
	"github.com/nightjar-sec/nightjar/internal/health"
)

type checkBody struct {
	Name string        `json:"name"`
	OK   bool          `json:"ok"`
	Code nightjar.Code `json:"code,omitempty"`
}

func (s *Server) getHealth(c *call) error {
	st := s.cfg.Health(c.ctx)
	out := struct {
		Status   string          `json:"status"`
		Time     time.Time       `json:"time"`
		Build    health.Build    `json:"build"`
		Checks   []checkBody     `json:"checks"`
		Warnings []health.Active `json:"warnings"`
	}{Time: st.Time, Build: st.Build, Checks: []checkBody{}, Warnings: c.warnings("")}
	// In one word what the lists below say: what is wrong with tenants that the
	// caller may not see is not in it.
	out.Status = "ok"
	for _, w := range out.Warnings {
		if w.Severity != health.SeverityInfo {
			out.Status = "degraded"
		}
	}
	if st.Status == "failed" {
		out.Status = st.Status
	}
	for _, k := range st.Checks {
		out.Checks = append(out.Checks, checkBody{k.Name, k.OK, k.Code})
	}
	return c.ok(out)
}

// warnings are those that the caller may see: of the machine, and of the
// tenants whose status it may read; with a tenant only its own.
func (c *call) warnings(tenant nightjar.TenantID) []health.Active {
	out := []health.Active{}
	for _, a := range c.server.cfg.Registry.Current() {
		if tenant != "" && a.Tenant != tenant || a.Tenant != "" && !c.who.May(access.PermStatusRead, a.Tenant) {
			continue
		}
		// What a query over all tenants says of its failure may name what is in
		// the events of any.
		if a.Code == nightjar.WarnQueryRuleFailing && a.Tenant == "" && !c.who.MayAll(access.PermEventRead) {
			a.Text = "A scheduled rule finds nothing: " + askFails + ". It asks again, and catches up on what it missed."
		}
		out = append(out, a)
	}
	return out
}
