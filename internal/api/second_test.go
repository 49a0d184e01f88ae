package api

import (
	"encoding/json"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/access"
	"github.com/nightjar-sec/nightjar/internal/approval"
	"github.com/nightjar-sec/nightjar/internal/audit"
	"github.com/nightjar-sec/nightjar/internal/connect"
	"github.com/nightjar-sec/nightjar/internal/secret"
)

// pair is an installation with four_eyes and two administrators, ada and bea.
type pair struct {
	*bundle
	contract contract
	ada, bea *client
}

func newPair(t *testing.T) *pair {
	t.Helper()
	b := setup(t, func(c *Config) { c.FourEyes = true })
	return &pair{b, readContract(t), b.admin, b.person("bea", access.RoleAdmin, "")}
}

func (c *client) id() string {
	c.b.t.Helper()
	var me struct{ ID string }
	c.send(get, "/api/v1/me", nil).into(c.b.t, &me)
	return me.ID
}

// asks sends what must wait, and returns the approval.
func (p *pair) asks(who *client, method, path string, body any) approvalBody {
	p.t.Helper()
	a := who.send(method, path, body)
	p.contract.holds(p.t, a)
	var w waitsAnswer
	if a.into(p.t, &w); a.status != 202 || w.Approval.State != approval.StateWaiting {
		p.t.Fatalf("%s %s does not wait: %d %s", method, path, a.status, a.body)
	}
	return w.Approval
}

// decides sends an approval of what was seen.
func (p *pair) approves(who *client, a approvalBody) answer {
	p.t.Helper()
	got := who.send(post, "/api/v1/approvals/"+a.ID+"/approve", map[string]any{"sha256": a.SHA256})
	p.contract.holds(p.t, got)
	return got
}

func (p *pair) state(a approvalBody) approval.State {
	p.t.Helper()
	var now approvalBody
	got := p.ada.send(get, "/api/v1/approvals/"+a.ID, nil)
	p.contract.holds(p.t, got)
	got.into(p.t, &now)
	return now.State
}

func (p *pair) connected(tenant nightjar.TenantID) bool {
	p.t.Helper()
	return p.bea.send(get, "/api/v1/connections/"+string(tenant), nil).status == 200
}

const ofContoso = "/api/v1/connections/" + string(contoso)

func TestS23DisconnectingWaitsForASecondPerson(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	a := p.asks(p.ada, remove, ofContoso, nil)
	if !strings.Contains(a.Summary, "Disconnect contoso") || !a.Mine || a.MayDecide || a.TenantID != contoso || a.Expires.Sub(a.Asked) != time.Hour {
		t.Errorf("%+v", a)
	}
	if again := p.asks(p.ada, remove, ofContoso, nil); again.ID != a.ID {
		t.Error("asking again makes another approval")
	}
	if !p.connected(contoso) {
		t.Fatal("it was done at once")
	}
	var seen struct{ Items []approvalBody }
	p.bea.send(get, "/api/v1/approvals", nil).into(t, &seen)
	if len(seen.Items) != 1 || !seen.Items[0].MayDecide || seen.Items[0].Mine {
		t.Errorf("the second person sees %+v", seen.Items)
	}
	if got := p.approves(p.bea, seen.Items[0]); got.status != 200 {
		t.Fatalf("%s", got.body)
	}
	if p.connected(contoso) || p.state(a) != approval.StateDone {
		t.Errorf("after the approval: connected %v, %s", p.connected(contoso), p.state(a))
	}
	if got := p.approves(p.bea, a); got.code() != "conflict" {
		t.Errorf("approving it twice: %s", got.body)
	}
	entries, err := p.audit.List(t.Context(), audit.Filter{Limit: 4})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Actor.Name+" "+string(e.Action))
	}
	// The newest first: who did it and who agreed are both on record.
	want := "root approval.use, root connection.remove, bea approval.grant, root approval.ask"
	if text := strings.Join(got, ", "); text != want && text != "root connection.remove, root approval.use, bea approval.grant, root approval.ask" {
		t.Errorf("the log has %s", text)
	}
}

func TestS23NobodyApprovesWhatIsNotHisToDecide(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	a := p.asks(p.ada, remove, ofContoso, nil)
	ofTenant := func(role access.Role, tenant nightjar.TenantID) *client {
		return p.person(string(role)+string(tenant), role, tenant)
	}
	ofAda := p.token(access.RoleAdmin, "")
	for name, c := range map[string]struct {
		who  *client
		want string
	}{
		"who asked":                          {p.ada, "forbidden"},
		"a token of who asked":               {ofAda, "forbidden"},
		"an analyst":                         {ofTenant(access.RoleAnalyst, ""), "not_found"},
		"a viewer of the tenant":             {ofTenant(access.RoleViewer, contoso), "not_found"},
		"an administrator of another tenant": {ofTenant(access.RoleAdmin, fabrikam), "not_found"},
		"nobody":                             {&client{b: p.bundle}, "unauthenticated"},
		"a token of a second person's, for it alone": {p.tokenOf(p.bea), "forbidden"},
	} {
		if got := p.approves(c.who, a); got.code() != c.want {
			t.Errorf("%s approves: %d %s", name, got.status, got.body)
		}
		if got := c.who.send(post, "/api/v1/approvals/"+a.ID+"/refuse", map[string]any{"reason": "no"}); got.code() != c.want {
			t.Errorf("%s refuses: %d %s", name, got.status, got.body)
		}
		if c.want != "not_found" {
			continue
		}
		if got := c.who.send(get, "/api/v1/approvals/"+a.ID, nil); got.code() != "not_found" {
			t.Errorf("%s sees it: %s", name, got.body)
		}
		if got := c.who.send(remove, "/api/v1/approvals/"+a.ID, nil); got.code() != "not_found" {
			t.Errorf("%s withdraws it: %s", name, got.body)
		}
		if got := c.who.send(get, "/api/v1/approvals?state=all", nil); strings.Contains(string(got.body), "contoso") {
			t.Errorf("%s sees it in the list: %s", name, got.body)
		}
	}
	if got := p.bea.send(remove, "/api/v1/approvals/"+a.ID, nil); got.code() != "forbidden" {
		t.Errorf("the second person withdraws it: %s", got.body)
	}
	if p.state(a) != approval.StateWaiting || !p.connected(contoso) {
		t.Fatalf("it is %s", p.state(a))
	}
	if got := p.approves(ofTenant(access.RoleAdmin, contoso), a); got.status != 200 || p.connected(contoso) {
		t.Errorf("an administrator of the tenant: %d %s", got.status, got.body)
	}
}

// tokenOf makes a token with all that its owner may.
func (b *bundle) tokenOf(c *client) *client {
	b.t.Helper()
	who, err := b.access.Session(b.t.Context(), secret.New(strings.TrimPrefix(c.cookie, "nightjar=")))
	if err != nil {
		b.t.Fatal(err)
	}
	bearer, _, err := b.access.CreateToken(b.t.Context(), who, access.TokenSpec{Name: "ci", Scopes: access.Permissions(), Grants: who.Grants, Expires: time.Now().Add(time.Hour)})
	if err != nil {
		b.t.Fatal(err)
	}
	return &client{b: b, bearer: bearer.Reveal()}
}

func TestS23ATokenAsksAndItsOwnerDoesNotApprove(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	a := p.asks(p.tokenOf(p.ada), remove, ofContoso, nil)
	if a.AskedKind != nightjar.ActorToken || !a.Mine {
		t.Errorf("%+v", a)
	}
	if got := p.approves(p.ada, a); got.code() != "forbidden" {
		t.Errorf("the owner approves: %s", got.body)
	}
	if got := p.approves(p.bea, a); got.status != 200 || p.connected(contoso) {
		t.Errorf("the second person: %d %s", got.status, got.body)
	}
}

func TestS23WhatChangedSinceIsNotDone(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(p *pair, a approvalBody) error{
		"the connection": func(p *pair, _ approvalBody) error {
			_, err := p.connect.SetCredential(p.t.Context(), "contoso", credentialOfTest())
			return err
		},
		"the role of who asked": func(p *pair, _ approvalBody) error {
			return p.access.SetGrants(p.t.Context(), access.Operator("test"), p.ada.id(), []access.Grant{{Role: access.RoleAnalyst}})
		},
		"who asked is disabled": func(p *pair, _ approvalBody) error {
			return p.access.Disable(p.t.Context(), access.Operator("test"), p.ada.id())
		},
		"the parameters in the catalog": func(p *pair, a approvalBody) error {
			_, err := p.db.NewRaw(`UPDATE approval_requests SET parameters = replace(parameters, ?, ?) WHERE id = ?`, string(contoso), string(fabrikam), a.ID).Exec(p.t.Context())
			return err
		},
		"the summary that was looked at": func(p *pair, a approvalBody) error {
			if got := p.bea.send(post, "/api/v1/approvals/"+a.ID+"/approve", map[string]any{"sha256": strings.Repeat("0", 64)}); got.code() != "conflict" {
				p.t.Errorf("another hash: %s", got.body)
			}
			_, err := p.db.NewRaw(`UPDATE approval_requests SET hash = ? WHERE id = ?`, strings.Repeat("0", 64), a.ID).Exec(p.t.Context())
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPair(t)
			a := p.asks(p.ada, remove, ofContoso, nil)
			if err := change(p, a); err != nil {
				t.Fatal(err)
			}
			got := p.approves(p.bea, a)
			if got.code() != "conflict" && got.code() != "forbidden" {
				t.Errorf("it is approved: %d %s", got.status, got.body)
			}
			if !p.connected(contoso) || !p.connected(fabrikam) {
				t.Error("it was done")
			}
			var now approvalBody
			if p.bea.send(get, "/api/v1/approvals/"+a.ID, nil).into(t, &now); now.State != approval.StateWaiting {
				t.Errorf("it is %s", now.State)
			}
		})
	}
}

func TestS23ApprovingAtOnceDoesItOnce(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	cleo := p.person("cleo", access.RoleAdmin, "")
	a := p.asks(p.ada, remove, ofContoso, nil)
	var wg sync.WaitGroup
	done := make(chan int, 8)
	for _, who := range []*client{p.bea, cleo, p.bea, cleo, p.bea, cleo} {
		wg.Go(func() {
			done <- who.send(post, "/api/v1/approvals/"+a.ID+"/approve", map[string]any{"sha256": a.SHA256}).status
		})
	}
	wg.Wait()
	close(done)
	count := map[int]int{}
	for status := range done {
		count[status]++
	}
	if count[200] != 1 || count[409] != 5 {
		t.Errorf("answers are %v", count)
	}
	removals, err := p.audit.List(t.Context(), audit.Filter{Action: nightjar.ActionConnectionRemove})
	if err != nil || len(removals) != 1 {
		t.Errorf("%d removals, %v", len(removals), err)
	}
}

// TestS23WhatWasGrantedAndNotDoneIsDoneLater stands at the point where a crash
// came between the grant and the deed.
func TestS23WhatWasGrantedAndNotDoneIsDoneLater(t *testing.T) {
	t.Parallel()
	for name, again := range map[string]func(p *pair, a approvalBody) answer{
		"by the second person": func(p *pair, a approvalBody) answer { return p.approves(p.bea, a) },
		"by who asked":         func(p *pair, _ approvalBody) answer { return p.ada.send(remove, ofContoso, nil) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPair(t)
			a := p.asks(p.ada, remove, ofContoso, nil)
			bea, err := p.access.Session(t.Context(), secret.New(strings.TrimPrefix(p.bea.cookie, "nightjar=")))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := p.cfg.Approvals.Approve(t.Context(), bea, a.ID, a.SHA256); err != nil {
				t.Fatal(err)
			}
			if p.state(a) != approval.StateGranted || !p.connected(contoso) {
				t.Fatalf("after the crash it is %s", p.state(a))
			}
			if got := again(p, a); got.status != 200 || p.connected(contoso) || p.state(a) != approval.StateDone {
				t.Errorf("%d %s", got.status, got.body)
			}
			if got := p.approves(p.bea, a); got.code() != "conflict" {
				t.Errorf("once more: %s", got.body)
			}
		})
	}
}

func TestS23WhyItFailedIsToldToWhoAsked(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	a := p.asks(p.ada, remove, ofContoso, nil)
	meddle := func(statement string) {
		t.Helper()
		if _, err := p.db.NewRaw(statement).Exec(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	meddle(`CREATE TRIGGER stuck BEFORE UPDATE ON connect_tenants BEGIN SELECT RAISE(ABORT, 'stuck'); END`)
	got := p.approves(p.bea, a)
	if got.code() != "internal" {
		t.Fatalf("%d %s", got.status, got.body)
	}
	var seen approvalBody
	p.ada.send(get, "/api/v1/approvals/"+a.ID, nil).into(t, &seen)
	if seen.State != approval.StateGranted || !strings.Contains(seen.Reason, "something went wrong inside Nightjar") || strings.Contains(seen.Reason, "stuck") {
		t.Errorf("who asked sees %s, %q", seen.State, seen.Reason)
	}
	var told errorAnswer
	if err := json.Unmarshal(got.body, &told); err != nil || !strings.Contains(seen.Reason, told.Error.RequestID) {
		t.Errorf("%q leads nowhere in the log: %v", seen.Reason, err)
	}
	meddle(`DROP TRIGGER stuck`)
	if got := p.approves(p.bea, a); got.status != 200 || p.connected(contoso) {
		t.Fatalf("approved again: %d %s", got.status, got.body)
	}
	seen = approvalBody{}
	if p.ada.send(get, "/api/v1/approvals/"+a.ID, nil).into(t, &seen); seen.State != approval.StateDone || seen.Reason != "" {
		t.Errorf("in the end it is %s, %q", seen.State, seen.Reason)
	}
}

func TestS23ACredentialIsGivenAgainAndNeverKept(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	fresh := map[string]any{"kind": "secret", "secret": canary + "-new", "secret_expires": "2027-11-20T00:00:00Z"}
	a := p.asks(p.ada, put, ofContoso+"/credential", fresh)
	if text, _ := json.Marshal(a); strings.Contains(string(text), canary) || !a.Repeats {
		t.Errorf("%s", text)
	}
	var row string
	if err := p.db.NewRaw("SELECT parameters || summary FROM approval_requests").Scan(t.Context(), &row); err != nil || strings.Contains(row, canary) {
		t.Errorf("%s, %v", row, err)
	}
	if got := p.approves(p.bea, a); got.status != 200 || p.state(a) != approval.StateGranted {
		t.Fatalf("%d %s", got.status, got.body)
	}
	// Another end is another request, and somebody else has no grant.
	other := map[string]any{"kind": "secret", "secret": canary + "-new", "secret_expires": "2028-11-20T00:00:00Z"}
	p.asks(p.ada, put, ofContoso+"/credential", other)
	p.asks(p.bea, put, ofContoso+"/credential", fresh)
	if got := p.ada.send(put, ofContoso+"/credential", fresh); got.status != 200 || p.state(a) != approval.StateDone {
		t.Errorf("given again: %d %s", got.status, got.body)
	}
	if b := p.asks(p.ada, put, ofContoso+"/credential", fresh); b.ID == a.ID {
		t.Error("a grant counts twice")
	}
}

func TestS23NobodyMakesTheSecondPersonAlone(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	vera := p.person("vera", access.RoleViewer, "")
	of := "/api/v1/people/" + vera.id()
	asAdmin := []any{map[string]any{"role": "admin", "tenant": contoso}}
	p.asks(p.ada, post, "/api/v1/people", map[string]any{"name": "puppet", "grants": asAdmin})
	p.asks(p.ada, patch, of, map[string]any{"grants": asAdmin})
	p.asks(p.ada, post, of+"/reset", nil)
	p.asks(p.ada, patch, of, map[string]any{"disabled": true})
	p.asks(p.ada, remove, of, nil)
	p.asks(p.ada, remove, of+"/identities/abc", nil)
	if a := p.ada.send(patch, of, map[string]any{"grants": asAdmin, "disabled": false}); a.code() != "invalid" {
		t.Errorf("two changes at once: %s", a.body)
	}
	// What makes nobody an administrator needs nobody else.
	if a := p.ada.send(patch, of, map[string]any{"grants": []any{map[string]any{"role": "analyst"}}}); a.status != 200 {
		t.Errorf("%s", a.body)
	}
	if a := p.ada.send(post, "/api/v1/people", map[string]any{"name": "guest", "grants": []any{map[string]any{"role": "viewer"}}}); a.status != 201 {
		t.Errorf("%s", a.body)
	}
	// The link of an invitation goes to who asked for it, and to nobody else.
	a := p.asks(p.bea, post, "/api/v1/people", map[string]any{"name": "cleo", "grants": asAdmin})
	if got := p.approves(p.ada, a); got.status != 200 || strings.Contains(string(got.body), "/invite#") {
		t.Errorf("%d %s", got.status, got.body)
	}
	if got := p.bea.send(post, "/api/v1/people", map[string]any{"name": "cleo", "grants": asAdmin}); got.status != 201 || !strings.Contains(string(got.body), "/invite#") {
		t.Errorf("%d %s", got.status, got.body)
	}
}

// TestS23ANameSpeaksForNobody has the first person write a name that reads like
// the rest of the summary, and one that hides what it says.
func TestS23ANameSpeaksForNobody(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	asAdmin := []any{map[string]any{"role": "admin"}}
	a := p.asks(p.ada, post, "/api/v1/people", map[string]any{"name": " cleo  as viewer of contoso.", "grants": asAdmin})
	if a.Summary != `Invite "cleo as viewer of contoso." as admin of all tenants.` {
		t.Errorf("the second person reads %s", a.Summary)
	}
	if got := p.approves(p.bea, a); got.status != 200 {
		t.Errorf("%d %s", got.status, got.body)
	}
	for _, bad := range []string{"", "cleo\u202e", strings.Repeat("c", 65)} {
		if got := p.ada.send(post, "/api/v1/people", map[string]any{"name": bad, "grants": asAdmin}); got.code() != "invalid" {
			t.Errorf("%q: %d %s", bad, got.status, got.body)
		}
	}
}

func TestS23ALoneAdministratorIsToldSo(t *testing.T) {
	t.Parallel()
	b := setup(t, func(c *Config) { c.FourEyes = true })
	b.person("vera", access.RoleViewer, "")
	if a := b.admin.send(remove, ofContoso, nil); a.code() != "conflict" || !strings.Contains(string(a.body), "person invite") {
		t.Errorf("%s", a.body)
	}
	off := setup(t)
	if a := off.admin.send(remove, ofContoso, nil); a.status != 200 {
		t.Errorf("without four_eyes: %s", a.body)
	}
}

func TestS23ARefusalAndAWithdrawalEndIt(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	a := p.asks(p.ada, remove, ofContoso, nil)
	got := p.bea.send(post, "/api/v1/approvals/"+a.ID+"/refuse", map[string]any{"reason": "we still need it"})
	p.contract.holds(t, got)
	if got.status != 200 || p.state(a) != approval.StateRefused || !strings.Contains(string(got.body), "we still need it") {
		t.Errorf("%s", got.body)
	}
	b := p.asks(p.ada, remove, ofContoso, nil)
	got = p.ada.send(remove, "/api/v1/approvals/"+b.ID, nil)
	p.contract.holds(t, got)
	if got.status != 204 || p.state(b) != approval.StateWithdrawn {
		t.Errorf("%d %s", got.status, got.body)
	}
	for _, over := range []approvalBody{a, b} {
		if got := p.approves(p.bea, over); got.code() != "conflict" {
			t.Errorf("%s", got.body)
		}
	}
	if !p.connected(contoso) {
		t.Error("it was done")
	}
}

func credentialOfTest() connect.CredentialInput {
	return connect.CredentialInput{Secret: secret.New(canary + "-other"), SecretExpires: morning.AddDate(1, 0, 0)}
}

// bySecondPerson are operations that the tests above ask.
func bySecondPerson() []string {
	return []string{"getApproval", "approve", "refuse", "withdrawApproval"}
}
