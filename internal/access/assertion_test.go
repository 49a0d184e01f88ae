package access

import (
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/secret"
)

// anna is an account at a provider.
func anna(grants ...Grant) Assertion {
	return Assertion{
		Provider: "contoso", Issuer: "https://login.example/" + string(contoso) + "/v2.0", Tenant: contoso, Subject: "oid-anna",
		Name: "Anna", Account: "anna@contoso.example", Grants: grants, Authenticated: time.Now(),
	}
}

func wantRefusal(t *testing.T, err error, want Refusal) {
	t.Helper()
	if e, ok := errors.AsType[*RefusedError](err); !ok || e.Refusal != want {
		t.Errorf("the error is %v, want the refusal %s", err, want)
	}
}

func TestAnInvitationIsTakenUpByAnIdentity(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t)
		_, root := b.admin()
		_, _, err := b.SignInBy(t.Context(), anna(), home())
		wantRefusal(t, err, RefusalUnknown)
		link, err := b.Invite(t.Context(), root, "anna", []Grant{{Role: RoleViewer, Tenant: contoso}})
		if err != nil {
			t.Fatal(err)
		}
		_, who, err := b.JoinBy(t.Context(), link, anna(), home())
		if err != nil || who.Name != "anna" || !who.May(PermEventRead, contoso) || who.May(PermEventRead, fabrikam) {
			t.Fatal(who, err)
		}
		_, _, err = b.JoinBy(t.Context(), link, anna(), home())
		wantCode(t, err, nightjar.CodeUnauthenticated)
		_, again, err := b.SignInBy(t.Context(), anna(), home())
		if err != nil || again.ID != who.ID {
			t.Fatal(again, err)
		}
		p, err := b.Person(t.Context(), "anna")
		if err != nil || !slices.Equal(p.Ways, []Way{WayProvider}) {
			t.Errorf("the ways in are %v, %v; want the provider alone", p.Ways, err)
		}

		// Same address, same name, another person: nobody is found by them.
		for what, change := range map[string]func(*Assertion){
			"subject": func(a *Assertion) { a.Subject = "oid-eve" },
			"tenant":  func(a *Assertion) { a.Tenant = fabrikam },
			"issuer":  func(a *Assertion) { a.Issuer = "https://elsewhere.example" },
		} {
			a := anna()
			change(&a)
			_, _, err := b.SignInBy(t.Context(), a, home())
			wantRefusal(t, err, RefusalUnknown)
			if t.Failed() {
				t.Fatal(what)
			}
		}

		if err := b.Disable(t.Context(), root, who.ID); err != nil {
			t.Fatal(err)
		}
		_, _, err = b.SignInBy(t.Context(), anna(), home())
		wantRefusal(t, err, RefusalDisabled)
	})
}

func TestAnIdentityBelongsToOnePerson(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t)
		_, root := b.admin()
		if err := b.LinkIdentity(t.Context(), root, anna()); err != nil {
			t.Fatal(err)
		}
		wantRefusal(t, b.LinkIdentity(t.Context(), root, anna()), RefusalLinked)
		link, err := b.Invite(t.Context(), root, "eve", []Grant{{Role: RoleViewer}})
		if err != nil {
			t.Fatal(err)
		}
		_, _, err = b.JoinBy(t.Context(), link, anna(), home())
		wantRefusal(t, err, RefusalTaken)
		if _, err := b.Person(t.Context(), "eve"); err == nil {
			t.Error("a refused invitation left a person behind")
		}
	})
}

func TestTheLastWayInStays(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t)
		_, root := b.admin()
		link, err := b.Invite(t.Context(), root, "anna", []Grant{{Role: RoleViewer}})
		if err != nil {
			t.Fatal(err)
		}
		_, who, err := b.JoinBy(t.Context(), link, anna(), home())
		if err != nil {
			t.Fatal(err)
		}
		first, err := b.LinkedOf(t.Context(), who.ID)
		if err != nil || len(first) != 1 {
			t.Fatal(first, err)
		}
		wantRefusal(t, b.UnlinkIdentity(t.Context(), who, first[0].ID), RefusalLast)
		wantRefusal(t, b.Unlink(t.Context(), root, who.ID, first[0].ID), RefusalLast)
		other := anna()
		other.Subject = "oid-anna-2"
		if err := b.LinkIdentity(t.Context(), who, other); err != nil {
			t.Fatal(err)
		}
		// Another's is out of reach.
		wantCode(t, b.UnlinkIdentity(t.Context(), root, first[0].ID), nightjar.CodeNotFound)
		token, _, err := b.SignInBy(t.Context(), anna(), home())
		if err != nil {
			t.Fatal(err)
		}
		if err := b.UnlinkIdentity(t.Context(), who, first[0].ID); err != nil {
			t.Fatal(err)
		}
		_, err = b.Session(t.Context(), token)
		wantCode(t, err, nightjar.CodeUnauthenticated)
		_, _, err = b.SignInBy(t.Context(), anna(), home())
		wantRefusal(t, err, RefusalUnknown)
	})
}

func TestAClaimDecidesAtEachSignIn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t)
		_, root := b.admin()
		token, who, err := b.SignInBy(t.Context(), anna(Grant{Role: RoleAdmin}), home())
		if err != nil || !who.MayAll(PermPeopleManage) || who.Name != "anna@contoso.example" {
			t.Fatal(who, err)
		}
		// It does not count as an administrator that keeps the installation: the
		// claim may be gone tomorrow.
		if err := b.Disable(t.Context(), root, root.ID); nightjar.CodeOf(err) != nightjar.CodeConflict {
			t.Errorf("the last administrator whose rights are given by hand was disabled: %v", err)
		}
		// Fewer rights by the claim are fewer at once, also of sessions before.
		if _, who, err = b.SignInBy(t.Context(), anna(Grant{Role: RoleViewer, Tenant: contoso}), home()); err != nil || who.MayAll(PermEventRead) {
			t.Fatal(who, err)
		}
		if old, err := b.Session(t.Context(), token); err != nil || old.MayAll(PermPeopleManage) {
			t.Errorf("the session before kept what the claim gave: %v, %v", old, err)
		}
		// What an administrator gave is replaced.
		if err := b.SetGrants(t.Context(), root, who.ID, []Grant{{Role: RoleAdmin}}); err != nil {
			t.Fatal(err)
		}
		if _, who, err = b.SignInBy(t.Context(), anna(Grant{Role: RoleViewer, Tenant: contoso}), home()); err != nil || who.MayAll(PermEventRead) {
			t.Fatal(who, err)
		}
		_, _, err = b.SignInBy(t.Context(), anna(), home())
		wantRefusal(t, err, RefusalRole)
		if old, err := b.Session(t.Context(), token); err != nil || len(old.Permissions()) != 0 {
			t.Errorf("without the claim the session still may %v, %v", old.Permissions(), err)
		}
		// There is no way round the provider.
		wantRefusal(t, b.LinkIdentity(t.Context(), who, Assertion{Provider: "x", Issuer: "https://x.example", Subject: "s"}), RefusalMapped)
		_, err = b.Reset(t.Context(), root, who.ID)
		wantRefusal(t, err, RefusalMapped)
		other, err := b.Link(t.Context(), who.Name) // stands for any way that is not the provider's
		if err != nil {
			t.Fatal(err)
		}
		_, _, err = b.RedeemLink(t.Context(), other, home())
		wantRefusal(t, err, RefusalMapped)
		list, err := b.LinkedOf(t.Context(), who.ID)
		if err != nil || len(list) != 1 || !list[0].Mapped {
			t.Fatal(list, err)
		}
		wantRefusal(t, b.UnlinkIdentity(t.Context(), who, list[0].ID), RefusalMapped)
	})
}

func TestGrantsGivenByHandAreNotReplaced(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t)
		_, root := b.admin()
		if err := b.LinkIdentity(t.Context(), root, anna()); err != nil {
			t.Fatal(err)
		}
		_, who, err := b.SignInBy(t.Context(), anna(Grant{Role: RoleViewer, Tenant: contoso}), home())
		if err != nil || !who.MayAll(PermPeopleManage) {
			t.Errorf("a claim took an administrator's grants: %v, %v", who.Grants, err)
		}
	})
}

func TestAClaimNeverTakesAnothersName(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t)
		_, root := b.admin()
		a := anna(Grant{Role: RoleViewer})
		a.Account = "ADA"
		_, who, err := b.SignInBy(t.Context(), a, home())
		if err != nil || who.ID == root.ID || nameKey(who.Name) == nameKey(root.Name) {
			t.Fatal(who, err)
		}
	})
}

func TestASessionIsAsFreshAsTheProvidersProof(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t)
		_, root := b.admin()
		if err := b.LinkIdentity(t.Context(), root, anna()); err != nil {
			t.Fatal(err)
		}
		for name, at := range map[string]time.Time{"not said": {}, "an hour ago": time.Now().Add(-time.Hour)} {
			a := anna()
			a.Authenticated = at
			token, _, err := b.SignInBy(t.Context(), a, home())
			if err != nil {
				t.Fatal(err)
			}
			who, err := b.Session(t.Context(), token)
			if err != nil || b.Fresh(who) {
				t.Errorf("authenticated %s: the session is fresh; %v", name, err)
			}
			other := anna()
			other.Subject = "oid-eve"
			wantRefusal(t, b.StepUpBy(t.Context(), who, other), RefusalOther)
			if err := b.StepUpBy(t.Context(), who, anna()); err != nil {
				t.Fatal(err)
			}
			if who, err = b.Session(t.Context(), token); err != nil || !b.Fresh(who) {
				t.Errorf("authenticated %s: stepping up did not make it fresh; %v", name, err)
			}
		}
	})
}

func TestALinkForANewPasswordTakesNoIdentity(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t)
		_, root := b.admin()
		link, err := b.Reset(t.Context(), root, root.ID)
		if err != nil {
			t.Fatal(err)
		}
		_, _, err = b.JoinBy(t.Context(), link, anna(), home())
		wantRefusal(t, err, RefusalReset)
		_, _, err = b.JoinBy(t.Context(), secret.New("guess"), anna(), home())
		wantCode(t, err, nightjar.CodeUnauthenticated)
	})
}
