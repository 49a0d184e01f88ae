package api

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"io"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/access"
	"github.com/nightjar-sec/nightjar/internal/clock"
	"github.com/nightjar-sec/nightjar/internal/search"
)

// A browser that fetches a file by script holds all of it in memory. One that
// is sent to an address writes it to disk as it comes, but can only be sent
// there with a GET, without a body. So an export is prepared by a POST, which
// has all of the guards of a change, and its file is fetched once by a GET
// whose address nobody can guess and that serves only the one who prepared it.

const (
	exportWaits = 2 * time.Minute  // until its file must be asked for
	exportShown = 10 * time.Minute // after its end
	// exportsKept bounds what is prepared or shown, of one person.
	exportsKept = 20
)

// export is one file on its way.
type export struct {
	id     string
	person string
	scope  []nightjar.Tenant
	format string
	table  string
	from   time.Time
	sql    string
	raw    bool // rows are those of search.Raw
	detail map[string]string
	rows   atomic.Int64
	ended  string // state that deliver left; "" when it did not begin

	// Under the lock of exports.
	state   string
	problem string
	until   time.Time // when it is forgotten; zero while it runs
	cancel  context.CancelFunc
}

// name is the file's.
func (e *export) name() string {
	stamp := ""
	if !e.from.IsZero() {
		stamp = "-" + e.from.UTC().Format("20060102T150405Z")
	}
	return "nightjar-" + e.table + stamp + "." + e.format
}

// head writes what is known of the file before it is read.
func (e *export) head(h http.Header) {
	h.Set("Content-Type", formats()[e.format])
	h.Set("Content-Disposition", `attachment; filename="`+e.name()+`"`)
}

// exports are those that are prepared, running or lately over.
type exports struct {
	clock clock.Clock

	mu  sync.Mutex
	all []*export
}

func newExports(c clock.Clock) *exports { return &exports{clock: c} }

// sweep forgets what is over; the caller holds the lock.
func (x *exports) sweep() {
	now := x.clock.Now()
	x.all = slices.DeleteFunc(x.all, func(e *export) bool { return !e.until.IsZero() && !now.Before(e.until) })
}

func (x *exports) add(e *export) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.sweep()
	own := func(o *export) bool { return o.person == e.person }
	n := 0
	for _, o := range x.all {
		if own(o) {
			n++
		}
	}
	if n >= exportsKept {
		return problem(nightjar.CodeLimit, "too many downloads were begun in the last minutes", "wait until some are over")
	}
	e.state, e.until = "waiting", x.clock.Now().Add(exportWaits)
	x.all = append(x.all, e)
	return nil
}

// find returns the export of that id, if it is the person's.
func (x *exports) find(id, person string) (*export, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.sweep()
	for _, e := range x.all {
		if e.id == id && e.person == person {
			return e, nil
		}
	}
	return nil, problem(nightjar.CodeNotFound, "there is no such download", "begin it again")
}

// begin takes an export that waits, once.
func (x *exports) begin(e *export, cancel context.CancelFunc) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	switch e.state {
	case "waiting":
	case "cancelled":
		return problem(nightjar.CodeNotFound, "this download was cancelled", "begin it again")
	default:
		return problem(nightjar.CodeNotFound, "this download was fetched already", "begin it again")
	}
	e.state, e.until, e.cancel = "running", time.Time{}, cancel
	return nil
}

func (x *exports) end(e *export, state, why string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if e.state == "waiting" || e.state == "running" {
		e.state, e.problem = state, why
	}
	e.until, e.cancel = x.clock.Now().Add(exportShown), nil
}

// stop cancels an export that waits or runs.
func (x *exports) stop(e *export) {
	x.mu.Lock()
	defer x.mu.Unlock()
	switch e.state {
	case "running":
		e.cancel()
	case "waiting":
		e.until = x.clock.Now().Add(exportShown)
	default:
		return
	}
	e.state = "cancelled"
}

type exportBody struct {
	ID        string `json:"id"`
	URL       string `json:"url"`
	Name      string `json:"name"`
	State     string `json:"state"`
	Rows      int64  `json:"rows"`
	RowsLimit int64  `json:"rows_limit"`
	Error     string `json:"error,omitempty"`
}

func (x *exports) body(e *export) exportBody {
	x.mu.Lock()
	defer x.mu.Unlock()
	return exportBody{
		ID: e.id, URL: "/api/v1/exports/" + e.id + "/file", Name: e.name(), State: e.state, Rows: e.rows.Load(), RowsLimit: exportRows, Error: e.problem,
	}
}

func (s *Server) createExport(c *call) error {
	var q struct {
		exportRequest
		SQL string `json:"sql"`
	}
	if err := c.decode(&q); err != nil {
		return err
	}
	if formats()[q.Format] == "" {
		return invalid("the format is ndjson, csv or parquet", "docs/api.md has the fields")
	}
	e := &export{person: c.who.Person, scope: c.scope, format: q.Format, table: q.Table, from: q.From, detail: q.detail()}
	var err error
	if q.SQL == "" {
		e.raw = true
		e.sql, err = q.search().Raw()
	} else {
		if q.Table != "" || q.Words != "" || len(q.Filters) > 0 {
			return invalid("an export is of a search or of SQL", "give table, words and filters, or sql")
		}
		if len(q.Tenants) == 0 && c.who.MayAll(access.PermAuditRead) {
			e.scope = append(e.scope, nightjar.Tenant{ID: nightjar.Installation, Name: "nightjar"})
		}
		e.table, e.detail["sql"] = "answer", first(q.SQL, auditedSQL)
		delete(e.detail, "table")
		if e.sql, err = search.Fill(q.SQL, q.From, q.To); err == nil {
			// Told now: a browser that follows a link shows no reasons.
			err = s.cfg.Engine.Check(c.ctx, e.sql)
		}
	}
	if err != nil {
		return err
	}
	id := make([]byte, 16)
	// Never that of the configuration, which tests make predictable.
	if _, err := io.ReadFull(rand.Reader, id); err != nil {
		return err
	}
	e.id = hex.EncodeToString(id)
	if err := s.files.add(e); err != nil {
		return err
	}
	return c.answer(http.StatusCreated, s.files.body(e))
}

// auditedSQL is how much of a query the audit log keeps.
const auditedSQL = 500

// first is at most n bytes of a text, without a broken character at its end.
func first(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && s[n]&0xc0 == 0x80 {
		n--
	}
	return s[:n] + "…"
}

func (s *Server) getExport(c *call) error {
	e, err := s.files.find(c.r.PathValue("id"), c.who.Person)
	if err != nil {
		return err
	}
	return c.ok(s.files.body(e))
}

func (s *Server) cancelExport(c *call) error {
	e, err := s.files.find(c.r.PathValue("id"), c.who.Person)
	if err != nil {
		return err
	}
	s.files.stop(e)
	return c.nothing()
}

func (s *Server) getExportFile(c *call) error {
	e, err := s.files.find(c.r.PathValue("id"), c.who.Person)
	if err != nil {
		return err
	}
	// What the caller may do can have changed since it was prepared.
	for _, t := range e.scope {
		if t.ID == nightjar.Installation && c.who.MayAll(access.PermAuditRead) {
			continue
		}
		if !c.who.May(access.PermEventExport, t.ID) {
			return forbidden(access.PermEventExport)
		}
	}
	if c.r.Method == http.MethodHead { // what answers a GET answers this too, and it fetches nothing
		e.head(c.w.Header())
		c.w.WriteHeader(http.StatusOK)
		return nil
	}
	ctx, cancel := context.WithCancel(c.ctx)
	defer cancel()
	if err := s.files.begin(e, cancel); err != nil {
		return err
	}
	why := "the download ended in the middle"
	// Also when it panics: what runs for ever would count for ever.
	defer func() { s.files.end(e, cmp.Or(e.ended, "failed"), why) }()
	c.ctx, c.scope = ctx, e.scope
	if err = s.deliver(c, e); err != nil {
		why = told(err, c.id).Message
	} else {
		why = ""
	}
	return err
}
