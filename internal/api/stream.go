package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// errGone is a caller that no longer reads.
var errGone = errors.New("the caller went away")

// writeBound is how long one piece of a stream may take to be sent: whoever
// does not read must not hold a query open.
const writeBound = 30 * time.Second

// stream is an answer that is sent piece by piece.
type stream struct {
	c  *call
	rc *http.ResponseController
}

// stream begins an answer in pieces. The bounds of the server on a whole
// exchange are replaced by one for each piece.
func (c *call) stream(kind string) (*stream, error) {
	rc := http.NewResponseController(c.w)
	// The body was read; a deadline for reading would end the stream.
	if err := rc.SetReadDeadline(time.Time{}); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return nil, fmt.Errorf("%w: %w", errGone, err)
	}
	c.w.Header().Set("Content-Type", kind)
	c.background = true // that it goes on is no act of anybody
	// Proxies must not collect the pieces.
	c.w.Header().Set("X-Accel-Buffering", "no")
	return &stream{c: c, rc: rc}, nil
}

func (s *stream) Write(b []byte) (int, error) {
	if err := s.rc.SetWriteDeadline(realClock().Now().Add(writeBound)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return 0, fmt.Errorf("%w: %w", errGone, err)
	}
	n, err := s.c.w.Write(b)
	if err != nil {
		return n, fmt.Errorf("%w: %w", errGone, err)
	}
	return n, nil
}

func (s *stream) flush() error {
	if err := s.rc.Flush(); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return fmt.Errorf("%w: %w", errGone, err)
	}
	return nil
}

// line sends a value as one line of NDJSON.
func (s *stream) line(value any) error {
	b, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("encode a line: %w", err)
	}
	_, err = s.Write(append(b, '\n'))
	return err
}

// eventStream is the type of server-sent events.
const eventStream = "text/event-stream"

// heartbeat is how often a stream of events says that it lives: proxies and
// people's networks drop connections that are silent for longer.
const heartbeat = 15 * time.Second

// event sends one server-sent event.
// Source: html.spec.whatwg.org/multipage/server-sent-events.html, read 2026-11-22.
func (s *stream) event(name string, value any) error {
	b, err := json.Marshal(value) // holds no line break
	if err != nil {
		return fmt.Errorf("encode an event: %w", err)
	}
	if _, err := fmt.Fprintf(s, "event: %s\ndata: %s\n\n", name, b); err != nil {
		return err
	}
	return s.flush()
}

// beat sends a comment.
func (s *stream) beat() error {
	if _, err := s.Write([]byte(":\n\n")); err != nil {
		return err
	}
	return s.flush()
}

// largeBound is how long a large body may take to arrive: 16 MiB in it are
// some 140 KiB a second.
const largeBound = 2 * time.Minute

// await gives a body longer to arrive than the server gives those of all
// routes, and the answer to it to be sent.
func (c *call) await(d time.Duration) {
	rc := http.NewResponseController(c.w)
	now := realClock().Now()
	// A writer that has no deadlines has none to move.
	_ = rc.SetReadDeadline(now.Add(d))
	_ = rc.SetWriteDeadline(now.Add(d + writeBound))
}

// extend gives an answer that is computed for long time to be sent.
func (c *call) extend(d time.Duration) {
	rc := http.NewResponseController(c.w)
	// A writer that has no deadlines has none to extend.
	_ = rc.SetReadDeadline(time.Time{})
	_ = rc.SetWriteDeadline(realClock().Now().Add(d))
}

// cut breaks the connection off at what was sent so far. Browsers show no
// trailer, and keep a file whose answer ends well.
func (c *call) cut() {
	rc := http.NewResponseController(c.w)
	_ = rc.Flush() // the caller may be gone
	// A moment that is over: the end of the answer is not sent any more.
	_ = rc.SetWriteDeadline(time.Unix(1, 0)) // a writer that has no deadlines ends well
}
