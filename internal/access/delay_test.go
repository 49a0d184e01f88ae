package access

import (
	"testing"
	"testing/synctest"
	"time"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/secret"
)

// TestGuessedPasswordsDoNotDelayAPasskey has somebody guess passwords at the
// very address from which the owner signs in.
func TestGuessedPasswordsDoNotDelayAPasskey(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t)
		_, ada := b.admin()
		device := b.addPasskey(ada, "laptop")
		if _, _, err := b.knock(device, home()); err != nil {
			t.Fatal(err)
		}
		for range 8 {
			if _, err := b.Login(t.Context(), "ada", secret.New("not it at all"), home()); err == nil {
				t.Fatal("a wrong password is right")
			}
		}
		_, err := b.Login(t.Context(), "ada", secret.New(password), home())
		wantCode(t, err, nightjar.CodeThrottled)
		time.Sleep(time.Second)
		if _, _, err := b.knock(device, home()); err != nil {
			t.Errorf("the passkey waits: %v", err)
		}
	})
}
