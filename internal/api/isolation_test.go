package api

import (
	"bufio"
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/access"
	"github.com/nightjar-sec/nightjar/internal/journal"
)

// TestNoAnswerShowsAForeignTenant is S21: an administrator of contoso asks
// everything, with every trick that names fabrikam, and no answer holds a word
// of fabrikam's.
func TestNoAnswerShowsAForeignTenant(t *testing.T) {
	t.Parallel()
	b := setup(t)
	who := b.token(access.RoleAdmin, contoso)
	foreign := []string{"fabrikam", string(fabrikam), "2222-", "@2222."}
	try := func(method, path string, body any) answer {
		t.Helper()
		a := who.send(method, path, body)
		text := string(a.body)
		if a.status >= 400 {
			// Its own question may be repeated to it.
			text = strings.ReplaceAll(text, string(fabrikam), "")
		}
		for _, f := range foreign {
			if strings.Contains(text, f) {
				t.Errorf("%s %s shows %s: %.300s", method, path, f, a.body)
			}
		}
		return a
	}
	b.exercise(func(_ int, method, path string, body any) answer {
		a := try(method, path, body)
		try(method, strings.ReplaceAll(path, string(contoso), string(fabrikam)), body)
		if !strings.Contains(path, "/people") && !strings.Contains(path, "/consents") && !strings.Contains(path, "/tokens") && !strings.Contains(path, "/channels") && !strings.Contains(path, "logout") {
			return a
		}
		return b.admin.send(method, path, body)
	}, func(who *client, _ int, method, path string, body any) answer { return who.send(method, path, body) })

	for _, sql := range []string{
		"SELECT count(*) AS n FROM management WHERE tenant_id = '" + string(fabrikam) + "'",
		"SELECT DISTINCT tenant FROM management", "SELECT DISTINCT tenant FROM collectors_out",
		"SELECT * FROM management", "SELECT raw FROM azure_ad UNION ALL SELECT raw FROM collectors_out",
		"SELECT * FROM audit", "SELECT * FROM read_parquet('../" + string(fabrikam) + "/*.parquet')",
	} {
		try(post, "/api/v1/query", map[string]any{"sql": sql})
		try(post, "/api/v1/query", map[string]any{"sql": sql, "tenants": []any{contoso, fabrikam}})
		try(post, "/api/v1/query", `{"sql":"`+strings.ReplaceAll(sql, `"`, `\"`)+`","tenants":[],"Tenants":["`+string(fabrikam)+`"]}`)
		try(post, "/api/v1/query", `{"sql":"SELECT 1 AS a","tenant_id":"`+string(contoso)+`","tenants":["`+string(fabrikam)+`"]}`)
	}
	// Events of a foreign segment, by the place that they have.
	for segment := range 6 {
		for _, row := range []string{"0", "5"} {
			at := "/api/v1/events/" + string(rune('0'+segment)) + ":" + row
			try(get, at+"?tenant="+string(contoso), nil)
			try(get, at+"?tenant="+string(fabrikam), nil)
			try(get, at+"?tenant="+string(contoso)+"&tenant="+string(fabrikam), nil)
			try(get, at+"?tenant="+string(contoso)+"&id=2222-05", nil)
		}
	}
	if a := try(post, "/api/v1/tokens", map[string]any{
		"name": "more", "scopes": []string{"event.read"}, "grants": []any{map[string]any{"role": "admin"}}, "expires": time.Now().Add(time.Hour).UTC().Format(time.RFC3339),
	}); a.status < 400 {
		t.Errorf("a token gives itself more: %s", a.body)
	}
}

// TestTheTailShowsOwnEventsAlone follows events of one tenant while both store.
func TestTheTailShowsOwnEventsAlone(t *testing.T) {
	t.Parallel()
	b := setup(t)
	who := b.token(access.RoleViewer, contoso)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, get, b.web.URL+"/api/v1/events/tail", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+who.bearer)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if got := resp.Header.Get("Content-Type"); got != "text/event-stream" {
		t.Fatalf("%d %s", resp.StatusCode, got)
	}
	// The first comment says that everything from now on is seen.
	lines := bufio.NewReader(resp.Body)
	if _, err := lines.ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	for _, id := range []nightjar.TenantID{fabrikam, contoso} {
		fresh := events(id)[:3]
		for i := range fresh {
			fresh[i].ID += "-fresh"
		}
		if _, err := b.cfg.Journal.Append(t.Context(), journal.Batch{Tenant: id, Sources: []journal.Source{{Events: fresh}}}); err != nil {
			t.Fatal(err)
		}
	}
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(line, "fabrikam") {
			t.Fatalf("a foreign event: %s", line)
		}
		if strings.HasPrefix(line, "data: ") {
			if n := strings.Count(line, "-fresh"); n != 3 {
				t.Errorf("%d events: %s", n, line)
			}
			return
		}
	}
}

// TestAnExportIsWholeAndHarmless reads the trailer of an export, and the cell
// that a spreadsheet would have run (S34).
func TestAnExportIsWholeAndHarmless(t *testing.T) {
	t.Parallel()
	b := setup(t)
	a := b.admin.send(post, "/api/v1/events/export", with(span(), map[string]any{"format": "csv"}))
	if a.header.Get("X-Trailer") != "true" || strings.Count(string(a.body), "\r\n") != 41 {
		t.Errorf("the trailer is %q; %d lines", a.header.Get("X-Trailer"), strings.Count(string(a.body), "\n"))
	}
	if !strings.Contains(string(a.body), "'=cmd|") || strings.Contains(string(a.body), ",=cmd") {
		t.Error("a formula is not disarmed")
	}
	a = b.admin.send(post, "/api/v1/events/export", with(span(), map[string]any{"format": "ndjson", "words": "nowhere"}))
	if a.status != 200 || len(a.body) != 0 || a.header.Get("X-Trailer") != "true" {
		t.Errorf("nothing found: %d %q", a.status, a.body)
	}
	if a := b.token(access.RoleHelpdesk, "").send(post, "/api/v1/events/export", with(span(), map[string]any{"format": "csv"})); a.code() != "forbidden" {
		t.Errorf("help desk exports: %s", a.body)
	}
	var got struct {
		Items []struct{ Detail map[string]string }
	}
	b.admin.send(get, "/api/v1/audit?action=event.export", nil).into(t, &got)
	// Two exports of two tenants, each with its begin and its end; the newest first.
	if len(got.Items) != 8 || got.Items[0].Detail["rows"] != "0" || got.Items[5].Detail["rows"] != "40" || got.Items[5].Detail["state"] != "complete" || got.Items[7].Detail["state"] != "begun" {
		t.Errorf("on record are %+v", got.Items)
	}
}

// TestAnAdministratorOfOneTenantLearnsNothingOfOthers tries what only writing
// can reveal: a name that a foreign tenant has, and files of the machine.
func TestAnAdministratorOfOneTenantLearnsNothingOfOthers(t *testing.T) {
	t.Parallel()
	b := setup(t)
	who := b.token(access.RoleAdmin, contoso)
	of := "/api/v1/connections/" + string(contoso)
	a := who.send(patch, of, map[string]any{"name": "fabrikam"})
	if a.code() != "conflict" || strings.Contains(string(a.body), string(fabrikam)) {
		t.Errorf("a name that is taken: %s", a.body)
	}
	federated := map[string]any{"kind": "federated", "federated_token_file": "/etc/passwd"}
	if a := who.send(put, of+"/credential", federated); a.code() != "forbidden" {
		t.Errorf("a file of the machine: %s", verdict(a))
	}
	if a := b.admin.send(put, of+"/credential", federated); a.status != http.StatusOK {
		t.Errorf("an administrator of all: %s", verdict(a))
	}
}
