package api

import (
	"encoding/json"
	"strconv"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/query"
	"github.com/nightjar-sec/nightjar/internal/search"
)

// searchBase is what the four questions about events have in common.
type searchBase struct {
	Tenants []string     `json:"tenants"` // read by permitBody
	Table   string       `json:"table"`
	From    time.Time    `json:"from"`
	To      time.Time    `json:"to"`
	Words   string       `json:"words"`
	Filters []filterBody `json:"filters"`
}

type filterBody struct {
	Field string      `json:"field"`
	Op    search.Op   `json:"op"`
	Value filterValue `json:"value"`
}

// filterValue is a text or a number, as text.
type filterValue string

// UnmarshalJSON implements json.Unmarshaler.
func (v *filterValue) UnmarshalJSON(b []byte) error {
	var s string
	if json.Unmarshal(b, &s) == nil {
		*v = filterValue(s)
		return nil
	}
	var n json.Number
	if err := json.Unmarshal(b, &n); err != nil {
		return invalid("the value of a filter is a text or a number", "docs/api.md has its fields")
	}
	if i, err := n.Int64(); err == nil {
		*v = filterValue(strconv.FormatInt(i, 10))
		return nil
	}
	*v = filterValue(n)
	return nil
}

func (b searchBase) search() search.Search {
	s := search.Search{Table: nightjar.Table(b.Table), From: b.From.UTC(), To: b.To.UTC(), Words: b.Words}
	for _, f := range b.Filters {
		s.Filters = append(s.Filters, search.Filter{Field: f.Field, Op: f.Op, Value: string(f.Value)})
	}
	return s
}

type searchRequest struct {
	searchBase
	Cursor string `json:"cursor"`
	Limit  int    `json:"limit"`
}

type searchAnswer struct {
	SQL   string           `json:"sql"`
	Items []map[string]any `json:"items"`
	Next  string           `json:"next,omitempty"`
	// SearchedTo is set when a part of the span is left to search: whoever
	// types wants to see what there is now.
	SearchedTo time.Time `json:"searched_to,omitzero"`
	Stats      stats     `json:"stats"`
}

// searchPatience is after what time a search answers with what it has found.
const searchPatience = 300 * time.Millisecond

func (s *Server) searchEvents(c *call) error {
	var q searchRequest
	if err := c.decode(&q); err != nil {
		return err
	}
	limit, err := limitOf(q.Limit)
	if err != nil {
		return err
	}
	after, err := search.ParseCursor(q.Cursor)
	if err != nil {
		return err
	}
	// One more than asked says whether there is a next page.
	sql, err := q.search().List(after, limit+1)
	if err != nil {
		return err
	}
	c.extend(s.wall() + queueWait + writeBound)
	t := &table{}
	took, err := c.runPatient(sql, query.Limits{Bytes: jsonBytes}, searchPatience, t)
	if err != nil {
		return err
	}
	shown, err := q.search().List(after, limit)
	if err != nil {
		return err
	}
	out := searchAnswer{SQL: shown, Items: []map[string]any{}, Stats: statsOf(took)}
	rows, columns := t.rows, search.Columns()
	if len(rows) > limit {
		rows = rows[:limit]
		last := map[string]any{}
		for i, name := range columns {
			last[name] = rows[limit-1][i]
		}
		out.Next = search.Cursor{Time: moment(last["time"]), ID: text(last["id"]), Tenant: nightjar.TenantID(text(last["tenant_id"]))}.String()
	}
	if out.Next == "" && !took.SearchedTo.IsZero() {
		out.SearchedTo, out.Next = took.SearchedTo, search.Before(took.SearchedTo).String()
	}
	for _, r := range rows {
		out.Items = append(out.Items, object(columns, r))
	}
	out.Stats.Rows = int64(len(rows))
	return c.ok(out)
}

const (
	defaultLimit = 100
	maxLimit     = 1000
)

// limitOf checks how many items are asked for; 0 means the default.
func limitOf(n int) (int, error) {
	switch {
	case n == 0:
		return defaultLimit, nil
	case n < 0 || n > maxLimit:
		return 0, invalid("the limit is not between 1 and 1000", "leave it out for 100")
	}
	return n, nil
}

// limit is limitOf for the address.
func (c *call) limit() (int, error) {
	s := c.r.URL.Query().Get("limit")
	if s == "" {
		return defaultLimit, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n == 0 {
		return 0, invalid("the limit is not between 1 and 1000", "leave it out for 100")
	}
	return limitOf(n)
}
