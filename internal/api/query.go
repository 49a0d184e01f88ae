package api

import (
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/access"
	"github.com/nightjar-sec/nightjar/internal/query"
	"github.com/nightjar-sec/nightjar/internal/search"
)

type queryRequest struct {
	SQL     string    `json:"sql"`
	Tenants []string  `json:"tenants"` // read by permitBody
	From    time.Time `json:"from"`
	To      time.Time `json:"to"`
	Limit   int64     `json:"limit"`
	Format  string    `json:"format"`
}

const (
	defaultRows = 10_000
	maxRows     = 100_000
)

type queryAnswer struct {
	Columns   []column `json:"columns"`
	Rows      [][]any  `json:"rows"`
	Stats     stats    `json:"stats"`
	Truncated bool     `json:"truncated"`
}

type column struct {
	Name string `json:"name"`
	Type string `json:"type"`
}

func columnsOf(list []query.Column) []column {
	out := make([]column, len(list))
	for i, c := range list {
		out[i] = column{c.Name, c.Type}
	}
	return out
}

func (s *Server) runQuery(c *call) error {
	var q queryRequest
	if err := c.decode(&q); err != nil {
		return err
	}
	if q.Limit == 0 {
		q.Limit = defaultRows
	}
	if q.SQL == "" || q.Limit < 0 || q.Limit > maxRows {
		return invalid("a query needs SQL, and a limit between 1 and 100000", "e.g. {\"sql\": \"SELECT count(*) AS n FROM management\"}")
	}
	if len(q.Tenants) == 0 && c.who.MayAll(access.PermAuditRead) {
		// The table audit belongs to no tenant.
		c.scope = append(c.scope, nightjar.Tenant{ID: nightjar.Installation, Name: "nightjar"})
	}
	sql, err := search.Fill(q.SQL, q.From, q.To)
	if err != nil {
		return err
	}
	switch q.Format {
	case "", "json":
		return s.queryJSON(c, sql, q.Limit)
	case "ndjson":
		return s.queryLines(c, sql, q.Limit)
	default:
		return invalid("the format is json or ndjson", "leave it out for json")
	}
}

func (s *Server) queryJSON(c *call, sql string, limit int64) error {
	c.extend(s.wall() + queueWait + writeBound)
	t := &table{}
	st, err := c.run(sql, query.Limits{Rows: limit, Bytes: jsonBytes}, t)
	truncated := full(err, len(t.rows), limit)
	if err != nil && !truncated {
		return err
	}
	out := queryAnswer{Columns: columnsOf(t.columns), Rows: make([][]any, len(t.rows)), Stats: statsOf(st), Truncated: truncated}
	for i, r := range t.rows {
		out.Rows[i] = values(r)
	}
	return c.ok(out)
}

// lines sends rows as they come.
type lines struct {
	stream *stream
	rows   int
}

// Columns implements query.Sink.
func (l *lines) Columns(columns []query.Column) error {
	return l.stream.line(struct {
		Columns []column `json:"columns"`
	}{columnsOf(columns)})
}

// flushRows is after how many rows the caller is sent what there is.
const flushRows = 200

// Row implements query.Sink.
func (l *lines) Row(row []any) error {
	err := l.stream.line(struct {
		Row []any `json:"row"`
	}{values(row)})
	if l.rows++; err == nil && l.rows%flushRows == 0 {
		err = l.stream.flush()
	}
	return err
}

func (s *Server) queryLines(c *call, sql string, limit int64) error {
	st, err := c.stream("application/x-ndjson")
	if err != nil {
		return err
	}
	c.extend(s.wall() + queueWait + writeBound)
	l := &lines{stream: st}
	took, err := c.run(sql, query.Limits{Rows: limit}, l)
	truncated := full(err, l.rows, limit)
	if err != nil && !truncated {
		if !c.w.begun {
			return err
		}
		return st.line(errorAnswer{told(err, c.id)})
	}
	return st.line(struct {
		Stats     stats `json:"stats"`
		Truncated bool  `json:"truncated"`
	}{statsOf(took), truncated})
}
