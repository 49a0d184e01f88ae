package app

import (
	"testing"

	"github.com/nightjar-sec/nightjar"
)

// Messages about Nightjar itself name it, and not the tenant of zeros under
// which its alerts lie.
func TestMessagesNameTheInstallation(t *testing.T) {
	t.Parallel()
	a := &App{}
	if got := a.toldName(nightjar.Installation); got != "nightjar" {
		t.Errorf("messages call it %q", got)
	}
	const other = nightjar.TenantID("6a1f0b52-8b8e-4a37-9d0c-0f5a2f6f9c11")
	if got := a.toldName(other); got != string(other) {
		t.Errorf("messages call a tenant that is not known %q", got)
	}
}
