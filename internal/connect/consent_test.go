package connect

import (
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/secret"
	"github.com/nightjar-sec/nightjar/internal/sim"
	"github.com/nightjar-sec/nightjar/internal/sim/simtest"
)

const admin = "admin@contoso"

func arrived() Progress {
	return Progress{Subscribed: 5, Blobs: 14, Events: 300, FirstEvent: time.Now()}
}

func TestAnAdministratorConnectsATenantByConsent(t *testing.T) {
	consenting(t, sim.Scenario{}, nil, func(t *testing.T, o *office) {
		o.progress = arrived()
		a := o.consent(ConsentRequest{}, admin)
		if a.Tenant != contoso || a.Account != "admin@contoso.onmicrosoft.com" || !a.done(AttemptConsentReceived) {
			t.Errorf("after consent: %+v", a)
		}
		a = o.over(a.ID)
		if a.Status != AttemptConnected || a.Connection != "contoso" || a.Saved {
			t.Fatalf("at the end: %+v", a)
		}
		for _, s := range a.Steps {
			if s.Status != AttemptStepOK || s.Detail == "" || s.Time.IsZero() {
				t.Errorf("step %+v", s)
			}
		}
		saved, err := o.c.SaveConsent(t.Context(), a.ID, "contoso-west", kim)
		if err != nil || !saved.Saved || saved.Connection != "contoso-west" {
			t.Errorf("saved: %+v, %v", saved, err)
		}
		conn, err := o.c.Show(t.Context(), "contoso-west")
		if err != nil || conn.ID != contoso || conn.Credential.Kind != CredentialConsent || conn.ClientID != o.sim.Operator().ClientID {
			t.Errorf("connection %+v, %v", conn, err)
		}
		if r := o.check("contoso-west"); !r.OK {
			t.Errorf("report %+v", r)
		}
		act, err := o.c.Activity(t.Context(), contoso)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := act.ListSubscriptions(t.Context()); err != nil {
			t.Errorf("collecting by consent: %v", err)
		}
		_, err = o.c.SetCredential(t.Context(), "contoso-west", CredentialInput{Secret: secret.New(canary)})
		wantCode(t, err, nightjar.CodeConflict)
		removed, err := o.c.Remove(t.Context(), "contoso-west")
		if err != nil || !strings.Contains(strings.Join(removed.Kept, " "), "withdraws it by deleting the application") {
			t.Errorf("removed %+v, %v", removed, err)
		}
	})
}

// What Microsoft's pages refuse ends the attempt with a cause and a remedy.
func TestRefusedConsentNamesItsCause(t *testing.T) {
	cases := map[string]struct {
		tenant func(*sim.TenantConfig)
		ask    ConsentRequest
		steps  func(o *office, a Attempt, b *simtest.Browser) Attempt
		cause  Cause
		says   string
		remedy string
	}{
		"sign-in declined": {
			steps: func(o *office, a Attempt, b *simtest.Browser) Attempt {
				return o.finish(a, b.Press(admin).Press("Cancel"))
			},
			cause: CauseConsentDeclined, says: "AADSTS65004", remedy: "press Accept",
		},
		"consent declined": {
			steps: func(o *office, a Attempt, b *simtest.Browser) Attempt {
				return o.finish(a, b.Open(o.finish(a, b.Press(admin).Press("Accept")).URL).Press("Cancel"))
			},
			cause: CauseConsentDeclined, says: "AADSTS65004", remedy: "press Accept",
		},
		"no administrator": {
			steps: func(o *office, a Attempt, b *simtest.Browser) Attempt {
				return o.finish(a, b.Open(o.finish(a, b.Press("user@contoso").Press("Accept")).URL).Press("Return to the application"))
			},
			cause: CauseNotAdmin, says: "no administrator", remedy: "another account",
		},
		"no administrator, where people may not consent at all": {
			tenant: func(c *sim.TenantConfig) { c.NoUserConsent = true },
			steps: func(o *office, a Attempt, b *simtest.Browser) Attempt {
				return o.finish(a, b.Press("user@contoso").Press("Return to the application"))
			},
			cause: CauseNotAdmin, says: "AADSTS90094", remedy: "another account",
		},
		"a guest": {
			steps: func(o *office, a Attempt, b *simtest.Browser) Attempt {
				return o.finish(a, b.Open(o.finish(a, b.Press("gina@partner").Press("Accept")).URL).Press("Return to the application"))
			},
			cause: CauseNotAdmin, says: "no administrator", remedy: "another account",
		},
		"conditional access": {
			steps: func(o *office, a Attempt, b *simtest.Browser) Attempt {
				return o.finish(a, b.Press("blocked@contoso").Press("Return to the application"))
			},
			cause: CausePolicy, says: "conditional access", remedy: "device and network",
		},
		"an account of another tenant than was asked for": {
			ask: ConsentRequest{Tenant: contoso},
			steps: func(o *office, a Attempt, b *simtest.Browser) Attempt {
				return o.finish(a, b.Press("admin@fabrikam").Press("Return to the application"))
			},
			cause: CauseWrongTenant, says: "AADSTS50020", remedy: "of that tenant",
		},
		"the address of the sign-in changed to another tenant": {
			ask: ConsentRequest{Tenant: contoso},
			steps: func(o *office, a Attempt, b *simtest.Browser) Attempt {
				b.At.Path = strings.Replace(b.At.Path, string(contoso), "organizations", 1)
				return o.finish(a, b.Open(b.At.String()).Press("admin@fabrikam").Press("Accept"))
			},
			cause: CauseWrongTenant, says: "belongs to the tenant " + string(fabrikam), remedy: "of that tenant",
		},
		"consent swapped for that of another tenant": {
			steps: func(o *office, a Attempt, b *simtest.Browser) Attempt {
				b.Open(o.finish(a, b.Press(admin).Press("Accept")).URL).Press("Accept")
				b.Back.Set("tenant", string(fabrikam))
				return o.finish(a, b)
			},
			cause: CauseWrongTenant, says: "Consent came back for the tenant " + string(fabrikam), remedy: "Begin again",
		},
		"no consent at all": {
			steps: func(o *office, a Attempt, b *simtest.Browser) Attempt {
				b.Open(o.finish(a, b.Press(admin).Press("Accept")).URL).Press("Accept")
				b.Back.Del("admin_consent")
				return o.finish(a, b)
			},
			cause: CauseForgedAnswer, says: "without Microsoft's consent", remedy: "Begin again",
		},
		"a code that Microsoft did not give": {
			steps: func(o *office, a Attempt, b *simtest.Browser) Attempt {
				b.Press(admin).Press("Accept")
				b.Back.Set("code", "made up")
				return o.finish(a, b)
			},
			cause: CauseUnexpected, says: "refuses the sign-in",
		},
		"a code of another sign-in": {
			steps: func(o *office, a Attempt, b *simtest.Browser) Attempt {
				_, other := o.begin(ConsentRequest{})
				other.Press("admin@fabrikam").Press("Accept")
				b.Press(admin).Press("Accept")
				b.Back.Set("code", other.Back.Get("code"))
				return o.finish(a, b)
			},
			cause: CauseUnexpected, says: "refuses the sign-in",
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			consenting(t, sim.Scenario{}, c.tenant, func(t *testing.T, o *office) {
				a, b := o.begin(c.ask)
				got := c.steps(o, a, b)
				if got.Status != AttemptFailed || got.Cause != c.cause || !strings.Contains(got.Detail, c.says) || !strings.Contains(got.Remedy, c.remedy) || got.URL != "" {
					t.Errorf("got %+v", got)
				}
				if stored, err := o.c.Attempt(t.Context(), a.ID); err != nil || stored.Cause != c.cause {
					t.Errorf("stored %+v, %v", stored, err)
				}
				if list, err := o.c.List(t.Context()); err != nil || len(list) != 0 {
					t.Errorf("something was connected: %v %v", list, err)
				}
			})
		})
	}
}

func TestForgedTokensAreNotBelieved(t *testing.T) {
	for _, forgery := range []string{"unsigned", "foreign_key", "wrong_audience", "wrong_issuer", "wrong_tenant", "wrong_nonce", "expired"} {
		t.Run(forgery, func(t *testing.T) {
			consenting(t, sim.Scenario{ForgeIDToken: forgery}, nil, func(t *testing.T, o *office) {
				a, b := o.begin(ConsentRequest{})
				got := o.finish(a, b.Press(admin).Press("Accept"))
				if got.Status != AttemptFailed || got.Cause != CauseForgedAnswer || got.Tenant != "" || got.URL != "" {
					t.Errorf("got %+v", got)
				}
			})
		})
	}
}

// An answer that is not this browser's, or comes twice, is refused and changes
// nothing: nobody can attach a tenant to another's attempt, or end it.
func TestForeignAnswersChangeNothing(t *testing.T) {
	consenting(t, sim.Scenario{}, nil, func(t *testing.T, o *office) {
		o.progress = arrived()
		a, b := o.begin(ConsentRequest{})
		b.Press(admin).Press("Accept")
		refused := func(why string, answer url.Values, cookie secret.Value) {
			t.Helper()
			got, err := o.c.FinishConsent(t.Context(), answer, cookie, somewhere)
			if nightjar.CodeOf(err) != nightjar.CodeForbidden || got.ID != "" {
				t.Errorf("%s: %+v, %v", why, got, err)
			}
			if err != nil && strings.Contains(err.Error(), answer.Get("code")) && answer.Get("code") != "" {
				t.Errorf("%s: the error holds the code: %v", why, err)
			}
		}
		other, otherBrowser := o.begin(ConsentRequest{})
		refused("no cookie", b.Back, secret.Value{})
		refused("the cookie of another attempt", b.Back, other.Browser)
		forged := url.Values{"state": {a.ID + ".guessed"}, "code": b.Back["code"]}
		refused("a guessed state", forged, a.Browser)
		refused("no state", url.Values{"code": b.Back["code"]}, a.Browser)
		swapped := url.Values{"state": otherBrowser.At.Query()["state"], "code": b.Back["code"]}
		refused("the state of another attempt", swapped, a.Browser)
		refused("the answer of the second page in the first's place", url.Values{"state": {a.ID + ".x"}, "admin_consent": {"True"}, "tenant": {string(contoso)}}, a.Browser)
		if now, err := o.c.Attempt(t.Context(), a.ID); err != nil || now.Status != AttemptConsent || now.Tenant != "" {
			t.Errorf("the attempt changed: %+v, %v", now, err)
		}
		first := b.Back
		next := o.finish(a, b)
		refused("the same answer again", first, a.Browser)
		b.Open(next.URL).Press("Accept")
		second := b.Back
		a = o.over(o.finish(a, b).ID)
		refused("the consent again", second, a.Browser)
		if a.Status != AttemptConnected {
			t.Errorf("at the end: %+v", a)
		}
	})
}

func TestTheStoredAttemptGivesNothingAway(t *testing.T) {
	consenting(t, sim.Scenario{}, nil, func(t *testing.T, o *office) {
		a, b := o.begin(ConsentRequest{})
		b.Press(admin).Press("Accept")
		var rows []map[string]any
		if err := o.db.NewRaw("SELECT * FROM connect_consents").Scan(t.Context(), &rows); err != nil {
			t.Fatal(err)
		}
		state := b.Back.Get("state")
		_, random, _ := strings.Cut(state, ".")
		for name, value := range rows[0] {
			text, _ := value.(string)
			for _, hidden := range []string{random, a.Browser.Reveal(), verifier(a.Browser, a.ID).Reveal(), derived(a.Browser, "nonce", a.ID).Reveal()} {
				if strings.Contains(text, hidden) {
					t.Errorf("the column %s holds what only the browser may know", name)
				}
			}
		}
	})
}

func TestConnectedTenantIsRenewedNotConnectedTwice(t *testing.T) {
	consenting(t, sim.Scenario{}, nil, func(t *testing.T, o *office) {
		o.progress = arrived()
		own := tenant("west", contoso, "sim")
		own.ClientID = o.sim.Tenants()[0].ClientID
		own.Feeds = map[nightjar.Feed]nightjar.FeedOptions{nightjar.FeedDLP: {Off: true}}
		o.add(own, CredentialInput{Secret: secret.New(o.sim.Tenants()[0].Secrets[0].Value)})
		a, b := o.begin(ConsentRequest{})
		a = o.finish(a, b.Press(admin).Press("Accept"))
		if a.Cause != CauseAlreadyConnected || !strings.Contains(a.Detail, "as west") || !strings.Contains(a.Remedy, "renew its consent") {
			t.Errorf("got %+v", a)
		}
		a = o.over(o.consent(ConsentRequest{Tenant: contoso}, admin).ID)
		if a.Status != AttemptConnected || !a.Renew || a.Connection != "west" {
			t.Errorf("renewed: %+v", a)
		}
		conn, err := o.c.Show(t.Context(), "west")
		if err != nil || conn.Credential.Kind != CredentialConsent || !conn.Feeds[nightjar.FeedDLP].Off {
			t.Errorf("connection %+v, %v", conn, err)
		}
		if sealed, err := o.cfg.Vault.List(t.Context(), contoso); err != nil || len(sealed) != 0 {
			t.Errorf("the old secret is still sealed: %v %v", sealed, err)
		}
		// Cancelling a renewal leaves the connection.
		if _, err := o.c.CancelConsent(t.Context(), a.ID, kim); err != nil {
			t.Error(err)
		}
		if list := o.list(); list != "west" {
			t.Errorf("connected: %s", list)
		}
	})
}

func TestRenewalOfWhatWasRemovedMeanwhileConnectsAnew(t *testing.T) {
	consenting(t, sim.Scenario{}, nil, func(t *testing.T, o *office) {
		o.progress = arrived()
		o.add(tenant("west", contoso, "sim"), CredentialInput{Secret: secret.New(canary)})
		a, b := o.begin(ConsentRequest{Tenant: contoso})
		if _, err := o.c.Remove(t.Context(), "west"); err != nil {
			t.Fatal(err)
		}
		o.add(tenant("contoso", fabrikam, "sim"), CredentialInput{Secret: secret.New(canary)}) // the name that would be suggested
		b.Open(o.finish(a, b.Press(admin).Press("Accept")).URL).Press("Accept")
		a = o.over(o.finish(a, b).ID)
		if a.Status != AttemptConnected || a.Connection != "contoso-2" || a.Renew {
			t.Errorf("at the end: %+v", a)
		}
	})
}

func TestConsentNeedsWhatItNeeds(t *testing.T) {
	consenting(t, sim.Scenario{}, nil, func(t *testing.T, o *office) {
		for name, in := range map[string]ConsentRequest{
			"unknown cloud":       {Cloud: "moon", Redirect: callback},
			"unknown service":     {Cloud: "sim", Redirect: callback, Services: []ServiceID{"weather"}},
			"service not offered": {Cloud: "sim", Redirect: callback, Services: []ServiceID{ServiceMailResponse}},
			"no way back":         {Cloud: "sim"},
			"way back unsealed":   {Cloud: "sim", Redirect: "http://nightjar.example.com/consent/callback"},
		} {
			_, err := o.c.BeginConsent(t.Context(), in)
			if nightjar.CodeOf(err) != nightjar.CodeInvalid || nightjar.HintOf(err) == "" {
				t.Errorf("%s: %v", name, err)
			}
		}
		o.cfg.Consent = ConsentApp{}
		_, err := o.connector().BeginConsent(t.Context(), ConsentRequest{Cloud: "sim", Redirect: callback})
		if nightjar.CodeOf(err) != nightjar.CodeInvalid || !strings.Contains(nightjar.HintOf(err), "consent.client_id") {
			t.Errorf("without an application: %v", err)
		}
	})
}

func TestServicesNameTheirPermissions(t *testing.T) {
	t.Parallel()
	var ids []ServiceID
	for _, s := range Services() {
		ids = append(ids, s.ID)
		for _, p := range s.Permissions {
			if p.Name == "" || p.API == "" || p.APIID == "" || p.Why == "" || s.Available && p.ID == "" {
				t.Errorf("%s: %+v", s.ID, p)
			}
			if strings.Contains(p.Name, "Write") != p.Write && !strings.HasPrefix(p.Name, "User.") {
				t.Errorf("%s: %s is said to write: %v", s.ID, p.Name, p.Write)
			}
		}
	}
	if !slices.Equal(ids, []ServiceID{ServiceAuditLog, ServiceSignIns, ServiceMailResponse, ServiceIdentityResponse}) {
		t.Errorf("services %v", ids)
	}
}

func TestTheOperatorsCertificateWillDo(t *testing.T) {
	cert, key := keyPair(t, 2048, time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC)) // a bubble's time begins in 2000
	consentingTo(t, sim.OperatorApp{Certificates: [][]byte{[]byte(cert)}}, sim.Scenario{}, nil, func(t *testing.T, o *office) {
		o.progress = arrived()
		o.cfg.Consent.CertificateFile, o.cfg.Consent.PrivateKeyFile = o.file("operator.crt", cert), o.file("operator.key", key)
		o.halt()
		o.run()
		a := o.over(o.consent(ConsentRequest{}, admin).ID)
		if a.Status != AttemptConnected {
			t.Fatalf("at the end: %+v", a)
		}
		if r := o.check("contoso"); !r.OK || r.Credential.Expires.Year() != 2001 {
			t.Errorf("report %+v", r)
		}
		// Its end is everybody's who consented.
		w := board{}
		e, err := NewExpiry(ExpiryConfig{Connector: o.c, Warnings: w, Before: 400 * 24 * time.Hour})
		if err != nil {
			t.Fatal(err)
		}
		if err := e.Look(t.Context()); err != nil || w[nightjar.WarnCredentialExpiring] != contoso {
			t.Errorf("warnings %v, %v", w, err)
		}
	})
}
