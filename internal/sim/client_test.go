package sim

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// fixedClock is a clock that tests set.
type fixedClock struct{ at time.Time }

func (c *fixedClock) Now() time.Time { return c.at }

// monday is a time in a working week.
var monday = time.Date(2026, 11, 23, 14, 0, 0, 0, time.UTC)

// client is a plain client of one simulated tenant, written against
// Microsoft's pages and not against any product.
type client struct {
	t      *testing.T
	s      *Server
	http   *http.Client
	tenant TenantConfig
	token  string
	status int
	header http.Header
}

// serve runs a server until the test ends and returns a client of its first tenant.
func serve(t *testing.T, cfg Config) *client {
	t.Helper()
	s, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	c := &client{t: t, s: s, http: httpClient(s), tenant: s.Tenants()[0]}
	t.Cleanup(func() {
		c.http.CloseIdleConnections()
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return c
}

func httpClient(s *Server) *http.Client {
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(s.CA())
	tr := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, ForceAttemptHTTP2: true}
	if len(s.memory) > 0 {
		tr.DialContext = s.DialContext
	}
	return &http.Client{Transport: tr}
}

// do sends a request and returns the body.
func (c *client) do(method, target, body string) (string, error) {
	req, err := http.NewRequestWithContext(c.t.Context(), method, target, strings.NewReader(body))
	if err != nil {
		return "", err
	}
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	c.status, c.header = resp.StatusCode, resp.Header
	data, err := io.ReadAll(resp.Body)
	return string(data), err
}

func (c *client) must(method, target string) string {
	c.t.Helper()
	body, err := c.do(method, target, "")
	if err != nil {
		c.t.Fatal(err)
	}
	return body
}

// signIn asks for a token with form values and returns the answer.
func (c *client) signIn(form url.Values) map[string]any {
	c.t.Helper()
	resp, err := c.http.PostForm(c.s.URLs().Login+"/"+c.tenant.ID+"/oauth2/v2.0/token", form)
	if err != nil {
		c.t.Fatal(err)
	}
	defer resp.Body.Close()
	c.status = resp.StatusCode
	var answer map[string]any
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		c.t.Fatal(err)
	}
	return answer
}

func (c *client) secretForm() url.Values {
	return url.Values{
		"grant_type": {"client_credentials"}, "client_id": {c.tenant.ClientID}, "client_secret": {c.tenant.Secrets[0].Value},
		"scope": {c.s.URLs().Management + "/.default"},
	}
}

// enter gets a token with the tenant's first secret.
func (c *client) enter() *client {
	c.t.Helper()
	for range 20 {
		resp, err := c.http.PostForm(c.s.URLs().Login+"/"+c.tenant.ID+"/oauth2/v2.0/token", c.secretForm())
		if err != nil {
			c.t.Fatal(err)
		}
		var answer struct {
			Token string `json:"access_token"`
		}
		err = json.NewDecoder(resp.Body).Decode(&answer)
		resp.Body.Close()
		if err == nil && answer.Token != "" {
			c.token = answer.Token
			return c
		}
	}
	c.t.Fatal("no token in 20 tries")
	return nil
}

// feedURL is an operation's address with a PublisherIdentifier.
func (c *client) feedURL(operation string, q ...string) string {
	u := c.s.URLs().Management + "/api/v1.0/" + c.tenant.ID + "/activity/feed/" + operation + "?PublisherIdentifier=" + c.tenant.ID
	for i := 0; i+1 < len(q); i += 2 {
		u += "&" + q[i] + "=" + url.QueryEscape(q[i+1])
	}
	return u
}

// code extracts an AF code from an answer.
func code(body string) string {
	var e struct {
		Error struct {
			Code string `json:"code"`
		} `json:"error"`
	}
	if strings.HasPrefix(body, "{'") {
		body = strings.ReplaceAll(body, "'", `"`)
	}
	_ = json.Unmarshal([]byte(body), &e)
	return e.Error.Code
}

// window lists all pages of a window, trying again after passing faults.
func (c *client) window(feed string, from, to time.Time) ([]contentJSON, error) {
	next := c.feedURL("subscriptions/content", "contentType", feed, "startTime", from.Format("2006-01-02T15:04:05"), "endTime", to.Format("2006-01-02T15:04:05"))
	var all []contentJSON
	for tries := 0; next != ""; {
		body, err := c.do(http.MethodGet, next, "")
		if err == nil && c.status == http.StatusOK {
			var page []contentJSON
			if err := json.Unmarshal([]byte(body), &page); err != nil {
				return nil, fmt.Errorf("a page is not JSON: %w", err)
			}
			all = append(all, page...)
			next = c.header.Get("NextPageUri")
			if next != "" && !strings.HasPrefix(next, c.s.URLs().Management) {
				return c.window(feed, from, to) // a foreign page: begin again
			}
			if next != "" {
				next += "&PublisherIdentifier=" + c.tenant.ID
			}
			continue
		}
		if a := code(body); a == "AF10001" || a == "AF20022" || a == "AF20023" {
			return nil, errPark
		}
		if tries++; tries > 60 {
			return nil, fmt.Errorf("listing gave up: %d %s %w", c.status, body, err)
		}
	}
	return all, nil
}

var errPark = fmt.Errorf("the feed is not to be had")

// blob fetches a blob until it is had, or refused for good.
func (c *client) blob(uri string) (events []json.RawMessage, refused string) {
	for range 60 {
		body, err := c.do(http.MethodGet, uri+"?PublisherIdentifier="+c.tenant.ID, "")
		if err == nil && c.status == http.StatusOK {
			if err := json.Unmarshal([]byte(body), &events); err == nil {
				return events, ""
			}
			refused = "not JSON"
			continue
		}
		if a := code(body); a == "AF20050" || a == "AF20051" || a == "AF20052" || a == "AF10001" {
			return nil, a
		}
		refused = fmt.Sprint(c.status, " ", err)
	}
	return nil, refused
}

// collect fetches all that there is and returns the events by Id.
func (c *client) collect() map[string][]byte {
	c.t.Helper()
	got := map[string][]byte{}
	now := c.s.Now()
	for _, feed := range Feeds() {
		for tries := 0; ; tries++ {
			body, err := c.do(http.MethodPost, c.feedURL("subscriptions/start", "contentType", feed), "")
			if err == nil && (c.status == http.StatusOK || code(body) == "AF20024" || code(body) == "AF10001") {
				break
			}
			if tries > 60 {
				c.t.Fatalf("start %s: %v %d %s", feed, err, c.status, body)
			}
		}
		for day := range 7 {
			to := now.Add(-time.Duration(day) * 24 * time.Hour).Add(time.Minute).Truncate(time.Second)
			list, err := c.window(feed, to.Add(-24*time.Hour), to)
			if errors.Is(err, errPark) {
				break
			}
			if err != nil {
				c.t.Fatal(err)
			}
			seen := map[string]bool{}
			for _, item := range list {
				if seen[item.ContentID] || !strings.HasPrefix(item.ContentURI, c.s.URLs().Management) {
					continue
				}
				seen[item.ContentID] = true
				events, _ := c.blob(item.ContentURI)
				for _, raw := range events {
					h := readHead(raw)
					if h.Tenant == c.tenant.ID {
						got[h.ID] = raw
					}
				}
			}
		}
	}
	return got
}

// wants returns the Ids that a perfect client holds.
func wants(s *Server, tenant string) map[string][]byte {
	want := map[string][]byte{}
	for e := range s.Events(tenant) {
		if e.Expected {
			want[e.ID] = append([]byte(nil), e.Raw...)
		}
	}
	return want
}

// same fails the test unless two sets of events are equal, bytes included.
func same(t *testing.T, got, want map[string][]byte) {
	t.Helper()
	lost, extra, changed := 0, 0, 0
	for id, raw := range want {
		switch g, ok := got[id]; {
		case !ok:
			lost++
		case string(g) != string(raw):
			changed++
		}
	}
	for id := range got {
		if _, ok := want[id]; !ok {
			extra++
		}
	}
	if lost+extra+changed > 0 {
		t.Errorf("of %d events %d are lost, %d changed, and %d are there that should not", len(want), lost, changed, extra)
	}
}
