package api

import (
	"encoding/json"
	"net/http"
)

// secure sets what every answer carries. Answers are data: nothing in them may
// run, be framed or be kept.
func secure(h http.Header, https bool) {
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
	if https {
		h.Set("Strict-Transport-Security", "max-age=63072000; includeSubDomains")
	}
}

// write sends a value as JSON. Values are ours and encode; when one does not,
// that is a bug which a test of its route meets.
func (s *Server) write(w http.ResponseWriter, status int, value any) {
	body, err := json.Marshal(value)
	if err != nil {
		s.log.Error("an answer cannot be encoded", "error", err)
		status, body = http.StatusInternalServerError, []byte(`{"error":{"code":"internal","message":"the answer cannot be encoded","request_id":""}}`)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(append(body, '\n')) // the caller went away
}

// answer sends a handler's result.
func (c *call) answer(status int, value any) error {
	c.server.write(c.w, status, value)
	return nil
}

func (c *call) ok(value any) error { return c.answer(http.StatusOK, value) }

func (c *call) nothing() error {
	c.w.WriteHeader(http.StatusNoContent)
	return nil
}

// list is the shape of every list.
type list[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next,omitempty"`
}

// listOf makes a list that is never null.
func listOf[T any](items []T) list[T] {
	if items == nil {
		items = []T{}
	}
	return list[T]{Items: items}
}

// some is items, or an empty list in place of null.
func some[T any](items []T) []T {
	if items == nil {
		return []T{}
	}
	return items
}
