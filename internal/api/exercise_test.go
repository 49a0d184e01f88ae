package api

import (
	"maps"
	"net/http"
	"strings"
	"time"
)

const (
	get    = http.MethodGet
	post   = http.MethodPost
	put    = http.MethodPut
	patch  = http.MethodPatch
	remove = http.MethodDelete
)

// doer sends a request as the administrator and expects a status.
type doer func(want int, method, path string, body any) answer

func span() map[string]any {
	return map[string]any{"table": "management", "from": morning.Format(time.RFC3339), "to": morning.Add(time.Hour).Format(time.RFC3339)}
}

func with(base map[string]any, more map[string]any) map[string]any {
	maps.Copy(base, more)
	return base
}

// exercise asks every operation that one administrator can ask.
func (b *bundle) exercise(do doer, as func(who *client, want int, method, path string, body any) answer) {
	nobody := &client{b: b}
	as(nobody, 200, get, "/api/v1/status", nil)
	as(nobody, 204, post, "/api/v1/setup/resume", nil)
	do(200, get, "/api/v1/me", nil)
	do(201, post, "/api/v1/me/recovery-codes", nil)
	do(200, get, "/api/v1/me/sessions", nil)
	do(204, remove, "/api/v1/me/sessions", nil)
	do(200, get, "/api/v1/tenants", nil)
	b.exercisePeople(do, as, nobody)
	b.exerciseSSO(do, as, nobody)
	b.exerciseEvents(do)
	b.exerciseSystem(do)
	b.exerciseAlerts(do)
	b.exerciseNotify(do)
	b.exerciseRules(do)
	b.exerciseBacktests(do)
	b.exerciseConsent(do, as, nobody)
	b.exerciseConnections(do)
	do(204, post, "/api/v1/logout", nil)
}

func (b *bundle) exercisePeople(do doer, as func(who *client, want int, method, path string, body any) answer, nobody *client) {
	link, err := b.access.Link(b.t.Context(), "second")
	if err != nil {
		b.t.Fatal(err)
	}
	as(nobody, 200, post, "/api/v1/login/link", map[string]any{"token": link.Reveal()})
	var invited struct{ Link string }
	do(201, post, "/api/v1/people", map[string]any{"name": "Ada", "grants": []any{map[string]any{"role": "viewer", "tenant": contoso}}}).into(b.t, &invited)
	_, token, _ := strings.Cut(invited.Link, "#")
	as(nobody, 200, post, "/api/v1/invites/look", map[string]any{"token": token})
	var people struct {
		Items []struct{ ID, Name, State string }
	}
	do(200, get, "/api/v1/people", nil).into(b.t, &people)
	for _, p := range people.Items {
		switch p.Name {
		case "second":
			do(200, patch, "/api/v1/people/"+p.ID, map[string]any{"grants": []any{map[string]any{"role": "analyst"}}, "disabled": true})
			do(201, post, "/api/v1/people/"+p.ID+"/reset", nil)
			do(204, remove, "/api/v1/people/"+p.ID, nil)
		case "Ada":
			do(204, remove, "/api/v1/people/"+p.ID, nil)
		}
	}
	var made struct {
		Token string
		Info  struct{ ID string }
	}
	do(201, post, "/api/v1/tokens", map[string]any{
		"name": "ci", "scopes": []string{"event.read"}, "grants": []any{map[string]any{"role": "viewer", "tenant": contoso}}, "expires": time.Now().Add(time.Hour).UTC().Format(time.RFC3339),
	}).into(b.t, &made)
	as(&client{b: b, bearer: made.Token}, 200, get, "/api/v1/me", nil)
	do(200, get, "/api/v1/tokens", nil)
	do(200, get, "/api/v1/approvals?state=all", nil)
	do(404, get, "/api/v1/approvals/none", nil)
	do(204, remove, "/api/v1/tokens/"+made.Info.ID, nil)
	as(&client{b: b, bearer: made.Token}, 401, get, "/api/v1/me", nil)
	do(200, get, "/api/v1/audit?limit=2", nil)
	do(200, get, "/api/v1/audit/verify", nil)
}

func (b *bundle) exerciseEvents(do doer) {
	do(200, get, "/api/v1/tables", nil)
	do(200, post, "/api/v1/query", map[string]any{"sql": "SELECT *, [1, 2] AS l, 9007199254740993 AS big FROM management", "limit": 3})
	do(200, post, "/api/v1/query", map[string]any{"sql": "SELECT count(*) AS n FROM management WHERE time >= {{from}}", "from": morning, "to": morning.Add(time.Hour), "format": "ndjson"})
	do(400, post, "/api/v1/query", map[string]any{"sql": "SELECT nothing FROM management"})
	var found struct {
		Items []struct {
			Ref      string
			ID       string
			TenantID string `json:"tenant_id"`
		}
		Next string
	}
	do(200, post, "/api/v1/events/search", with(span(), map[string]any{
		"words": "hello", "limit": 5, "filters": []any{map[string]any{"field": "record_type", "op": "gte", "value": 15}, map[string]any{"field": "$.Id", "op": "exists"}},
	})).into(b.t, &found)
	do(200, post, "/api/v1/events/search", with(span(), map[string]any{"cursor": found.Next}))
	e := found.Items[0]
	do(200, get, "/api/v1/events/"+e.Ref+"?tenant="+e.TenantID, nil)
	do(200, get, "/api/v1/events/0:0?tenant="+e.TenantID+"&id="+e.ID, nil)
	do(404, get, "/api/v1/events/0:0?tenant="+e.TenantID+"&id=none", nil)
	do(200, post, "/api/v1/events/histogram", span())
	do(200, post, "/api/v1/events/values", with(span(), map[string]any{"fields": []string{"operation", "record_type"}}))
	do(200, post, "/api/v1/events/export", with(span(), map[string]any{"format": "ndjson"}))
	do(200, post, "/api/v1/events/export", with(span(), map[string]any{"format": "csv"}))
	do(200, post, "/api/v1/events/export", with(span(), map[string]any{"format": "parquet"}))
	for _, format := range []string{"ndjson", "csv", "parquet"} {
		var file struct{ ID, URL string }
		do(201, post, "/api/v1/exports", with(span(), map[string]any{"format": format})).into(b.t, &file)
		do(200, get, "/api/v1/exports/"+file.ID, nil)
		do(200, get, file.URL, nil)
		do(404, get, file.URL, nil)
		do(201, post, "/api/v1/exports", map[string]any{"format": format, "from": morning, "to": morning.Add(time.Hour), "sql": "SELECT id FROM management WHERE time >= {{from}}"}).into(b.t, &file)
		do(204, remove, "/api/v1/exports/"+file.ID, nil)
	}
	one := map[string]any{
		"name": "hello", "kind": "search", "query": "hello", "table": "azure_ad", "last_seconds": 3600, "tenants": []any{contoso},
		"filters": []any{map[string]any{"field": "user_id", "op": "is", "value": "anna"}}, "columns": []string{"time", "user_id"},
	}
	var kept struct{ ID string }
	do(201, post, "/api/v1/searches", one).into(b.t, &kept)
	do(409, post, "/api/v1/searches", one)
	do(200, get, "/api/v1/searches", nil)
	do(200, get, "/api/v1/searches/"+kept.ID, nil)
	do(200, put, "/api/v1/searches/"+kept.ID, map[string]any{"name": "hello", "kind": "sql", "query": "SELECT 1 AS a", "from": morning, "to": morning.Add(time.Hour)})
	do(204, remove, "/api/v1/searches/"+kept.ID, nil)
	do(404, get, "/api/v1/searches/"+kept.ID, nil)
	do(200, get, "/api/v1/signins/places?from=2026-11-20T00:00:00Z&to=2026-11-21T00:00:00Z&layer=user", nil)
}

func (b *bundle) exerciseSystem(do doer) {
	do(200, get, "/api/v1/overview?from=2026-11-20T00:00:00Z&to=2026-11-21T00:00:00Z", nil)
	do(200, get, "/api/v1/health", nil)
	do(200, get, "/api/v1/settings", nil)
	do(200, get, "/api/v1/dashboards", nil)
	do(200, get, "/api/v1/dashboards/signins", nil)
	panel := map[string]any{"title": "all", "sql": "SELECT count(*) AS n FROM management", "kind": "number"}
	do(200, put, "/api/v1/dashboards/mine", map[string]any{"title": "Mine", "panels": []any{panel}})
	do(409, put, "/api/v1/dashboards/signins", map[string]any{"title": "Mine", "panels": []any{panel}})
	do(204, remove, "/api/v1/dashboards/mine", nil)
	do(404, get, "/api/v1/dashboards/mine", nil)
}

func (b *bundle) exerciseConsent(do doer, as func(who *client, want int, method, path string, body any) answer, nobody *client) {
	do(200, get, "/api/v1/services", nil)
	do(200, get, "/api/v1/scripts/az?service=audit_log&cloud=nowhere", nil)
	var attempt struct{ ID string }
	do(201, post, "/api/v1/consents", map[string]any{"cloud": "nowhere", "services": []string{"audit_log"}}).into(b.t, &attempt)
	do(200, get, "/api/v1/consents/"+attempt.ID, nil)
	as(nobody, 303, get, "/consent/callback?state="+attempt.ID+".wrong&code=x", nil)
	do(204, remove, "/api/v1/consents/"+attempt.ID, nil)
}

func (b *bundle) exerciseConnections(do doer) {
	of := "/api/v1/connections/" + string(contoso)
	do(200, get, "/api/v1/connections", nil)
	do(200, get, of, nil)
	do(200, patch, of, map[string]any{"tag": "lab", "feeds": []any{map[string]any{"feed": "DLP.All", "on": false}}})
	do(200, post, of+"/check", nil)
	do(202, post, of+"/collect", nil)
	do(200, post, of+"/pause", nil)
	do(409, post, of+"/collect", nil)
	do(200, post, of+"/resume", nil)
	do(200, put, of+"/credential", map[string]any{"kind": "secret", "secret": canary + "2", "secret_expires": "2027-11-20T00:00:00Z"})
	do(400, put, of+"/credential", map[string]any{"kind": "secret", "secret": canary, "certificate": "x"})
	do(201, post, of+"/certificate", nil)
	do(200, get, of+"/coverage", nil)
	do(200, get, of+"/log?level=error", nil)
	do(201, post, "/api/v1/connections", map[string]any{
		"tenant_id": stranger, "name": "third", "cloud": "nowhere", "client_id": appID, "credential": map[string]any{"kind": "secret", "secret": canary},
	})
	do(409, post, "/api/v1/connections", map[string]any{
		"tenant_id": stranger, "name": "fourth", "cloud": "nowhere", "client_id": appID, "credential": map[string]any{"kind": "secret", "secret": canary},
	})
	do(200, remove, "/api/v1/connections/"+string(stranger), nil)
	do(404, get, "/api/v1/connections/"+string(stranger), nil)
}

// exerciseSSO asks a provider that does not answer; sso_test.go has one that does.
func (b *bundle) exerciseSSO(do doer, as func(who *client, want int, method, path string, body any) answer, nobody *client) {
	as(nobody, 200, get, "/api/v1/sso", nil)
	as(nobody, 503, post, "/api/v1/sso/nowhere/begin", map[string]any{"to": "/search"})
	as(nobody, 303, get, "/sso/nowhere/callback?state=none.x&code=x", nil)
	do(503, post, "/api/v1/me/step-up/provider", map[string]any{"provider": "nowhere"})
	do(200, get, "/api/v1/me/identities", nil)
	do(503, post, "/api/v1/me/identities", map[string]any{"provider": "nowhere"})
	do(404, remove, "/api/v1/me/identities/none", nil)
	do(404, remove, "/api/v1/people/none/identities/none", nil)
}

// exerciseNotify asks of notifications. Nothing listens where the channel
// leads, and its test says so.
func (b *bundle) exerciseNotify(do doer) {
	do(200, get, "/api/v1/channel-kinds", nil)
	do(200, get, "/api/v1/routes", nil)
	hook := map[string]any{"name": "hook", "kind": "webhook", "secrets": map[string]any{"url": "https://127.0.0.1:1/" + canary, "key": canary}}
	var made struct{ ID string }
	do(201, post, "/api/v1/channels", hook).into(b.t, &made)
	do(409, post, "/api/v1/channels", hook)
	do(400, post, "/api/v1/channels", map[string]any{"name": "mail", "kind": "email", "settings": map[string]any{"server": "nowhere"}})
	do(200, get, "/api/v1/channels", nil)
	do(200, get, "/api/v1/channels/"+made.ID, nil)
	do(200, patch, "/api/v1/channels/"+made.ID, map[string]any{"enabled": false, "per_minute": 5, "secrets": map[string]any{"bearer": canary}})
	do(200, post, "/api/v1/channels/"+made.ID+"/test", nil)
	route := map[string]any{
		"name": "urgent", "severities": []any{"high", "critical"}, "channels": []any{made.ID}, "states": []any{"opened"}, "group_by": "tenant", "group_seconds": 0,
		"quiet": map[string]any{"from": "22:00", "to": "07:00", "zone": "Europe/Berlin", "days": []any{"mon"}},
	}
	do(200, put, "/api/v1/routes", map[string]any{"version": 0, "routes": []any{route}})
	do(409, put, "/api/v1/routes", map[string]any{"version": 0, "routes": []any{route}})
	do(200, get, "/api/v1/routes", nil)
	do(200, post, "/api/v1/routes/test", map[string]any{"severity": "high", "tenant": contoso, "tags": []any{"attack.t1110"}, "time": "2026-11-23T23:00:00Z"})
	do(200, get, "/api/v1/deliveries?status=dead&limit=10", nil)
	do(200, post, "/api/v1/deliveries/retry", map[string]any{"channel": made.ID})
	do(404, post, "/api/v1/deliveries/retry", map[string]any{"ids": []any{"7"}})
	do(409, remove, "/api/v1/channels/"+made.ID, nil) // the route would lead nowhere
	do(200, put, "/api/v1/routes", map[string]any{"version": 1, "routes": []any{}})
	do(204, remove, "/api/v1/channels/"+made.ID, nil)
	do(404, get, "/api/v1/channels/"+made.ID, nil)
}
