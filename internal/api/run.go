package api

import (
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/query"
)

// jsonBytes bounds an answer that is held in memory before it is sent.
const jsonBytes = 32 << 20

// stats is what an answer took.
type stats struct {
	Rows          int64   `json:"rows"`
	Segments      int     `json:"segments"`
	SegmentsTotal int     `json:"segments_total"`
	Milliseconds  float64 `json:"elapsed_ms"`
}

func statsOf(s query.Stats) stats {
	return stats{s.Rows, s.Segments, s.SegmentsTotal, float64(s.Elapsed.Microseconds()) / 1000}
}

// table collects a whole answer.
type table struct {
	columns []query.Column
	rows    [][]any
}

// Columns implements query.Sink.
func (t *table) Columns(columns []query.Column) error {
	t.columns = columns
	return nil
}

// Row implements query.Sink.
func (t *table) Row(values []any) error {
	t.rows = append(t.rows, values)
	return nil
}

// run asks the engine within the caller's share of it: a person's, which that
// of each of the tokens is too. The query sees the tenants of the call's scope
// and no others.
func (c *call) run(sql string, limits query.Limits, sink query.Sink) (query.Stats, error) {
	return c.runPatient(sql, limits, 0, sink)
}

// runPatient is run for a question that may end after a while with what was
// found until then.
func (c *call) runPatient(sql string, limits query.Limits, patience time.Duration, sink query.Sink) (query.Stats, error) {
	leave, err := c.server.gate.enter(c.ctx, c.who.Person)
	if err != nil {
		return query.Stats{}, err
	}
	defer leave()
	return c.server.cfg.Engine.Run(c.ctx, query.Request{SQL: sql, Tenants: c.scope, Limits: limits, Patience: patience}, sink)
}

// ask runs a query of ours whose answer is small.
func (c *call) ask(sql string) (*table, query.Stats, error) {
	c.extend(c.server.wall() + queueWait + writeBound)
	t := &table{}
	s, err := c.run(sql, query.Limits{Bytes: jsonBytes}, t)
	return t, s, err
}

// wall is the longest that one query may take.
func (s *Server) wall() time.Duration {
	if w := s.cfg.QueryLimits.Wall; w > 0 {
		return w
	}
	return query.DefaultLimits().Wall
}

// full reports whether an answer ended because it reached the row limit.
func full(err error, rows int, limit int64) bool {
	return nightjar.CodeOf(err) == nightjar.CodeLimit && int64(rows) >= limit
}
