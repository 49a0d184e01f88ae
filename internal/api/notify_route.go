package api

import (
	"context"
	"strconv"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/alert/notify"
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

func (s *Server) testRoutes(c *call) error {
	var q struct {
		Severity nightjar.Severity `json:"severity"`
		Tenant   nightjar.TenantID `json:"tenant"`
		Rule     string            `json:"rule"`
		Pack     string            `json:"pack"`
		Tags     []string          `json:"tags"`
		State    notify.State      `json:"state"`
		Time     time.Time         `json:"time"`
		Routes   []notify.Route    `json:"routes"`
	}
	if err := c.decode(&q); err != nil {
		return err
	}
	if q.Severity.Rank() < 0 {
		return invalid("there is no such severity", "low, medium, high or critical")
	}
	if q.State == "" {
		q.State = notify.StateOpened
	}
	what := notify.Notice{State: q.State, Severity: q.Severity, Tenant: q.Tenant, Rule: q.Rule, Pack: q.Pack, Tags: q.Tags, Time: q.Time.UTC()}
	if q.Time.IsZero() {
		what.Time = time.Time{}
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
	}
	var out []hit
	for _, h := range hits {
		out = append(out, hit{h.Route, some(h.Channels), h.Notified, h.Due})
	}
	return c.ok(listOf(out))
}
