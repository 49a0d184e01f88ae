package api

import (
	"fmt"
	"slices"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/access"
	"github.com/nightjar-sec/nightjar/internal/health"
	"github.com/nightjar-sec/nightjar/internal/query"
	"github.com/nightjar-sec/nightjar/internal/search"
	"github.com/nightjar-sec/nightjar/internal/signin"
)

type workload struct {
	Table  string  `json:"table"`
	Total  int64   `json:"total"`
	Counts []int64 `json:"counts"`
}

type freshness struct {
	Event    time.Time `json:"newest_event,omitzero"`
	Ingested time.Time `json:"newest_ingested,omitzero"`
}

type overviewAnswer struct {
	From        time.Time         `json:"from"`
	To          time.Time         `json:"to"`
	Time        time.Time         `json:"time"`
	Events      int64             `json:"events"`
	Seconds     int64             `json:"bucket_seconds"`
	Workloads   []workload        `json:"workloads"`
	Connections []connectionBody  `json:"connections"`
	Signins     []placeBody       `json:"signins"`
	Unplaced    []signin.Unplaced `json:"unplaced"`
	// Attributions are what the licences of the places' sources ask for.
	Attributions []attributionBody `json:"attributions"`
	Warnings     []health.Active   `json:"warnings"`
	Freshness    freshness         `json:"freshness"`
	Limits       []errorBody       `json:"limits,omitempty"`
}

const (
	overviewPlaces   = 10
	overviewWarnings = 20
	overviewBuckets  = 48
)

// getOverview puts one page together. A part that cannot be had is missing
// with its reason; the others are shown all the same.
func (s *Server) getOverview(c *call) error {
	from, to, err := c.span(day)
	if err != nil {
		return err
	}
	c.extend(2*s.wall() + queueWait + writeBound)
	out := overviewAnswer{
		From: from, To: to, Time: s.cfg.Clock.Now(), Workloads: []workload{}, Signins: []placeBody{}, Unplaced: []signin.Unplaced{}, Attributions: []attributionBody{},
		Warnings: c.warnings(""),
	}
	only := c.scope
	if !c.r.URL.Query().Has("tenant") {
		only = nil
	}
	if out.Connections, err = c.connections(access.PermStatusRead, only); err != nil {
		return err
	}
	slices.SortStableFunc(out.Warnings, func(a, b health.Active) int { return b.Since.Compare(a.Since) })
	out.Warnings = out.Warnings[:min(len(out.Warnings), overviewWarnings)]
	// What follows is of events: whoever reads the status alone sees none.
	c.scope = slices.DeleteFunc(slices.Clone(c.scope), func(t nightjar.Tenant) bool { return !c.who.May(access.PermEventRead, t.ID) })
	if len(c.scope) == 0 {
		return c.ok(out)
	}
	if err := c.workloads(&out); err != nil {
		if c.ctx.Err() != nil {
			return err
		}
		out.Limits = append(out.Limits, told(err, c.id))
	}
	p, err := c.places(from, to, nil)
	switch {
	case err == nil:
		out.Signins, out.Unplaced = p.Items[:min(len(p.Items), overviewPlaces)], p.Unplaced
		out.Attributions = p.Attributions
	case c.ctx.Err() != nil:
		return err
	default:
		out.Limits = append(out.Limits, told(err, c.id))
	}
	return c.ok(out)
}

// workloads counts events by table over time, and finds the newest.
func (c *call) workloads(out *overviewAnswer) error {
	width := search.Width(out.From, out.To, overviewBuckets)
	out.Seconds = int64(width / time.Second)
	sql := fmt.Sprintf(`SELECT tbucket(%s, time) AS bucket, table_name, count(*) AS n, max(time) AS newest, max(ingested) AS stored
FROM management
WHERE time >= %s AND time < %s
GROUP BY bucket, table_name`, search.Interval(width), search.Timestamp(out.From), search.Timestamp(out.To))
	t := &table{}
	if _, err := c.run(sql, query.Limits{Bytes: jsonBytes}, t); err != nil {
		return err
	}
	starts := search.Buckets(out.From, out.To, width)
	at := map[time.Time]int{}
	for i, start := range starts {
		at[start] = i
	}
	for _, name := range nightjar.WorkloadTables() {
		out.Workloads = append(out.Workloads, workload{Table: string(name), Counts: make([]int64, len(starts))})
	}
	for _, r := range t.rows {
		i := slices.IndexFunc(out.Workloads, func(w workload) bool { return w.Table == text(r[1]) })
		bucket, known := at[moment(r[0])]
		if i < 0 || !known {
			continue
		}
		n := integer(r[2])
		out.Workloads[i].Counts[bucket] += n
		out.Workloads[i].Total += n
		out.Events += n
		if e := moment(r[3]); e.After(out.Freshness.Event) {
			out.Freshness.Event = e
		}
		if e := moment(r[4]); e.After(out.Freshness.Ingested) {
			out.Freshness.Ingested = e
		}
	}
	return nil
}
