package api

import (
	"testing"
	"time"

	"github.com/nightjar-sec/nightjar"
)

// TestWhatMakesDetectionBlindNeedsAFreshProof acts with a session whose proof
// is an hour old.
func TestWhatMakesDetectionBlindNeedsAFreshProof(t *testing.T) {
	t.Parallel()
	b := setup(t, func(c *Config) { c.Demo = false })
	rule := "/api/v1/rules/" + guessing
	where := map[string]any{"UserId": "svc@contoso.com"}
	silence := func(matcher string, value string, tenants ...any) map[string]any {
		body := map[string]any{"kind": "silence", "reason": "work", "expires": time.Now().Add(time.Hour).UTC().Format(time.RFC3339), "matchers": []any{map[string]any{"field": matcher, "values": []any{value}}}}
		if len(tenants) > 0 {
			body["tenants"] = tenants
		}
		return body
	}
	for _, c := range []struct {
		name, path string
		asks       bool
		status     int
		body       map[string]any
	}{
		{"off for all", rule + "/mode", true, 200, map[string]any{"mode": "off"}},
		{"a dry run for all", rule + "/mode", true, 200, map[string]any{"mode": "dry_run"}},
		{"off for each by name", rule + "/mode", true, 200, map[string]any{"mode": "off", "tenants": []any{contoso, fabrikam}}},
		{"off for one", rule + "/mode", false, 200, map[string]any{"mode": "off", "tenants": []any{contoso}}},
		{"on for all", rule + "/mode", false, 200, map[string]any{"mode": "on"}},
		{"a pack off for one", "/api/v1/packs/signins/mode", true, 200, map[string]any{"mode": "off", "tenants": []any{contoso}}},
		{"a pack as it was", "/api/v1/packs/signins/mode", false, 200, map[string]any{}},
		{"an exception for all", rule + "/exceptions", true, 201, map[string]any{"where": where, "reason": "r"}},
		{"an exception for one", rule + "/exceptions", false, 201, map[string]any{"where": where, "reason": "r", "tenants": []any{contoso}}},
		{"a silence for all", "/api/v1/silences", true, 201, silence("rule", guessing)},
		{"a silence of a pack", "/api/v1/silences", true, 201, silence("pack", "signins", contoso)},
		{"a silence of Nightjar itself", "/api/v1/silences", true, 201, silence("rule", guessing, nightjar.Installation)},
		{"a silence of a rule for one", "/api/v1/silences", false, 201, silence("rule", guessing, contoso)},
	} {
		for _, old := range []bool{true, false} {
			age := "0"
			if old {
				age = "3600000000"
			}
			if _, err := b.db.NewRaw("UPDATE access_sessions SET authenticated = created - " + age).Exec(t.Context()); err != nil {
				t.Fatal(err)
			}
			a := b.admin.send(post, c.path, c.body)
			if old && c.asks {
				if a.code() != "step_up" {
					t.Errorf("%s: an old proof is answered %d %.200s", c.name, a.status, a.body)
				}
			} else if a.status != c.status {
				t.Errorf("%s: %d %.200s", c.name, a.status, a.body)
			}
		}
	}
}
