package sim

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func FuzzQuery(f *testing.F) {
	for _, q := range []string{
		"contentType=Audit.Exchange&startTime=2026-11-23T00:00&endTime=2026-11-23T12:00:00Z", "contenttype=DLP.ALL", "starttime=2026-11-23",
		"contentType=Audit.General&nextpage=20261123140000000000000$00000000000000000000003$na0022", "%zz&;=", "contentType=Audit.General&nextPage=$$",
	} {
		f.Add(q)
	}
	s, err := New(Config{InMemory: true, Clock: &fixedClock{monday}, Scenario: Scenario{Quota: -1}, Tenants: []TenantConfig{{Subscribed: true, People: 3}}})
	if err != nil {
		f.Fatal(err)
	}
	tenant := s.tenants[s.Tenants()[0].ID]
	token, err := s.mint.issue(accessClaims{Audience: s.roots.Management, Tenant: tenant.ID, Roles: tenant.Roles, NotAfter: time.Now().Add(time.Hour).Unix()})
	if err != nil {
		f.Fatal(err)
	}
	h := s.management()
	f.Fuzz(func(t *testing.T, query string) {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
		r.URL.Path, r.URL.RawQuery = "/api/v1.0/"+tenant.ID+"/activity/feed/subscriptions/content", query
		r.Header.Set("Authorization", "Bearer "+token)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		switch {
		case w.Code == http.StatusOK && strings.HasPrefix(w.Body.String(), "["):
		case w.Code == http.StatusBadRequest && strings.HasPrefix(code(w.Body.String()), "AF2"):
		default:
			t.Errorf("%q was answered %d %s", query, w.Code, w.Body)
		}
	})
}

func FuzzContentID(f *testing.F) {
	s, err := New(Config{InMemory: true, Clock: &fixedClock{monday}, Scenario: Scenario{Poison: 2, Redeliver: Late{Share: 0.5}}, Tenants: []TenantConfig{{People: 3}}})
	if err != nil {
		f.Fatal(err)
	}
	sched := s.tenants[s.Tenants()[0].ID].schedule
	for _, b := range sched.list(feedExchange, monday.Add(-time.Hour), monday, monday) {
		f.Add(b.id)
	}
	f.Add("20261123140000000000000$0100000000000000000000000$audit_exchange$Audit_Exchange$na0022")
	f.Fuzz(func(t *testing.T, id string) {
		if b, ok := sched.find(id); ok && b.id != id {
			t.Errorf("%q was found as %q", id, b.id)
		}
	})
}

func FuzzAssertion(f *testing.F) {
	f.Add("eyJhbGciOiJQUzI1NiJ9.eyJhdWQiOiJ4IiwiZXhwIjoxfQ.AAAA")
	f.Add("..")
	f.Fuzz(func(t *testing.T, text string) {
		a, err := parseAssertion(text)
		if err != nil {
			return
		}
		key, _ := keys()
		if a.verify(&key.PublicKey) == nil {
			t.Errorf("%q verifies", text)
		}
		a.inTime(monday)
	})
}

func FuzzScenario(f *testing.F) {
	for _, name := range Scenarios() {
		data, err := scenarioFiles.ReadFile("scenarios/" + name + ".yaml")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if s, err := ParseScenario(data); err == nil && s.validate() != nil {
			t.Error("an invalid scenario was accepted")
		}
	})
}
