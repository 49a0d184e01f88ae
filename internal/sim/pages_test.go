package sim

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"time"
)

func twoTenants(sc Scenario, first TenantConfig) Config {
	first.Name, first.People, first.EventsPerDay = "contoso", 2, 10
	return Config{Seed: 3, Scenario: sc, Tenants: []TenantConfig{first, {Name: "fabrikam", People: 2, EventsPerDay: 10}}}
}

func TestAPersonSignsInAndTheTokenSaysWho(t *testing.T) {
	t.Parallel()
	c := serve(t, twoTenants(Scenario{}, TenantConfig{}))
	b := newBrowser(t, c.s)
	b.Open(authorizeURL(c.s, "organizations", nil)).Sees("Simulated Microsoft sign-in", "Pick an account", "admin@contoso.onmicrosoft.com", "admin@fabrikam.onmicrosoft.com", "Guest")
	b.Press("admin@contoso").Sees("Permissions requested", "Sign you in and read your profile").Press("Accept")
	code := b.Returned(map[string]string{"state": "st"}).Get("code")
	says(t, c.redeem(code, "another verifier"), "501481")
	token, _ := c.redeem(code, "verifier")["id_token"].(string)
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		t.Fatalf("the id token is %q", token)
	}
	if _, err := c.s.mint.verify(token, time.Now()); err != nil {
		t.Errorf("the id token: %v", err)
	}
	body, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	var claims idClaims
	if err := json.Unmarshal(body, &claims); err != nil {
		t.Fatal(err)
	}
	if claims.Tenant != c.tenant.ID || claims.Issuer != c.s.URLs().Login+"/"+c.tenant.ID+"/v2.0" || claims.Audience != c.s.Operator().ClientID ||
		claims.Nonce != "no" || claims.Account != "admin@contoso.onmicrosoft.com" || claims.Object == "" || claims.Version != "2.0" {
		t.Errorf("claims %+v", claims)
	}
	says(t, c.redeem(code, "verifier"), "54005")
	says(t, c.redeem("made up", "verifier"), "70000")
	// The second time nobody is asked for consent.
	b.Open(authorizeURL(c.s, "organizations", nil)).Press("admin@contoso").Returned(map[string]string{"code": "1."})
}

func TestConsentGrantsAfterAWhile(t *testing.T) {
	t.Parallel()
	c := serve(t, twoTenants(Scenario{ConsentDelay: time.Hour}, TenantConfig{}))
	clock := &fixedClock{monday}
	c.s.signInClock = clock
	o := c.s.Operator()
	ask := func() map[string]any {
		return c.signIn(url.Values{
			"grant_type": {"client_credentials"}, "client_id": {o.ClientID}, "client_secret": {o.Secrets[0].Value}, "scope": {c.s.URLs().Management + "/.default"},
		})
	}
	roles := func() int {
		token, _ := ask()["access_token"].(string)
		claims, err := c.s.mint.verify(token, clock.Now())
		if err != nil {
			t.Fatal(err)
		}
		return len(claims.Roles)
	}
	says(t, ask(), "700016")
	b := newBrowser(t, c.s).Open(adminConsentURL(c.s, c.tenant.ID)).Press("admin@contoso")
	b.Sees("Review for your organization contoso", "Read activity data for your organization", "Read DLP policy events").Press("Accept")
	b.Returned(map[string]string{"admin_consent": "True", "tenant": c.tenant.ID, "state": "st", "scope": "/.default"})
	says(t, ask(), "700016")
	clock.at = clock.at.Add(31 * time.Minute)
	if n := roles(); n != 0 {
		t.Errorf("the token holds %d permissions too early", n)
	}
	clock.at = clock.at.Add(30 * time.Minute)
	if n := roles(); n != 2 {
		t.Errorf("the token holds %d permissions, want 2", n)
	}
	// The other tenant granted nothing, and the tenant's own application is as before.
	c.tenant = c.s.Tenants()[1]
	says(t, ask(), "700016")
	if answer := c.signIn(c.secretForm()); answer["access_token"] == nil {
		t.Errorf("the tenant's own application: %v", answer)
	}
}

func TestConsentPageRefusesAsMicrosoftDoes(t *testing.T) {
	t.Parallel()
	c := serve(t, twoTenants(Scenario{}, TenantConfig{NoUserConsent: true}))
	b := newBrowser(t, c.s)
	b.Open(adminConsentURL(c.s, c.tenant.ID)).Press("admin@contoso").Press("Cancel")
	b.Returned(map[string]string{"error": "consent_required", "error_description": "AADSTS65004", "admin_consent": "True", "state": "st"})
	// Who signed in is remembered, and can be changed.
	b.Open(adminConsentURL(c.s, c.tenant.ID)).Sees("Permissions requested").Press("Use another account").Press("user@contoso")
	b.Sees("Need admin approval", "AADSTS90094").Press("Return to the application")
	b.Returned(map[string]string{"error": "access_denied", "error_description": "AADSTS90094"})
	b.Open(adminConsentURL(c.s, c.tenant.ID)).Press("Have an admin account?").Press("gina@partner.example").Sees("Need admin approval")
	b.Open(adminConsentURL(c.s, c.tenant.ID)).Press("Have an admin account?").Press("admin@fabrikam").Sees("AADSTS50020")
	b.Open(adminConsentURL(c.s, c.tenant.ID)).Press("Have an admin account?").Press("blocked@contoso").Sees("AADSTS53003").Press("Return to the application")
	b.Returned(map[string]string{"error_description": "AADSTS53003"})

	b.Open(authorizeURL(c.s, "organizations", nil)).Press("admin@contoso").Press("Cancel")
	b.Returned(map[string]string{"error": "access_denied", "error_description": "AADSTS65004"})
	b.Open(authorizeURL(c.s, "organizations", nil)).Press("user@contoso").Sees("AADSTS90094").Press("Return to the application")
	b.Returned(map[string]string{"error_description": "AADSTS90094"})
}

func TestAnUnknownApplicationIsNotSentBack(t *testing.T) {
	t.Parallel()
	c := serve(t, twoTenants(Scenario{}, TenantConfig{}))
	b := newBrowser(t, c.s)
	for name, w := range map[string]struct {
		tenant string
		change func(url.Values)
		number string
	}{
		"foreign application": {"organizations", func(q url.Values) { q.Set("client_id", c.tenant.ID) }, "700016"},
		"foreign address":     {"organizations", func(q url.Values) { q.Set("redirect_uri", "https://evil.example/consent/callback") }, "50011"},
		"another path":        {"organizations", func(q url.Values) { q.Set("redirect_uri", callback+"/x") }, "50011"},
		"no such tenant":      {"99999999-9999-4999-8999-999999999999", nil, "90002"},
		"no tenant at all":    {"nobody", nil, "900023"},
	} {
		b.Open(authorizeURL(c.s, w.tenant, w.change))
		if b.Back != nil || !strings.Contains(b.Page, "AADSTS"+w.number) {
			t.Errorf("%s: sent back %v, page %s", name, b.Back, b.Page)
		}
	}
	for number, change := range map[string]func(url.Values){
		"700054": func(q url.Values) { q.Set("response_type", "id_token") },
		"70007":  func(q url.Values) { q.Set("response_mode", "fragment") },
		"501491": func(q url.Values) { q.Set("code_challenge_method", "plain") },
	} {
		b.Open(authorizeURL(c.s, "organizations", change)).Returned(map[string]string{"error_description": "AADSTS" + number})
	}
}

func TestPagesAreAccessibleWithoutAScript(t *testing.T) {
	t.Parallel()
	c := serve(t, twoTenants(Scenario{}, TenantConfig{}))
	b := newBrowser(t, c.s)
	for _, open := range []func(){
		func() { b.Open(authorizeURL(c.s, "organizations", nil)) },
		func() { b.Press("admin@contoso") },
		func() { b.Open(adminConsentURL(c.s, c.tenant.ID)).Press("Use another account").Press("user@contoso") },
		func() { b.Open(authorizeURL(c.s, "nobody", nil)) },
	} {
		open()
		for _, part := range []string{`<html lang="en">`, "<title>", "<main>", "<h1>", "Simulated Microsoft sign-in"} {
			if !strings.Contains(b.Page, part) {
				t.Errorf("a page has no %s:\n%s", part, b.Page)
			}
		}
		if strings.Contains(b.Page, "<script") || strings.Contains(b.Page, "http://") {
			t.Errorf("a page loads something:\n%s", b.Page)
		}
	}
}
