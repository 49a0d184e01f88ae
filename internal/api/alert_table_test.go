package api

import (
	"fmt"
	"testing"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/access"
	"github.com/nightjar-sec/nightjar/internal/alert"
)

// TestFindingsAndAlertsAreTables asks for them in SQL, before and after people
// decided.
func TestFindingsAndAlertsAreTables(t *testing.T) {
	t.Parallel()
	b := setup(t)
	copier, err := alert.NewCopier(alert.CopierConfig{Keeper: b.cfg.Alerts, Store: shelf{b.cfg.Journal}})
	if err != nil {
		t.Fatal(err)
	}
	carry := func() {
		t.Helper()
		if err := copier.Copy(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	ask := func(who *client, sql string) string {
		t.Helper()
		var got struct{ Rows [][]any }
		a := who.send(post, "/api/v1/query", map[string]any{"sql": sql})
		if a.status != 200 {
			t.Fatalf("%s: %s", sql, a.body)
		}
		a.into(t, &got)
		return fmt.Sprint(got.Rows)
	}
	carry()
	carry() // copies nothing twice
	const ours = " WHERE tenant = 'contoso'"
	if got := ask(b.admin, "SELECT rule, severity, count, events, user_id, dry_run FROM findings"+ours+" ORDER BY time"); got != `[[spray-rule high 2 ["1111-10"] anna@1111.example false] [spray-rule high 2 ["1111-11"] anna@1111.example false] [lock-rule low 2 ["1111-12"] anna@1111.example false]]` {
		t.Errorf("findings are %s", got)
	}
	if got := ask(b.admin, "SELECT rule, status, findings, client_ip, events FROM alerts"+ours+" ORDER BY time"); got != `[[spray-rule new 2 198.51.100.7 ["1111-11"]] [lock-rule new 1 198.51.100.7 ["1111-12"]]]` {
		t.Errorf("alerts are %s", got)
	}
	one := b.alertOf(contoso, sprayRule)
	for range 3 {
		b.admin.send(post, "/api/v1/alerts/change", map[string]any{"ids": []any{one.ID}, "action": "comment", "comment": "c"})
		carry()
	}
	b.admin.send(post, "/api/v1/alerts/change", map[string]any{"ids": []any{one.ID}, "action": "close", "disposition": "benign"})
	carry()
	for sql, want := range map[string]string{
		"SELECT status, disposition FROM alerts" + ours + " AND rule = 'spray-rule'":                                                          "[[closed benign]]",
		"SELECT count(*) AS n FROM alerts" + ours + " AND status = 'new'":                                                                     "[[1]]",
		"SELECT id FROM alerts" + ours + " AND rule = 'spray-rule' AND has_token(raw, 'new')":                                                 "[]",
		"SELECT count(*) AS n FROM (SELECT * FROM alerts ORDER BY time DESC LIMIT 6) AS t":                                                    "[[6]]",
		"SELECT rule FROM alerts" + ours + " AND time >= TIMESTAMP '2026-11-20 08:12:00'":                                                     "[[lock-rule]]",
		"SELECT DISTINCT a.status FROM findings AS f JOIN alerts AS a ON a.id = f.alert WHERE a.tenant = 'contoso' AND f.rule = 'spray-rule'": "[[closed]]",
		"SELECT count(*) AS n FROM management":                                                                                                "[[40]]",
	} {
		if got := ask(b.admin, sql); got != want {
			t.Errorf("%s answers %s, want %s", sql, got, want)
		}
	}
	if got := ask(b.token(access.RoleViewer, fabrikam), "SELECT DISTINCT tenant_id FROM alerts"); got != "[["+string(fabrikam)+"]]" {
		t.Errorf("a viewer of fabrikam sees %s", got)
	}
	if got := ask(b.admin, "SELECT DISTINCT tenant FROM findings WHERE tenant_id = '"+string(nightjar.Installation)+"'"); got != "[[nightjar]]" {
		t.Errorf("findings about Nightjar itself are %s", got)
	}
}
