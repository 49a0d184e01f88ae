package sim

import (
	"fmt"
	"iter"
	"net/http"
	"strings"
	"time"
)

// Event is one event of ground truth.
type Event struct {
	Feed string
	ID   string // empty when the record has none
	Raw  []byte // good until the next event
	// Expected says whether a client that did all it could must hold it by now.
	Expected bool
	// Withheld says why it could not be had; empty when it could.
	Withheld string
}

// Events yields every event of a tenant that exists by now, each once, feed by
// feed. It holds no more than one event in memory.
func (s *Server) Events(tenant string) iter.Seq[Event] {
	return func(yield func(Event) bool) {
		t := s.tenants[strings.ToLower(tenant)]
		if t == nil {
			return
		}
		now := s.clock.Now()
		var buf []byte
		for feed := range feedCount {
			more := true
			s.deliveries(t, feed, now, func(d delivery) bool {
				e := Event{Feed: feedNames[feed]}
				withheld, served := d.withheld, d.count.whole+d.again > 0
				if withheld == "" && !served && !d.blob.expires.After(now) {
					withheld = "expired unserved"
				}
				for j := range d.packet.count {
					if e.Withheld = withheld; withheld == "" && !served && j >= d.ready {
						e.Withheld = "not yet in its blob"
					}
					// The head of a blob may have been served before the rest was lost.
					e.Expected = served || e.Withheld == "" || d.count.part > 0 && j < (d.packet.count+1)/2
					k := d.first + uint64(j)
					buf = d.source.appendEvent(buf[:0], feed, k)
					e.ID, e.Raw = d.source.eventID(feed, k), buf
					if more = yield(e); !more {
						return false
					}
				}
				return true
			})
			if !more {
				return
			}
		}
	}
}

// serveReport is GET /sim/report: the report so far, as JSON, or as text with ?format=text.
func (s *Server) serveReport(w http.ResponseWriter, r *http.Request) {
	if r.URL.Query().Get("format") != "text" {
		writeJSON(w, http.StatusOK, s.Report())
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_ = s.Report().WriteText(w) // the client may have gone
}

// serveEvents is GET /sim/events?tenant=ID: the raw events that a client must
// hold by now, one a line; with ?ids=1 their Ids alone.
func (s *Server) serveEvents(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	if s.tenants[strings.ToLower(q.Get("tenant"))] == nil {
		http.Error(w, fmt.Sprintf("no tenant %q", q.Get("tenant")), http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", "application/x-ndjson")
	for e := range s.Events(q.Get("tenant")) {
		if !e.Expected {
			continue
		}
		line := append([]byte(nil), e.Raw...)
		if q.Get("ids") != "" {
			line = []byte(e.ID)
		}
		if _, err := w.Write(append(line, '\n')); err != nil {
			return
		}
	}
}

// Now returns the service's time.
func (s *Server) Now() time.Time { return s.clock.Now() }
