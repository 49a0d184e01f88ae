package api

import (
	"strconv"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/audit"
)

type actorBody struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Kind string `json:"kind"`
}

type auditBody struct {
	Seq     int64             `json:"seq"`
	Time    time.Time         `json:"time"`
	Actor   actorBody         `json:"actor"`
	Address string            `json:"address,omitempty"`
	Action  string            `json:"action"`
	Tenant  nightjar.TenantID `json:"tenant,omitempty"`
	Target  string            `json:"target,omitempty"`
	Detail  map[string]string `json:"detail,omitempty"`
	Outcome string            `json:"outcome"`
}

func (s *Server) listAudit(c *call) error {
	q := c.r.URL.Query()
	limit, err := c.limit()
	if err != nil {
		return err
	}
	f := audit.Filter{Actor: q.Get("actor"), Action: nightjar.AuditAction(q.Get("action")), Limit: limit}
	if f.From, err = c.timeOf("from"); err != nil {
		return err
	}
	if f.To, err = c.timeOf("to"); err != nil {
		return err
	}
	if cursor := q.Get("cursor"); cursor != "" {
		if f.Before, err = strconv.ParseInt(cursor, 10, 64); err != nil || f.Before < 1 {
			return invalid("the cursor is not one that Nightjar gave", "begin again without a cursor")
		}
	}
	for _, t := range q["tenant"] {
		id, err := nightjar.ParseTenantID(t)
		if err != nil {
			return err
		}
		f.Tenants = append(f.Tenants, id)
	}
	entries, err := s.cfg.Audit.List(c.ctx, f)
	if err != nil {
		return err
	}
	out := list[auditBody]{Items: []auditBody{}}
	for _, e := range entries {
		b := auditBody{
			Seq: e.Seq, Time: e.Time, Actor: actorBody{e.Actor.ID, e.Actor.Name, string(e.Actor.Kind)}, Action: string(e.Action),
			Tenant: e.Tenant, Target: e.Target, Detail: e.Detail, Outcome: string(e.Outcome),
		}
		if e.Address.IsValid() {
			b.Address = e.Address.String()
		}
		out.Items = append(out.Items, b)
	}
	if len(entries) == limit && entries[limit-1].Seq > 1 {
		out.Next = strconv.FormatInt(entries[limit-1].Seq, 10)
	}
	return c.ok(out)
}

func (s *Server) verifyAudit(c *call) error {
	c.extend(10 * time.Minute)
	r, err := s.cfg.Audit.Verify(c.ctx)
	if err != nil {
		return err
	}
	type head struct {
		Seq  int64  `json:"seq"`
		Hash string `json:"hash"`
	}
	out := struct {
		OK      bool          `json:"ok"`
		Entries int64         `json:"entries"`
		Head    *head         `json:"head,omitempty"`
		Broken  *audit.Broken `json:"broken,omitempty"`
	}{OK: r.Broken == nil, Entries: r.Entries, Broken: r.Broken}
	if r.Head.Seq > 0 {
		out.Head = &head{r.Head.Seq, r.Head.Hash}
	}
	return c.ok(out)
}
