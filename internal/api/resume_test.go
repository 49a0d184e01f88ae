package api

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestAReloadedPageGoesOnWithTheSecondFactor reloads it in the middle of a
// setup; a browser that did not begin is told nothing.
func TestAReloadedPageGoesOnWithTheSecondFactor(t *testing.T) {
	t.Parallel()
	b, contract := newcomer(t), readContract(t)
	nobody := &client{b: b}
	token, err := b.access.Bootstrap(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var e, again enrolled
	began := nobody.send(post, "/api/v1/setup", map[string]any{"token": token.Reveal(), "name": "ada", "password": password})
	began.into(t, &e)
	browser := &client{b: b}
	for _, c := range (&http.Response{Header: began.header}).Cookies() {
		if !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" {
			t.Errorf("the cookie is %s", c)
		}
		if c.MaxAge != 0 || !c.Expires.IsZero() {
			t.Errorf("it outlives the browser: %s", c)
		}
		browser.cookie = c.Name + "=" + c.Value
	}
	if a := nobody.send(post, "/api/v1/setup/resume", nil); a.status != http.StatusNoContent {
		t.Errorf("another browser is told: %d %s", a.status, a.body)
	}
	resumed := browser.send(post, "/api/v1/setup/resume", nil)
	contract.holds(t, resumed)
	if resumed.into(t, &again); again.Secret != e.Secret || again.ID != e.ID {
		t.Fatal("the second factor is another one after a reload")
	}
	if out := browser.send(post, "/api/v1/logout", nil); !dropsEnrolment(out) {
		t.Errorf("signing out keeps the cookie: %v", out.header["Set-Cookie"])
	}
	a := browser.send(post, "/api/v1/setup/confirm", map[string]any{"enrolment": again.ID, "code": code(t, e.Secret, time.Now())})
	if !dropsEnrolment(a) {
		t.Errorf("the end keeps the cookie: %v", a.header["Set-Cookie"])
	}
	sessionOf(t, b, a)
	if a := browser.send(post, "/api/v1/setup/resume", nil); a.status != http.StatusNoContent {
		t.Errorf("after the end it is shown again: %d %s", a.status, a.body)
	}
}

// dropsEnrolment reports whether an answer takes the cookie of an enrolment back.
func dropsEnrolment(a answer) bool {
	return slices.ContainsFunc((&http.Response{Header: a.header}).Cookies(), func(c *http.Cookie) bool {
		return strings.HasPrefix(c.Name, enrolmentName) && c.MaxAge < 0
	})
}
