package access

import (
	"testing"
	"testing/synctest"
	"time"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/secret"
)

func TestS9NobodyExistsUntilSomebodyIsSetUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t)
		if people, err := b.People(t.Context()); err != nil || len(people) != 0 {
			t.Fatal(people, err)
		}
		for _, name := range []string{"admin", "root", "nightjar", ""} {
			_, err := b.Login(t.Context(), name, secret.New("admin"), home())
			wantCode(t, err, nightjar.CodeUnauthenticated)
		}
	})
}

func TestS9ASetupTokenIsGoodForOneUseWithinAnHour(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t)
		first, err := b.Bootstrap(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		second, err := b.Bootstrap(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		_, err = b.Setup(t.Context(), first, "ada", secret.New(password))
		wantCode(t, err, nightjar.CodeUnauthenticated) // the second took its place
		time.Sleep(time.Hour)
		_, err = b.Setup(t.Context(), second, "ada", secret.New(password))
		wantCode(t, err, nightjar.CodeUnauthenticated) // too old

		third, err := b.Bootstrap(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		one, err := b.Setup(t.Context(), third, "ada", secret.New(password))
		if err != nil {
			t.Fatal(err)
		}
		// A reloaded page begins again with the same token; then the first try is over.
		two, err := b.Setup(t.Context(), third, "ada", secret.New(password))
		if err != nil {
			t.Fatal(err)
		}
		b.seeds["ada"] = one.Secret
		_, _, err = b.ConfirmEnrolment(t.Context(), one.ID, b.code("ada", 0), home())
		wantCode(t, err, nightjar.CodeUnauthenticated)
		token, who := b.confirm(two)
		if !who.MayAll(PermPeopleManage) || !b.Fresh(who) {
			t.Errorf("the first administrator is %+v", who)
		}
		if again, err := b.Session(t.Context(), token); err != nil || again.ID != who.ID {
			t.Errorf("%+v, %v", again, err)
		}
		_, err = b.Setup(t.Context(), third, "eve", secret.New(password))
		wantCode(t, err, nightjar.CodeUnauthenticated) // used up
		if none, err := b.Bootstrap(t.Context()); err != nil || !none.IsZero() {
			t.Errorf("with an administrator there is a setup token: %v", err)
		}
		if needs, err := b.NeedsSetup(t.Context()); err != nil || needs {
			t.Error(needs, err)
		}
	})
}
