package api

import (
	"cmp"

	"github.com/nightjar-sec/nightjar/internal/query"
)

type tableDoc struct {
	Name    string      `json:"name"`
	Text    string      `json:"text"`
	Columns []columnDoc `json:"columns"`
}

type columnDoc struct {
	Name string `json:"name"`
	Type string `json:"type"`
	Text string `json:"text"`
}

type functionDoc struct {
	Name    string `json:"name"`
	Usage   string `json:"usage"`
	Text    string `json:"text"`
	Example string `json:"example"`
}

type queryLimits struct {
	Seconds    float64 `json:"seconds"`
	Rows       int64   `json:"rows"`
	Bytes      int64   `json:"bytes"`
	Memory     int64   `json:"memory"`
	Concurrent int     `json:"concurrent"`
}

func (s *Server) listTables(c *call) error {
	out := struct {
		Tables    []tableDoc    `json:"tables"`
		Functions []functionDoc `json:"functions"`
		Limits    queryLimits   `json:"limits"`
	}{}
	for _, t := range query.Tables() {
		d := tableDoc{Name: string(t.Name), Text: t.Text}
		for _, col := range t.Columns {
			d.Columns = append(d.Columns, columnDoc{col.Name, col.Type, col.Text})
		}
		out.Tables = append(out.Tables, d)
	}
	for _, f := range query.Functions() {
		out.Functions = append(out.Functions, functionDoc{f.Name, f.Usage, f.Text, f.Example})
	}
	l, d := s.cfg.QueryLimits, query.DefaultLimits()
	out.Limits = queryLimits{
		Seconds: s.wall().Seconds(), Rows: min(cmp.Or(l.Rows, d.Rows), maxRows), Bytes: cmp.Or(l.Bytes, d.Bytes),
		Memory: cmp.Or(l.Memory, d.Memory), Concurrent: s.gate.each,
	}
	return c.ok(out)
}
