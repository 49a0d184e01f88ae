package api

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/access"
	"github.com/nightjar-sec/nightjar/internal/alert"
	"github.com/nightjar-sec/nightjar/internal/alert/notify"
	"github.com/nightjar-sec/nightjar/internal/connect"
)

type routesBody struct {
	Version int64          `json:"version"`
	Routes  []notify.Route `json:"routes"`
	Updated time.Time      `json:"updated,omitzero"`
}

func (s *Server) getRoutes(c *call) error {
	r, err := s.cfg.Notifier.Routes(c.ctx)
	if err != nil {
		return err
	}
	return c.ok(routesBody{r.Version, some(r.Routes), r.Updated})
}

func (s *Server) saveRoutes(c *call) error {
	var q struct {
		Version *int64         `json:"version"`
		Routes  []notify.Route `json:"routes"`
	}
	if err := c.decode(&q); err != nil {
		return err
	}
	if q.Version == nil || q.Routes == nil {
		return invalid("version or routes are missing", "GET /api/v1/routes has the version")
	}
	if err := c.settleRoutes(q.Routes); err != nil {
		return err
	}
	var saved notify.Routes
	err := c.recording(nightjar.ActionRouteSave, "", "routes", map[string]string{"routes": strconv.Itoa(len(q.Routes))}, func(ctx context.Context) (err error) {
		saved, err = s.cfg.Notifier.SaveRoutes(ctx, notify.Routes{Version: *q.Version, Routes: q.Routes})
		return err
	})
	if err != nil {
		return err
	}
	return c.ok(routesBody{saved.Version, some(saved.Routes), saved.Updated})
}

// routeTest is what is asked of routes: of an alert, or of its properties.
type routeTest struct {
	Alert    string            `json:"alert"`
	Severity nightjar.Severity `json:"severity"`
	Tenant   string            `json:"tenant"`
	Rule     string            `json:"rule"`
	Pack     string            `json:"pack"`
	Tags     []string          `json:"tags"`
	State    notify.State      `json:"state"`
	Time     time.Time         `json:"time"`
	Routes   []notify.Route    `json:"routes"`
}

// notice is the one that is asked about. What is not said of it is of the
// alert, or of the rule.
func (c *call) notice(q routeTest) (n notify.Notice, err error) {
	var one *alert.Alert
	if q.Alert != "" {
		found, err := c.server.cfg.Alerts.Get(c.ctx, c.tenantsFor(access.PermEventRead), q.Alert)
		if err != nil {
			return n, err
		}
		one = &found
	}
	tenant := []nightjar.TenantID{nightjar.TenantID(q.Tenant)}
	if q.Tenant != "" {
		if err := c.settleTenants(tenant); err != nil {
			return n, err
		}
	}
	n = notify.Notice{State: q.State, Severity: q.Severity, Tenant: tenant[0], Rule: q.Rule, Pack: q.Pack, Tags: q.Tags}
	if !q.Time.IsZero() {
		n.Time = q.Time.UTC()
	}
	return n.Complete(one, c.names())
}

func (s *Server) testRoutes(c *call) error {
	var q routeTest
	if err := c.decode(&q); err != nil {
		return err
	}
	what, err := c.notice(q)
	if err != nil {
		return err
	}
	if err := c.settleRoutes(q.Routes); err != nil {
		return err
	}
	hits, err := s.cfg.Notifier.Try(c.ctx, what, q.Routes)
	if err != nil {
		return err
	}
	type hit struct {
		Route    string    `json:"route"`
		Channels []string  `json:"channels"`
		Notified bool      `json:"notified"`
		Due      time.Time `json:"due,omitzero"`
		Instead  bool      `json:"instead,omitempty"`
	}
	var out []hit
	for _, h := range hits {
		out = append(out, hit{h.Route, some(h.Channels), h.Notified, h.Due, h.Instead})
	}
	return c.ok(listOf(out))
}

// settleTenants puts ids in the place of names of tenants.
func (c *call) settleTenants(list []nightjar.TenantID) error {
	for i, ref := range list {
		at := slices.IndexFunc(c.known, func(k connect.Connection) bool {
			return c.sees(k.ID) && (k.ID == ref || strings.EqualFold(k.Name, string(ref)))
		})
		switch {
		case at >= 0:
			list[i] = c.known[at].ID
		case c.who.MayAll(c.route.Permission) && (ref == nightjar.Installation || strings.EqualFold(string(ref), ourName)):
			list[i] = nightjar.Installation
		default:
			return invalid("there is no tenant "+quoted(string(ref[:min(len(ref), 64)])), "GET /api/v1/tenants lists them")
		}
	}
	return nil
}

// settleRoutes puts ids in the place of names, and refuses what does not exist
// and did not stand in the routes before: such a route would tell nobody.
func (c *call) settleRoutes(list []notify.Route) error {
	saved, err := c.server.cfg.Notifier.Routes(c.ctx)
	if err != nil {
		return err
	}
	names := c.names().With(saved.Names)
	for i := range list {
		known := saved.Tenants()
		list[i].Tenants = slices.Clone(list[i].Tenants)
		for t := range list[i].Tenants {
			if one := list[i].Tenants[t : t+1]; !slices.Contains(known, one[0]) {
				if err := c.settleTenants(one); err != nil {
					return err
				}
			}
		}
		if err := names.Settle(list[i].Rules, list[i].Packs); err != nil {
			return err
		}
	}
	return nil
}
