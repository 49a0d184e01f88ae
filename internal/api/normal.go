package api

import (
	"slices"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/alert"
	"github.com/nightjar-sec/nightjar/internal/search"
)

const (
	// normalSpan is how far what is normal looks back, and normalValues how
	// many values of a field are shown.
	normalSpan   = 30 * 24 * time.Hour
	normalValues = 20
	// normalEvidence bounds the findings whose events are compared.
	normalEvidence = 10
)

type normalBody struct {
	Entity *nightjar.Entity `json:"entity,omitempty"`
	From   time.Time        `json:"from"`
	To     time.Time        `json:"to"`
	Total  int64            `json:"total"`
	Days   int              `json:"days"`
	Fields []normalField    `json:"fields"`
	SQL    []string         `json:"sql"`
}

type normalField struct {
	Field    string        `json:"field"`
	Text     string        `json:"text"`
	Distinct int           `json:"distinct"`
	Values   []normalValue `json:"values"`
	New      []string      `json:"new"`
}

type normalValue struct {
	Value string    `json:"value"`
	Count int64     `json:"count"`
	Last  time.Time `json:"last"`
}

// getNormal sets the events of an alert beside those of the 30 days before, of
// whom it is about.
func (s *Server) getNormal(c *call) error {
	a, err := s.cfg.Alerts.Get(c.ctx, c.alertTenants(), c.r.PathValue("id"))
	if err != nil {
		return err
	}
	// The question is about the alert's tenant alone, which the caller may read.
	c.scope = []nightjar.Tenant{{ID: a.Tenant, Name: c.tenantName(a.Tenant)}}
	out := normalBody{From: a.First.Add(-normalSpan), To: a.First, Fields: []normalField{}, SQL: []string{}}
	entity, sql, err := aboutWhom(a, out.From, out.To)
	if err != nil {
		return err
	}
	if sql == "" {
		return c.ok(out)
	}
	out.Entity, out.SQL = &entity, append(out.SQL, sql)
	before, _, err := c.ask(sql)
	if err != nil {
		return err
	}
	now, sql, err := c.evidence(a)
	if err != nil {
		return err
	}
	if sql != "" {
		out.SQL = append(out.SQL, sql)
	}
	seen := normalRows(before)
	out.Days = len(seen["day"])
	for _, v := range seen["day"] {
		out.Total += v.Count
	}
	for _, f := range search.NormalFields() {
		all := seen[f.Name]
		one := normalField{Field: f.Name, Text: f.Text, Distinct: len(all), Values: some(all[:min(len(all), normalValues)]), New: []string{}}
		for _, v := range now[f.Name] {
			if !slices.ContainsFunc(all, func(b normalValue) bool { return b.Value == v.Value }) {
				one.New = append(one.New, v.Value)
			}
		}
		out.Fields = append(out.Fields, one)
	}
	return c.ok(out)
}

// aboutWhom chooses whose events are looked at: the user before the
// application before the address, and so on.
func aboutWhom(a alert.Alert, from, to time.Time) (nightjar.Entity, string, error) {
	for _, kind := range []nightjar.EntityKind{
		nightjar.EntityUser, nightjar.EntityMailbox, nightjar.EntityApplication, nightjar.EntityAddress, nightjar.EntitySession, nightjar.EntitySite, nightjar.EntityFile,
	} {
		for _, e := range a.Entities {
			if e.Kind != kind {
				continue
			}
			sql, ok, err := search.Normal(e, from, to)
			if err != nil || ok {
				return e, sql, err
			}
		}
	}
	return nightjar.Entity{}, "", nil
}

// evidence asks for the values that the events of an alert's latest findings have.
func (c *call) evidence(a alert.Alert) (map[string][]normalValue, string, error) {
	found, _, err := c.server.cfg.Alerts.Findings(c.ctx, []nightjar.TenantID{a.Tenant}, a.ID, "", normalEvidence)
	if err != nil {
		return nil, "", err
	}
	var ids []string
	var from, to time.Time
	for _, f := range found {
		for _, e := range f.Events {
			ids = append(ids, e.ID)
			if from.IsZero() || e.Time.Before(from) {
				from = e.Time
			}
			if e.Time.After(to) {
				to = e.Time
			}
		}
	}
	if len(ids) == 0 {
		return nil, "", nil
	}
	sql, err := search.NormalOf(ids, from, to)
	if err != nil {
		return nil, "", err
	}
	t, _, err := c.ask(sql)
	if err != nil {
		return nil, "", err
	}
	return normalRows(t), sql, nil
}

// normalRows are the rows of an answer by field, in their order.
func normalRows(t *table) map[string][]normalValue {
	out := map[string][]normalValue{}
	for _, r := range t.rows {
		field := text(r[0])
		out[field] = append(out[field], normalValue{text(r[1]), integer(r[2]), moment(r[3])})
	}
	return out
}
