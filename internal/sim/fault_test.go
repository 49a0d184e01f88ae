package sim

import (
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// faulty serves a small tenant, subscribed, under a scenario and a clock that stands still.
func faulty(t *testing.T, sc Scenario) (*client, *fixedClock) {
	t.Helper()
	clock := &fixedClock{monday}
	return serve(t, Config{Clock: clock, Scenario: sc, Tenants: []TenantConfig{{Subscribed: true}}}).enter(), clock
}

func (c *client) today(feed string) []contentJSON {
	c.t.Helper()
	list, err := c.window(feed, c.s.Now().Add(-24*time.Hour), c.s.Now())
	if err != nil {
		c.t.Fatal(err)
	}
	if len(list) == 0 {
		c.t.Fatal("the day is empty")
	}
	return list
}

func (c *client) fetch(b contentJSON) (string, error) {
	return c.do(http.MethodGet, b.ContentURI+"?PublisherIdentifier=x", "")
}

func TestThrottlingComesInBothForms(t *testing.T) {
	t.Parallel()
	for name, sc := range map[string]Scenario{
		"429": {Throttle: Throttle{Share: 1, RetryAfterMin: 600 * time.Second, RetryAfterMax: 600 * time.Second}},
		"403": {Throttle: Throttle{Share: 1, Forbidden: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, _ := faulty(t, sc)
			body := c.must(http.MethodGet, c.feedURL("subscriptions/list"))
			switch {
			case name == "429" && (c.status != 429 || code(body) != "AF429" || c.header.Get("Retry-After") != "600"):
				t.Errorf("answered %d %v %s", c.status, c.header, body)
			case name == "403" && (c.status != 403 || !strings.HasPrefix(body, "{'error':{'code':'AF429'") || c.header.Get("Retry-After") != ""):
				t.Errorf("answered %d %v %s", c.status, c.header, body)
			}
			c.must(http.MethodGet, c.feedURL("subscriptions/list"))
			if c.must(http.MethodGet, c.feedURL("subscriptions/list")); c.status != 200 {
				t.Errorf("the third request was answered %d, want it let through", c.status)
			}
			if n := c.s.Report().Tenants[0].Throttled; n != 2 {
				t.Errorf("the report counts %d, want 2", n)
			}
		})
	}
}

func TestTheQuotaIsPerTenantAndMinute(t *testing.T) {
	t.Parallel()
	c, clock := faulty(t, Scenario{Quota: 30})
	for n := range 31 {
		c.must(http.MethodGet, c.feedURL("subscriptions/list"))
		if want := map[bool]int{true: 200, false: 429}[n < 30]; c.status != want {
			t.Fatalf("request %d was answered %d, want %d", n+1, c.status, want)
		}
	}
	clock.at = clock.at.Add(2 * time.Second)
	if c.must(http.MethodGet, c.feedURL("subscriptions/list")); c.status != 200 {
		t.Errorf("after two seconds answered %d, want one request more", c.status)
	}
}

func TestATruncatedBodyIsNotACompleteAnswer(t *testing.T) {
	t.Parallel()
	for _, plain := range []bool{true, false} {
		c, _ := faulty(t, Scenario{Truncate: 1, NoGzip: plain, Repeats: 1})
		b := c.today("Audit.Exchange")[0]
		for _, b := range c.today("Audit.Exchange")[1:] {
			part, err := c.fetch(b)
			if err == nil {
				t.Errorf("%d bytes were read without an error", len(part))
			}
			// What is cut short is no other damage.
			if whole, err := c.fetch(b); err != nil || !strings.HasPrefix(whole, part) || len(part) == len(whole) {
				t.Errorf("cut short is %d bytes that are not the beginning of the %d: %v", len(part), len(whole), err)
			}
		}
		if body, err := c.fetch(b); err == nil {
			t.Errorf("%d bytes were read without an error", len(body))
		}
		if events, refused := c.blob(b.ContentURI); refused != "" || len(events) == 0 {
			t.Errorf("the second time: %d events, %s", len(events), refused)
		}
	}
}

func TestPassingFaultsPass(t *testing.T) {
	t.Parallel()
	for name, sc := range map[string]Scenario{
		"reset": {Reset: 1}, "html": {PassingHTML: 1}, "5xx": {ServerError: 1}, "401": {Unauthorized: 1}, "slow": {Slow: 1, SlowBody: time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, _ := faulty(t, sc)
			b := c.today("Audit.SharePoint")[0]
			body, err := c.fetch(b)
			switch name {
			case "reset":
				if err == nil {
					t.Errorf("answered %d %.80s", c.status, body)
				}
			case "html":
				if c.status != 200 || !strings.HasPrefix(body, "<!DOCTYPE") {
					t.Errorf("answered %d %.80s", c.status, body)
				}
			case "5xx":
				if c.status < 500 {
					t.Errorf("answered %d", c.status)
				}
			case "401":
				if c.status != 401 || code(body) != "" {
					t.Errorf("answered %d %s", c.status, body)
				}
			}
			if events, refused := c.blob(b.ContentURI); refused != "" && refused != "not JSON" || len(events) == 0 {
				t.Errorf("in the end: %d events, %s", len(events), refused)
			}
		})
	}
}

func TestAGrowingBlobIsWholeLater(t *testing.T) {
	t.Parallel()
	c, clock := faulty(t, Scenario{Growing: Late{Share: 1}})
	list := c.today("Audit.AzureActiveDirectory")
	b := list[len(list)-1]
	young, _ := c.blob(b.ContentURI)
	clock.at = clock.at.Add(time.Hour)
	old, _ := c.blob(b.ContentURI)
	if len(young) >= len(old) || string(young[0]) != string(old[0]) {
		t.Errorf("young it held %d events, old %d", len(young), len(old))
	}
}

func TestALateBlobAppearsBehindTheCursor(t *testing.T) {
	t.Parallel()
	c, clock := faulty(t, Scenario{Late: Late{Share: 0.5}})
	before := map[string]bool{}
	for _, b := range c.today("Audit.Exchange") {
		before[b.ContentID] = true
	}
	clock.at = clock.at.Add(time.Hour)
	late := 0
	list, err := c.window("Audit.Exchange", monday.Add(-22*time.Hour), monday)
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range list {
		if !before[b.ContentID] {
			late++
		}
	}
	if late == 0 {
		t.Error("nothing appeared in the past")
	}
}

func TestEventsComeAgainUnderANewContentID(t *testing.T) {
	t.Parallel()
	c, _ := faulty(t, Scenario{Redeliver: Late{Share: 1}})
	early, err := c.window("Audit.General", monday.Add(-5*24*time.Hour-3*time.Hour), monday.Add(-5*24*time.Hour))
	if err != nil || len(early) == 0 {
		t.Fatal(err, len(early))
	}
	first, _ := c.blob(early[0].ContentURI)
	again := false
	for _, b := range c.today("Audit.General") {
		if again {
			break
		}
		events, _ := c.blob(b.ContentURI)
		again = b.ContentID != early[0].ContentID && len(events) == len(first) && string(events[0]) == string(first[0])
	}
	if !again {
		t.Error("the events of five days ago did not come again")
	}
}

func TestBlobsShareAMillisecond(t *testing.T) {
	t.Parallel()
	c := serve(t, Config{Clock: &fixedClock{monday}, Scenario: Scenario{SameMillisecond: 1}, Tenants: []TenantConfig{{Subscribed: true, EventsPerDay: 200_000, EventsPerBlob: 20}}}).enter()
	times := map[string]int{}
	list, err := c.window("Audit.Exchange", monday.Add(-time.Hour), monday)
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range list {
		times[b.ContentCreated]++
	}
	if len(times) > 61 || len(list) < 100 {
		t.Errorf("%d blobs have %d times", len(list), len(times))
	}
}

func TestWithheldBlobsAreListedAndReported(t *testing.T) {
	t.Parallel()
	c, _ := faulty(t, Scenario{Expired: 0.3, Missing: 0.3})
	refused := map[string]int{}
	for _, b := range c.today("Audit.Exchange")[:40] {
		_, why := c.blob(b.ContentURI)
		refused[why]++
	}
	if refused["AF20051"] == 0 || refused["AF20050"] == 0 || refused[""] == 0 {
		t.Errorf("answers were %v", refused)
	}
	reported := reasons(c.s.Report().Tenants[0].Feeds[feedExchange].Withheld)
	if reported["expired"][0] < refused["AF20051"] || reported["missing"][0] < refused["AF20050"] {
		t.Errorf("%v refused and %v reported", refused, reported)
	}
}

func TestABombIsSmallOnTheWireAndAHugeBlobIsStreamed(t *testing.T) {
	t.Parallel()
	const bomb = 64 << 20
	c, _ := faulty(t, Scenario{Bombs: 1, BombBytes: bomb, Huge: 1, HugeBytes: 8 << 20})
	s := c.s.tenants[c.tenant.ID].schedule
	for f := range feedCount {
		for _, b := range s.extras[f] {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, c.s.describe(c.s.tenants[c.tenant.ID], b).ContentURI+"?PublisherIdentifier=x", nil)
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Authorization", "Bearer "+c.token)
			req.Header.Set("Accept-Encoding", "gzip")
			resp, err := c.http.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			wire := &counter{r: resp.Body}
			z, err := gzip.NewReader(wire)
			if err != nil {
				t.Fatal(err)
			}
			n, err := io.Copy(io.Discard, z)
			resp.Body.Close()
			switch {
			case err != nil:
				t.Error(err)
			case b.kind == blobBomb && (n < bomb || wire.n > bomb/500):
				t.Errorf("the bomb has %d bytes, %d on the wire", n, wire.n)
			case b.kind == blobHuge && (n < 7<<20 || n > 9<<20):
				t.Errorf("the huge blob has %d bytes", n)
			}
		}
	}
}

type counter struct {
	r io.Reader
	n int
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += n
	return n, err
}

func TestAnOutageRefusesEverythingAndEnds(t *testing.T) {
	t.Parallel()
	c, clock := faulty(t, Scenario{Outages: []Outage{{From: time.Hour, For: 144 * time.Hour}}, Bursts: []Burst{{From: time.Minute, For: time.Minute, Status: 503}}})
	clock.at = monday.Add(time.Minute)
	if c.must(http.MethodGet, c.feedURL("subscriptions/list")); c.status != 503 {
		t.Errorf("in the burst answered %d", c.status)
	}
	clock.at = monday.Add(2 * time.Hour)
	if _, err := c.do(http.MethodGet, c.feedURL("subscriptions/list"), ""); err == nil {
		t.Errorf("in the outage answered %d", c.status)
	}
	clock.at = monday.Add(150 * time.Hour)
	if c.must(http.MethodGet, c.feedURL("subscriptions/list")); c.status != 200 {
		t.Errorf("after the outage answered %d", c.status)
	}
}

func TestTheSameSeedSpoilsTheSameThings(t *testing.T) {
	t.Parallel()
	sc, err := LoadScenario("everything")
	if err != nil {
		t.Fatal(err)
	}
	withheld := func(seed uint64) (ids []string) {
		s, err := New(Config{InMemory: true, Seed: seed, Clock: &fixedClock{monday}, Scenario: sc})
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range s.Report().Tenants[0].Feeds {
			for _, b := range append(f.Withheld, f.Decoys...) {
				ids = append(ids, b.ContentID)
			}
		}
		return ids
	}
	a, b, other := strings.Join(withheld(1), " "), strings.Join(withheld(1), " "), strings.Join(withheld(2), " ")
	if a == "" || a != b || a == other {
		t.Errorf("equal seeds agree: %v; different ones agree: %v", a == b, a == other)
	}
}

func TestATokenExpires(t *testing.T) {
	t.Parallel()
	m, err := newMint()
	if err != nil {
		t.Fatal(err)
	}
	token, err := m.issue(accessClaims{Tenant: "x", NotAfter: monday.Unix()})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.verify(token, monday.Add(-time.Second)); err != nil {
		t.Error(err)
	}
	if _, err := m.verify(token, monday); !errors.Is(err, errTokenExpired) {
		t.Errorf("after its time the token is %v", err)
	}
	if _, err := m.verify(token[:len(token)-4]+"AAAA", monday); err == nil || errors.Is(err, errTokenExpired) {
		t.Errorf("a forged token is %v", err)
	}
}
