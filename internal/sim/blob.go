package sim

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// serveBlob serves a blob's content.
func (s *Server) serveBlob(w http.ResponseWriter, r *http.Request, c call) *apiError {
	id := r.PathValue("id")
	t := c.tenant
	b, ok := t.schedule.find(id)
	if !ok {
		if strings.Count(id, "$") == 4 {
			return errNoContent(id)
		}
		return errContentID(id)
	}
	now := s.clock.Now()
	t.mu.Lock()
	served := t.subs[b.feed].serves(b.created)
	t.mu.Unlock()
	switch {
	case !s.mayRead(&c, b.feed):
		return errNoPermission()
	case b.visible.After(now), b.withheld == withheldMissing, !served:
		return errNoContent(id)
	case b.withheld == withheldExpired, !b.expires.After(now):
		s.truth.refusedExpired(t.ID, b)
		return errContentExpired(id)
	}
	if fault := t.readable(b.feed); fault != nil {
		return fault
	}
	s.writeBlob(w, r, t, b, t.schedule.served(b, now))
	return nil
}

// writeBlob streams the content and notes whether all of it went out.
func (s *Server) writeBlob(w http.ResponseWriter, r *http.Request, t *tenant, b blob, count int) {
	damage := s.damage(t, b)
	if damage == damageHTML || b.kind == blobHTML {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(w, webPage) // the client may have gone
		s.truth.served(t.ID, b, 0, b.kind == blobHTML)
		return
	}
	if b.kind == blobBomb {
		s.truth.served(t.ID, b, 0, s.writeBomb(w) == nil)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	body, err := s.writeBody(w, r, t, b, count, damage)
	if err == nil {
		err = body.Close()
	}
	s.truth.served(t.ID, b, count, err == nil)
}

// writeBody writes the content in pieces, so that a blob of any size takes
// little memory. A truncated one is aborted half-way.
func (s *Server) writeBody(w http.ResponseWriter, r *http.Request, t *tenant, b blob, count int, damage damage) (io.Closer, error) {
	out := s.compress(w, r)
	src := t.schedule.events(b)
	if src == nil {
		_, err := out.Write(t.decoy(b))
		return out, err
	}
	stop := count
	if damage == damageTruncate {
		stop = count / 2
	}
	if damage == damageSlow {
		pause(r.Context(), s.scenario.SlowBody/2)
	}
	buf := append(make([]byte, 0, 1<<17), '[')
	for j := range stop {
		if j > 0 {
			buf = append(buf, ',')
		}
		buf = src.appendEvent(buf, b.feed, b.first+uint64(j))
		if len(buf) > 1<<16 {
			if _, err := out.Write(buf); err != nil {
				return out, err
			}
			buf = buf[:0]
		}
		if damage == damageSlow && j == stop/2 {
			pause(r.Context(), s.scenario.SlowBody/2)
		}
	}
	if damage == damageTruncate {
		// Some of an event, then the end of the connection.
		if stop < count {
			if stop > 0 {
				buf = append(buf, ',')
			}
			half := src.appendEvent(nil, b.feed, b.first+uint64(stop))
			buf = append(buf, half[:len(half)/2]...)
		}
		_, _ = out.Write(buf)
		_ = out.Close()
		s.truth.served(t.ID, b, 0, false)
		// http.ErrAbortHandler ends the answer without its last chunk, which
		// a client can tell from a complete one.
		panic(http.ErrAbortHandler)
	}
	_, err := out.Write(append(buf, ']'))
	return out, err
}

// decoy is the content of a blob that holds no event of the tenant.
func (t *tenant) decoy(b blob) []byte {
	if b.kind == blobWrong {
		return []byte(`[{"CreationTime":"` + b.created.UTC().Format("2006-01-02T15:04:05") + `","Id":"` + t.decoyID(b) +
			`","Operation":"FileAccessed","OrganizationId":"` + guidOf(1, "some other tenant") +
			`","RecordType":6,"UserKey":"x","UserType":0,"Version":1,"Workload":"SharePoint","UserId":"stranger@fabrikam.example"}]`)
	}
	forms := []string{
		`[{"Id":"` + t.decoyID(b) + `","Operation":"Broken"`,
		"this is not JSON at all \x00\xff\xfe",
		`{"error":"not an array"}`,
		`[{"Id":"` + t.decoyID(b) + `","Depth":` + strings.Repeat("[", 20000) + strings.Repeat("]", 20000) + `}}]`,
	}
	return []byte(forms[b.n%int64(len(forms))])
}

// decoyID is the Id of the record in a decoy; it must never be stored.
func (t *tenant) decoyID(b blob) string { return guidOf(t.schedule.seed, "decoy "+b.id) }

const webPage = "<!DOCTYPE html><html><head><title>Service unavailable</title></head><body><h1>Our services aren't available right now</h1></body></html>\n"

// writeBomb sends a JSON array with one enormous string: little on the wire,
// BombBytes when inflated. Gzip allows members one after another, so one
// compressed megabyte is sent over and over.
func (s *Server) writeBomb(w http.ResponseWriter) error {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Content-Encoding", "gzip")
	member := func(b []byte) []byte {
		var buf bytes.Buffer
		z, _ := gzip.NewWriterLevel(&buf, gzip.BestCompression) // the level is valid
		_, _ = z.Write(b)                                       // to memory
		_ = z.Close()
		return buf.Bytes()
	}
	if _, err := w.Write(member([]byte(`[{"Id":"bomb","Operation":"`))); err != nil {
		return err
	}
	megabyte := member(bytes.Repeat([]byte{'a'}, 1<<20))
	for range s.scenario.BombBytes >> 20 {
		if _, err := w.Write(megabyte); err != nil {
			return err
		}
	}
	_, err := w.Write(member([]byte(`"}]`)))
	return err
}

// compressors are kept for reuse: each holds a few hundred kilobytes.
type compressors struct{ pool sync.Pool }

// compress wraps an answer in gzip when the client takes it.
func (s *Server) compress(w http.ResponseWriter, r *http.Request) io.WriteCloser {
	if s.scenario.NoGzip || !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		return plainBody{w}
	}
	w.Header().Set("Content-Encoding", "gzip")
	w.Header().Set("Vary", "Accept-Encoding")
	z, ok := s.compressors.pool.Get().(*gzip.Writer)
	if !ok {
		z, _ = gzip.NewWriterLevel(w, gzip.BestSpeed) // the level is valid
	}
	z.Reset(w)
	return &zippedBody{z, s}
}

type plainBody struct{ io.Writer }

func (plainBody) Close() error { return nil }

type zippedBody struct {
	*gzip.Writer
	s *Server
}

func (z *zippedBody) Close() error {
	err := z.Writer.Close()
	z.s.compressors.pool.Put(z.Writer)
	return err
}

func (s *Server) writeCompressed(w http.ResponseWriter, _ call, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	_, _ = w.Write(body) // the client may have gone
}

func (s *Server) serveTime(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, map[string]string{"now": s.clock.Now().UTC().Format(time.RFC3339Nano), "origin": s.origin.Format(time.RFC3339Nano)})
}
