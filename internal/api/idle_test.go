package api

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/nightjar-sec/nightjar/internal/access"
	"github.com/nightjar-sec/nightjar/internal/secret"
)

// TestOnlyWhatAPersonDoesKeepsTheSession looks at when the session was last
// used, as the catalog has it.
func TestOnlyWhatAPersonDoesKeepsTheSession(t *testing.T) {
	t.Parallel()
	b := setup(t)
	seen := func() int64 {
		t.Helper()
		var at int64
		if err := b.db.NewRaw("SELECT seen FROM access_sessions").Scan(t.Context(), &at); err != nil {
			t.Fatal(err)
		}
		return at
	}
	if _, err := b.db.NewRaw("UPDATE access_sessions SET seen = seen - ?", (20 * time.Minute).Microseconds()).Exec(t.Context()); err != nil {
		t.Fatal(err)
	}
	before := seen()
	poll := &client{b: b, cookie: b.admin.cookie, headers: map[string]string{"Nightjar-Background": "1"}}
	for _, path := range []string{"/api/v1/status", "/api/v1/me", "/api/v1/overview", "/api/v1/health"} {
		if a := poll.send(get, path, nil); a.status != http.StatusOK {
			t.Fatalf("%s: %d", path, a.status)
		}
	}
	tail, end := b.follow(t, b.admin.cookie)
	if _, err := tail.ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	end()
	if seen() != before {
		t.Error("a poll or a stream kept the session alive")
	}
	b.admin.send(get, "/api/v1/me", nil)
	if seen() <= before {
		t.Error("what a person did does not count as use")
	}
}

func TestAStreamEndsWithItsSession(t *testing.T) {
	t.Parallel()
	b := setup(t)
	who, err := b.access.Session(t.Context(), secret.New(strings.TrimPrefix(b.admin.cookie, "nightjar=")))
	if err != nil {
		t.Fatal(err)
	}
	for name, happens := range map[string]func(person access.Person) error{
		"disabled": func(p access.Person) error { return b.access.Disable(t.Context(), who, p.ID) },
		"demoted": func(p access.Person) error {
			return b.access.SetGrants(t.Context(), who, p.ID, []access.Grant{{Role: access.RoleViewer, Tenant: stranger}})
		},
		"idle": func(p access.Person) error {
			_, err := b.db.NewRaw("UPDATE access_sessions SET seen = seen - ? WHERE person = ?", time.Hour.Microseconds(), p.ID).Exec(t.Context())
			return err
		},
	} {
		link, err := b.access.Link(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		session, _, err := b.access.RedeemLink(t.Context(), link, somewhere)
		if err != nil {
			t.Fatal(err)
		}
		person, err := b.access.Person(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		tail, end := b.follow(t, "nightjar="+session.Reveal())
		if _, err := tail.ReadString('\n'); err != nil {
			t.Fatal(err)
		}
		if err := happens(person); err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, tail); err != nil {
			t.Errorf("%s: the stream goes on: %v", name, err)
		}
		end()
	}
}

// follow opens the live tail as a browser does.
func (b *bundle) follow(t *testing.T, cookie string) (lines *bufio.Reader, end func()) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	req, err := http.NewRequestWithContext(ctx, get, b.web.URL+"/api/v1/events/tail", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Cookie", cookie)
	req.Header.Set("Accept", "text/event-stream")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("the tail answers %d", resp.StatusCode)
	}
	return bufio.NewReader(resp.Body), func() {
		_ = resp.Body.Close() // the test is done with it
		cancel()
	}
}
