package sim

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestTheAPIAnswersWithItsCodes(t *testing.T) {
	t.Parallel()
	at := func(d time.Duration) string { return monday.Add(d).Format("2006-01-02T15:04:05") }
	const exchange, sharePoint, aad = "Audit.Exchange", "Audit.SharePoint", "Audit.AzureActiveDirectory"
	c := serve(t, Config{
		Clock:    &fixedClock{monday},
		Tenants:  []TenantConfig{{People: 5, EventsPerDay: 200}},
		Scenario: Scenario{Disabled: []string{aad}},
	}).enter()
	other := "11111111-2222-4333-8444-555555555555"
	foreign := strings.ReplaceAll(c.feedURL("subscriptions/list"), c.tenant.ID+"/activity", other+"/activity")
	noGUID := strings.ReplaceAll(c.feedURL("subscriptions/list"), c.tenant.ID+"/activity", "contoso/activity")
	missing := c.s.tenants[c.tenant.ID].schedule.contentID(feedExchange, blobNormal, monday, 1<<30)
	for _, test := range []struct {
		name, method, url string
		status            int
		code              string
	}{
		{"an empty list", http.MethodGet, c.feedURL("subscriptions/list"), 200, ""},
		{"content without subscription", http.MethodGet, c.feedURL("subscriptions/content", "contentType", exchange), 400, "AF20022"},
		{"stop without subscription", http.MethodPost, c.feedURL("subscriptions/stop", "contentType", exchange), 400, "AF20022"},
		{"start", http.MethodPost, c.feedURL("subscriptions/start", "contentType", exchange), 200, ""},
		{"start again", http.MethodPost, c.feedURL("subscriptions/start", "contentType", "audit.exchange"), 400, "AF20024"},
		{"start without type", http.MethodPost, c.feedURL("subscriptions/start"), 400, "AF20001"},
		{"start of a bad type", http.MethodPost, c.feedURL("subscriptions/start", "contentType", "Audit.Teams"), 400, "AF20020"},
		{"content of a disabled feed", http.MethodGet, c.feedURL("subscriptions/content", "contentType", aad), 400, "AF20023"},
		{"content", http.MethodGet, c.feedURL("subscriptions/content", "contentType", exchange), 200, ""},
		{"content of a day", http.MethodGet, c.feedURL("subscriptions/content", "contentType", exchange, "startTime", at(-24*time.Hour), "endTime", at(0)), 200, ""},
		{"content in RFC 3339", http.MethodGet, c.feedURL("subscriptions/content", "contentType", exchange, "startTime", at(-time.Hour)+".123Z", "endTime", at(0)+"Z"), 200, ""},
		{"content by days", http.MethodGet, c.feedURL("subscriptions/content", "contentType", exchange, "startTime", "2026-11-22", "endTime", "2026-11-23"), 200, ""},
		{"a window of more than a day", http.MethodGet, c.feedURL("subscriptions/content", "contentType", exchange, "startTime", at(-25*time.Hour), "endTime", at(0)), 400, "AF20030"},
		{"half a window", http.MethodGet, c.feedURL("subscriptions/content", "contentType", exchange, "startTime", at(-time.Hour)), 400, "AF20030"},
		{"a window backwards", http.MethodGet, c.feedURL("subscriptions/content", "contentType", exchange, "startTime", at(0), "endTime", at(-time.Hour)), 400, "AF20055"},
		{"a window of over seven days ago", http.MethodGet, c.feedURL("subscriptions/content", "contentType", exchange, "startTime", at(-170*time.Hour), "endTime", at(-150*time.Hour)), 400, "AF20055"},
		{"a window within the tolerance", http.MethodGet, c.feedURL("subscriptions/content", "contentType", exchange, "startTime", at(-168*time.Hour-30*time.Minute), "endTime", at(-150*time.Hour)), 200, ""},
		{"no time", http.MethodGet, c.feedURL("subscriptions/content", "contentType", exchange, "startTime", "yesterday", "endTime", at(0)), 400, "AF20002"},
		{"a bad page", http.MethodGet, c.feedURL("subscriptions/content", "contentType", exchange, "nextPage", "x"), 400, "AF20031"},
		{"another tenant", http.MethodGet, foreign, 400, "AF20010"},
		{"a tenant that is no GUID", http.MethodGet, noGUID, 400, "AF20013"},
		{"a content id that is none", http.MethodGet, c.feedURL("audit/nonsense"), 400, "AF20052"},
		{"content that does not exist", http.MethodGet, c.feedURL("audit/" + missing), 404, "AF20050"},
		{"notifications", http.MethodGet, c.feedURL("subscriptions/notifications", "contentType", exchange), 200, ""},
		{"stop", http.MethodPost, c.feedURL("subscriptions/stop", "contentType", exchange), 200, ""},
		{"content when stopped", http.MethodGet, c.feedURL("subscriptions/content", "contentType", exchange), 400, "AF20022"},
		{"content never subscribed", http.MethodGet, c.feedURL("subscriptions/content", "contentType", sharePoint), 400, "AF20022"},
	} {
		body := c.must(test.method, test.url)
		if c.status != test.status || code(body) != test.code {
			t.Errorf("%s: answered %d %s, want %d %s", test.name, c.status, body, test.status, test.code)
		}
	}
	violated := map[string]bool{}
	for _, v := range c.s.Report().Violations {
		violated[v.Kind] = true
	}
	if !violated["subscription started twice within 15 minutes"] || !violated["token of another tenant"] {
		t.Errorf("the report does not tell what was done wrong: %v", violated)
	}
}

func TestWhatIsMissingOnTheTenantsSideIsSaid(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		tenant TenantConfig
		feed   string
		status int
		code   string
		text   string
	}{
		"no permission":     {TenantConfig{Roles: []string{}}, "Audit.Exchange", 401, "AF10001", "did not include the expected permission"},
		"no DLP permission": {TenantConfig{Roles: []string{roleRead}}, "DLP.All", 401, "AF10001", ""},
		"DLP alone lacks":   {TenantConfig{Roles: []string{roleRead}}, "Audit.Exchange", 200, "", ""},
		"auditing off":      {TenantConfig{AuditDisabled: true}, "Audit.Exchange", 400, "AF20012", "does not exist"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := serve(t, Config{Tenants: []TenantConfig{test.tenant}}).enter()
			body := c.must(http.MethodPost, c.feedURL("subscriptions/start", "contentType", test.feed))
			if c.status != test.status || code(body) != test.code || !strings.Contains(body, test.text) {
				t.Errorf("answered %d %s", c.status, body)
			}
		})
	}
}

func TestNextPageURIIsWhatTheWireShows(t *testing.T) {
	t.Parallel()
	c := serve(t, Config{Clock: &fixedClock{monday}, Scenario: Scenario{PageLimit: 3}, Tenants: []TenantConfig{{Subscribed: true}}}).enter()
	c.must(http.MethodGet, c.feedURL("subscriptions/content", "contentType", "Audit.General"))
	next := c.header.Get("NextPageUri")
	for _, want := range []string{"contenttype=Audit.General", "&endtime=", "&starttime=", "&nextpage=", "$na00"} {
		if !strings.Contains(next, want) {
			t.Errorf("%s has no %s", next, want)
		}
	}
	if strings.Contains(strings.ToLower(next), "publisheridentifier") {
		t.Errorf("%s carries a PublisherIdentifier", next)
	}
	var second []contentJSON
	if err := json.Unmarshal([]byte(c.must(http.MethodGet, next+"&PublisherIdentifier=x")), &second); err != nil || len(second) != 3 {
		t.Errorf("the second page: %v, %d items", err, len(second))
	}
	if date, err := http.ParseTime(c.header.Get("Date")); err != nil || !date.Equal(monday) {
		t.Errorf("the Date header says %s", c.header.Get("Date"))
	}
	c.must(http.MethodGet, next)
	found := false
	for _, v := range c.s.Report().Violations {
		found = found || v.Kind == "no PublisherIdentifier"
	}
	if !found {
		t.Error("a call without PublisherIdentifier went unnoticed")
	}
}

func TestATokenSentToAForeignHostIsNoticed(t *testing.T) {
	t.Parallel()
	c := serve(t, Config{}).enter()
	c.must(http.MethodGet, c.s.URLs().Login+"/api/v1.0/"+c.tenant.ID+"/activity/feed/audit/x")
	v := c.s.Report().Violations
	if len(v) != 1 || v[0].Kind != "bearer token sent to a foreign host" {
		t.Errorf("violations are %v", v)
	}
}

func TestContentOfAStoppedSpanIsNeverServed(t *testing.T) {
	t.Parallel()
	clock := &fixedClock{monday}
	c := serve(t, Config{Clock: clock, Tenants: []TenantConfig{{Live: true, People: 20, Backlog: time.Hour}}}).enter()
	const feed = "Audit.Exchange"
	c.must(http.MethodPost, c.feedURL("subscriptions/start", "contentType", feed))
	clock.at = monday.Add(time.Hour)
	c.must(http.MethodPost, c.feedURL("subscriptions/stop", "contentType", feed))
	clock.at = monday.Add(2 * time.Hour)
	c.must(http.MethodPost, c.feedURL("subscriptions/start", "contentType", feed))
	clock.at = monday.Add(3 * time.Hour)
	hours := [3]int{}
	list, err := c.window(feed, monday, clock.at)
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range list {
		at, err := time.Parse(time.RFC3339, b.ContentCreated)
		if err != nil {
			t.Fatal(err)
		}
		hours[int(at.Sub(monday)/time.Hour)]++
	}
	if hours[0] == 0 || hours[1] != 0 || hours[2] == 0 {
		t.Errorf("blobs by hour are %v, want none in the second", hours)
	}
	if w := c.s.Report().Tenants[0].Feeds[feedExchange].Withheld; len(w) == 0 || w[0].Reason != "subscription stopped" {
		t.Errorf("the report's withheld blobs are %v", w)
	}
}

func TestTheFirstBlobsWaitForTheDelay(t *testing.T) {
	t.Parallel()
	clock := &fixedClock{monday}
	c := serve(t, Config{Clock: clock, Scenario: Scenario{FirstBlobDelay: 12 * time.Hour}}).enter()
	c.must(http.MethodPost, c.feedURL("subscriptions/start", "contentType", "Audit.General"))
	if got := c.must(http.MethodGet, c.feedURL("subscriptions/content", "contentType", "Audit.General")); got != "[]" {
		t.Errorf("at once there is %s", got)
	}
	clock.at = monday.Add(13 * time.Hour)
	if got := c.must(http.MethodGet, c.feedURL("subscriptions/content", "contentType", "Audit.General")); got == "[]" {
		t.Error("after the delay there is nothing")
	}
}
