package api

import (
	"github.com/nightjar-sec/nightjar/internal/ruleset"
)

type packBody struct {
	Name   string       `json:"name"`
	Rules  int          `json:"rules"`
	On     int          `json:"on"`
	DryRun int          `json:"dry_run"`
	Off    int          `json:"off"`
	Mode   ruleset.Mode `json:"mode"`
	Modes  []tenantMode `json:"modes"`
	Hits   *ruleHits    `json:"hits,omitempty"`
}

func (s *Server) listPacks(c *call) error {
	v, err := c.rules()
	if err != nil {
		return err
	}
	return c.ok(listOf(v.packs()))
}

func (v *ruleView) packs() []packBody {
	out := []packBody{}
	for _, name := range v.set.Packs() {
		p := packBody{Name: name, Mode: v.set.PackMode(name, ""), Modes: []tenantMode{}}
		for _, t := range v.scope {
			if mode := v.set.PackMode(name, t.ID); mode != p.Mode {
				p.Modes = append(p.Modes, tenantMode{t.ID, mode})
			}
		}
		if v.hits != nil {
			p.Hits = &ruleHits{}
		}
		for _, i := range v.set.Infos() {
			if i.Pack != name || !i.Alerts {
				continue
			}
			p.Rules++
			switch v.set.Mode(i.Label(), "") {
			case ruleset.On:
				p.On++
			case ruleset.DryRun:
				p.DryRun++
			case ruleset.Off:
				p.Off++
			}
			if h := v.hits[i.Label()]; p.Hits != nil {
				p.Hits.Day += h.Day
				p.Hits.Week += h.Week
				if h.Last.After(p.Hits.Last) {
					p.Hits.Last = h.Last
				}
			}
		}
		out = append(out, p)
	}
	return out
}

func (s *Server) setPackMode(c *call) error {
	if err := c.setMode(ruleset.Change{Pack: c.r.PathValue("id")}); err != nil {
		return err
	}
	c.readable()
	v, err := c.rules()
	if err != nil {
		return err
	}
	return c.ok(listOf(v.packs()))
}
