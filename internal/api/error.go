package api

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/nightjar-sec/nightjar"
)

// Codes that only HTTP knows.
const (
	codeStepUp      nightjar.Code = "step_up"
	codeSetupNeeded nightjar.Code = "setup_needed"
	codeCrossOrigin nightjar.Code = "cross_origin"
	codeMethod      nightjar.Code = "method_not_allowed"
	codeTooLarge    nightjar.Code = "too_large"
)

// statuses is the one place where a code becomes a status.
func statuses() map[nightjar.Code]int {
	return map[nightjar.Code]int{
		nightjar.CodeInternal:        http.StatusInternalServerError,
		nightjar.CodeInvalid:         http.StatusBadRequest,
		nightjar.CodeNotFound:        http.StatusNotFound,
		nightjar.CodeConflict:        http.StatusConflict,
		nightjar.CodeUnauthorized:    http.StatusUnprocessableEntity, // Microsoft's refusal, not ours: 401 would mean our session
		nightjar.CodeForbidden:       http.StatusForbidden,
		nightjar.CodeUnauthenticated: http.StatusUnauthorized,
		nightjar.CodeThrottled:       http.StatusTooManyRequests,
		nightjar.CodeUnavailable:     http.StatusServiceUnavailable,
		nightjar.CodeIncomplete:      http.StatusServiceUnavailable,
		nightjar.CodeLimit:           http.StatusTooManyRequests,
		nightjar.CodeCorrupt:         http.StatusInternalServerError,
		nightjar.CodeDiskFull:        http.StatusInsufficientStorage,
		nightjar.CodeInterrupted:     statusClosed,
		codeStepUp:                   http.StatusForbidden,
		codeSetupNeeded:              http.StatusConflict,
		codeCrossOrigin:              http.StatusForbidden,
		codeMethod:                   http.StatusMethodNotAllowed,
		codeTooLarge:                 http.StatusRequestEntityTooLarge,
	}
}

// statusClosed is nginx's status of a request whose client went away. Nobody
// sees it but the log.
const statusClosed = 499

// errorBody is the shape of every error.
type errorBody struct {
	Code      nightjar.Code `json:"code"`
	Message   string        `json:"message"`
	Hint      string        `json:"hint,omitempty"`
	RequestID string        `json:"request_id"`
}

type errorAnswer struct {
	Error errorBody `json:"error"`
}

func problem(code nightjar.Code, message, hint string) error {
	return &nightjar.Error{Code: code, Message: message, Hint: hint}
}

func invalid(message, hint string) error { return problem(nightjar.CodeInvalid, message, hint) }

// told is what the caller is told of an error: the sentence that was made for
// people, never the cause behind it, and of a bug nothing but the request id.
func told(err error, id string) errorBody {
	if errors.Is(err, context.Canceled) || errors.Is(err, errGone) {
		return errorBody{Code: nightjar.CodeInterrupted, Message: "the request was given up", RequestID: id}
	}
	var e *nightjar.Error
	if !errors.As(err, &e) || e.Code == nightjar.CodeInternal {
		return errorBody{
			Code: nightjar.CodeInternal, Message: "something went wrong inside Nightjar",
			Hint: "look for the request id in its log", RequestID: id,
		}
	}
	b := errorBody{Code: e.Code, Message: e.Message, Hint: nightjar.HintOf(err), RequestID: id}
	if _, known := statuses()[b.Code]; !known {
		b.Code = nightjar.CodeInternal
	}
	if b.Message == "" {
		// An error that only joins others: the first of them has the words.
		b.Message, _, _ = strings.Cut(err.Error(), "\n")
	}
	return b
}

// fail answers with an error and logs its cause.
func (s *Server) fail(c *call, err error) {
	b := told(err, c.id)
	b.Hint = c.hint(b)
	status := statuses()[b.Code]
	attrs := []any{"request_id", c.id, "operation", c.route.Operation, "code", string(b.Code), "status", status, "error", err}
	switch {
	case status >= 500:
		s.log.ErrorContext(c.ctx, "request failed", attrs...)
	default:
		s.log.DebugContext(c.ctx, "request refused", attrs...)
	}
	if c.w.begun {
		// The status is sent: what can still be said, the handler has said.
		return
	}
	h := c.w.Header()
	h.Del("Content-Disposition")
	h.Del("Trailer")
	if b.Code == nightjar.CodeThrottled || b.Code == nightjar.CodeLimit {
		if h.Get("Retry-After") == "" {
			h.Set("Retry-After", "5")
		}
	}
	s.write(c.w, status, errorAnswer{b})
}

// hint speaks of what does not exist as callers know it: by the list that it
// would stand in, not by a command.
func (c *call) hint(b errorBody) string {
	if b.Code != nightjar.CodeNotFound || !strings.HasPrefix(b.Hint, "nightjar ") {
		return b.Hint
	}
	if list, _, one := strings.Cut(c.route.Path, "/{"); one {
		return "GET " + list + " lists what there is"
	}
	return "docs/api.md has the lists"
}

// refuse is fail for a request that no route takes.
func (s *Server) refuse(w http.ResponseWriter, r *http.Request, err error) {
	c := s.newCall(w, r, Route{Operation: "none"})
	secure(c.w.Header(), s.cfg.HTTPS || r.TLS != nil)
	s.fail(c, err)
}
