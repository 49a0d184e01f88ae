package api

import (
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/alert"
)

// findingBody is a finding as callers see it.
type findingBody struct {
	ID       string              `json:"id"`
	Rule     string              `json:"rule"`
	Version  string              `json:"version"`
	Title    string              `json:"title"`
	Severity nightjar.Severity   `json:"severity"`
	Reason   string              `json:"reason"`
	Time     time.Time           `json:"time"`
	First    time.Time           `json:"first"`
	Last     time.Time           `json:"last"`
	Recorded time.Time           `json:"recorded"`
	Count    int64               `json:"count"`
	DryRun   bool                `json:"dry_run"`
	Entities []nightjar.Entity   `json:"entities"`
	Tags     []string            `json:"tags"`
	Values   map[string]string   `json:"values"`
	Events   []nightjar.EventRef `json:"events"`
}

func findingOf(f alert.Recorded) findingBody {
	out := findingBody{
		ID: f.ID, Rule: f.Rule, Version: f.Version, Title: f.Title, Severity: f.Severity, Reason: f.Reason, Time: f.Time, First: f.First, Last: f.Last,
		Recorded: f.Recorded, Count: f.Count, DryRun: f.DryRun, Entities: some(f.Entities), Tags: some(f.Tags), Values: f.Values, Events: some(f.Events),
	}
	if out.Values == nil {
		out.Values = map[string]string{}
	}
	return out
}

func (s *Server) listFindings(c *call) error {
	limit, err := c.limit()
	if err != nil {
		return err
	}
	found, next, err := s.cfg.Alerts.Findings(c.ctx, c.alertTenants(), c.r.PathValue("id"), c.r.URL.Query().Get("cursor"), limit)
	if err != nil {
		return err
	}
	out := list[findingBody]{Items: make([]findingBody, len(found)), Next: next}
	for i, f := range found {
		out.Items[i] = findingOf(f)
	}
	return c.ok(out)
}

type historyBody struct {
	Seq     int64               `json:"seq"`
	Time    time.Time           `json:"time"`
	Actor   actorBody           `json:"actor"`
	Action  alert.HistoryAction `json:"action"`
	Was     string              `json:"was,omitempty"`
	Became  string              `json:"became,omitempty"`
	Comment string              `json:"comment,omitempty"`
}

func (s *Server) listAlertHistory(c *call) error {
	entries, err := s.cfg.Alerts.History(c.ctx, c.alertTenants(), c.r.PathValue("id"))
	if err != nil {
		return err
	}
	out := make([]historyBody, len(entries))
	for i, e := range entries {
		out[i] = historyBody{e.Seq, e.Time, actorBody{e.Actor.ID, e.Actor.Name, string(e.Actor.Kind)}, e.Action, e.Was, e.Became, e.Comment}
	}
	return c.ok(listOf(out))
}
