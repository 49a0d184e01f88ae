package api

import (
	"fmt"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/search"
)

type logRow struct {
	ID        string    `json:"id"`
	Time      time.Time `json:"time"`
	Collector string    `json:"collector"`
	JobID     string    `json:"job_id"`
	Level     string    `json:"level"`
	Action    string    `json:"action"`
	Message   string    `json:"message"`
	Count     int64     `json:"count"`
}

// getConnectionLog asks collectors_out. Whoever reads the status need not be
// one who reads events: the query sees this tenant alone and its text is ours.
func (s *Server) getConnectionLog(c *call) error {
	k, err := c.connection()
	if err != nil {
		return err
	}
	from, to, err := c.span(7 * day)
	if err != nil {
		return err
	}
	limit, err := c.limit()
	if err != nil {
		return err
	}
	after, err := search.ParseCursor(c.r.URL.Query().Get("cursor"))
	if err != nil {
		return err
	}
	where := "time >= " + search.Timestamp(from) + " AND time < " + search.Timestamp(to)
	switch level := nightjar.Level(c.r.URL.Query().Get("level")); level {
	case "", nightjar.LevelInfo:
	case nightjar.LevelWarning:
		where += " AND level IN ('warning', 'error')"
	case nightjar.LevelError:
		where += " AND level = 'error'"
	default:
		return invalid("there is no such level", "the levels are info, warning and error")
	}
	if condition := after.Condition(); condition != "" {
		where += " AND " + condition
	}
	c.scope = []nightjar.Tenant{k.Tenant}
	t, _, err := c.ask(fmt.Sprintf("SELECT id, time, collector_name, job_id, level, action, message, count FROM collectors_out WHERE %s ORDER BY time DESC, id DESC, tenant_id DESC LIMIT %d", where, limit+1))
	if err != nil {
		return err
	}
	out := list[logRow]{Items: []logRow{}}
	for i, r := range t.rows {
		if i == limit {
			last := out.Items[limit-1]
			out.Next = search.Cursor{Time: last.Time, ID: last.ID, Tenant: k.ID}.String()
			break
		}
		out.Items = append(out.Items, logRow{text(r[0]), moment(r[1]), text(r[2]), text(r[3]), text(r[4]), text(r[5]), text(r[6]), integer(r[7])})
	}
	return c.ok(out)
}
