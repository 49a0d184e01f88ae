package access

import (
	"encoding/base64"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/secret"
)

func TestS16ASessionEndsWhenIdleAndAfterTwelveHours(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t)
		token, _ := b.admin()
		for range 27 { // 11 hours 42 minutes of use
			time.Sleep(26 * time.Minute)
			if _, err := b.Session(t.Context(), token); err != nil {
				t.Fatalf("a session in use ended: %v", err)
			}
		}
		time.Sleep(18 * time.Minute)
		_, err := b.Session(t.Context(), token)
		wantCode(t, err, nightjar.CodeUnauthenticated)

		token, _ = b.login("ada", 0)
		time.Sleep(29 * time.Minute)
		if _, err := b.Session(t.Context(), token); err != nil {
			t.Fatal(err)
		}
		time.Sleep(30 * time.Minute)
		_, err = b.Session(t.Context(), token)
		wantCode(t, err, nightjar.CodeUnauthenticated)
	})
}

func TestS16WhatAPageAsksByItselfKeepsNoSessionAlive(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t)
		token, _ := b.admin()
		for range 6 {
			time.Sleep(4*time.Minute + 50*time.Second)
			if _, err := b.SessionUnused(t.Context(), token); err != nil {
				t.Fatalf("it ended early: %v", err)
			}
		}
		time.Sleep(2 * time.Minute)
		_, err := b.SessionUnused(t.Context(), token)
		wantCode(t, err, nightjar.CodeUnauthenticated)
		_, err = b.Session(t.Context(), token)
		wantCode(t, err, nightjar.CodeUnauthenticated)
	})
}

func TestS16ATokenIs256RandomBitsAndNotInTheCatalog(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t)
		one, _ := b.admin()
		time.Sleep(time.Minute)
		two, _ := b.login("ada", 0)
		if one.Reveal() == two.Reveal() {
			t.Error("two sign-ins have one token")
		}
		if raw, err := base64.RawURLEncoding.DecodeString(one.Reveal()); err != nil || len(raw) != 32 {
			t.Errorf("%d bytes, %v", len(raw), err)
		}
		var hashes []string
		if err := b.db.NewRaw("SELECT hash FROM access_sessions").Scan(t.Context(), &hashes); err != nil || len(hashes) != 2 {
			t.Fatal(hashes, err)
		}
		for _, h := range hashes {
			if strings.Contains(h, one.Reveal()) {
				t.Error("the token is in the catalog")
			}
			_, err := b.Session(t.Context(), secret.New(h))
			wantCode(t, err, nightjar.CodeUnauthenticated) // what the catalog holds opens nothing
		}
	})
}

func TestS16SessionsAreRevokedAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t)
		first, who := b.admin()
		time.Sleep(time.Minute)
		second, _ := b.login("ada", 0)
		if list, err := b.Sessions(t.Context(), who); err != nil || len(list) != 2 {
			t.Errorf("%v, %v", list, err)
		}
		if err := b.EndOtherSessions(t.Context(), who); err != nil {
			t.Fatal(err)
		}
		_, err := b.Session(t.Context(), second)
		wantCode(t, err, nightjar.CodeUnauthenticated)
		if _, err := b.Session(t.Context(), first); err != nil {
			t.Errorf("the session that asked ended: %v", err)
		}
		if err := b.EndSession(t.Context(), who); err != nil {
			t.Fatal(err)
		}
		_, err = b.Session(t.Context(), first)
		wantCode(t, err, nightjar.CodeUnauthenticated)
		if e := b.last(); e.Action != nightjar.ActionLogout || e.Actor.Name != "ada" {
			t.Errorf("audited: %+v", e)
		}
	})
}

func TestS16ANewPasswordEndsOtherSessions(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t)
		first, who := b.admin()
		time.Sleep(time.Minute)
		second, _ := b.login("ada", 0)
		err := b.ChangePassword(t.Context(), who, secret.New("not the old one"), secret.New("another plover 77"))
		wantCode(t, err, nightjar.CodeUnauthenticated)
		err = b.ChangePassword(t.Context(), who, secret.New(password), secret.New("Password2026!"))
		wantCode(t, err, nightjar.CodeInvalid)
		half, err := b.Login(t.Context(), "ada", secret.New(password), stranger())
		if err != nil {
			t.Fatal(err)
		}
		if err := b.ChangePassword(t.Context(), who, secret.New(password), secret.New("another plover 77")); err != nil {
			t.Fatal(err)
		}
		_, err = b.Session(t.Context(), second)
		wantCode(t, err, nightjar.CodeUnauthenticated)
		_, _, err = b.Verify(t.Context(), half, b.codes["ada"][0].Reveal(), stranger())
		wantCode(t, err, nightjar.CodeUnauthenticated) // what the old password began is over
		if _, err := b.Session(t.Context(), first); err != nil {
			t.Error(err)
		}
		if _, err := b.Login(t.Context(), "ada", secret.New("another plover 77"), home()); err != nil {
			t.Error(err)
		}
		_, err = b.Login(t.Context(), "ada", secret.New(password), home())
		wantCode(t, err, nightjar.CodeUnauthenticated)
	})
}

func TestStepUpIsFreshForFiveMinutes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t)
		token, who := b.admin()
		now := func() Identity {
			who, err := b.Session(t.Context(), token)
			if err != nil {
				t.Fatal(err)
			}
			return who
		}
		if !b.Fresh(now()) {
			t.Error("a session that just began is not fresh")
		}
		time.Sleep(5*time.Minute + time.Second)
		if b.Fresh(now()) {
			t.Error("a session of five minutes is fresh")
		}
		code := b.code("ada", 0)
		wantCode(t, b.StepUp(t.Context(), who, "000000"), nightjar.CodeUnauthenticated)
		if err := b.StepUp(t.Context(), who, code); err != nil {
			t.Fatal(err)
		}
		if !b.Fresh(now()) {
			t.Error("a session is not fresh after a code")
		}
		wantCode(t, b.StepUp(t.Context(), who, code), nightjar.CodeUnauthenticated) // each code once
	})
}

// TestWhatIsOverIsRemoved looks for what sign-ins and setups leave behind.
func TestWhatIsOverIsRemoved(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t)
		_, ada := b.admin()
		time.Sleep(time.Minute)
		if _, err := b.Login(t.Context(), "ada", secret.New(password), home()); err != nil {
			t.Fatal(err)
		}
		link, err := b.Invite(t.Context(), ada, "bob", []Grant{{Role: RoleViewer}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := b.AcceptInvite(t.Context(), link, secret.New(password)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(73 * time.Hour)
		if err := b.purge(t.Context()); err != nil {
			t.Fatal(err)
		}
		for table, want := range map[string]int64{
			"access_sessions": 0, "access_challenges": 0, "access_enrolments": 0, "access_invites": 0, "access_grants": 1, "access_people": 1, "secret_values": 1,
		} {
			if n, err := b.db.NewSelect().Table(table).Count(t.Context()); err != nil || n != want {
				t.Errorf("%s has %d rows, want %d; %v", table, n, want, err)
			}
		}
	})
}
