package api

import (
	"slices"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/search"
)

const (
	tailPause = time.Second
	tailRead  = 2000 // events that are read at a time
	// tailShow is how many of them are sent: no eye follows more.
	tailShow = 200
	// tailMost bounds the streams of one caller, each of which reads the journal.
	tailMost = 5
)

func (s *Server) tailEvents(c *call) error {
	table := nightjar.Table(c.r.URL.Query().Get("table"))
	if table == "" {
		table = nightjar.TableManagement
	}
	if !slices.Contains(search.Tables(), table) {
		return invalid("there is no such table to follow", "leave it out for all events")
	}
	leave, err := s.tails.join(c.who.Person)
	if err != nil {
		return err
	}
	defer leave()
	last, err := s.cfg.Journal.LastSeq(c.ctx)
	if err != nil {
		return err
	}
	st, err := c.stream(eventStream)
	if err != nil {
		return err
	}
	if err := st.beat(); err != nil {
		return err
	}
	reader := s.cfg.Journal.ReaderAfter(last)
	names := map[nightjar.TenantID]string{}
	for _, t := range c.scope {
		names[t.ID] = t.Name
	}
	wall := realClock()
	for quiet := wall.Now(); ; {
		if wall.Sleep(c.ctx, tailPause) != nil {
			return nil // the caller closed the stream
		}
		if s.still(c) != nil {
			// What the caller may do has changed: it asks again and is told.
			return nil
		}
		events, _, err := reader.Next(c.ctx, tailRead)
		if err != nil {
			return err
		}
		shown, skipped := pick(events, names, table)
		switch {
		case len(shown) > 0:
			quiet = wall.Now()
			if st.event("events", shown) != nil || skipped > 0 && st.event("skipped", skipped) != nil {
				return nil // the caller went away
			}
		case wall.Since(quiet) >= heartbeat:
			quiet = wall.Now()
			if st.beat() != nil {
				return nil // the caller went away
			}
		}
	}
}

// still reports whether the caller may go on: a stream outlives the moment at
// which its session was checked.
func (s *Server) still(c *call) error {
	who, err := s.identify(c)
	if err != nil {
		return err
	}
	for _, t := range c.scope {
		if !who.May(c.route.Permission, t.ID) {
			return forbidden(c.route.Permission)
		}
	}
	return nil
}

// pick returns the newest events of the tenants and table, the oldest first,
// and how many more there were.
func pick(events []nightjar.Event, names map[nightjar.TenantID]string, table nightjar.Table) ([]map[string]any, int) {
	var shown []map[string]any
	skipped := 0
	for _, e := range slices.Backward(events) {
		name, mine := names[e.Tenant]
		if !mine || !slices.Contains(search.Tables(), e.Table) || table != nightjar.TableManagement && e.Table != table {
			continue
		}
		if len(shown) == tailShow {
			skipped++
			continue
		}
		shown = append(shown, eventOf(e, name))
	}
	slices.Reverse(shown)
	return shown, skipped
}
