package api

import (
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/alert"
)

// incidentBody is an incident as callers see it.
type incidentBody struct {
	ID         string            `json:"id"`
	Number     int64             `json:"number"`
	Tenant     string            `json:"tenant"` // name
	TenantID   nightjar.TenantID `json:"tenant_id"`
	Title      string            `json:"title"`
	Severity   nightjar.Severity `json:"severity"`
	Status     string            `json:"status"`
	Alerts     int64             `json:"alerts"`
	Open       int64             `json:"open"`
	Findings   int64             `json:"findings"`
	First      time.Time         `json:"first"`
	Last       time.Time         `json:"last"`
	Opened     time.Time         `json:"opened"`
	Tactics    []string          `json:"tactics"`
	Techniques []string          `json:"techniques"`
	Entities   []involvedBody    `json:"entities"`
}

type involvedBody struct {
	nightjar.Entity
	Alerts int64 `json:"alerts"`
}

func (c *call) incidentOf(i alert.Incident) incidentBody {
	out := incidentBody{
		ID: i.ID, Number: i.Number, Tenant: c.tenantName(i.Tenant), TenantID: i.Tenant, Title: i.Title, Severity: i.Severity, Status: "open",
		Alerts: i.Alerts, Open: i.Open, Findings: i.Findings, First: i.First, Last: i.Last, Opened: i.Opened, Tactics: some(i.Tactics),
		Techniques: some(alert.Techniques(i.Tags)), Entities: []involvedBody{},
	}
	if i.Open == 0 {
		out.Status = "closed"
	}
	for _, e := range i.Entities {
		out.Entities = append(out.Entities, involvedBody(e))
	}
	return out
}

func (s *Server) listIncidents(c *call) error {
	q := c.r.URL.Query()
	limit, err := c.limit()
	if err != nil {
		return err
	}
	f := alert.IncidentFilter{Tenants: c.alertTenants(), Cursor: q.Get("cursor"), Limit: limit}
	several, err := truth(q.Get("several"))
	if err != nil {
		return err
	}
	f.Several = several != nil && *several
	switch status := q.Get("status"); status {
	case "":
	case "open", "closed":
		open := status == "open"
		f.Open = &open
	default:
		return invalid("an incident is open or closed", "leave status out for both")
	}
	found, next, err := s.cfg.Alerts.Incidents(c.ctx, f)
	if err != nil {
		return err
	}
	out := list[incidentBody]{Items: make([]incidentBody, len(found)), Next: next}
	for i, one := range found {
		out.Items[i] = c.incidentOf(one)
	}
	return c.ok(out)
}

type momentBody struct {
	Time     time.Time         `json:"time"`
	Kind     string            `json:"kind"`
	Alert    string            `json:"alert"`
	Severity nightjar.Severity `json:"severity,omitempty"`
	Text     string            `json:"text"`
	Actor    string            `json:"actor,omitempty"`
	Events   int64             `json:"events,omitempty"`
}

func (s *Server) getIncident(c *call) error {
	one, alerts, moments, err := s.cfg.Alerts.Incident(c.ctx, c.alertTenants(), c.r.PathValue("id"))
	if err != nil {
		return err
	}
	timeline := make([]momentBody, len(moments))
	for i, m := range moments {
		timeline[i] = momentBody{m.Time, "change", m.Alert, m.Severity, m.Text, m.Actor, m.Events}
		if m.Finding {
			timeline[i].Kind = "finding"
		}
	}
	return c.ok(struct {
		Incident incidentBody `json:"incident"`
		Alerts   []alertBody  `json:"alerts"`
		Timeline []momentBody `json:"timeline"`
	}{c.incidentOf(one), c.alertsOf(alerts), timeline})
}
