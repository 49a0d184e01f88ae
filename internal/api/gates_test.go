package api

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strconv"
	"strings"
	"testing"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/access"
)

// TestAnswersCarryTheHeadersThatDisarmThem is S19 for data.
func TestAnswersCarryTheHeadersThatDisarmThem(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, a := range []answer{
		b.admin.send(get, "/api/v1/me", nil), (&client{b: b}).send(get, "/api/v1/me", nil), b.admin.send(get, "/api/v1/nothing", nil),
		b.admin.send(post, "/api/v1/me", nil), b.admin.send(post, "/api/v1/query", "{"),
	} {
		for name, want := range map[string]string{
			"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'", "X-Content-Type-Options": "nosniff",
			"Referrer-Policy": "no-referrer", "Cross-Origin-Opener-Policy": "same-origin", "Cache-Control": "no-store", "Content-Type": "application/json",
		} {
			if got := a.header.Get(name); got != want {
				t.Errorf("%s %s: %s is %q", a.req.Method, a.req.URL.Path, name, got)
			}
		}
		if a.header.Get("X-Request-Id") == "" || a.header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s %s: %v", a.req.Method, a.req.URL.Path, a.header)
		}
	}
}

// TestByHTTPSTheCookieHasItsPrefix is S17.
func TestByHTTPSTheCookieHasItsPrefix(t *testing.T) {
	t.Parallel()
	b := setup(t, func(c *Config) { c.HTTPS, c.PublicURL = true, "https://nightjar.example" })
	link, err := b.access.Link(t.Context(), "root")
	if err != nil {
		t.Fatal(err)
	}
	a := (&client{b: b}).send(post, "/api/v1/login/link", map[string]any{"token": link.Reveal()})
	set := a.header.Get("Set-Cookie")
	if !strings.HasPrefix(set, "__Host-nightjar=") || !strings.Contains(set, "; Secure") || !strings.Contains(set, "; HttpOnly") || strings.Contains(set, "Domain") {
		t.Errorf("the cookie is %s", set)
	}
	if a.header.Get("Strict-Transport-Security") == "" {
		t.Error("no HSTS")
	}
}

// TestCookiesOfOneHostAreApart has one browser sign in at two ports of it.
func TestCookiesOfOneHostAreApart(t *testing.T) {
	t.Parallel()
	var jar []string
	var there []*bundle
	for _, port := range []string{"8470", "8471"} {
		b := setup(t, func(c *Config) { c.Port = port })
		link, err := b.access.Link(t.Context(), "root")
		if err != nil {
			t.Fatal(err)
		}
		a := (&client{b: b}).send(post, "/api/v1/login/link", map[string]any{"token": link.Reveal()})
		pair, _, _ := strings.Cut(a.header.Get("Set-Cookie"), ";")
		if name, _, _ := strings.Cut(pair, "="); strings.Contains(strings.Join(jar, ";"), name+"=") {
			t.Errorf("%s takes the place of %s", name, jar)
		}
		jar, there = append(jar, pair), append(there, b)
	}
	for _, b := range there {
		if a := (&client{b: b, cookie: strings.Join(jar, "; ")}).send(get, "/api/v1/me", nil); a.status != http.StatusOK {
			t.Errorf("port %s: %s", b.cfg.Port, a.body)
		}
	}
}

// TestNothingChangesFromAnotherSite is S18: every route that changes something
// refuses a browser that comes from another page.
func TestNothingChangesFromAnotherSite(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.web = b.gatesOnly()
	for _, foreign := range []map[string]string{
		{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "https://evil.example"}, {"Origin": "null"},
	} {
		who := *b.admin
		who.headers = foreign
		for _, r := range Routes() {
			a := who.send(r.Method, pathFor(r, contoso), bodyFor(r, contoso))
			if safe := r.Method == http.MethodGet; safe == (a.code() == "cross_origin") {
				t.Errorf("%v asks %s: %s", foreign, r.Operation, verdict(a))
			}
		}
	}
	// A form can send text/plain without asking first; that is no JSON.
	who := *b.admin
	who.headers = map[string]string{"Content-Type": "text/plain"}
	if a := who.send(post, "/api/v1/people", `{"name":"Eve","grants":[]}`); a.code() != "invalid" {
		t.Errorf("a body that is not said to be JSON: %s", verdict(a))
	}
}

// TestANameThatWasReboundReachesNothing keeps pages of other names out, which
// a resolver may lead to this machine.
func TestANameThatWasReboundReachesNothing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for host, want := range map[string]string{"evil.example": "cross_origin", "evil.example:8470": "cross_origin", "localhost:8470": "", "[::1]:8470": "", "127.0.0.1": ""} {
		who := *b.admin
		who.headers = map[string]string{"Host": host}
		if a := who.send(get, "/api/v1/me", nil); a.code() != want {
			t.Errorf("under the name %s: %d %s", host, a.status, a.body)
		}
	}
}

// TestGuessingSlowsDown is S29 at the door: many tries from one address are
// refused, other addresses are not, and a client cannot choose its address.
func TestGuessingSlowsDown(t *testing.T) {
	t.Parallel()
	b := setup(t, func(c *Config) { c.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")} })
	try := func(forwarded string) string {
		who := &client{b: b, headers: map[string]string{"X-Forwarded-For": forwarded}}
		return who.send(post, "/api/v1/invites/look", map[string]any{"token": "guess"}).code()
	}
	refused := 0
	for range 60 {
		// What the client itself wrote stands before what the proxy added.
		if try("198.51.100.9, 203.0.113.5") == "throttled" {
			refused++
		}
	}
	if refused == 0 {
		t.Error("60 guesses are all heard")
	}
	if got := try("198.51.100.9"); got != "unauthenticated" {
		t.Errorf("another address is refused too: %s", got)
	}
	// A subscriber has a whole network of IPv6 addresses to try from.
	refused = 0
	for i := range 60 {
		if try("2001:db8:1:2::"+strconv.Itoa(i)) == "throttled" {
			refused++
		}
	}
	if refused == 0 {
		t.Error("60 guesses from one IPv6 network are all heard")
	}
	if got := try("2001:db8:1:3::1"); got != "unauthenticated" {
		t.Errorf("another network is refused too: %s", got)
	}
	who := &client{b: b, bearer: "nj_guess", headers: map[string]string{"X-Forwarded-For": "203.0.113.77"}}
	for range 30 {
		who.send(get, "/api/v1/me", nil)
	}
	if a := who.send(get, "/api/v1/me", nil); a.code() != "throttled" {
		t.Errorf("30 made-up tokens, and the next is still tried: %s", verdict(a))
	}
}

func TestOnlyProxiesThatAreTrustedNameTheClient(t *testing.T) {
	t.Parallel()
	s := &Server{cfg: Config{TrustedProxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("2001:db8::/32")}}}
	for _, c := range []struct{ peer, forwarded, want string }{
		{"192.0.2.1:5", "198.51.100.1", "192.0.2.1"},
		{"10.0.0.1:5", "", "10.0.0.1"},
		{"10.0.0.1:5", "198.51.100.1", "198.51.100.1"},
		{"10.0.0.1:5", "1.1.1.1, 198.51.100.1", "198.51.100.1"},
		{"10.0.0.1:5", "198.51.100.1, 10.0.0.2", "198.51.100.1"},
		{"[2001:db8::5]:5", "[2001:4860::1]:443", "2001:4860::1"},
		{"[::ffff:10.0.0.1]:5", "198.51.100.1", "198.51.100.1"},
		{"10.0.0.1:5", "nonsense", "10.0.0.1"},
		{"10.0.0.1:5", "198.51.100.1, nonsense", "10.0.0.1"},
	} {
		r := httptest.NewRequest(get, "/", nil)
		r.RemoteAddr = c.peer
		r.Header.Set("X-Forwarded-For", c.forwarded)
		if got := s.addressOf(r); got.String() != c.want {
			t.Errorf("%s with %q is %s, want %s", c.peer, c.forwarded, got, c.want)
		}
	}
}

// TestBodiesAreBoundedAndStrict is S43 for bodies.
func TestBodiesAreBoundedAndStrict(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for name, c := range map[string]struct{ path, body, want string }{
		"too large":          {"/api/v1/tokens", `{"name":"` + strings.Repeat("a", 70<<10) + `"}`, "too_large"},
		"a field too many":   {"/api/v1/events/histogram", `{"table":"management","limit":5}`, "invalid"},
		"of another type":    {"/api/v1/query", `{"sql":5}`, "invalid"},
		"not JSON":           {"/api/v1/query", `{"sql":`, "invalid"},
		"two bodies":         {"/api/v1/query", `{"sql":"SELECT 1 AS a"}{"sql":"SELECT 2 AS a"}`, "invalid"},
		"a body for nothing": {"/api/v1/connections/" + string(contoso) + "/pause", `{}`, "invalid"},
		"deep nesting":       {"/api/v1/query", strings.Repeat(`{"a":`, 20_000) + "1" + strings.Repeat("}", 20_000), "invalid"},
	} {
		if a := b.admin.send(post, c.path, c.body); a.code() != c.want {
			t.Errorf("%s: %d %.200s", name, a.status, a.body)
		}
	}
}

// TestErrorsTellNothingOfTheInside is S40: a bug shows its request id alone.
func TestErrorsTellNothingOfTheInside(t *testing.T) {
	t.Parallel()
	b := setup(t)
	if err := b.db.Close(); err != nil {
		t.Fatal(err)
	}
	a := b.admin.send(get, "/api/v1/connections", nil)
	if a.status != http.StatusInternalServerError || a.code() != "internal" || strings.Contains(string(a.body), "sql") {
		t.Errorf("%d %s", a.status, a.body)
	}
	id := a.header.Get("X-Request-Id")
	if !strings.Contains(string(a.body), id) || !strings.Contains(b.log.String(), id) {
		t.Errorf("the request id %s does not lead from the answer to the log", id)
	}
}

// TestAddressesThatAreNotInTheTableAreRefused is S20.
func TestAddressesThatAreNotInTheTableAreRefused(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, path := range []string{"/api/v1/", "/api/v1/nothing", "/api/v1/people/x/y/z", "/api/v2/me", "/api/v1/connections/" + string(contoso) + "/secret"} {
		if a := b.admin.send(get, path, nil); a.code() != "not_found" {
			t.Errorf("%s: %s", path, verdict(a))
		}
	}
	a := b.admin.send(remove, "/api/v1/me", nil)
	if a.code() != "method_not_allowed" || a.header.Get("Allow") != "GET" {
		t.Errorf("DELETE of me: %s, Allow: %s", verdict(a), a.header.Get("Allow"))
	}
}

// TestADemoLinkIsForTheDemo keeps the door of the demo shut elsewhere.
func TestADemoLinkIsForTheDemo(t *testing.T) {
	t.Parallel()
	b := setup(t, func(c *Config) { c.Demo = false })
	link, err := b.access.Link(t.Context(), "root")
	if err != nil {
		t.Fatal(err)
	}
	if a := (&client{b: b}).send(post, "/api/v1/login/link", map[string]any{"token": link.Reveal()}); a.code() != "not_found" {
		t.Errorf("outside of a demo: %s", verdict(a))
	}
	b = setup(t)
	link, err = b.access.Link(t.Context(), "root")
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []int{200, 401} {
		if a := (&client{b: b}).send(post, "/api/v1/login/link", map[string]any{"token": link.Reveal()}); a.status != want {
			t.Errorf("use %d of the link: %s", i+1, verdict(a))
		}
	}
}

// TestRefusalsAreOnRecord looks for denied requests on the audit log, and that
// a caller cannot fill it.
func TestRefusalsAreOnRecord(t *testing.T) {
	t.Parallel()
	b := setup(t)
	viewer := b.token(access.RoleViewer, contoso)
	for range 100 {
		viewer.send(get, "/api/v1/connections/"+string(fabrikam), nil)
	}
	var got struct {
		Items []struct{ Target, Outcome string }
	}
	b.admin.send(get, "/api/v1/audit?action=access.deny&limit=1000", nil).into(t, &got)
	if n := len(got.Items); n == 0 || n > 30 || got.Items[0].Outcome != "denied" || got.Items[0].Target != "getConnection" {
		t.Errorf("%d refusals are on record: %+v", n, got.Items)
	}
}

// TestCredentialsGoOneWay is S5: no answer holds one.
func TestCredentialsGoOneWay(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.exercise(func(_ int, method, path string, body any) answer {
		a := b.admin.send(method, path, body)
		if strings.Contains(string(a.body), canary) {
			t.Errorf("%s %s shows a credential", method, path)
		}
		return a
	}, func(who *client, _ int, method, path string, body any) answer { return who.send(method, path, body) })
	if strings.Contains(b.log.String(), canary) {
		t.Error("the log holds a credential")
	}
}

// TestManyTokensAreOneCaller has a person's tokens share what is the person's.
func TestManyTokensAreOneCaller(t *testing.T) {
	t.Parallel()
	b := setup(t)
	var root struct{ ID string }
	b.admin.send(get, "/api/v1/me", nil).into(t, &root)
	for range tailMost {
		leave, err := b.api.tails.join(root.ID)
		if err != nil {
			t.Fatal(err)
		}
		defer leave()
	}
	for range 2 {
		if a := b.token(access.RoleViewer, contoso).send(get, "/api/v1/events/tail", nil); a.code() != "limit" {
			t.Errorf("one more token, one more stream: %s", verdict(a))
		}
	}
}

// TestADashboardThatCannotBeRecordedIsNotChanged is S26 for files.
func TestADashboardThatCannotBeRecordedIsNotChanged(t *testing.T) {
	t.Parallel()
	b := setup(t)
	mine := map[string]any{"title": "Mine", "panels": []any{}}
	if a := b.admin.send(put, "/api/v1/dashboards/mine", mine); a.status != http.StatusOK {
		t.Fatal(verdict(a))
	}
	if _, err := b.db.NewRaw("DELETE FROM audit_head").Exec(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, a := range []answer{b.admin.send(put, "/api/v1/dashboards/other", mine), b.admin.send(remove, "/api/v1/dashboards/mine", nil)} {
		if a.code() != "internal" {
			t.Errorf("without an audit log: %s", verdict(a))
		}
	}
	if _, err := b.cfg.Dashboards.Get("other"); nightjar.CodeOf(err) != nightjar.CodeNotFound {
		t.Errorf("a dashboard was made all the same: %v", err)
	}
	if _, err := b.cfg.Dashboards.Get("mine"); err != nil {
		t.Errorf("a dashboard was removed all the same: %v", err)
	}
}

// TestARecordSaysWhichFeedWentDark looks for what an intruder would switch off.
func TestARecordSaysWhichFeedWentDark(t *testing.T) {
	t.Parallel()
	b := setup(t)
	change := map[string]any{"name": "other", "feeds": []any{map[string]any{"feed": "Audit.Exchange", "on": false}}}
	if a := b.admin.send(patch, "/api/v1/connections/"+string(contoso), change); a.status != http.StatusOK {
		t.Fatal(verdict(a))
	}
	var got struct {
		Items []struct{ Detail map[string]string }
	}
	b.admin.send(get, "/api/v1/audit?action=connection.edit", nil).into(t, &got)
	if len(got.Items) != 1 || got.Items[0].Detail["Audit.Exchange"] != "off" || got.Items[0].Detail["name"] != "other" {
		t.Errorf("on record is %+v", got.Items)
	}
}
