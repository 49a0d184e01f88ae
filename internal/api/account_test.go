package api

import (
	"net/http"
	"testing"
	"time"

	"github.com/nightjar-sec/nightjar/internal/access"
)

// TestAPersonKeepsTheOwnAccount changes a password from one of two browsers,
// and finds the other one signed out.
func TestAPersonKeepsTheOwnAccount(t *testing.T) {
	t.Parallel()
	b, contract := newcomer(t), readContract(t)
	nobody := &client{b: b}
	token, err := b.access.Bootstrap(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var e enrolled
	nobody.send(post, "/api/v1/setup", map[string]any{"token": token.Reveal(), "name": "ada", "password": password}).into(t, &e)
	here := sessionOf(t, b, nobody.send(post, "/api/v1/setup/confirm", map[string]any{"enrolment": e.ID, "code": code(t, e.Secret, time.Now())}))
	signIn := func(password, code string) *client {
		t.Helper()
		var challenge struct{ Challenge string }
		nobody.send(post, "/api/v1/login", map[string]any{"name": "ada", "password": password}).into(t, &challenge)
		return sessionOf(t, b, nobody.send(post, "/api/v1/login/verify", map[string]any{"challenge": challenge.Challenge, "code": code}))
	}
	there := signIn(password, e.Codes[0])

	var sessions struct {
		Items []struct {
			Address string
			Current bool
		}
	}
	if here.send(get, "/api/v1/me/sessions", nil).into(t, &sessions); len(sessions.Items) != 2 {
		t.Fatalf("signed in are %+v", sessions.Items)
	}
	if s := sessions.Items; s[0].Current || !s[1].Current || s[0].Address != "127.0.0.1" {
		t.Errorf("signed in are %+v", s)
	}

	const fresh = "other hinge 52 plover"
	if a := here.send(post, "/api/v1/me/password", map[string]any{"old": "wrong wrong wrong", "password": fresh}); a.code() != "unauthenticated" {
		t.Errorf("without the old password: %s", a.body)
	}
	a := here.send(post, "/api/v1/me/password", map[string]any{"old": password, "password": fresh})
	if contract.holds(t, a); a.status != http.StatusNoContent {
		t.Fatalf("a new password: %s", a.body)
	}
	if a := there.send(get, "/api/v1/me", nil); a.code() != "unauthenticated" {
		t.Errorf("the other browser after it: %s", a.body)
	}

	var made enrolled
	here.send(post, "/api/v1/me/recovery-codes", nil).into(t, &made)
	if a := here.send(post, "/api/v1/me/step-up", map[string]any{"code": e.Codes[1]}); a.code() != "unauthenticated" {
		t.Errorf("an old recovery code: %s", a.body)
	}
	there = signIn(fresh, made.Codes[0])
	var me struct {
		Left int `json:"recovery_codes_left"`
	}
	if here.send(get, "/api/v1/me", nil).into(t, &me); me.Left != len(made.Codes)-1 {
		t.Errorf("%d of %d recovery codes are left after one was used", me.Left, len(made.Codes))
	}
	if a := here.send(remove, "/api/v1/me/sessions", nil); a.status != http.StatusNoContent {
		t.Errorf("ending the others: %s", a.body)
	}
	if a := there.send(get, "/api/v1/me", nil); a.code() != "unauthenticated" {
		t.Errorf("the other browser when ended: %s", a.body)
	}
	if a := here.send(get, "/api/v1/me", nil); a.status != http.StatusOK {
		t.Errorf("this browser: %s", a.body)
	}
}

// TestATokenHasNoHandInItsOwnersAccount tries it with all scopes there are.
func TestATokenHasNoHandInItsOwnersAccount(t *testing.T) {
	t.Parallel()
	b := setup(t)
	who := b.token(access.RoleAdmin, "")
	for _, r := range Routes() {
		switch r.Operation {
		case "stepUp", "changePassword", "makeRecoveryCodes", "listSessions", "endSessions", "beginPasskeyStepUp", "listPasskeys", "beginPasskey", "removePasskey":
			body := map[string]any{"stepUp": map[string]any{"code": "000000"}, "changePassword": map[string]any{"old": password, "password": password + "!"}}[r.Operation]
			if a := who.send(r.Method, r.Path, body); a.code() != "forbidden" {
				t.Errorf("%s: %d %s", r.Operation, a.status, a.body)
			}
		}
	}
}
