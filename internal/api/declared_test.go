package api

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/connect"
)

// TestADeclaredConnectionIsChangedInTheFile asks for everything that changes a
// connection, of one that stands in the configuration.
func TestADeclaredConnectionIsChangedInTheFile(t *testing.T) {
	t.Parallel()
	b := setup(t)
	file := filepath.Join(b.dir, "declared.secret")
	if err := os.WriteFile(file, []byte(canary), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := b.connect.Declare(t.Context(), []connect.Declaration{{
		Tenant: nightjar.Tenant{ID: stranger, Name: "declared", Cloud: "nowhere", ClientID: appID}, Credential: connect.CredentialInput{SecretFile: file},
	}})
	if err != nil {
		t.Fatal(err)
	}
	path := "/api/v1/connections/" + string(stranger)
	var shown struct {
		Name     string
		Declared bool
	}
	b.admin.send(get, path, nil).into(t, &shown)
	if !shown.Declared || shown.Name != "declared" {
		t.Errorf("shown as %+v", shown)
	}
	for name, a := range map[string]answer{
		"edit":        b.admin.send(patch, path, map[string]any{"name": "mine"}),
		"pause":       b.admin.send(post, path+"/pause", nil),
		"replace":     b.admin.send(put, path+"/credential", map[string]any{"kind": "secret", "secret": canary}),
		"certificate": b.admin.send(post, path+"/certificate", nil),
		"disconnect":  b.admin.send(remove, path, nil),
		"renew":       b.admin.send(post, "/api/v1/consents", map[string]any{"cloud": "nowhere", "tenant_id": stranger, "services": []string{"audit_log"}}),
	} {
		var e errorAnswer
		if err := json.Unmarshal(a.body, &e); err != nil {
			t.Fatal(err)
		}
		if a.status != http.StatusConflict || e.Error.Hint == "" {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	if c, err := b.connect.Show(t.Context(), "declared"); err != nil || !c.Declared || c.Paused {
		t.Errorf("it changed: %+v, %v", c, err)
	}
}
