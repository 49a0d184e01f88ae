package access

import (
	"testing"
	"testing/synctest"
	"time"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/secret"
)

func TestALinkOfTheDemoSignsInOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t)
		link, err := b.Link(t.Context(), "demo")
		if err != nil {
			t.Fatal(err)
		}
		// It is neither a setup token nor an invitation, and these are no links.
		_, err = b.Setup(t.Context(), link, "eve", secret.New(password))
		wantCode(t, err, nightjar.CodeUnauthenticated)
		_, err = b.AcceptInvite(t.Context(), link, secret.New(password))
		wantCode(t, err, nightjar.CodeUnauthenticated)
		_, err = b.Invitation(t.Context(), link)
		wantCode(t, err, nightjar.CodeUnauthenticated)
		token, who, err := b.RedeemLink(t.Context(), link, home())
		if err != nil || !who.MayAll(PermPeopleManage) {
			t.Fatal(who, err)
		}
		if _, err := b.Session(t.Context(), token); err != nil {
			t.Error(err)
		}
		_, _, err = b.RedeemLink(t.Context(), link, home())
		wantCode(t, err, nightjar.CodeUnauthenticated)
		invitation, err := b.Invite(t.Context(), who, "bob", []Grant{{Role: RoleViewer}})
		if err != nil {
			t.Fatal(err)
		}
		_, _, err = b.RedeemLink(t.Context(), invitation, home())
		wantCode(t, err, nightjar.CodeUnauthenticated)
		// Nobody signs in as demo with a password: there is none.
		_, err = b.Login(t.Context(), "demo", secret.New(""), home())
		wantCode(t, err, nightjar.CodeUnauthenticated)

		late, err := b.Link(t.Context(), "demo")
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		_, _, err = b.RedeemLink(t.Context(), late, home())
		wantCode(t, err, nightjar.CodeUnauthenticated)
	})
}
