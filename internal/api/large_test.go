package api

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/nightjar-sec/nightjar/internal/access"
)

// notRead is a body that nobody may read.
type notRead struct{ t *testing.T }

func (n notRead) Read([]byte) (int, error) {
	n.t.Error("the body is read")
	return 0, io.EOF
}

// TestALargeBodyOfWhomMayNotIsNotRead sends it as those who may do for no
// tenant what the route does.
func TestALargeBodyOfWhomMayNotIsNotRead(t *testing.T) {
	t.Parallel()
	b := setup(t)
	tried := 0
	for name, who := range map[string]*client{
		"a viewer": b.person("vic", access.RoleViewer, ""), "a viewer of one tenant": b.person("viv", access.RoleViewer, contoso), "a token": b.token(access.RoleViewer, ""),
	} {
		for _, r := range Routes() {
			if r.Body <= queryBody {
				continue
			}
			tried++
			req := httptest.NewRequestWithContext(context.Background(), r.Method, pathFor(r, ""), notRead{t})
			req.Host = "127.0.0.1"
			req.Header.Set("Content-Type", "application/json")
			if who.cookie != "" {
				req.Header.Set("Cookie", who.cookie)
			} else {
				req.Header.Set("Authorization", "Bearer "+who.bearer)
			}
			rec := httptest.NewRecorder()
			b.api.ServeHTTP(rec, req)
			if rec.Code != http.StatusForbidden {
				t.Errorf("%s asks %s: %d %s", name, r.Operation, rec.Code, rec.Body)
			}
		}
	}
	if tried == 0 {
		t.Error("no route takes a large body")
	}
}

// slowLine is a connection with a body that takes a while to arrive, for which
// the deadlines that it was begun with are too short.
type slowLine struct {
	*httptest.ResponseRecorder
	body        io.Reader
	takes       time.Duration
	read, write time.Time // deadlines
	late        bool      // the one of writing is over
}

func (l *slowLine) SetReadDeadline(t time.Time) error {
	l.read = t
	return nil
}

func (l *slowLine) SetWriteDeadline(t time.Time) error {
	l.write, l.late = t, false
	return nil
}

func (l *slowLine) Read(b []byte) (int, error) {
	until := time.Now().Add(l.takes)
	if until.After(l.read) {
		l.late = l.read.After(l.write)
		return 0, os.ErrDeadlineExceeded
	}
	l.late = until.After(l.write)
	return l.body.Read(b)
}

func (l *slowLine) Write(b []byte) (int, error) {
	if l.late {
		return 0, os.ErrDeadlineExceeded
	}
	return l.ResponseRecorder.Write(b)
}

// TestALargeBodyHasTimeToArrive sends one over a slow line, and other bodies.
func TestALargeBodyHasTimeToArrive(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for name, c := range map[string]struct {
		path, body string
		takes      time.Duration
		status     int
	}{
		"a large one":                {changesPath, `{"document": "changes: []", "dry_run": true}`, 100 * time.Second, http.StatusOK},
		"a large one without an end": {changesPath, `{"document": "changes: []", "dry_run": true}`, 3 * time.Minute, http.StatusBadRequest},
		"another":                    {"/api/v1/rules/" + guessing + "/mode", `{"mode": "on"}`, time.Minute, http.StatusBadRequest},
	} {
		began := time.Now()
		line := &slowLine{ResponseRecorder: httptest.NewRecorder(), body: strings.NewReader(c.body), takes: c.takes, read: began.Add(15 * time.Second), write: began.Add(30 * time.Second)}
		req := httptest.NewRequestWithContext(context.Background(), post, c.path, line)
		req.Host = "127.0.0.1"
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Cookie", b.admin.cookie)
		b.api.ServeHTTP(line, req)
		if line.Code != c.status || line.Body.Len() == 0 {
			t.Errorf("%s: %d %s", name, line.Code, line.Body)
		}
	}
}
