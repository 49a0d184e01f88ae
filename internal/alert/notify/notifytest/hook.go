package notifytest

import (
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"sync"
)

// Hook receives what is posted by HTTP, and answers as it is told.
type Hook struct {
	// Answer says what to do with a request; nil takes it with 200. The body
	// counts as seen when it says so.
	Answer func(n int, r *http.Request, body []byte) Act

	mu     sync.Mutex
	asked  int
	seen   []Post
	server *http.Server
	ended  chan struct{}
}

// Post is a request that was taken.
type Post struct {
	Header http.Header
	Path   string
	Method string
	Body   []byte
}

// Act is what a Hook does with a request.
type Act struct {
	Status int // 0 is 200
	Header map[string]string
	Body   string
	// Hang never answers, until the other side gives up.
	Hang bool
	// Reset breaks the connection in place of an answer.
	Reset bool
	// Lost is a request that has no effect; without it, 2xx, Hang and Reset have theirs.
	Lost bool
}

// Serve answers at a listener, with TLS unless cfg is nil, until Close.
func (h *Hook) Serve(l net.Listener, cfg *tls.Config) {
	if cfg != nil {
		l = tls.NewListener(l, cfg)
	}
	h.server = &http.Server{Handler: h} //nolint:gosec // a fake whose client has the bounds
	h.ended = make(chan struct{})
	go func() {
		defer close(h.ended)
		_ = h.server.Serve(l) // ends with Close
	}()
}

// Close ends the server and its connections.
func (h *Hook) Close() {
	_ = h.server.Close() // nothing to lose
	<-h.ended
}

// ServeHTTP answers a request.
func (h *Hook) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	h.mu.Lock()
	h.asked++
	n, answer := h.asked, h.Answer
	h.mu.Unlock()
	var a Act
	if answer != nil {
		a = answer(n, r, body)
	}
	if a.Status == 0 {
		a.Status = http.StatusOK
	}
	if !a.Lost && a.Status < 300 {
		h.mu.Lock()
		h.seen = append(h.seen, Post{r.Header.Clone(), r.URL.Path, r.Method, body})
		h.mu.Unlock()
	}
	switch {
	case a.Hang:
		<-r.Context().Done()
	case a.Reset:
		panic(http.ErrAbortHandler)
	default:
		for name, value := range a.Header {
			w.Header().Set(name, value)
		}
		w.WriteHeader(a.Status)
		_, _ = io.WriteString(w, a.Body) // the other side went away
	}
}

// Behave changes how it answers.
func (h *Hook) Behave(answer func(n int, r *http.Request, body []byte) Act) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.Answer = answer
}

// Seen returns what was taken, in order.
func (h *Hook) Seen() []Post {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]Post{}, h.seen...)
}

// Asked is how many requests came.
func (h *Hook) Asked() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.asked
}
