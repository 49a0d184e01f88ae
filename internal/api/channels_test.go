package api

import (
	"strings"
	"testing"

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
