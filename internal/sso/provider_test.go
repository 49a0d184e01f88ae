package sso

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestASecretFileIsReadWholeOrNotAtAll has in front of the bound what would be
// taken for a secret by itself.
func TestASecretFileIsReadWholeOrNotAtAll(t *testing.T) {
	t.Parallel()
	p := &provider{cfg: ProviderConfig{Name: "Contoso", SecretFile: filepath.Join(t.TempDir(), "secret")}}
	for size, read := range map[int]bool{maxSecret: true, maxSecret + 1: false} {
		text := "canary" + strings.Repeat(" ", size-len("canary"))
		if err := os.WriteFile(p.cfg.SecretFile, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		value, err := p.secret()
		if read && (err != nil || value.Reveal() != "canary") {
			t.Errorf("%d bytes: %v", size, err)
		}
		if !read {
			wantReason(t, err, ReasonSettings)
			if e, ok := errors.AsType[*RefusedError](err); !ok || !strings.Contains(e.Detail, "more than 64 KiB") || strings.Contains(e.Detail, "canary") {
				t.Errorf("%d bytes: %v", size, e)
			}
		}
	}
}
