package api

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/nightjar-sec/nightjar/internal/access"
	"github.com/nightjar-sec/nightjar/internal/access/accesstest"
	"github.com/nightjar-sec/nightjar/internal/secret"
)

// device is a browser on the page that the API says passkeys belong to.
func (b *bundle) device() *accesstest.Device {
	b.t.Helper()
	var status struct{ Passkeys struct{ Origin string } }
	(&client{b: b}).send(get, "/api/v1/status", nil).into(b.t, &status)
	return accesstest.New(b.t, status.Passkeys.Origin)
}

type asked struct {
	ID       string
	Options  json.RawMessage
	Recovery []string `json:"recovery_codes"`
}

// browserCookie is what a request set under the name.
func browserCookie(t *testing.T, a answer, name string) string {
	t.Helper()
	for _, c := range (&http.Response{Header: a.header}).Cookies() {
		if c.Name == name {
			if !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" {
				t.Errorf("the cookie is %+v", c)
			}
			return c.Name + "=" + c.Value
		}
	}
	t.Fatalf("no cookie %s: %d %s", name, a.status, a.body)
	return ""
}

// TestS11APasskeyIsAllThatThePersonNeeds sets up the first administrator with
// a passkey, signs in with it, steps up with it, adds another and removes the first.
func TestS11APasskeyIsAllThatThePersonNeeds(t *testing.T) {
	t.Parallel()
	b, contract := newcomer(t), readContract(t)
	nobody := &client{b: b}
	held := func(who *client, want int, method, path string, body any) answer {
		t.Helper()
		a := who.send(method, path, body)
		if a.status != want {
			t.Fatalf("%s %s: %d %s", method, path, a.status, a.body)
		}
		contract.holds(t, a)
		return a
	}
	if a := nobody.send(post, "/api/v1/login/passkey", nil); a.code() != "setup_needed" {
		t.Errorf("before anybody exists: %s", a.body)
	}
	token, err := b.access.Bootstrap(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	laptop, phone := b.device(), b.device()
	var begun asked
	held(nobody, 200, post, "/api/v1/setup/passkey", map[string]any{"token": token.Reveal(), "name": "ada"}).into(t, &begun)
	if len(begun.Recovery) != 10 {
		t.Errorf("recovery codes: %v", begun.Recovery)
	}
	made := map[string]any{"enrolment": begun.ID, "passkey": "laptop", "credential": json.RawMessage(laptop.Create(begun.Options))}
	ada := sessionOf(t, b, held(nobody, 200, post, "/api/v1/setup/passkey/confirm", made))
	if a := nobody.send(post, "/api/v1/setup/passkey/confirm", made); a.code() != "unauthenticated" {
		t.Errorf("once more: %s", a.body)
	}

	begin := held(nobody, 200, post, "/api/v1/login/passkey", nil)
	begin.into(t, &begun)
	browser := &client{b: b, cookie: browserCookie(t, begin, passkeyName)}
	proof := map[string]any{"credential": json.RawMessage(laptop.Get(begun.Options))}
	if a := nobody.send(post, "/api/v1/login/passkey/finish", proof); a.code() != "unauthenticated" {
		t.Errorf("another browser: %s", a.body)
	}
	again := sessionOf(t, b, held(browser, 200, post, "/api/v1/login/passkey/finish", proof))
	var me struct {
		Name  string
		Fresh bool
		Ways  []string
	}
	if held(again, 200, get, "/api/v1/me", nil).into(t, &me); me.Name != "ada" || !me.Fresh || strings.Join(me.Ways, " ") != "passkey" {
		t.Errorf("signed in is %+v", me)
	}

	held(ada, 200, post, "/api/v1/me/step-up/passkey", nil).into(t, &begun)
	held(ada, 200, post, "/api/v1/me/step-up/passkey/finish", map[string]any{"credential": json.RawMessage(laptop.Get(begun.Options))})
	held(ada, 200, post, "/api/v1/me/passkeys/begin", nil).into(t, &begun)
	held(ada, 201, post, "/api/v1/me/passkeys", map[string]any{"name": "phone", "credential": json.RawMessage(phone.Create(begun.Options))})
	var keys struct{ Items []struct{ ID, Name string } }
	if held(ada, 200, get, "/api/v1/me/passkeys", nil).into(t, &keys); len(keys.Items) != 2 || keys.Items[1].Name != "phone" {
		t.Fatalf("passkeys: %+v", keys)
	}
	held(ada, 204, remove, "/api/v1/me/passkeys/"+keys.Items[0].ID, nil)
	if a := ada.send(remove, "/api/v1/me/passkeys/"+keys.Items[1].ID, nil); a.code() != "conflict" {
		t.Errorf("the only way in: %s", a.body)
	}
	begin = held(nobody, 200, post, "/api/v1/login/passkey", nil)
	begin.into(t, &begun)
	browser.cookie = browserCookie(t, begin, passkeyName)
	if a := browser.send(post, "/api/v1/login/passkey/finish", map[string]any{"credential": json.RawMessage(laptop.Get(begun.Options))}); a.code() != "unauthenticated" {
		t.Errorf("the one that was removed: %s", a.body)
	}

	var invited struct{ Link string }
	held(ada, 201, post, "/api/v1/people", map[string]any{"name": "eve", "grants": []any{map[string]any{"role": "viewer"}}}).into(t, &invited)
	_, link, _ := strings.Cut(invited.Link, "#")
	held(nobody, 200, post, "/api/v1/invites/accept/passkey", map[string]any{"token": link}).into(t, &begun)
	eve := sessionOf(t, b, held(nobody, 200, post, "/api/v1/setup/passkey/confirm", map[string]any{
		"enrolment": begun.ID, "passkey": "key", "credential": json.RawMessage(b.device().Create(begun.Options)),
	}))
	if held(eve, 200, get, "/api/v1/me", nil).into(t, &me); me.Name != "eve" {
		t.Errorf("signed in is %+v", me)
	}
}

// TestASiteIsNeverWhatARequestSaysOfItself sends a Host of another port and
// one of another name.
func TestASiteIsNeverWhatARequestSaysOfItself(t *testing.T) {
	t.Parallel()
	type status struct {
		Passkeys struct{ Origin, Trouble string }
	}
	b := setup(t)
	_, port, _ := strings.Cut(strings.TrimPrefix(b.web.URL, "http://"), ":")
	for _, host := range []string{"localhost:9999", "evil.localhost:" + port, "127.0.0.1:" + port} {
		var got status
		(&client{b: b, headers: map[string]string{"Host": host}}).send(get, "/api/v1/status", nil).into(t, &got)
		if got.Passkeys.Origin != "http://localhost:"+port || got.Passkeys.Trouble != "" {
			t.Errorf("asked as %s: %+v", host, got)
		}
	}
	for public, want := range map[string]string{"https://nightjar.example.com": "", "https://192.0.2.7": "address", "http://nightjar.example.com": "insecure"} {
		b := setup(t, func(c *Config) { c.PublicURL, c.HTTPS = public, strings.HasPrefix(public, "https") })
		var got status
		(&client{b: b}).send(get, "/api/v1/status", nil).into(t, &got)
		if got.Passkeys.Origin != public || got.Passkeys.Trouble != want {
			t.Errorf("%s: %+v", public, got)
		}
		a := (&client{b: b}).send(post, "/api/v1/login/passkey", nil)
		if ok := a.status == http.StatusOK; ok != (want == "") {
			t.Errorf("%s: %d %s", public, a.status, a.body)
		}
	}
}

// TestS24PasskeysChangeOnlyAfterAFreshProof asks with a session that is old.
func TestS24PasskeysChangeOnlyAfterAFreshProof(t *testing.T) {
	t.Parallel()
	b := setup(t, func(c *Config) { c.Demo = false })
	who, err := b.access.Session(t.Context(), secret.New(strings.TrimPrefix(b.admin.cookie, "nightjar=")))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.db.NewRaw("UPDATE access_sessions SET authenticated = 0 WHERE id = ?", who.Session).Exec(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, r := range Routes() {
		switch r.Operation {
		case "beginPasskey", "addPasskey", "removePasskey":
			if a := b.admin.send(r.Method, pathFor(r, contoso), bodyFor(r, contoso)); a.code() != "step_up" {
				t.Errorf("%s: %d %s", r.Operation, a.status, a.body)
			}
		}
	}
	if a := b.token(access.RoleAdmin, "").send(post, "/api/v1/me/passkeys/begin", nil); a.code() != "forbidden" {
		t.Errorf("a token: %s", a.body)
	}
}
