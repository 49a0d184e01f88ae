package api

import (
	"strings"
	"testing"
	"time"

	"github.com/nightjar-sec/nightjar"
)

// TestWhatMakesDetectionBlindNeedsAFreshProof acts with a session whose proof
// is an hour old.
func TestWhatMakesDetectionBlindNeedsAFreshProof(t *testing.T) {
	t.Parallel()
	rule := "/api/v1/rules/" + guessing
	where := map[string]any{"UserId": "svc@contoso.com"}
	silence := func(matcher string, value string, tenants ...any) map[string]any {
		body := map[string]any{"kind": "silence", "reason": "work", "expires": time.Now().Add(time.Hour).UTC().Format(time.RFC3339), "matchers": []any{map[string]any{"field": matcher, "values": []any{value}}}}
		if len(tenants) > 0 {
			body["tenants"] = tenants
		}
		return body
	}
	proofs(t, []proofCase{
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
	})
	values := func(to any, tenants ...any) map[string]any {
		body := map[string]any{"values": map[string]any{"failures": to}}
		if len(tenants) > 0 {
			body["tenants"] = tenants
		}
		return body
	}
	proofs(t, []proofCase{
		{"a severity for all", rule + "/severity", true, 200, map[string]any{"severity": "low"}},
		{"a severity for each by name", rule + "/severity", true, 200, map[string]any{"severity": "low", "tenants": []any{contoso, fabrikam}}},
		{"a severity for one", rule + "/severity", false, 200, map[string]any{"severity": "low", "tenants": []any{contoso}}},
		{"a severity for all taken back", rule + "/severity", true, 200, map[string]any{}},
		{"parameters for all", rule + "/parameters", true, 200, values(99)},
		{"parameters for one", rule + "/parameters", false, 200, values(99, contoso)},
		{"parameters for all taken back", rule + "/parameters", true, 200, values(nil)},
	})
	proofs(t, []proofCase{
		{"on for all", rule + "/mode", false, 200, map[string]any{"mode": "on"}},
		{"on for one", rule + "/mode", false, 200, map[string]any{"mode": "on", "tenants": []any{contoso}}},
		{"on for one taken back", rule + "/mode", false, 200, map[string]any{"tenants": []any{contoso}}},
	})
	b := proofs(t, nil)
	want(t, b.admin, 200, post, rule+"/mode", map[string]any{"mode": "on"})
	b.age(t, "3600000000")
	if a := b.admin.send(post, rule+"/mode", map[string]any{}); a.code() != "step_up" {
		t.Errorf("on for all taken back: an old proof is answered %d %.200s", a.status, a.body)
	}
}

// proofCase is a request that may ask for a fresh proof.
type proofCase struct {
	name, path string
	asks       bool
	status     int
	body       map[string]any
}

// age makes the proofs of all sessions as old as this many microseconds.
func (b *bundle) age(t *testing.T, by string) {
	t.Helper()
	if _, err := b.db.NewRaw("UPDATE access_sessions SET authenticated = created - " + by).Exec(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// proofs sends each with a proof that is an hour old, and with a fresh one.
func proofs(t *testing.T, cases []proofCase) *bundle {
	t.Helper()
	b := setup(t, func(c *Config) { c.Demo = false })
	for _, c := range cases {
		method := post
		if strings.HasSuffix(c.path, "/parameters") {
			method = put
		}
		for _, old := range []bool{true, false} {
			age := "0"
			if old {
				age = "3600000000"
			}
			b.age(t, age)
			a := b.admin.send(method, c.path, c.body)
			if old && c.asks {
				if a.code() != "step_up" {
					t.Errorf("%s: an old proof is answered %d %.200s", c.name, a.status, a.body)
				}
			} else if a.status != c.status {
				t.Errorf("%s: %d %.200s", c.name, a.status, a.body)
			}
		}
	}
	return b
}
