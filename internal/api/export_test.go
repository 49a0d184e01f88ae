package api

import (
	"context"
	"crypto/rand"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/nightjar-sec/nightjar"
)

// TestAnExportThatEndsEarlyDoesNotLookWhole reads one as a browser does, which
// sees no trailer: what is cut off must not end like a file.
func TestAnExportThatEndsEarlyDoesNotLookWhole(t *testing.T) {
	t.Parallel()
	s := &Server{log: slog.New(slog.DiscardHandler), random: rand.Reader}
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := s.newCall(w, r, Route{})
		st, err := c.stream("text/csv")
		if err == nil {
			err = st.line("a row")
		}
		if err == nil {
			err = s.endExport(c, problem(nightjar.CodeLimit, "the answer is too large", ""))
		}
		s.fail(c, err)
	}))
	t.Cleanup(web.Close)
	req, err := http.NewRequestWithContext(t.Context(), post, web.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return // cut off before a byte was sent, which shows too
	}
	defer resp.Body.Close()
	if got, err := io.ReadAll(resp.Body); err == nil {
		t.Errorf("the file ends as if it were whole: %q", got)
	}
}

// TestExportsLeaveRoomForQuestions has as many exports run as may, and then
// one more, and a query.
func TestExportsLeaveRoomForQuestions(t *testing.T) {
	t.Parallel()
	b := setup(t, func(c *Config) { c.Queries = exportsAll + 1 })
	for range exportsAll {
		b.api.exports.slots <- struct{}{}
		b.api.gate.slots <- struct{}{}
	}
	if a := b.admin.send(post, "/api/v1/query", map[string]any{"sql": "SELECT 1 AS a"}); a.status != http.StatusOK {
		t.Errorf("a query beside exports: %s", verdict(a))
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, err := b.api.exports.enter(ctx, "somebody"); err == nil {
		t.Error("one more export runs")
	}
	for range exportsAll {
		<-b.api.exports.slots
		<-b.api.gate.slots
	}
	if a := b.admin.send(post, "/api/v1/events/export", with(span(), map[string]any{"format": "csv"})); a.status != http.StatusOK {
		t.Errorf("an export when others are over: %s", verdict(a))
	}
}
