package sso

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/secret"
	"github.com/nightjar-sec/nightjar/internal/sim"
	"github.com/nightjar-sec/nightjar/internal/sim/simtest"
)

const (
	entraBack  = "http://127.0.0.1:8470/sso/contoso/callback"
	openidBack = "http://127.0.0.1:8470/sso/openid/callback"
)

// bundle is a service with two providers at a simulator: Entra's sign-in for
// one tenant, and one that is not Microsoft's.
type bundle struct {
	*Service
	t      *testing.T
	sim    *sim.Server
	client *http.Client
	log    bytes.Buffer
	cfg    Config
}

// signing runs a test in a bubble. change may alter the providers: Entra's is
// the first.
func signing(t *testing.T, scenario sim.Scenario, change func(*sim.Server, []ProviderConfig), test func(*testing.T, *bundle)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		server, err := sim.New(sim.Config{InMemory: true, Scenario: scenario, Tenants: []sim.TenantConfig{
			{Name: "contoso", AppRoles: map[string][]string{"admin": {"Nightjar.Admin"}}}, {Name: "fabrikam"},
		}})
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
		client := &http.Client{Transport: &http.Transport{DialContext: server.DialContext, TLSClientConfig: &tls.Config{RootCAs: roots}}}
		t.Cleanup(client.CloseIdleConnections)
		b := &bundle{t: t, sim: server, client: client}
		keep := func(name, value string) string {
			path := filepath.Join(t.TempDir(), name)
			if err := os.WriteFile(path, []byte(value+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			return path
		}
		operator, other := server.Operator(), server.OpenID()
		b.cfg = Config{Logger: slog.New(slog.NewTextHandler(&b.log, nil)), Providers: []ProviderConfig{
			{
				ID: "contoso", Name: "Contoso", Issuer: server.URLs().Login + "/" + server.Tenants()[0].ID + "/v2.0", Entra: true, ClientID: operator.ClientID,
				SecretFile: keep("entra", operator.Secrets[0].Value), RolesClaim: "roles", HTTP: client,
			},
			{ID: "openid", Name: "Other", Issuer: other.Issuer, ClientID: other.ClientID, SecretFile: keep("other", other.ClientSecret), RolesClaim: "groups", HTTP: client},
		}}
		if change != nil {
			change(server, b.cfg.Providers)
		}
		if b.Service, err = New(b.cfg); err != nil {
			t.Fatal(err)
		}
		test(t, b)
	})
}

// begin begins an attempt.
func (b *bundle) begin(provider string, w Want) Begun {
	b.t.Helper()
	if w.Purpose == "" {
		w.Purpose = PurposeLogin
	}
	if w.Return == "" {
		w.Return = "/search?words=x"
	}
	if w.Redirect = entraBack; provider == "openid" {
		w.Redirect = openidBack
	}
	begun, err := b.Begin(b.t.Context(), provider, w)
	if err != nil {
		b.t.Fatal(err)
	}
	return begun
}

// answer is what a person brings back who signs in with an account.
func (b *bundle) answer(begun Begun, account string) url.Values {
	b.t.Helper()
	browser := simtest.New(b.t, b.client.Transport, "http://127.0.0.1:8470/")
	browser.Open(begun.URL).Press(account)
	if browser.Back == nil {
		browser.Press("Accept")
	}
	return browser.Returned(nil)
}

func wantReason(t *testing.T, err error, want Reason) {
	t.Helper()
	if e, ok := errors.AsType[*RefusedError](err); !ok || e.Reason != want {
		t.Errorf("the error is %v, want the reason %s", err, want)
	}
}

func TestASignInNamesWhoTheProviderSigned(t *testing.T) {
	t.Parallel()
	signing(t, sim.Scenario{}, nil, func(t *testing.T, b *bundle) {
		tenant := b.sim.Tenants()[0].ID
		begun := b.begin("contoso", Want{Invite: secret.New("the invitation"), Purpose: PurposeJoin})
		answer := b.answer(begun, "admin@contoso")
		r, err := b.Finish(t.Context(), "contoso", answer, begun.Browser)
		if err != nil {
			t.Fatal(err, b.log.String())
		}
		p := r.Person
		if p.Issuer != b.cfg.Providers[0].Issuer || p.Tenant != nightjar.TenantID(tenant) || len(p.Subject) != 36 || p.Account != "admin@contoso.onmicrosoft.com" {
			t.Errorf("the person is %+v", p)
		}
		if r.Return != "/search?words=x" || r.Invite.Reveal() != "the invitation" || r.Purpose != PurposeJoin || len(p.Roles) != 1 || p.Roles[0] != "Nightjar.Admin" {
			t.Errorf("the result is %+v, %q", r, p.Roles)
		}
		if !p.Authenticated.Equal(time.Now().UTC().Truncate(time.Second)) {
			t.Errorf("authenticated %s", p.Authenticated)
		}

		begun = b.begin("openid", Want{})
		r, err = b.Finish(t.Context(), "openid", b.answer(begun, "admin@contoso"), begun.Browser)
		if err != nil || r.Person.Issuer != b.sim.OpenID().Issuer || r.Person.Tenant != "" || r.Person.Subject == p.Subject || r.Person.Roles[0] != "Global Administrator" {
			t.Errorf("the person is %+v, %v", r.Person, err)
		}

		// Nothing that proves anything is in the log, or in the address.
		for _, held := range []string{begun.Browser.Reveal(), answer.Get("code"), b.sim.OpenID().ClientSecret, "the invitation"} {
			if strings.Contains(b.log.String(), held) || strings.Contains(begun.URL, held) {
				t.Errorf("a secret is in the log or the address")
			}
		}
	})
}

func TestOfAllTenantsThoseOnTheListSignIn(t *testing.T) {
	t.Parallel()
	signing(t, sim.Scenario{}, func(s *sim.Server, p []ProviderConfig) {
		p[0].Issuer = s.URLs().Login + "/organizations/v2.0"
		p[0].Tenants = []nightjar.TenantID{nightjar.TenantID(s.Tenants()[0].ID)}
	}, func(t *testing.T, b *bundle) {
		begun := b.begin("contoso", Want{})
		r, err := b.Finish(t.Context(), "contoso", b.answer(begun, "admin@contoso"), begun.Browser)
		if err != nil {
			t.Fatal(err, b.log.String())
		}
		// The identity is that which the tenant's own endpoint would name.
		if want := b.sim.URLs().Login + "/" + b.sim.Tenants()[0].ID + "/v2.0"; r.Person.Issuer != want {
			t.Errorf("the issuer is %s, want %s", r.Person.Issuer, want)
		}
		begun = b.begin("contoso", Want{})
		_, err = b.Finish(t.Context(), "contoso", b.answer(begun, "admin@fabrikam"), begun.Browser)
		wantReason(t, err, ReasonTenant)
	})
}

func TestForgedTokensProveNothing(t *testing.T) {
	t.Parallel()
	for _, forgery := range []string{"unsigned", "foreign_key", "foreign_tenants_key", "wrong_audience", "wrong_party", "wrong_issuer", "wrong_tenant", "wrong_nonce", "expired"} {
		for _, all := range []bool{false, true} {
			t.Run(forgery, func(t *testing.T) {
				t.Parallel()
				signing(t, sim.Scenario{ForgeIDToken: forgery}, func(s *sim.Server, p []ProviderConfig) {
					if all {
						p[0].Issuer = s.URLs().Login + "/organizations/v2.0"
						p[0].Tenants = []nightjar.TenantID{nightjar.TenantID(s.Tenants()[0].ID)}
					}
				}, func(t *testing.T, b *bundle) {
					begun := b.begin("contoso", Want{})
					r, err := b.Finish(t.Context(), "contoso", b.answer(begun, "admin@contoso"), begun.Browser)
					wantReason(t, err, ReasonNotBelieved)
					if r.Person.Subject != "" {
						t.Errorf("a refused token named %+v", r.Person)
					}
				})
			})
		}
	}
}

func TestAnAnswerCountsOnceInItsBrowser(t *testing.T) {
	t.Parallel()
	signing(t, sim.Scenario{}, nil, func(t *testing.T, b *bundle) {
		first, second := b.begin("contoso", Want{}), b.begin("contoso", Want{})
		answer, other := b.answer(first, "admin@contoso"), b.answer(second, "user@contoso")
		refused := func(what, provider string, answer url.Values, browser secret.Value) {
			t.Helper()
			_, err := b.Finish(t.Context(), provider, answer, browser)
			if e, ok := errors.AsType[*RefusedError](err); !ok || e.Reason != ReasonForeign {
				t.Errorf("%s: %v", what, err)
			}
		}
		refused("without a cookie", "contoso", answer, secret.Value{})
		refused("in the browser of another attempt", "contoso", answer, second.Browser)
		swapped := url.Values{"state": {other.Get("state")}, "code": {answer.Get("code")}}
		refused("with the state of another attempt", "contoso", swapped, first.Browser)
		refused("by the address of another provider", "openid", answer, first.Browser)
		refused("with a cookie of their own making", "contoso", answer, secret.New(strings.Repeat("A", len(first.Browser.Reveal()))))
		changed := url.Values{"state": {answer.Get("state") + "x"}, "code": answer["code"]}
		refused("with a state that was changed", "contoso", changed, first.Browser)
		if _, err := b.Finish(t.Context(), "contoso", answer, first.Browser); err != nil {
			t.Errorf("the attempts of strangers spoiled it: %v", err)
		}
		refused("again", "contoso", answer, first.Browser)
		// Another process has another key.
		again, err := New(b.cfg)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := again.Finish(t.Context(), "contoso", other, second.Browser); err == nil {
			t.Error("a cookie outlived the process that sealed it")
		}
	})
}

func TestACodeOfAnotherSignInIsRefused(t *testing.T) {
	t.Parallel()
	signing(t, sim.Scenario{}, nil, func(t *testing.T, b *bundle) {
		// A code that an intruder brought back, put into somebody else's answer.
		intruder, victim := b.begin("contoso", Want{}), b.begin("contoso", Want{})
		stolen := b.answer(intruder, "admin@contoso")
		mine := b.answer(victim, "user@contoso")
		mine.Set("code", stolen.Get("code"))
		_, err := b.Finish(t.Context(), "contoso", mine, victim.Browser)
		wantReason(t, err, ReasonNotBelieved) // PKCE
	})
}

func TestAnAnswerAfterTenMinutesIsRefused(t *testing.T) {
	t.Parallel()
	signing(t, sim.Scenario{}, nil, func(t *testing.T, b *bundle) {
		begun := b.begin("contoso", Want{})
		answer := b.answer(begun, "admin@contoso")
		time.Sleep(Life)
		_, err := b.Finish(t.Context(), "contoso", answer, begun.Browser)
		wantReason(t, err, ReasonExpired)
	})
}

func TestAnAnswerNamesItsIssuer(t *testing.T) {
	t.Parallel()
	signing(t, sim.Scenario{}, nil, func(t *testing.T, b *bundle) {
		for name, change := range map[string]func(url.Values){
			"another":              func(v url.Values) { v.Set("iss", "https://evil.example") },
			"none, where one must": func(v url.Values) { v.Del("iss") },
			"empty":                func(v url.Values) { v.Set("iss", "") },
		} {
			begun := b.begin("openid", Want{})
			answer := b.answer(begun, "admin@contoso")
			change(answer)
			_, err := b.Finish(t.Context(), "openid", answer, begun.Browser)
			if e, ok := errors.AsType[*RefusedError](err); !ok || e.Reason != ReasonNotBelieved {
				t.Errorf("%s: %v", name, err)
			}
		}
		// Of one that need not name itself, a wrong name counts all the same.
		begun := b.begin("contoso", Want{})
		answer := b.answer(begun, "admin@contoso")
		answer.Set("iss", b.sim.OpenID().Issuer)
		_, err := b.Finish(t.Context(), "contoso", answer, begun.Browser)
		wantReason(t, err, ReasonNotBelieved)
	})
}

func TestAStepUpNeedsANewSignIn(t *testing.T) {
	t.Parallel()
	for forgery, want := range map[string]Reason{"": "", "no_auth_time": ReasonStale, "old_auth_time": ReasonStale} {
		t.Run(forgery, func(t *testing.T) {
			t.Parallel()
			signing(t, sim.Scenario{ForgeIDToken: forgery}, nil, func(t *testing.T, b *bundle) {
				begun := b.begin("contoso", Want{Purpose: PurposeStepUp, Session: "s"})
				u, err := url.Parse(begun.URL)
				if err != nil || u.Query().Get("prompt") != "login" || u.Query().Get("max_age") != "0" {
					t.Errorf("the address asks for %v, %v", u.Query(), err)
				}
				r, err := b.Finish(t.Context(), "contoso", b.answer(begun, "admin@contoso"), begun.Browser)
				if want == "" {
					if err != nil || r.Session != "s" {
						t.Errorf("got %+v, %v", r, err)
					}
					return
				}
				wantReason(t, err, want)
				// To sign in, it would do.
				begun = b.begin("contoso", Want{})
				if _, err := b.Finish(t.Context(), "contoso", b.answer(begun, "admin@contoso"), begun.Browser); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

func TestKeysMayChange(t *testing.T) {
	t.Parallel()
	signing(t, sim.Scenario{}, nil, func(t *testing.T, b *bundle) {
		for range 3 {
			begun := b.begin("openid", Want{})
			if _, err := b.Finish(t.Context(), "openid", b.answer(begun, "admin@contoso"), begun.Browser); err != nil {
				t.Fatal(err, b.log.String())
			}
			if err := b.sim.OpenID().Rotate(); err != nil {
				t.Fatal(err)
			}
			time.Sleep(keysPause) // in the bubble
		}
	})
}

func TestClocksMayDifferByLittle(t *testing.T) {
	t.Parallel()
	for skew, fine := range map[time.Duration]bool{4 * time.Minute: true, -4 * time.Minute: true, 20 * time.Minute: false, -20 * time.Minute: false} {
		t.Run(skew.String(), func(t *testing.T) {
			t.Parallel()
			signing(t, sim.Scenario{ClockSkew: skew}, nil, func(t *testing.T, b *bundle) {
				begun := b.begin("contoso", Want{})
				_, err := b.Finish(t.Context(), "contoso", b.answer(begun, "admin@contoso"), begun.Browser)
				if fine && err != nil {
					t.Error(err)
				} else if !fine {
					wantReason(t, err, ReasonNotBelieved)
				}
			})
		})
	}
}

func TestAProviderThatIsNotAsConfiguredIsNotUsed(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		change func(*sim.Server, []ProviderConfig)
		want   Reason
	}{
		"it does not answer": {func(_ *sim.Server, p []ProviderConfig) { p[0].Issuer = "https://nowhere.example/x/v2.0" }, ReasonUnavailable},
		"it calls itself otherwise": {func(s *sim.Server, p []ProviderConfig) {
			p[0].Entra, p[0].Issuer = false, s.URLs().Login+"/organizations/v2.0"
		}, ReasonSettings},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			signing(t, sim.Scenario{}, test.change, func(t *testing.T, b *bundle) {
				_, err := b.Begin(t.Context(), "contoso", Want{Purpose: PurposeLogin, Return: "/", Redirect: entraBack})
				wantReason(t, err, test.want)
				// The other goes on.
				b.begin("openid", Want{})
			})
		})
	}
	t.Run("its secret is wrong", func(t *testing.T) {
		t.Parallel()
		signing(t, sim.Scenario{}, func(_ *sim.Server, p []ProviderConfig) { p[0].SecretFile = p[1].SecretFile }, func(t *testing.T, b *bundle) {
			begun := b.begin("contoso", Want{})
			_, err := b.Finish(t.Context(), "contoso", b.answer(begun, "admin@contoso"), begun.Browser)
			wantReason(t, err, ReasonSettings)
		})
	})
	t.Run("the person declines", func(t *testing.T) {
		t.Parallel()
		signing(t, sim.Scenario{}, nil, func(t *testing.T, b *bundle) {
			begun := b.begin("contoso", Want{})
			browser := simtest.New(t, b.client.Transport, "http://127.0.0.1:8470/")
			answer := browser.Open(begun.URL).Press("admin@contoso").Press("Cancel").Returned(nil)
			_, err := b.Finish(t.Context(), "contoso", answer, begun.Browser)
			wantReason(t, err, ReasonDeclined)
		})
	})
}
