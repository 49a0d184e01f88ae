package api

import (
	"bytes"
	"context"
	"encoding/base32"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/access"
	"github.com/nightjar-sec/nightjar/internal/connect"
)

// call is one request on its way through the gates, and then a handler's.
type call struct {
	server *Server
	route  Route
	ctx    context.Context //nolint:containedctx // a call is the request: it lives as long
	w      *answerWriter
	r      *http.Request
	id     string
	from   netip.Addr
	// background is what an open page asks by itself: it keeps no session alive.
	background bool

	who    access.Identity // zero on routes that anyone may use
	body   []byte
	known  []connect.Connection // all tenants, removed ones too; read once
	tenant nightjar.TenantID    // of tenantPath, and of a body with tenant_id
	scope  []nightjar.Tenant    // of tenantQuery and tenantBody: what the caller named, or all that it may
}

// backgroundHeader marks what a page asks without anybody having done anything.
const backgroundHeader = "Nightjar-Background"

// answerWriter knows whether the answer has begun.
type answerWriter struct {
	http.ResponseWriter
	begun bool
}

func (w *answerWriter) WriteHeader(status int) {
	w.begun = true
	w.ResponseWriter.WriteHeader(status)
}

func (w *answerWriter) Write(b []byte) (int, error) {
	w.begun = true
	return w.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach what is below.
func (w *answerWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (s *Server) newCall(w http.ResponseWriter, r *http.Request, route Route) *call {
	c := &call{server: s, route: route, ctx: r.Context(), w: &answerWriter{ResponseWriter: w}, r: r, id: s.newID()}
	c.from = s.addressOf(r)
	// A browser's stream of events cannot have headers of its own, but says this.
	c.background = r.Header.Get(backgroundHeader) != "" || strings.Contains(r.Header.Get("Accept"), eventStream)
	c.w.Header().Set("X-Request-Id", c.id)
	return c
}

func (s *Server) newID() string {
	b := make([]byte, 10)
	if _, err := io.ReadFull(s.random, b); err != nil {
		return "unknown" // the id only helps to find a line of the log
	}
	return strings.ToLower(base32.StdEncoding.EncodeToString(b))
}

// readBody reads what the route allows. Only JSON is taken: a form cannot send
// that type from another site without the browser asking first.
func (c *call) readBody() error {
	if c.route.Body == 0 {
		if c.r.ContentLength > 0 || len(c.r.TransferEncoding) > 0 {
			return invalid("this operation takes no body", "leave the body out")
		}
		return nil
	}
	kind, _, err := mime.ParseMediaType(c.r.Header.Get("Content-Type"))
	if err != nil || kind != "application/json" {
		return invalid("the body is not said to be JSON", "send it with Content-Type: application/json")
	}
	body, err := io.ReadAll(http.MaxBytesReader(c.w, c.r.Body, c.route.Body))
	if _, large := errors.AsType[*http.MaxBytesError](err); large {
		return c.route.tooLarge()
	}
	if err != nil {
		return invalid("the body did not arrive whole", "send it again")
	}
	c.body = body
	return nil
}

// decode reads the body, which holds the fields of into and no others.
func (c *call) decode(into any) error {
	d := json.NewDecoder(bytes.NewReader(c.body))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return invalid("the body does not fit the operation: "+jsonProblem(err), "docs/api.md has its fields")
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return invalid("there is something behind the body", "send one JSON object")
	}
	return nil
}

// jsonProblem says what is wrong without repeating values, which may be secret.
func jsonProblem(err error) string {
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &kind):
		return "the field " + kind.Field + " is of another type"
	case strings.HasPrefix(err.Error(), "json: unknown field "):
		return strings.TrimPrefix(err.Error(), "json: ")
	default:
		if _, ok := errors.AsType[*nightjar.Error](err); ok {
			return err.Error()
		}
		return "it is not JSON"
	}
}

// span reads from and to of the address; without them it is the last length of
// the domain's time.
func (c *call) span(length time.Duration) (from, to time.Time, err error) {
	if to, err = c.timeOf("to"); err != nil {
		return from, to, err
	}
	if from, err = c.timeOf("from"); err != nil {
		return from, to, err
	}
	if to.IsZero() {
		to = c.server.cfg.Clock.Now().Truncate(time.Second)
	}
	if from.IsZero() {
		from = to.Add(-length)
	}
	if !from.Before(to) || to.Sub(from) > maxSpan {
		return from, to, invalid("the span is empty or longer than ten years", "give from before to")
	}
	return from, to, nil
}

// maxSpan is more than anything is kept for.
const maxSpan = 10 * 366 * 24 * time.Hour

func (c *call) timeOf(name string) (time.Time, error) {
	text := c.r.URL.Query().Get(name)
	if text == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return t, invalid(name+" is not a time", "e.g. "+name+"=2026-11-22T08:00:00Z")
	}
	return t.UTC(), nil
}
