package api

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

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
