package api

import (
	"context"
	"slices"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/access"
	"github.com/nightjar-sec/nightjar/internal/alert"
)

// alertBody is an alert as callers see it.
type alertBody struct {
	ID           string            `json:"id"`
	Number       int64             `json:"number"`
	Tenant       string            `json:"tenant"` // name
	TenantID     nightjar.TenantID `json:"tenant_id"`
	Rule         string            `json:"rule"`
	Pack         string            `json:"pack,omitempty"`
	Title        string            `json:"title"`
	Severity     nightjar.Severity `json:"severity"`
	RuleSeverity nightjar.Severity `json:"rule_severity"`
	SeverityBy   string            `json:"severity_by,omitempty"`
	Reason       string            `json:"reason"`
	Status       alert.Status      `json:"status"`
	Disposition  alert.Disposition `json:"disposition,omitempty"`
	Former       alert.Disposition `json:"former_disposition,omitempty"`
	Assignee     string            `json:"assignee,omitempty"`
	AssigneeName string            `json:"assignee_name,omitempty"`
	Findings     int64             `json:"findings"`
	Count        int64             `json:"count"`
	First        time.Time         `json:"first"`
	Last         time.Time         `json:"last"`
	Opened       time.Time         `json:"opened"`
	Changed      time.Time         `json:"changed"`
	Acknowledged time.Time         `json:"acknowledged,omitzero"`
	Closed       time.Time         `json:"closed,omitzero"`
	Entities     []nightjar.Entity `json:"entities"`
	Tags         []string          `json:"tags"`
	Tactics      []string          `json:"tactics"`
	Techniques   []string          `json:"techniques"`
	Fingerprint  string            `json:"fingerprint"`
	Incident     string            `json:"incident"`
	Previous     string            `json:"previous,omitempty"`
	Silence      string            `json:"silence,omitempty"`
	Inhibitor    string            `json:"inhibitor,omitempty"`
	Version      int64             `json:"version"`
	Exception    *proposalBody     `json:"exception,omitempty"`
}

// proposalBody is what would have kept an alert from opening.
type proposalBody struct {
	Rule     string            `json:"rule"`
	TenantID nightjar.TenantID `json:"tenant_id"`
	Where    []fieldBody       `json:"where"`
	Reason   string            `json:"reason,omitempty"`
}

type fieldBody struct {
	Field string `json:"field"`
	Value string `json:"value"`
}

// alertOf shows an alert.
func (c *call) alertOf(a alert.Alert) alertBody {
	return alertBody{
		ID: a.ID, Number: a.Number, Tenant: c.tenantName(a.Tenant), TenantID: a.Tenant, Rule: a.Rule, Pack: a.Pack, Title: a.Title,
		Severity: a.Severity, RuleSeverity: a.RuleSeverity, SeverityBy: a.SeverityBy, Reason: a.Reason, Status: a.Status, Disposition: a.Disposition, Former: a.Former,
		Assignee: a.Assignee, AssigneeName: a.AssigneeName, Findings: a.Findings, Count: a.Count, First: a.First, Last: a.Last, Opened: a.Opened,
		Changed: a.Changed, Acknowledged: a.Acknowledged, Closed: a.Closed, Entities: some(a.Entities), Tags: some(a.Tags),
		Tactics: some(alert.Tactics(a.Tags)), Techniques: some(alert.Techniques(a.Tags)), Fingerprint: a.Fingerprint, Incident: a.Incident,
		Previous: a.Previous, Silence: a.Silence, Inhibitor: a.Inhibitor, Version: a.Version,
	}
}

func (c *call) alertsOf(all []alert.Alert) []alertBody {
	out := make([]alertBody, len(all))
	for i, a := range all {
		out[i] = c.alertOf(a)
	}
	return out
}

// tenantName is how people know a tenant, also one that was removed.
func (c *call) tenantName(id nightjar.TenantID) string {
	for _, k := range c.known {
		if k.ID == id {
			return k.Name
		}
	}
	if id == nightjar.Installation {
		return ourName
	}
	return string(id)
}

// alertTenants are the tenants whose alerts the caller sees in this request:
// of all of them those of Nightjar itself too.
func (c *call) alertTenants() []nightjar.TenantID {
	if c.route.Tenant == tenantNone {
		return c.tenantsFor(c.route.Permission)
	}
	out := make([]nightjar.TenantID, 0, len(c.scope)+1)
	for _, t := range c.scope {
		out = append(out, t.ID)
	}
	if c.who.MayAll(c.route.Permission) && len(c.scope) == len(c.known) && !slices.Contains(out, nightjar.Installation) {
		return nil
	}
	return out
}

// tenantsFor are the tenants for which the caller has a permission; nil for
// all, also Nightjar itself.
func (c *call) tenantsFor(p access.Permission) []nightjar.TenantID {
	if c.who.MayAll(p) {
		return nil
	}
	out := []nightjar.TenantID{}
	for _, t := range c.may(p) {
		out = append(out, t.ID)
	}
	return out
}

func (s *Server) listAlerts(c *call) error {
	f, err := c.alertFilter()
	if err != nil {
		return err
	}
	found, next, err := s.cfg.Alerts.List(c.ctx, f)
	if err == nil && len(found) == 0 && f.Incident != "" {
		_, _, _, err = s.cfg.Alerts.Incident(c.ctx, f.Tenants, f.Incident) // nothing fits, or there is none
	}
	if err != nil {
		return err
	}
	return c.ok(list[alertBody]{Items: c.alertsOf(found), Next: next})
}

func (s *Server) getAlert(c *call) error {
	a, err := s.cfg.Alerts.Get(c.ctx, c.alertTenants(), c.r.PathValue("id"))
	if err != nil {
		return err
	}
	shown, err := c.wholeAlert(c.ctx, a)
	if err != nil {
		return err
	}
	return c.ok(shown)
}

// wholeAlert is an alert with the exception that it suggests, when it was
// closed as false.
func (c *call) wholeAlert(ctx context.Context, a alert.Alert) (alertBody, error) {
	out := c.alertOf(a)
	if a.Status != alert.StatusClosed || a.Disposition != alert.DispositionFalse {
		return out, nil
	}
	e, found, err := c.server.cfg.Alerts.Propose(ctx, a)
	if err != nil || !found {
		return out, err
	}
	out.Exception = &proposalBody{Rule: e.Rule, TenantID: e.Tenant, Reason: e.Reason}
	for _, w := range e.Where {
		out.Exception.Where = append(out.Exception.Where, fieldBody(w))
	}
	return out, nil
}

type alertChange struct {
	IDs         []string          `json:"ids"`
	Action      alert.Action      `json:"action"`
	Versions    map[string]int64  `json:"versions"`
	Comment     string            `json:"comment"`
	Assignee    string            `json:"assignee"`
	Disposition alert.Disposition `json:"disposition"`
	Severity    nightjar.Severity `json:"severity"`
}

func (s *Server) changeAlerts(c *call) error {
	var q alertChange
	if err := c.decode(&q); err != nil {
		return err
	}
	// Whoever does not see an alert is told that there is none; whoever sees it
	// and may do nothing with it, that.
	sees, may := c.tenantsFor(access.PermEventRead), c.alertTenants()
	for _, id := range q.IDs[:min(len(q.IDs), 500)] {
		a, err := s.cfg.Alerts.Get(c.ctx, sees, id)
		if err != nil {
			return err
		}
		if may != nil && !slices.Contains(may, a.Tenant) {
			return forbidden(c.route.Permission)
		}
	}
	request := alert.Request{Action: q.Action, IDs: q.IDs, Versions: q.Versions, Comment: q.Comment, Disposition: q.Disposition, Severity: q.Severity}
	if q.Action == alert.ActionAssign {
		var err error
		if request.Assignee, request.AssigneeName, err = c.assignee(q.Assignee); err != nil {
			return err
		}
	}
	changed, err := s.cfg.Alerts.Change(c.ctx, c.decider(may), request)
	if err != nil {
		return err
	}
	out := list[alertBody]{Items: make([]alertBody, len(changed))}
	for i, a := range changed {
		if out.Items[i], err = c.wholeAlert(c.ctx, a); err != nil {
			return err
		}
	}
	return c.ok(out)
}

// decider is the caller as alerts know those who decide about them.
func (c *call) decider(tenants []nightjar.TenantID) alert.Who {
	return alert.Who{Actor: c.who.Actor(), Address: c.from, Tenants: tenants}
}

// assignee finds who is to take an alert: the caller, or one of the people.
func (c *call) assignee(ref string) (id, name string, err error) {
	switch ref {
	case "":
		return "", "", nil
	case "me":
		ref = c.who.Person
	}
	p, err := c.server.cfg.Access.Person(c.ctx, ref)
	if nightjar.CodeOf(err) == nightjar.CodeNotFound || err == nil && (p.Disabled || p.ID != ref) {
		return "", "", problem(nightjar.CodeNotFound, "there is nobody of this id who could take it", "use \"me\" or the id of a person")
	}
	return p.ID, p.Name, err
}

func (s *Server) countAlerts(c *call) error {
	n, err := s.cfg.Alerts.Count(c.ctx, c.alertTenants(), c.who.Person)
	if err != nil {
		return err
	}
	type severityCount struct {
		Severity nightjar.Severity `json:"severity"`
		Count    int64             `json:"count"`
	}
	out := struct {
		New          int64           `json:"new"`
		Acknowledged int64           `json:"acknowledged"`
		Mine         int64           `json:"mine"`
		Silenced     int64           `json:"silenced"`
		Severities   []severityCount `json:"severities"`
	}{n.New, n.Acknowledged, n.Mine, n.Silenced, []severityCount{}}
	for _, s := range n.Severities {
		out.Severities = append(out.Severities, severityCount(s))
	}
	return c.ok(out)
}
