package api

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/nightjar-sec/nightjar/internal/access"
)

type prepared struct{ ID, URL, State string }

func (c *client) prepare(body map[string]any) prepared {
	c.b.t.Helper()
	var out prepared
	c.send(post, "/api/v1/exports", body).into(c.b.t, &out)
	return out
}

func TestADownloadIsFetchedOnceByTheOneWhoPreparedIt(t *testing.T) {
	t.Parallel()
	b := setup(t)
	file := b.admin.prepare(with(span(), map[string]any{"format": "ndjson"}))
	other := b.person("other", access.RoleAdmin, "")
	for method, path := range map[string]string{get: file.URL, remove: "/api/v1/exports/" + file.ID} {
		if a := other.send(method, path, nil); a.code() != "not_found" {
			t.Errorf("%s as another administrator: %s", method, verdict(a))
		}
	}
	a := b.admin.send(get, file.URL, nil)
	if a.status != 200 || a.header.Get("Content-Disposition") != `attachment; filename="nightjar-management-20261120T080000Z.ndjson"` || a.header.Get("X-Trailer") != "true" {
		t.Errorf("the file: %d %v", a.status, a.header)
	}
	if a := b.admin.send(get, file.URL, nil); a.code() != "not_found" {
		t.Errorf("again: %s", verdict(a))
	}
}

func TestADownloadThatWasCancelledSaysSoWhenItIsFetched(t *testing.T) {
	t.Parallel()
	b := setup(t)
	file := b.admin.prepare(with(span(), map[string]any{"format": "ndjson"}))
	if a := b.admin.send(remove, "/api/v1/exports/"+file.ID, nil); a.status != http.StatusNoContent {
		t.Fatalf("cancelling: %s", a.body)
	}
	if a := b.admin.send(get, file.URL, nil); a.code() != "not_found" || !bytes.Contains(a.body, []byte("was cancelled")) {
		t.Errorf("fetching it: %s", a.body)
	}
}

// TestTwoColumnsOfOneNameAreBothInALine, as both are in a Parquet file.
func TestTwoColumnsOfOneNameAreBothInALine(t *testing.T) {
	t.Parallel()
	b := setup(t)
	file := b.admin.prepare(map[string]any{
		"format": "ndjson", "from": morning, "to": morning.Add(time.Hour), "sql": "SELECT 1 AS z, 2 AS z, 3 AS z_2 FROM management LIMIT 1",
	})
	if a := b.admin.send(get, file.URL, nil); strings.TrimSpace(string(a.body)) != `{"z":1,"z_2":2,"z_2_2":3}` {
		t.Errorf("the line is %s", a.body)
	}
}

// TestAskingAboutAFileDoesNotFetchIt: programs that load files ask for the
// headers first.
func TestAskingAboutAFileDoesNotFetchIt(t *testing.T) {
	t.Parallel()
	b := setup(t)
	file := b.admin.prepare(with(span(), map[string]any{"format": "ndjson"}))
	a := b.admin.send(http.MethodHead, file.URL, nil)
	if a.status != 200 || a.header.Get("Content-Type") != "application/x-ndjson" || !strings.HasPrefix(a.header.Get("Content-Disposition"), "attachment") {
		t.Errorf("the headers: %d %v", a.status, a.header)
	}
	if a := b.admin.send(get, file.URL, nil); a.status != 200 || len(a.body) == 0 {
		t.Errorf("the file: %s", verdict(a))
	}
}

// TestADownloadNeedsTheRightsOfTheMomentItIsFetched takes the role away in between.
func TestADownloadNeedsTheRightsOfTheMomentItIsFetched(t *testing.T) {
	t.Parallel()
	b := setup(t)
	who := b.person("analyst", access.RoleAnalyst, "")
	file := who.prepare(with(span(), map[string]any{"format": "csv"}))
	var me struct{ ID string }
	who.send(get, "/api/v1/me", nil).into(t, &me)
	if a := b.admin.send(patch, "/api/v1/people/"+me.ID, map[string]any{"grants": []any{map[string]any{"role": "analyst", "tenant": contoso}}}); a.status != 200 {
		t.Fatalf("%s", a.body)
	}
	if a := who.send(get, file.URL, nil); a.code() != "forbidden" {
		t.Errorf("with a role for one tenant: %s", verdict(a))
	}
}

// TestADownloadThatIsCancelledDoesNotLookWholeAndIsOnRecord reads a part of a
// large one.
func TestADownloadThatIsCancelledDoesNotLookWholeAndIsOnRecord(t *testing.T) {
	t.Parallel()
	b := setup(t)
	file := b.admin.prepare(map[string]any{
		"format": "csv", "from": morning, "to": morning.Add(time.Hour),
		"sql": "SELECT a.id, b.raw FROM management AS a CROSS JOIN management AS b CROSS JOIN management AS c CROSS JOIN management AS d",
	})
	ctx, stop := context.WithTimeout(t.Context(), 30*time.Second)
	defer stop()
	req, err := http.NewRequestWithContext(ctx, get, b.web.URL+file.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Cookie", b.admin.cookie)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if _, err := io.ReadFull(resp.Body, make([]byte, 64<<10)); err != nil {
		t.Fatal(err)
	}
	if a := b.admin.send(remove, "/api/v1/exports/"+file.ID, nil); a.status != http.StatusNoContent {
		t.Fatalf("cancelling: %s", a.body)
	}
	if _, err := io.Copy(io.Discard, resp.Body); err == nil {
		t.Error("the file ends as if it were whole")
	}
	var log struct {
		Items []struct{ Detail map[string]string }
	}
	for ctx.Err() == nil { // the end is recorded behind the connection's
		if b.admin.send(get, "/api/v1/audit?action=event.export", nil).into(t, &log); len(log.Items) >= 6 {
			break
		}
	}
	rows, _ := strconv.Atoi(log.Items[0].Detail["rows"])
	if log.Items[0].Detail["state"] != "cancelled" || rows == 0 || rows > 2_000_000 {
		t.Errorf("on record is %v", log.Items[0].Detail)
	}
	if got := b.admin.send(get, "/api/v1/exports/"+file.ID, nil); !bytes.Contains(got.body, []byte(`"state":"cancelled"`)) {
		t.Errorf("it is shown as %s", got.body)
	}
}

// TestASearchThatIsTakenBackFreesItsPlace is what each key stroke does to the
// question before.
func TestASearchThatIsTakenBackFreesItsPlace(t *testing.T) {
	t.Parallel()
	b := setup(t, func(c *Config) { c.Queries = 1 })
	slow := "SELECT count(*) AS n FROM management AS a CROSS JOIN management AS b CROSS JOIN management AS c CROSS JOIN management AS d CROSS JOIN management AS e WHERE a.id || b.id || c.id || d.id || e.id = 'x'"
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() {
		req, err := http.NewRequestWithContext(ctx, post, b.web.URL+"/api/v1/query", strings.NewReader(`{"sql":"`+slow+`"}`))
		if err == nil {
			req.Header.Set("Cookie", b.admin.cookie)
			req.Header.Set("Content-Type", "application/json")
			var resp *http.Response
			if resp, err = http.DefaultClient.Do(req); err == nil {
				err = resp.Body.Close()
			}
		}
		done <- err
	}()
	for len(b.api.gate.slots) == 0 {
		runtime.Gosched()
	}
	cancel()
	if err := <-done; err == nil {
		t.Error("the slow question was answered")
	}
	began := time.Now()
	if a := b.admin.send(post, "/api/v1/events/search", span()); a.status != 200 || time.Since(began) > 10*time.Second {
		t.Errorf("the next question: %s after %s", verdict(a), time.Since(began))
	}
}
