package api

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/nightjar-sec/nightjar/internal/secret"
)

// code is what an authenticator shows at a time (RFC 6238).
func code(t *testing.T, seed string, at time.Time) string {
	t.Helper()
	key, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(seed)
	if err != nil {
		t.Fatal(err)
	}
	mac := hmac.New(sha1.New, key)
	_ = binary.Write(mac, binary.BigEndian, uint64(at.Unix()/30))
	sum := mac.Sum(nil)
	o := sum[len(sum)-1] & 15
	return fmt.Sprintf("%06d", (binary.BigEndian.Uint32(sum[o:])&0x7fffffff)%1_000_000)
}

// newcomer is a bundle that nobody has set up; its administrator is gone.
func newcomer(t *testing.T) *bundle {
	t.Helper()
	b := setup(t, func(c *Config) { c.Demo = false })
	if _, err := b.db.NewRaw("DELETE FROM access_people").Exec(t.Context()); err != nil {
		t.Fatal(err)
	}
	return b
}

type enrolled struct {
	ID     string
	Secret string
	URI    string   `json:"uri"`
	Codes  []string `json:"recovery_codes"`
}

// TestFromTheSetupTokenToASession goes the way of the first administrator: the
// token, the authenticator, signing out and in again, and proving it anew.
func TestFromTheSetupTokenToASession(t *testing.T) {
	t.Parallel()
	b, c := newcomer(t), readContract(t)
	nobody := &client{b: b}
	send := func(who *client, want int, method, path string, body any) answer {
		t.Helper()
		a := who.send(method, path, body)
		if a.status != want {
			t.Fatalf("%s %s answers %d, want %d: %s", method, path, a.status, want, a.body)
		}
		c.holds(t, a)
		return a
	}
	if a := send(nobody, 200, get, "/api/v1/status", nil); !strings.Contains(string(a.body), `"setup"`) {
		t.Errorf("before the setup: %s", a.body)
	}
	if a := nobody.send(post, "/api/v1/login", map[string]any{"name": "ada", "password": password}); a.code() != "setup_needed" {
		t.Errorf("signing in before the setup: %s", a.body)
	}
	token, err := b.access.Bootstrap(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if a := nobody.send(post, "/api/v1/setup", map[string]any{"token": "wrong", "name": "ada", "password": password}); a.code() != "unauthenticated" {
		t.Errorf("a wrong setup token: %s", a.body)
	}
	var e enrolled
	send(nobody, 200, post, "/api/v1/setup", map[string]any{"token": token.Reveal(), "name": "ada", "password": password}).into(t, &e)
	now := time.Now()
	a := send(nobody, 200, post, "/api/v1/setup/confirm", map[string]any{"enrolment": e.ID, "code": code(t, e.Secret, now.Add(-30*time.Second))})
	first := sessionOf(t, b, a)
	if a := nobody.send(post, "/api/v1/setup", map[string]any{"token": token.Reveal(), "name": "eve", "password": password}); a.code() != "unauthenticated" {
		t.Errorf("the setup token a second time: %s", a.body)
	}
	send(first, 204, post, "/api/v1/logout", nil)
	if a := first.send(get, "/api/v1/me", nil); a.code() != "unauthenticated" {
		t.Errorf("after signing out: %s", a.body)
	}
	for _, wrong := range []map[string]any{{"name": "ada", "password": "wrong wrong wrong"}, {"name": "nobody", "password": password}} {
		if a := nobody.send(post, "/api/v1/login", wrong); a.code() != "unauthenticated" || !strings.Contains(string(a.body), "the name or the password is not right") {
			t.Errorf("%v: %s", wrong, a.body)
		}
	}
	var challenge struct{ Challenge string }
	send(nobody, 200, post, "/api/v1/login", map[string]any{"name": "ada", "password": password}).into(t, &challenge)
	a = send(nobody, 200, post, "/api/v1/login/verify", map[string]any{"challenge": challenge.Challenge, "code": code(t, e.Secret, now)})
	second := sessionOf(t, b, a)
	if second.cookie == first.cookie {
		t.Error("the session is the old one")
	}
	// S24: a proof of an hour ago is not enough for what is dangerous.
	if _, err := b.db.NewRaw("UPDATE access_sessions SET authenticated = authenticated - 3600000000").Exec(t.Context()); err != nil {
		t.Fatal(err)
	}
	invite := map[string]any{"name": "Bo", "grants": []any{map[string]any{"role": "viewer"}}}
	if a := send(second, 403, post, "/api/v1/people", invite); a.code() != "step_up" {
		t.Errorf("without a fresh proof: %s", a.body)
	}
	b.web = b.gatesOnly()
	for _, r := range Routes() {
		a := second.send(r.Method, pathFor(r, contoso), bodyFor(r, contoso))
		if asks := a.code() == "step_up"; asks != r.StepUp || !asks && a.status != http.StatusOK {
			t.Errorf("%s without a fresh proof: %s", r.Operation, verdict(a))
		}
	}
}

// TestAFreshCodeLetsDangerousThingsPass steps up and accepts an invitation.
func TestAFreshCodeLetsDangerousThingsPass(t *testing.T) {
	t.Parallel()
	b, contract := newcomer(t), readContract(t)
	nobody := &client{b: b}
	token, err := b.access.Bootstrap(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var e enrolled
	nobody.send(post, "/api/v1/setup", map[string]any{"token": token.Reveal(), "name": "ada", "password": password}).into(t, &e)
	a := nobody.send(post, "/api/v1/setup/confirm", map[string]any{"enrolment": e.ID, "code": code(t, e.Secret, time.Now())})
	ada := sessionOf(t, b, a)
	if _, err := b.db.NewRaw("UPDATE access_sessions SET authenticated = authenticated - 3600000000").Exec(t.Context()); err != nil {
		t.Fatal(err)
	}
	if a := ada.send(post, "/api/v1/me/step-up", map[string]any{"code": "000000"}); a.code() != "unauthenticated" {
		t.Errorf("a wrong code: %s", a.body)
	}
	var me struct{ Fresh bool }
	stepped := ada.send(post, "/api/v1/me/step-up", map[string]any{"code": e.Codes[0]})
	contract.holds(t, stepped)
	if stepped.into(t, &me); !me.Fresh {
		t.Error("a recovery code does not count")
	}
	var invited struct{ Link string }
	ada.send(post, "/api/v1/people", map[string]any{"name": "Bo", "grants": []any{map[string]any{"role": "viewer", "tenant": contoso}}}).into(t, &invited)
	_, link, found := strings.Cut(invited.Link, "/invite#")
	if !found {
		t.Fatalf("the link is %s", invited.Link)
	}
	var bo enrolled
	accepted := nobody.send(post, "/api/v1/invites/accept", map[string]any{"token": link, "password": password + "!"})
	contract.holds(t, accepted)
	accepted.into(t, &bo)
	a = nobody.send(post, "/api/v1/setup/confirm", map[string]any{"enrolment": bo.ID, "code": code(t, bo.Secret, time.Now())})
	if a := sessionOf(t, b, a).send(get, "/api/v1/connections/"+string(fabrikam), nil); a.status != http.StatusNotFound {
		t.Errorf("a viewer of contoso sees fabrikam: %s", a.body)
	}
	for _, s := range []string{canary, password, e.Secret, bo.Secret, token.Reveal(), link, e.Codes[0], strings.TrimPrefix(ada.cookie, "nightjar=")} {
		if strings.Contains(b.log.String(), s) {
			t.Errorf("the log holds a secret: %s…", s[:4])
		}
	}
}

// sessionOf takes the session from an answer's cookie, and checks its marks.
func sessionOf(t *testing.T, b *bundle, a answer) *client {
	t.Helper()
	for _, set := range (&http.Response{Header: a.header}).Cookies() {
		if set.Name == "nightjar" && set.Value != "" {
			if !set.HttpOnly || set.SameSite != http.SameSiteLaxMode || set.Path != "/" || set.Domain != "" || set.Secure {
				t.Errorf("the cookie is %s", set)
			}
			return b.session(secret.New(set.Value))
		}
	}
	t.Fatalf("no session in %d %v: %s", a.status, a.header, a.body)
	return nil
}
