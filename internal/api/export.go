package api

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
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
	kind := map[string]string{"ndjson": "application/x-ndjson", "csv": "text/csv; charset=utf-8"}[q.Format]
	if kind == "" {
		return invalid("the format is ndjson or csv", "docs/api.md has the fields")
	}
	leave, err := s.exports.enter(c.ctx, c.who.Person)
	if err != nil {
		return err
	}
	defer leave()
	// On record before a byte leaves.
	detail := map[string]string{"format": q.Format, "table": q.Table, "from": q.From.UTC().Format(time.RFC3339), "to": q.To.UTC().Format(time.RFC3339), "filters": strconv.Itoa(len(q.Filters))}
	for _, t := range c.scope {
		if err := c.record(nightjar.ActionEventExport, t.ID, t.Name, detail); err != nil {
			return err
		}
	}
	st, err := c.stream(kind)
	if err != nil {
		return err
	}
	c.w.Header().Set("Content-Disposition", `attachment; filename="nightjar-`+q.Table+"-"+q.From.UTC().Format("20060102T150405Z")+"."+q.Format+`"`)
	c.w.Header().Set("Trailer", completeTrailer)
	var sink query.Sink = &exportLines{stream: st}
	if q.Format == "csv" {
		sink = newCSV(st)
	}
	c.extend(queueWait + writeBound)
	_, err = c.run(sql, query.Limits{Rows: exportRows, Bytes: exportBytes, Wall: exportWall}, sink)
	if f, ok := sink.(*csvSink); ok && err == nil {
		err = f.flush()
	}
	if err != nil && !c.w.begun {
		return err
	}
	return s.endExport(c, err)
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
