package api

import (
	"context"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/dashboard"
)

type dashboardSummary struct {
	ID      string `json:"id"`
	Title   string `json:"title"`
	Text    string `json:"text,omitempty"`
	Ready   bool   `json:"ready"`
	Panels  int    `json:"panels"`
	Problem string `json:"problem,omitempty"`
}

func (s *Server) listDashboards(c *call) error {
	all, err := s.cfg.Dashboards.List()
	if err != nil {
		return err
	}
	out := []dashboardSummary{}
	for _, d := range all {
		out = append(out, dashboardSummary(d))
	}
	return c.ok(listOf(out))
}

func (s *Server) getDashboard(c *call) error {
	d, err := s.cfg.Dashboards.Get(c.r.PathValue("id"))
	if err != nil {
		return err
	}
	return c.dashboard(d)
}

func (c *call) dashboard(d dashboard.Dashboard) error {
	d.Panels = some(d.Panels)
	return c.ok(d)
}

func (s *Server) saveDashboard(c *call) error {
	var q struct {
		Title  string            `json:"title"`
		Text   string            `json:"text"`
		Panels []dashboard.Panel `json:"panels"`
	}
	if err := c.decode(&q); err != nil {
		return err
	}
	id := c.r.PathValue("id")
	var saved dashboard.Dashboard
	err := c.recordingFile(nightjar.ActionDashboardSave, id, func(context.Context) (err error) {
		saved, err = s.cfg.Dashboards.Put(dashboard.Dashboard{ID: id, Title: q.Title, Text: q.Text, Panels: q.Panels})
		return err
	})
	if err != nil {
		return err
	}
	return c.dashboard(saved)
}

func (s *Server) removeDashboard(c *call) error {
	id := c.r.PathValue("id")
	err := c.recordingFile(nightjar.ActionDashboardRemove, id, func(context.Context) error { return s.cfg.Dashboards.Delete(id) })
	if err != nil {
		return err
	}
	return c.nothing()
}
