package api

import (
	"cmp"
	"errors"
	"math"
	"os"
	"slices"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/journal"
	"github.com/nightjar-sec/nightjar/internal/search"
)

const (
	tailPause = time.Second
	// tailRead is how many events are read at a time. What waits beyond that is
	// passed over, and said to be.
	tailRead = 2000
	// tailLargest is the largest commit that is read: it is held in memory.
	tailLargest = 5 * tailRead
	// tailShow is how many events are sent at a time: no eye follows more.
	tailShow = 200
	// tailMost bounds the streams of one caller, each of which reads the journal.
	tailMost = 5
)

// tailGap says what was left out: so many events at least, of these times.
type tailGap struct {
	Count int64     `json:"count"`
	From  time.Time `json:"from"`
	To    time.Time `json:"to"` // exclusive
}

// add takes in events between two times.
func (g *tailGap) add(n int64, from, to time.Time) {
	if n == 0 {
		return
	}
	if g.Count == 0 || from.Before(g.From) {
		g.From = from.UTC()
	}
	if end := to.Add(time.Microsecond).UTC(); end.After(g.To) {
		g.To = end
	}
	g.Count += n
}

// tailRate is sent while events are left out, in events per second.
type tailRate struct {
	Shown   float64 `json:"shown"`
	Arrived float64 `json:"arrived"`
}

// tail is one stream of events.
type tail struct {
	s      *Server
	c      *call
	table  nightjar.Table
	named  bool // the caller named the tenants: later ones are none of them
	reader *journal.Reader
	seq    int64
	names  map[nightjar.TenantID]string
}

func (s *Server) tailEvents(c *call) error {
	t := &tail{s: s, c: c, table: nightjar.Table(c.r.URL.Query().Get("table")), named: c.r.URL.Query().Has("tenant")}
	if t.table == "" {
		t.table = nightjar.TableManagement
	}
	if !slices.Contains(search.Tables(), t.table) {
		return invalid("there is no such table to follow", "leave it out for all events")
	}
	leave, err := s.tails.join(c.who.Person)
	if err != nil {
		return err
	}
	defer leave()
	if t.seq, err = s.cfg.Journal.LastSeq(c.ctx); err != nil {
		return err
	}
	st, err := c.stream(eventStream)
	if err != nil {
		return err
	}
	if err := st.beat(); err != nil {
		return err
	}
	t.reader = s.cfg.Journal.ReaderAfter(t.seq)
	t.name()
	return t.follow(st)
}

// follow sends what is stored until the caller goes away or may no longer see it.
func (t *tail) follow(st *stream) error {
	wall := realClock()
	lagged := false
	for quiet, last := wall.Now(), wall.Now(); ; {
		if wall.Sleep(t.c.ctx, tailPause) != nil {
			return nil //nolint:nilerr // the caller closed the stream
		}
		if t.still() != nil {
			return nil //nolint:nilerr // what the caller may do has changed: it asks again and is told
		}
		shown, gap, err := t.next()
		if err != nil {
			return err
		}
		took := wall.Since(last).Seconds()
		last = wall.Now()
		var send []func() error
		if len(shown) > 0 {
			send = append(send, func() error { return st.event("events", shown) })
		}
		if gap.Count > 0 {
			send = append(send, func() error { return st.event("gap", gap) })
		}
		if gap.Count > 0 || lagged {
			// Once more when all is shown again.
			rate := tailRate{perSecond(len(shown), took), perSecond(len(shown)+int(gap.Count), took)}
			send = append(send, func() error { return st.event("rate", rate) })
		}
		lagged = gap.Count > 0
		if len(send) == 0 && wall.Since(quiet) >= heartbeat {
			send = append(send, st.beat)
		}
		for _, f := range send {
			quiet = wall.Now()
			if f() != nil {
				return nil //nolint:nilerr // the caller went away
			}
		}
	}
}

func perSecond(n int, seconds float64) float64 {
	return math.Round(float64(n) / max(seconds, 0.001))
}

// next returns the newest of the events that came since the last time, and
// what it passed over.
func (t *tail) next() (shown []map[string]any, gap tailGap, err error) {
	for attempt := 0; ; attempt++ {
		// A file that was compacted again meanwhile is another one by now.
		if gap, err = t.skip(); !errors.Is(err, os.ErrNotExist) || attempt == 3 {
			break
		}
	}
	if err != nil {
		return nil, gap, err
	}
	events, seq, err := t.reader.Next(t.c.ctx, tailRead)
	if err != nil {
		return nil, gap, err
	}
	t.seq = seq
	for _, e := range slices.Backward(events) {
		name, mine := t.names[e.Tenant]
		if !mine || !slices.Contains(search.Tables(), e.Table) || t.table != nightjar.TableManagement && e.Table != t.table {
			continue
		}
		if len(shown) == tailShow {
			gap.add(1, e.Time, e.Time)
			continue
		}
		shown = append(shown, eventOf(e, name))
	}
	slices.Reverse(shown)
	return shown, gap, nil
}

// skip passes over what waits beyond what is read at a time.
func (t *tail) skip() (gap tailGap, err error) {
	segments, err := t.s.cfg.Journal.Segments(t.c.ctx, journal.SegmentFilter{AfterSeq: t.seq})
	if err != nil {
		return gap, err
	}
	over := passOver(segments, t.seq)
	if len(over) == 0 {
		return gap, nil
	}
	seq := t.seq
	for _, s := range over {
		seq = max(seq, s.MaxSeq)
		if t.mine(s) {
			gap.add(t.rows(s), s.MinTime, s.MaxTime)
		}
	}
	if err := t.compacted(segments, seq, &gap); err != nil {
		return gap, err
	}
	t.seq, t.reader = seq, t.s.cfg.Journal.ReaderAfter(seq)
	return gap, nil
}

// compacted counts what is passed over up to a commit and lies in files of
// days, whose rows alone know to which commit they belong.
func (t *tail) compacted(segments []nightjar.Segment, seq int64, gap *tailGap) error {
	for _, s := range segments {
		about := s.Table == t.table || t.table == nightjar.TableManagement && slices.Contains(nightjar.WorkloadTables(), s.Table)
		if !about || !t.mine(s) || s.MinSeq > seq {
			continue
		}
		n, from, to, err := t.s.cfg.Journal.Commits(t.c.ctx, s, t.seq, seq)
		if err != nil {
			return err
		}
		gap.add(n, from, to)
	}
	return nil
}

func (t *tail) mine(s nightjar.Segment) bool {
	_, mine := t.names[s.Tenant]
	return mine
}

// passOver returns the commits that are not read, the oldest: so many that
// those behind them can be read at a time.
func passOver(segments []nightjar.Segment, after int64) []nightjar.Segment {
	var fresh []nightjar.Segment
	for _, s := range segments {
		// Compacted ones are counted apart.
		if s.Table == "" && s.MinSeq > after {
			fresh = append(fresh, s)
		}
	}
	slices.SortFunc(fresh, func(a, b nightjar.Segment) int { return cmp.Compare(a.MinSeq, b.MinSeq) })
	var rows int64
	for i, s := range slices.Backward(fresh) {
		rows += s.Rows
		if s.Rows > tailLargest {
			return fresh[:i+1]
		}
		if rows > tailRead && i < len(fresh)-1 {
			return fresh[:i+1]
		}
	}
	return nil
}

// rows counts those of a segment that the stream is about.
func (t *tail) rows(s nightjar.Segment) int64 {
	if t.table != nightjar.TableManagement {
		return s.Tables[t.table]
	}
	var n int64
	for _, table := range nightjar.WorkloadTables() {
		n += s.Tables[table]
	}
	return n
}

// still reports whether the caller may go on: a stream outlives the moment at
// which its session was checked. Tenants that were added since, or that the
// caller may see since, are followed from now on, if it named none; and each is
// called what it is called now.
func (t *tail) still() error {
	who, err := t.s.identify(t.c)
	if err != nil {
		return err
	}
	for _, tenant := range t.c.scope {
		if !who.May(t.c.route.Permission, tenant.ID) {
			return forbidden(t.c.route.Permission)
		}
	}
	known, err := t.s.cfg.Connect.Known(t.c.ctx)
	if err != nil {
		return err
	}
	t.c.who, t.c.known = who, known
	may := t.c.may(t.c.route.Permission)
	if t.named {
		may = slices.DeleteFunc(may, func(m nightjar.Tenant) bool {
			return !slices.ContainsFunc(t.c.scope, func(s nightjar.Tenant) bool { return s.ID == m.ID })
		})
	}
	t.c.scope = may
	t.name()
	return nil
}

func (t *tail) name() {
	t.names = map[nightjar.TenantID]string{}
	for _, tenant := range t.c.scope {
		t.names[tenant.ID] = tenant.Name
	}
}
