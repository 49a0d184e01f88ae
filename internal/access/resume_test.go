package access

import (
	"testing"
	"testing/synctest"
	"time"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/secret"
)

// TestAnEnrolmentGoesOnAfterAReload asks for the second factor again: the
// authenticator that scanned it the first time confirms it, and only the
// recovery codes that were shown last count.
func TestAnEnrolmentGoesOnAfterAReload(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t)
		boot, err := b.Bootstrap(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		first, err := b.Setup(t.Context(), boot, "ada", secret.New(password))
		if err != nil {
			t.Fatal(err)
		}
		again, err := b.ResumeEnrolment(t.Context(), first.ID)
		if err != nil {
			t.Fatal(err)
		}
		if again.Secret.Reveal() != first.Secret.Reveal() || again.URI.Reveal() != first.URI.Reveal() || again.Name != "ada" {
			t.Error("the second factor is another one than before")
		}
		_, who := b.confirm(again)
		time.Sleep(time.Minute)
		wantCode(t, b.StepUp(t.Context(), who, first.Recovery[0].Reveal()), nightjar.CodeUnauthenticated)
		if err := b.StepUp(t.Context(), who, again.Recovery[0].Reveal()); err != nil {
			t.Error(err)
		}
		_, err = b.ResumeEnrolment(t.Context(), first.ID)
		wantCode(t, err, nightjar.CodeUnauthenticated) // it is over
	})
}

func TestAnEnrolmentIsResumedForHalfAnHourOnly(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t)
		_, admin := b.admin()
		link, err := b.Invite(t.Context(), admin, "vera", []Grant{{Role: RoleViewer}})
		if err != nil {
			t.Fatal(err)
		}
		e, err := b.AcceptInvite(t.Context(), link, secret.New(password))
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(enrolmentLife)
		_, err = b.ResumeEnrolment(t.Context(), e.ID)
		wantCode(t, err, nightjar.CodeUnauthenticated)
	})
}
