package api

import (
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/query"
	"github.com/nightjar-sec/nightjar/internal/search"
)

type exportRequest struct {
	searchBase
	Format string `json:"format"`
}

// Bounds of an export; whoever needs more has nightjar journal export, which
// takes no detour through HTTP.
const (
	exportRows  = 5_000_000
	exportBytes = 8 << 30
	exportWall  = 30 * time.Minute
	exportHint  = "narrow the time range, and download it in parts"
)

// completeTrailer says at the end of a file that it is whole: the status of
// the answer was sent long before.
const completeTrailer = "Nightjar-Complete"

func (s *Server) exportEvents(c *call) error {
	var q exportRequest
	if err := c.decode(&q); err != nil {
		return err
	}
	sql, err := q.search().Raw()
	if err != nil {
		return err
	}
	e := &export{scope: c.scope, format: q.Format, table: q.Table, detail: q.detail(), sql: sql, raw: true, from: q.From}
	return s.deliver(c, e)
}

// detail is what the audit log says of an export.
func (b searchBase) detail() map[string]string {
	return map[string]string{
		"table": b.Table, "from": b.From.UTC().Format(time.RFC3339), "to": b.To.UTC().Format(time.RFC3339), "filters": strconv.Itoa(len(b.Filters)),
	}
}

// fileSink writes rows as a file of one form.
type fileSink interface {
	query.Sink
	Close() error
}

// formats are the types of the files.
func formats() map[string]string {
	return map[string]string{
		"ndjson": "application/x-ndjson", "csv": "text/csv; charset=utf-8", "parquet": "application/vnd.apache.parquet",
	}
}

func newFile(e *export, st *stream) fileSink {
	switch {
	case e.format == "csv":
		return newCSV(st)
	case e.format == "parquet":
		return query.NewParquet(st)
	case e.raw:
		return &exportLines{stream: st}
	default:
		return &rowLines{stream: st}
	}
}

// deliver streams the file of an export to the caller, who holds it on record
// before a byte leaves, and afterwards how many rows left.
func (s *Server) deliver(c *call, e *export) error {
	kind := formats()[e.format]
	if kind == "" {
		return invalid("the format is ndjson, csv or parquet", "docs/api.md has the fields")
	}
	leave, err := s.exports.enter(c.ctx, c.who.Person)
	if err != nil {
		return err
	}
	defer leave()
	e.detail["format"] = e.format
	if err := c.recordExport(e, "begun", nightjar.OutcomeSuccess); err != nil {
		return err
	}
	state, outcome := "failed", nightjar.OutcomeFailure
	defer func() {
		e.ended = state
		if err := c.recordExport(e, state, outcome); err != nil {
			s.log.ErrorContext(c.ctx, "the end of an export cannot be put on the audit log", "request_id", c.id, "error", err)
		}
	}()
	st, err := c.stream(kind)
	if err != nil {
		return err
	}
	e.head(c.w.Header())
	c.w.Header().Set("Trailer", completeTrailer)
	file := newFile(e, st)
	c.extend(queueWait + writeBound)
	_, err = c.run(e.sql, query.Limits{Rows: exportRows, Bytes: exportBytes, Wall: exportWall, Hint: exportHint}, &countingSink{file, &e.rows})
	if err == nil {
		err = file.Close()
	}
	switch {
	case err == nil:
		state, outcome = "complete", nightjar.OutcomeSuccess
	case c.ctx.Err() != nil || errors.Is(err, errGone):
		state = "cancelled"
	}
	if err != nil && !c.w.begun {
		return err
	}
	return s.endExport(c, err)
}

// recordExport puts the begin or the end of an export on the audit log of
// each tenant.
func (c *call) recordExport(e *export, state string, outcome nightjar.AuditOutcome) error {
	detail := maps.Clone(e.detail)
	detail["state"] = state
	if state != "begun" {
		detail["rows"] = strconv.FormatInt(e.rows.Load(), 10)
	}
	var errs []error
	for _, t := range e.scope {
		errs = append(errs, c.server.cfg.Audit.Record(c.ctx, nightjar.AuditEntry{
			Actor: c.who.Actor(), Address: c.from, Action: nightjar.ActionEventExport, Tenant: t.ID, Target: t.Name, Detail: detail, Outcome: outcome,
		}))
	}
	return errors.Join(errs...)
}

// countingSink counts the rows that were sent.
type countingSink struct {
	query.Sink
	rows *atomic.Int64
}

// Row implements query.Sink.
func (s *countingSink) Row(row []any) error {
	err := s.Sink.Row(row)
	if err == nil {
		s.rows.Add(1)
	}
	return err
}

func (s *Server) endExport(c *call, err error) error {
	if !c.w.begun {
		c.w.WriteHeader(http.StatusOK) // nothing was found
	}
	if err == nil {
		c.w.Header().Set(completeTrailer, "true")
		return nil
	}
	c.cut()
	if errors.Is(err, errGone) {
		return nil
	}
	return err // logged; the answer has begun
}

// rowLines writes each row as an object of its columns. Of two columns of one
// name both are in it: the names are those of the Parquet file.
type rowLines struct {
	stream  *stream
	columns []string
}

// Columns implements query.Sink.
func (l *rowLines) Columns(columns []query.Column) error {
	l.columns = query.Names(columns)
	return nil
}

// Row implements query.Sink.
func (l *rowLines) Row(row []any) error { return l.stream.line(object(l.columns, row)) }

// Close implements fileSink.
func (*rowLines) Close() error { return nil }

// Close implements fileSink.
func (*exportLines) Close() error { return nil }

// exportLines writes each event as one line, its raw record as it was
// received.
type exportLines struct{ stream *stream }

// Columns implements query.Sink.
func (e *exportLines) Columns([]query.Column) error { return nil }

// Row implements query.Sink.
func (e *exportLines) Row(row []any) error {
	names := search.Columns()
	m := object(names, row[:len(names)])
	for i, name := range []string{"fields", "raw"} {
		if raw := text(row[len(names)+i]); json.Valid([]byte(raw)) {
			m[name] = json.RawMessage(raw)
		} else if raw != "" {
			m[name] = raw
		}
	}
	return e.stream.line(m)
}
