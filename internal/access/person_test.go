package access

import (
	"testing"
	"testing/synctest"
	"time"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/secret"
)

func TestTheLastAdministratorStays(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t)
		_, ada := b.admin()
		_, bob := b.person(ada, "bob", Grant{Role: RoleAdmin, Tenant: contoso}) // of one tenant: no help
		for what, err := range map[string]error{
			"grant":   b.SetGrants(t.Context(), ada, ada.ID, []Grant{{Role: RoleAnalyst}}),
			"disable": b.Disable(t.Context(), ada, ada.ID),
			"remove":  b.Remove(t.Context(), Operator("root"), ada.ID),
		} {
			if nightjar.CodeOf(err) != nightjar.CodeConflict {
				t.Errorf("%s: %v", what, err)
			}
		}
		if err := b.SetGrants(t.Context(), ada, bob.ID, []Grant{{Role: RoleAdmin}}); err != nil {
			t.Fatal(err)
		}
		if err := b.Remove(t.Context(), ada, ada.ID); err != nil {
			t.Errorf("with another one: %v", err)
		}
		wantCode(t, b.Remove(t.Context(), Operator("root"), bob.ID), nightjar.CodeConflict)
	})
}

func TestARemovedPersonLeavesNothingButTheAuditLog(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t)
		_, ada := b.admin()
		token, bob := b.person(ada, "bob", Grant{Role: RoleAnalyst})
		bearer, _, err := b.CreateToken(t.Context(), bob, TokenSpec{Name: "script", Scopes: []Permission{PermEventRead}, Expires: b.clock.Now().Add(time.Hour)})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := b.Reset(t.Context(), ada, bob.ID); err != nil {
			t.Fatal(err)
		}
		if err := b.Remove(t.Context(), ada, bob.ID); err != nil {
			t.Fatal(err)
		}
		_, err = b.Session(t.Context(), token)
		wantCode(t, err, nightjar.CodeUnauthenticated)
		_, err = b.Token(t.Context(), bearer)
		wantCode(t, err, nightjar.CodeUnauthenticated)
		for table, want := range map[string]int64{
			"access_people": 1, "access_grants": 1, "access_tokens": 0, "access_sessions": 1, "access_invites": 0, "access_credentials": 12, "secret_values": 1,
		} {
			if n, err := b.db.NewSelect().Table(table).Count(t.Context()); err != nil || n != want {
				t.Errorf("%s has %d rows, want %d; %v", table, n, want, err)
			}
		}
		if r, err := b.trail.Verify(t.Context()); err != nil || r.Broken != nil || r.Entries < 5 {
			t.Errorf("%+v, %v", r, err)
		}
		// The name is free again.
		b.person(ada, "Bob", Grant{Role: RoleViewer})
	})
}

func TestNobodyGivesWhatHeDoesNotHave(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t)
		_, ada := b.admin()
		_, bob := b.person(ada, "bob", Grant{Role: RoleAdmin, Tenant: contoso})
		for what, err := range map[string]error{
			"invite":  second(b.Invite(t.Context(), bob, "eve", []Grant{{Role: RoleViewer, Tenant: contoso}})),
			"grant":   b.SetGrants(t.Context(), bob, bob.ID, []Grant{{Role: RoleAdmin}}),
			"disable": b.Disable(t.Context(), bob, ada.ID),
			"reset":   second(b.Reset(t.Context(), bob, ada.ID)),
			"nobody":  b.Remove(t.Context(), Identity{}, ada.ID),
		} {
			if nightjar.CodeOf(err) != nightjar.CodeForbidden {
				t.Errorf("an administrator of one tenant, %s: %v", what, err)
			}
		}
		for _, bad := range [][]Grant{nil, {{Role: "root"}}, {{Role: RoleViewer, Tenant: "contoso"}}, {{Role: RoleViewer, Tenant: nightjar.Installation}}} {
			_, err := b.Invite(t.Context(), ada, "eve", bad)
			wantCode(t, err, nightjar.CodeInvalid)
		}
		// A token that may manage people hands out no more than its scopes hold.
		bearer, _, err := b.CreateToken(t.Context(), ada, TokenSpec{Name: "hr", Scopes: []Permission{PermPeopleManage, PermStatusRead, PermEventRead}, Expires: b.clock.Now().Add(time.Hour)})
		if err != nil {
			t.Fatal(err)
		}
		hr, err := b.Token(t.Context(), bearer)
		if err != nil {
			t.Fatal(err)
		}
		_, err = b.Invite(t.Context(), hr, "eve", []Grant{{Role: RoleAdmin}})
		wantCode(t, err, nightjar.CodeForbidden)
		if _, err := b.Invite(t.Context(), hr, "eve", []Grant{{Role: RoleViewer}}); err != nil {
			t.Error(err)
		}
		// Nor does it take the place of somebody who has more.
		wantCode(t, second(b.Reset(t.Context(), hr, ada.ID)), nightjar.CodeForbidden)
		_, carl := b.person(ada, "carl", Grant{Role: RoleViewer})
		if _, err := b.Reset(t.Context(), hr, carl.ID); err != nil {
			t.Error(err)
		}
	})
}

func second[T any](_ T, err error) error { return err }

func TestAnInvitationIsForOnePersonAndThreeDays(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t)
		_, ada := b.admin()
		_, err := b.Invite(t.Context(), ada, "ADA", []Grant{{Role: RoleViewer}})
		wantCode(t, err, nightjar.CodeConflict)
		old, err := b.Invite(t.Context(), ada, "bob", []Grant{{Role: RoleViewer}})
		if err != nil {
			t.Fatal(err)
		}
		link, err := b.Invite(t.Context(), ada, "bob", []Grant{{Role: RoleHelpdesk, Tenant: contoso}})
		if err != nil {
			t.Fatal(err)
		}
		_, err = b.AcceptInvite(t.Context(), old, secret.New(password))
		wantCode(t, err, nightjar.CodeUnauthenticated) // the newer took its place
		_, err = b.Setup(t.Context(), link, "eve", secret.New(password))
		wantCode(t, err, nightjar.CodeUnauthenticated) // an invitation is no setup token
		in, err := b.Invitation(t.Context(), link)
		if err != nil || in.Name != "bob" || in.By != "ada" || in.Reset {
			t.Errorf("%+v, %v", in, err)
		}
		e, err := b.AcceptInvite(t.Context(), link, secret.New(password))
		if err != nil {
			t.Fatal(err)
		}
		_, bob := b.confirm(e)
		if !bob.May(PermEventRead, contoso) || bob.May(PermEventRead, fabrikam) {
			t.Errorf("%+v", bob)
		}
		_, err = b.AcceptInvite(t.Context(), link, secret.New(password))
		wantCode(t, err, nightjar.CodeUnauthenticated) // once
		late, err := b.Invite(t.Context(), ada, "eve", []Grant{{Role: RoleViewer}})
		if err != nil {
			t.Fatal(err)
		}
		list, err := b.Invitations(t.Context())
		if err != nil || len(list) != 1 || list[0].Name != "eve" {
			t.Errorf("%+v, %v", list, err)
		}
		time.Sleep(72 * time.Hour)
		_, err = b.AcceptInvite(t.Context(), late, secret.New(password))
		wantCode(t, err, nightjar.CodeUnauthenticated)

		again, err := b.Invite(t.Context(), ada, "eve", []Grant{{Role: RoleViewer}})
		if err != nil {
			t.Fatal(err)
		}
		list, err = b.Invitations(t.Context())
		if err != nil || len(list) != 1 {
			t.Fatal(list, err)
		}
		if err := b.Uninvite(t.Context(), ada, list[0].ID); err != nil {
			t.Fatal(err)
		}
		_, err = b.Invitation(t.Context(), again)
		wantCode(t, err, nightjar.CodeUnauthenticated)
	})
}

func TestAResetReplacesAllCredentials(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t)
		_, ada := b.admin()
		token, bob := b.person(ada, "bob", Grant{Role: RoleViewer})
		seed := b.seeds["bob"]
		link, err := b.Reset(t.Context(), Operator("root"), bob.ID)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := b.Session(t.Context(), token); err != nil {
			t.Errorf("a link that nobody opened ended a session: %v", err)
		}
		half, err := b.Login(t.Context(), "bob", secret.New(password), home())
		if err != nil {
			t.Fatal(err)
		}
		e, err := b.AcceptInvite(t.Context(), link, secret.New("another plover 77"))
		if err != nil {
			t.Fatal(err)
		}
		_, again := b.confirm(e)
		_, _, err = b.Verify(t.Context(), half, b.codes["bob"][0].Reveal(), home())
		wantCode(t, err, nightjar.CodeUnauthenticated) // what the old password began is over
		if on := b.last(); on.Action != nightjar.ActionPersonCredential || on.Address != home() || on.Target != "bob" {
			t.Errorf("on record is %+v", on)
		}
		if again.ID != bob.ID || len(again.Grants) != 1 {
			t.Errorf("%+v", again)
		}
		_, err = b.Session(t.Context(), token)
		wantCode(t, err, nightjar.CodeUnauthenticated)
		_, err = b.Login(t.Context(), "bob", secret.New(password), home())
		wantCode(t, err, nightjar.CodeUnauthenticated)
		time.Sleep(time.Minute)
		challenge, err := b.Login(t.Context(), "bob", secret.New("another plover 77"), home())
		if err != nil {
			t.Fatal(err)
		}
		fresh := b.seeds["bob"]
		b.seeds["bob"] = seed
		_, _, err = b.Verify(t.Context(), challenge, b.code("bob", 0), home())
		wantCode(t, err, nightjar.CodeUnauthenticated) // the old authenticator
		b.seeds["bob"] = fresh
		if _, _, err := b.Verify(t.Context(), challenge, b.code("bob", 0), home()); err != nil {
			t.Error(err)
		}
	})
}

// TestAnInvitationEndsWithTheRightToGive makes links, takes away what their
// maker could give, and opens them.
func TestAnInvitationEndsWithTheRightToGive(t *testing.T) {
	t.Parallel()
	for name, happens := range map[string]func(b *bundle, ada, bob Identity) error{
		"removed":  func(b *bundle, ada, bob Identity) error { return b.Remove(b.t.Context(), ada, bob.ID) },
		"disabled": func(b *bundle, ada, bob Identity) error { return b.Disable(b.t.Context(), ada, bob.ID) },
		"demoted": func(b *bundle, ada, bob Identity) error {
			return b.SetGrants(b.t.Context(), ada, bob.ID, []Grant{{Role: RoleAnalyst}})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := setup(t)
				_, ada := b.admin()
				_, bob := b.person(ada, "bob", Grant{Role: RoleAdmin})
				_, carl := b.person(ada, "carl", Grant{Role: RoleViewer})
				link := func(v secret.Value, err error) secret.Value {
					t.Helper()
					if err != nil {
						t.Fatal(err)
					}
					return v
				}
				theirs := link(b.Invite(t.Context(), bob, "eve", []Grant{{Role: RoleAdmin}}))
				begun := link(b.Invite(t.Context(), bob, "fay", []Grant{{Role: RoleAdmin}}))
				enrolment, err := b.AcceptInvite(t.Context(), begun, secret.New(password))
				if err != nil {
					t.Fatal(err)
				}
				reset := link(b.Reset(t.Context(), bob, carl.ID))
				other := link(b.Invite(t.Context(), ada, "gus", []Grant{{Role: RoleViewer}}))
				if err := happens(b, ada, bob); err != nil {
					t.Fatal(err)
				}
				if n := b.last().Detail["invitations_ended"]; n != "3" {
					t.Errorf("on record: %q invitations ended", n)
				}
				for _, lost := range []secret.Value{theirs, reset} {
					_, err := b.AcceptInvite(t.Context(), lost, secret.New(password))
					wantCode(t, err, nightjar.CodeUnauthenticated)
				}
				b.seeds["fay"] = enrolment.Secret
				if _, _, err := b.ConfirmEnrolment(t.Context(), enrolment.ID, b.code("fay", 0), home()); err == nil {
					t.Error("what was begun could be ended")
				}
				if _, err := b.AcceptInvite(t.Context(), other, secret.New(password)); err != nil {
					t.Errorf("the link of another: %v", err)
				}
			})
		})
	}
}

// TestAResetEndsTheLinksThatTheAccountMade has whoever held the account invite
// a second self before the owner takes it back, by a link of the account's own.
func TestAResetEndsTheLinksThatTheAccountMade(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t)
		_, ada := b.admin()
		_, bob := b.person(ada, "bob", Grant{Role: RoleAdmin})
		link := func(v secret.Value, err error) secret.Value {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
			return v
		}
		theirs := link(b.Invite(t.Context(), bob, "eve", []Grant{{Role: RoleAdmin}}))
		other := link(b.Invite(t.Context(), ada, "gus", []Grant{{Role: RoleViewer}}))
		e, err := b.AcceptInvite(t.Context(), link(b.Reset(t.Context(), bob, bob.ID)), secret.New(password))
		if err != nil {
			t.Fatal(err)
		}
		b.confirm(e)
		if n := b.last().Detail["invitations_ended"]; n != "1" {
			t.Errorf("on record: %q invitations ended", n)
		}
		_, err = b.AcceptInvite(t.Context(), theirs, secret.New(password))
		wantCode(t, err, nightjar.CodeUnauthenticated)
		if _, err := b.AcceptInvite(t.Context(), other, secret.New(password)); err != nil {
			t.Errorf("the link of another: %v", err)
		}
	})
}

// TestAnInvitationIsCheckedWhenItIsTakenUp changes rights behind the back of
// whatever drops invitations, as a provider of identities does.
func TestAnInvitationIsCheckedWhenItIsTakenUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t)
		_, ada := b.admin()
		_, bob := b.person(ada, "bob", Grant{Role: RoleAdmin})
		link, err := b.Invite(t.Context(), bob, "eve", []Grant{{Role: RoleAdmin}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := b.db.NewRaw("UPDATE access_grants SET role = 'viewer' WHERE holder = ?", bob.ID).Exec(t.Context()); err != nil {
			t.Fatal(err)
		}
		_, err = b.Invitation(t.Context(), link)
		wantCode(t, err, nightjar.CodeUnauthenticated)
		_, err = b.AcceptInvite(t.Context(), link, secret.New(password))
		wantCode(t, err, nightjar.CodeUnauthenticated)
	})
}

func TestAResetEndsAPITokensAndSaysHowMany(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t)
		_, ada := b.admin()
		_, bob := b.person(ada, "bob", Grant{Role: RoleAnalyst})
		var bearers []secret.Value
		for range 3 {
			bearer, info, err := b.CreateToken(t.Context(), bob, TokenSpec{Name: "job", Scopes: []Permission{PermEventRead}, Expires: b.clock.Now().Add(time.Hour)})
			if err != nil {
				t.Fatal(err)
			}
			if len(bearers) == 2 {
				if err := b.RevokeToken(t.Context(), bob, info.ID); err != nil {
					t.Fatal(err)
				}
			}
			bearers = append(bearers, bearer)
		}
		if err := b.LinkIdentity(t.Context(), bob, anna()); err != nil {
			t.Fatal(err)
		}
		link, err := b.Reset(t.Context(), ada, bob.ID)
		if err != nil {
			t.Fatal(err)
		}
		if n, err := b.OpenTokens(t.Context(), bob.ID); err != nil || n != 2 {
			t.Errorf("%d tokens are to end, %v", n, err)
		}
		if _, err := b.Token(t.Context(), bearers[0]); err != nil {
			t.Errorf("a link that nobody opened ended a token: %v", err)
		}
		e, err := b.AcceptInvite(t.Context(), link, secret.New(password))
		if err != nil {
			t.Fatal(err)
		}
		b.confirm(e)
		if n := b.last().Detail["tokens_revoked"]; n != "2" {
			t.Errorf("on record: %q tokens", n)
		}
		for _, bearer := range bearers {
			_, err := b.Token(t.Context(), bearer)
			wantCode(t, err, nightjar.CodeUnauthenticated)
		}
		_, _, err = b.SignInBy(t.Context(), anna(), home())
		wantRefusal(t, err, RefusalUnknown)
	})
}

func TestS28ATokenEndsWithTheRightToHaveTokens(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t)
		_, ada := b.admin()
		_, bob := b.person(ada, "bob", Grant{Role: RoleHelpdesk})
		bearer, _, err := b.CreateToken(t.Context(), bob, TokenSpec{Name: "job", Scopes: []Permission{PermEventRead}, Expires: b.clock.Now().Add(time.Hour)})
		if err != nil {
			t.Fatal(err)
		}
		if err := b.SetGrants(t.Context(), ada, bob.ID, []Grant{{Role: RoleViewer}}); err != nil {
			t.Fatal(err)
		}
		_, err = b.Token(t.Context(), bearer)
		wantCode(t, err, nightjar.CodeUnauthenticated)
		if on := b.last(); on.Action != nightjar.ActionTokenRefuse || on.Detail["reason"] != "owner may not have tokens" {
			t.Errorf("on record: %+v", on)
		}
		if err := b.SetGrants(t.Context(), ada, bob.ID, []Grant{{Role: RoleHelpdesk, Tenant: contoso}}); err != nil {
			t.Fatal(err)
		}
		if _, err := b.Token(t.Context(), bearer); err != nil {
			t.Errorf("with the right given back: %v", err)
		}
	})
}
