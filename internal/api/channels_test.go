package api

import (
	"strings"
	"testing"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/access"
)

// TestAChannelsSecretsComeBackNowhere adds, changes and tries a channel, and
// looks for its secrets in every answer, the audit log and the log.
func TestAChannelsSecretsComeBackNowhere(t *testing.T) {
	t.Parallel()
	b := setup(t)
	try := func(want int, method, path string, body any) answer {
		t.Helper()
		a := b.admin.send(method, path, body)
		if a.status != want {
			t.Errorf("%s %s answers %d, want %d: %s", method, path, a.status, want, a.body)
		}
		if strings.Contains(string(a.body), canary) {
			t.Errorf("%s %s shows a secret: %s", method, path, a.body)
		}
		return a
	}
	var made struct {
		ID          string
		Destination string
		Secrets     []string
	}
	try(201, post, "/api/v1/channels", map[string]any{"name": "hook", "kind": "webhook", "secrets": map[string]any{"url": "https://127.0.0.1:1/" + canary, "key": canary}}).into(t, &made)
	if made.Destination != "127.0.0.1:1" || strings.Join(made.Secrets, ",") != "key,url" {
		t.Errorf("the channel is %+v", made)
	}
	var trial struct {
		OK            bool
		Problem, Hint string
	}
	try(200, post, "/api/v1/channels/"+made.ID+"/test", nil).into(t, &trial)
	if trial.OK || !strings.Contains(trial.Hint, "notify.allow_networks") {
		t.Errorf("the trial says %+v", trial)
	}
	try(200, patch, "/api/v1/channels/"+made.ID, map[string]any{"secrets": map[string]any{"bearer": canary, "key": ""}})
	try(400, patch, "/api/v1/channels/"+made.ID, map[string]any{"secrets": map[string]any{"url": "ftp://" + canary}})
	try(400, patch, "/api/v1/channels/"+made.ID, map[string]any{"secrets": map[string]any{"url": ""}})
	try(400, patch, "/api/v1/channels/"+made.ID, map[string]any{"settings": map[string]any{"url": "https://example.com"}})
	try(200, get, "/api/v1/channels", nil)
	try(200, get, "/api/v1/deliveries", nil)
	var log struct {
		Items []struct {
			Action string
			Detail map[string]string
		}
	}
	try(200, get, "/api/v1/audit?limit=10", nil).into(t, &log)
	if len(log.Items) < 3 || log.Items[0].Action != "channel.edit" || log.Items[0].Detail["secret bearer"] != "replaced" || log.Items[0].Detail["secret key"] != "forgotten" {
		t.Errorf("on record is %+v", log.Items)
	}
	if strings.Contains(b.log.String(), canary) {
		t.Error("the log shows a secret")
	}
	// Where messages go, an analyst neither sees nor changes.
	analyst := b.token(access.RoleAnalyst, "")
	for _, path := range []string{"/api/v1/channels", "/api/v1/routes", "/api/v1/deliveries"} {
		if a := analyst.send(get, path, nil); a.code() != "forbidden" {
			t.Errorf("an analyst gets %s: %s", path, a.body)
		}
	}
}

// TestRoutesAndSilencesNameWhatExists saves and asks what would tell nobody.
func TestRoutesAndSilencesNameWhatExists(t *testing.T) {
	t.Parallel()
	b := setup(t)
	refused := func(method, path string, body map[string]any, want string) {
		t.Helper()
		if a := b.admin.send(method, path, body); a.code() != "invalid" || !strings.Contains(string(a.body), want) {
			t.Errorf("%s %v: %d %s", path, body, a.status, a.body)
		}
	}
	route := func(more map[string]any) map[string]any {
		return map[string]any{"version": 0, "routes": []any{with(map[string]any{"name": "mail"}, more)}}
	}
	refused(put, "/api/v1/routes", route(map[string]any{"rules": []any{"spray-rle"}}), "there is no rule")
	refused(put, "/api/v1/routes", route(map[string]any{"packs": []any{"nopack"}}), "there is no pack")
	refused(put, "/api/v1/routes", route(map[string]any{"tenants": []any{"fabrikm"}}), "there is no tenant")
	refused(post, "/api/v1/routes/test", map[string]any{"rule": "nope"}, "there is no rule")
	refused(post, "/api/v1/routes/test", map[string]any{"state": "open"}, "there is no state")
	quiet := func(field, value string) map[string]any {
		return map[string]any{"kind": "silence", "matchers": []any{map[string]any{"field": "rule", "values": []any{sprayRule}}, map[string]any{"field": field, "values": []any{value}}}}
	}
	refused(post, "/api/v1/silences/preview", quiet("pack", "nopack"), "there is no pack")
	refused(post, "/api/v1/silences/preview", quiet("tenant", "fabrikm"), "there is no tenant")
	refused(post, "/api/v1/silences", with(quiet("rule", "nope"), map[string]any{"reason": "r", "expires": "2030-01-01T00:00:00Z"}), "there is no rule")

	// A route by the name of a tenant, and a question about an alert.
	if a := b.admin.send(put, "/api/v1/routes", route(map[string]any{"rules": []any{sprayRule}, "tenants": []any{"Contoso"}})); a.status != 200 || !strings.Contains(string(a.body), string(contoso)) {
		t.Fatalf("%s", a.body)
	}
	for tenant, want := range map[nightjar.TenantID]string{contoso: `"route":"mail"`, fabrikam: `"items":[]`} {
		if a := b.admin.send(post, "/api/v1/routes/test", map[string]any{"alert": b.alertOf(tenant, sprayRule).ID}); !strings.Contains(strings.ReplaceAll(string(a.body), " ", ""), want) {
			t.Errorf("an alert of %s: %s", tenant, a.body)
		}
	}
}
