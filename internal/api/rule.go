package api

import (
	"fmt"
	"reflect"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/ruleset"
	"github.com/nightjar-sec/nightjar/internal/schedule"
)

type tenantValue struct {
	Tenant nightjar.TenantID `json:"tenant"`
	Value  any               `json:"value"`
}

type ruleParameter struct {
	Name    string                `json:"name"`
	Type    ruleset.ParameterType `json:"type"`
	Value   any                   `json:"value"`
	Default any                   `json:"default"`
	Text    string                `json:"text,omitempty"`
	Source  string                `json:"source,omitempty"`
	Tenants []tenantValue         `json:"tenants"`
}

type ruleEntity struct {
	Kind   nightjar.EntityKind `json:"kind"`
	Fields []string            `json:"fields"`
}

type ruleField struct {
	Name   string   `json:"name"`
	Places []string `json:"places"`
}

type ruleTest struct {
	Name   string `json:"name"`
	Events int    `json:"events"`
	Alerts int    `json:"alerts"`
}

type ruleBinding struct {
	LogSource string   `json:"log_source"`
	Sources   []string `json:"sources"`
	Runs      bool     `json:"runs"`
	Unbound   []string `json:"unbound"`
	Reason    string   `json:"reason,omitempty"`
}

type ruleSchedule struct {
	Every    string    `json:"every"`
	Lookback string    `json:"lookback"`
	Query    string    `json:"query,omitempty"`
	Warning  []string  `json:"warning,omitempty"`
	Last     time.Time `json:"last,omitzero"`
	Next     time.Time `json:"next,omitzero"`
	Problem  string    `json:"problem,omitempty"`
}

type ruleDetail struct {
	ruleBody
	Description    string                `json:"description"`
	Author         string                `json:"author,omitempty"`
	References     []string              `json:"references"`
	FalsePositives []string              `json:"false_positives"`
	Reason         string                `json:"reason"`
	Response       []string              `json:"response"`
	Entities       []ruleEntity          `json:"entities"`
	Group          []nightjar.EntityKind `json:"group"`
	Parameters     []ruleParameter       `json:"parameters"`
	Fields         []ruleField           `json:"fields"`
	Binding        *ruleBinding          `json:"binding,omitempty"`
	Uses           []string              `json:"uses"`
	UsedBy         []string              `json:"used_by"`
	Schedule       *ruleSchedule         `json:"schedule,omitempty"`
	Text           string                `json:"text"`
	File           string                `json:"file"`
	Line           int                   `json:"line"`
	Version        string                `json:"version"`
	TestList       []ruleTest            `json:"test_list"`
	ExceptionList  []exceptionBody       `json:"exception_list"`
	Changes        []changeBody          `json:"changes"`
	// Warnings are what nightjar rule check says of the rule.
	Warnings []ruleFault `json:"warnings"`
}

func (s *Server) getRule(c *call) error {
	v, err := c.rules()
	if err != nil {
		return err
	}
	info, err := v.find(c.r.PathValue("id"))
	if err != nil {
		return err
	}
	return c.ok(v.detail(info))
}

func (v *ruleView) find(id string) (*ruleset.Info, error) {
	if info := v.set.Info(id); info != nil {
		return info, nil
	}
	return nil, v.set.Missing(id, "GET /api/v1/rules lists them")
}

func (v *ruleView) detail(i *ruleset.Info) ruleDetail {
	d := ruleDetail{
		ruleBody: v.rule(i), Description: i.Description, Author: i.Author, References: some(i.References), FalsePositives: some(i.FalsePositives),
		Reason: i.Reason, Response: some(i.Response), Entities: []ruleEntity{}, Group: some(i.Group), Parameters: []ruleParameter{}, Fields: []ruleField{},
		Uses: some(i.Uses), UsedBy: some(v.set.UsedBy(i)), Text: v.set.FullText(i), File: i.File, Line: i.Line, Version: v.set.For("").Version(i.Label()),
		TestList: []ruleTest{}, ExceptionList: v.exceptions(i.Label()), Changes: v.changes(i.Label()), Warnings: []ruleFault{},
	}
	for _, e := range i.Entities {
		d.Entities = append(d.Entities, ruleEntity(e))
	}
	for _, p := range i.Parameters {
		out := ruleParameter{Name: p.Name, Type: p.Type, Value: v.set.Value(i, p.Name, ""), Default: p.Value, Text: p.Text, Source: p.Source, Tenants: []tenantValue{}}
		for _, t := range v.scope {
			if value := v.set.Value(i, p.Name, t.ID); !reflect.DeepEqual(value, out.Value) {
				out.Tenants = append(out.Tenants, tenantValue{t.ID, value})
			}
		}
		d.Parameters = append(d.Parameters, out)
	}
	if i.Scheduled != nil {
		d.Schedule = v.schedule(i)
	}
	for _, t := range i.Tests {
		d.TestList = append(d.TestList, ruleTest{t.Name, t.Size, t.Count})
	}
	for _, f := range v.set.Faults {
		if f.Warning && f.Rule == i.Label() {
			d.Warnings = append(d.Warnings, faultOf(f))
		}
	}
	for _, f := range v.meaning.Doubts(i, nil) {
		d.Warnings = append(d.Warnings, faultOf(f))
	}
	if i.Kind == ruleset.Detection || i.Kind == ruleset.Correlation {
		for _, f := range v.meaning.Fields(i) {
			d.Fields = append(d.Fields, ruleField(f))
		}
		b := v.meaning.Binding(i)
		d.Binding = &ruleBinding{v.meaning.LogSource(i), some(b.Sources), b.Runs, some(b.Unbound), b.Reason}
	}
	return d
}

// schedule says when a rule is asked and how far it has come.
func (v *ruleView) schedule(i *ruleset.Info) *ruleSchedule {
	q, state := i.Scheduled, v.states[i.Label()]
	out := &ruleSchedule{Query: q.Query, Last: state.Until, Problem: v.problem(state)}
	for _, code := range q.Warnings {
		out.Warning = append(out.Warning, string(code))
	}
	if q.Every > 0 {
		out.Every, out.Lookback = spanText(q.Every), spanText(q.Lookback)
		if !state.Until.IsZero() {
			out.Next = state.Until.Add(q.Every + q.Delay)
		}
	}
	return out
}

// problem says why a rule cannot be asked: of all tenants, or of one of the
// request alone. What a query says of its failure may name what is in the
// events of any tenant, so who does not see all is told only that it fails.
func (v *ruleView) problem(state schedule.State) string {
	switch {
	case state.Problem != "" && v.sees != nil:
		return askFails
	case state.Problem != "":
		return state.Problem
	}
	for _, t := range v.scope {
		if one := state.Tenants[t.ID]; one.Problem != "" {
			return one.Problem
		}
	}
	return ""
}

// askFails is all that is said of a failure to who does not see all tenants.
const askFails = "its query fails; who sees all tenants is told why"

// spanText writes a span as rules do: 90s, 15m, 2h, 7d.
func spanText(d time.Duration) string {
	for _, unit := range []struct {
		of   time.Duration
		name string
	}{{24 * time.Hour, "d"}, {time.Hour, "h"}, {time.Minute, "m"}} {
		if d%unit.of == 0 {
			return fmt.Sprintf("%d%s", d/unit.of, unit.name)
		}
	}
	return fmt.Sprintf("%gs", d.Seconds())
}
