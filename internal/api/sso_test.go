package api

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/access"
	"github.com/nightjar-sec/nightjar/internal/sim"
	"github.com/nightjar-sec/nightjar/internal/sim/simtest"
	"github.com/nightjar-sec/nightjar/internal/sso"
)

// elsewhereBundle is a bundle with a provider that answers.
type elsewhereBundle struct {
	*bundle
	transport http.RoundTripper
}

func withProvider(t *testing.T) *elsewhereBundle {
	t.Helper()
	server, err := sim.New(sim.Config{InMemory: true, Tenants: []sim.TenantConfig{{Name: "contoso", AppRoles: map[string][]string{"admin": {"Desk"}}}}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ran := make(chan error, 1)
	go func() { ran <- server.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ran; err != nil {
			t.Error(err)
		}
	})
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(server.CA())
	transport := &http.Transport{DialContext: server.DialContext, TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}}
	t.Cleanup(transport.CloseIdleConnections)
	file := filepath.Join(t.TempDir(), "sso.secret")
	if err := os.WriteFile(file, []byte(server.Operator().Secrets[0].Value), 0o600); err != nil {
		t.Fatal(err)
	}
	providers, err := sso.New(sso.Config{Providers: []sso.ProviderConfig{{
		ID: "contoso", Name: "Contoso", Issuer: server.URLs().Login + "/" + server.Tenants()[0].ID + "/v2.0", Entra: true, ClientID: server.Operator().ClientID,
		SecretFile: file, RolesClaim: "roles", HTTP: &http.Client{Transport: transport},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	return &elsewhereBundle{setup(t, func(c *Config) {
		c.SSO = providers
		c.Mapped = func(_ string, values []string) []access.Grant {
			var out []access.Grant
			for _, v := range values {
				if v == "Desk" {
					out = append(out, access.Grant{Role: access.RoleHelpdesk, Tenant: contoso})
				}
			}
			return out
		}
	}), transport}
}

// lead begins at an address of the API, signs in at the provider with an
// account, and brings the answer back with the cookies of a browser.
func (b *elsewhereBundle) lead(who *client, path string, body any, account string) answer {
	b.t.Helper()
	query, cookie := b.away(who, path, body, account)
	return (&client{b: b.bundle, cookie: strings.Trim(who.cookie+"; "+cookie, "; ")}).send(get, "/sso/contoso/callback?"+query.Encode(), nil)
}

// away is lead as far as the provider: what it sends back, and the cookie that
// binds it to the browser.
func (b *elsewhereBundle) away(who *client, path string, body any, account string) (url.Values, string) {
	b.t.Helper()
	var to struct{ URL string }
	begun := who.send(post, path, body)
	if begun.status != 200 {
		b.t.Fatalf("%s answers %d: %s", path, begun.status, begun.body)
	}
	begun.into(b.t, &to)
	set := begun.header.Get("Set-Cookie")
	if !strings.Contains(set, "HttpOnly") || !strings.Contains(set, "SameSite=Lax") || !strings.Contains(set, "Max-Age=600") {
		b.t.Errorf("the cookie is %s", set)
	}
	cookie, _, _ := strings.Cut(set, ";")
	browser := simtest.New(b.t, b.transport, "http://127.0.0.1")
	if browser.Open(to.URL).Press(account); browser.Back == nil {
		browser.Press("Accept")
	}
	return browser.Returned(nil), cookie
}

// session is the client that an answer signed in.
func (b *elsewhereBundle) in(a answer) *client {
	b.t.Helper()
	for _, set := range a.header.Values("Set-Cookie") {
		if value, ok := strings.CutPrefix(set, "nightjar="); ok {
			value, _, _ = strings.Cut(value, ";")
			return &client{b: b.bundle, cookie: "nightjar=" + value}
		}
	}
	b.t.Fatalf("nobody was signed in: %d %s", a.status, a.header.Get("Location"))
	return nil
}

func wantRefused(t *testing.T, a answer, reason string) {
	t.Helper()
	at, err := url.Parse(a.header.Get("Location"))
	if err != nil || a.status != 303 || at.Path != "/sso/refused" || at.Query().Get("reason") != reason {
		t.Errorf("answered %d to %s, want a refusal because of %s", a.status, a.header.Get("Location"), reason)
	}
	for _, set := range a.header.Values("Set-Cookie") {
		if strings.HasPrefix(set, "nightjar=") && !strings.Contains(set, "Max-Age=0") {
			t.Error("a refused answer signed somebody in")
		}
	}
}

func TestAnInvitationIsTakenUpAtAProvider(t *testing.T) {
	t.Parallel()
	b := withProvider(t)
	nobody := &client{b: b.bundle}
	begin := "/api/v1/sso/contoso/begin"
	wantRefused(t, b.lead(nobody, begin, map[string]any{}, "user@contoso"), "unknown")
	var invited struct{ Link string }
	b.admin.send(post, "/api/v1/people", map[string]any{"name": "Uma", "grants": []any{map[string]any{"role": "viewer", "tenant": contoso}}}).into(t, &invited)
	_, token, _ := strings.Cut(invited.Link, "#")

	a := b.lead(nobody, begin, map[string]any{"invite": token, "to": "/search?words=x"}, "user@contoso")
	if a.status != 303 || a.header.Get("Location") != "/search?words=x" {
		t.Fatalf("answered %d to %s", a.status, a.header.Get("Location"))
	}
	uma := b.in(a)
	var me struct {
		Name string
		Ways []string
	}
	uma.send(get, "/api/v1/me", nil).into(t, &me)
	if me.Name != "Uma" || len(me.Ways) != 1 || me.Ways[0] != "provider" {
		t.Errorf("she is %+v", me)
	}
	// The invitation is used up; the account signs in.
	if a := nobody.send(post, begin, map[string]any{"invite": token}); a.status != 401 {
		t.Errorf("a used invitation begins with %d", a.status)
	}
	if again := b.in(b.lead(nobody, begin, map[string]any{}, "user@contoso")); again.cookie == uma.cookie {
		t.Error("two sign-ins have one session")
	}
	// What they were told is on record, and the token of the invitation is not.
	var people struct {
		Items []struct {
			Name       string
			Identities []struct{ Provider, Account string }
		}
	}
	b.admin.send(get, "/api/v1/people", nil).into(t, &people)
	found := false
	for _, p := range people.Items {
		found = found || p.Name == "Uma" && len(p.Identities) == 1 && p.Identities[0].Account == "user@contoso.onmicrosoft.com"
	}
	if !found {
		t.Errorf("the people are %+v", people.Items)
	}
	if log := b.log.String(); strings.Contains(log, token) || strings.Contains(log, strings.TrimPrefix(uma.cookie, "nightjar=")) {
		t.Error("a secret is in the log")
	}
}

func TestAClaimLetsInWithWhatItGives(t *testing.T) {
	t.Parallel()
	b := withProvider(t)
	desk := b.in(b.lead(&client{b: b.bundle}, "/api/v1/sso/contoso/begin", map[string]any{}, "admin@contoso"))
	var tenants struct {
		Items []struct{ ID nightjar.TenantID }
	}
	desk.send(get, "/api/v1/tenants", nil).into(t, &tenants)
	if len(tenants.Items) != 1 || tenants.Items[0].ID != contoso {
		t.Errorf("the help desk of one tenant sees %v", tenants.Items)
	}
}

func TestAnAnswerAtTheProviderIsOfTheSessionThatAsked(t *testing.T) {
	t.Parallel()
	b := withProvider(t)
	// The administrator begins to link; somebody else's session gets the answer.
	query, cookie := b.away(b.admin, "/api/v1/me/identities", map[string]any{"provider": "contoso"}, "user@contoso")
	link, err := b.access.Link(t.Context(), "mallory")
	if err != nil {
		t.Fatal(err)
	}
	mallory := b.in((&client{b: b.bundle}).send(post, "/api/v1/login/link", map[string]any{"token": link.Reveal()}))
	bring := func(session string) answer {
		return (&client{b: b.bundle, cookie: session + "; " + cookie}).send(get, "/sso/contoso/callback?"+query.Encode(), nil)
	}
	wantRefused(t, bring(mallory.cookie), "over")
	// It was used up by that; nor does it count without any session.
	wantRefused(t, bring(b.admin.cookie), "foreign")
	if a := b.lead(b.admin, "/api/v1/me/identities", map[string]any{"provider": "contoso"}, "user@contoso"); a.header.Get("Location") != accountPath {
		t.Fatalf("linking ends at %s", a.header.Get("Location"))
	}
	if a := b.lead(b.admin, "/api/v1/me/step-up/provider", map[string]any{"provider": "contoso", "to": "/settings/tokens"}, "user@contoso"); a.header.Get("Location") != "/settings/tokens" {
		t.Errorf("stepping up ends at %s", a.header.Get("Location"))
	}
	wantRefused(t, b.lead(b.admin, "/api/v1/me/step-up/provider", map[string]any{"provider": "contoso"}, "admin@contoso"), "other")
	var mine struct{ Items []struct{ ID string } }
	b.admin.send(get, "/api/v1/me/identities", nil).into(t, &mine)
	if len(mine.Items) != 1 {
		t.Fatalf("linked are %+v", mine.Items)
	}
	if a := mallory.send(remove, "/api/v1/me/identities/"+mine.Items[0].ID, nil); a.status != 404 {
		t.Errorf("another's identity is unlinked with %d", a.status)
	}
}

func TestASignInLeadsNowhereButIntoTheConsole(t *testing.T) {
	t.Parallel()
	b := withProvider(t)
	nobody := &client{b: b.bundle}
	for _, to := range []string{"https://evil.example/", "//evil.example", `/\evil.example`, "/\t/evil.example", "search", "javascript:alert(1)", "/\n/evil.example", "/ /evil.example"} {
		if a := nobody.send(post, "/api/v1/sso/contoso/begin", map[string]any{"to": to}); a.status != 400 {
			t.Errorf("%q is taken with %d", to, a.status)
		}
	}
	// A name that was rebound to this machine is never sent to a provider.
	rebound := &client{b: b.bundle, headers: map[string]string{"Host": "evil.example"}}
	if a := rebound.send(post, "/api/v1/sso/contoso/begin", map[string]any{}); a.status == 200 {
		t.Error("the provider was told of a foreign name")
	}
	// A page of another site cannot begin.
	foreign := &client{b: b.bundle, headers: map[string]string{"Sec-Fetch-Site": "cross-site"}}
	if a := foreign.send(post, "/api/v1/sso/contoso/begin", map[string]any{}); a.status != 403 {
		t.Errorf("another site's page begins with %d", a.status)
	}
	// Whoever lures a browser to the callback signs nobody in.
	query, _ := b.away(nobody, "/api/v1/sso/contoso/begin", map[string]any{}, "admin@contoso")
	wantRefused(t, (&client{b: b.bundle}).send(get, "/sso/contoso/callback?"+query.Encode(), nil), "foreign")
}
