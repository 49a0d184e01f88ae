package sim

import (
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

const realEvents = "../../../shared/data/ual/real-half.ndjson.gz"

func TestRealRecordsAreServedByteForByte(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat(realEvents); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip("the real records are not on this machine:", err)
	}
	cfg, err := Command{EventFiles: []string{realEvents}, Scenario: "disorder"}.Config()
	if err != nil {
		t.Fatal(err)
	}
	cfg.Clock, cfg.Scenario.Quota = &fixedClock{monday}, -1
	c := serve(t, cfg).enter()
	if c.tenant.ID != "0873ee4d-d342-44f2-8961-74c442a2fad2" {
		t.Errorf("the tenant is %s", c.tenant.ID)
	}
	got := c.collect()
	same(t, got, wants(c.s, c.tenant.ID))
	lines := map[string]bool{}
	for _, raw := range cfg.Tenants[0].Events {
		lines[string(raw)] = true
	}
	for id, raw := range got {
		if !lines[string(raw)] {
			t.Fatalf("record %s is not as in the file", id)
		}
	}
	// Of the last twenty minutes some may be late: no more than a few.
	if len(got) < 2600 || len(lines) != 2671 {
		t.Errorf("%d of %d records were served", len(got), len(lines))
	}
}

func TestEventFilesMayBePlainOrCompressed(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	const first, second = `{"Id":"1", "OrganizationId":"AAAAAAAA-0000-4000-8000-000000000000"}`, `{"Id":"2","x":"\u00e9"}`
	plain, zipped := filepath.Join(dir, "a.ndjson"), filepath.Join(dir, "b.ndjson.gz")
	if err := os.WriteFile(plain, []byte(first+"\r\n\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var buf bytes.Buffer
	z := gzip.NewWriter(&buf)
	_, _ = z.Write([]byte(second))
	_ = z.Close()
	if err := os.WriteFile(zipped, buf.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	events, err := LoadEvents(plain, zipped)
	if err != nil || len(events) != 2 || string(events[0]) != first || string(events[1]) != second {
		t.Fatalf("read %q, %v", events, err)
	}
	if id := TenantOf(events); id != "aaaaaaaa-0000-4000-8000-000000000000" {
		t.Errorf("the tenant is %q", id)
	}
	if _, err := ReadEvents(strings.NewReader("{}\n{")); err == nil || !strings.Contains(err.Error(), "line 2") {
		t.Errorf("a broken line is %v", err)
	}
}

func TestTheClientConfigurationPointsAtTheServer(t *testing.T) {
	t.Parallel()
	cfg, err := Command{Speed: 60, Origin: monday, Secret: "s", People: 3}.Config()
	if err != nil {
		t.Fatal(err)
	}
	cfg.InMemory = true
	cfg.Tenants = append(cfg.Tenants, TenantConfig{Name: "fabrikam", People: 3, Unconnected: true})
	s, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := s.WriteClientConfig(&out, ClientConfig{DataDir: "d", SecretFile: func(id string) string { return id + ".secret" }, OperatorSecretFile: "operator.secret"}); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(out.String(), "fabrikam") {
		t.Errorf("the file declares the tenant that is to be connected in the browser:\n%s", &out)
	}
	for _, want := range []string{"data_dir: d", "login: " + s.URLs().Login, "client_secret_file: " + s.Tenants()[0].ID + ".secret", "client_id: " + s.Operator().ClientID, "client_secret_file: operator.secret", "speed: 60", "epoch: \"2026-11-23T14:00:00Z\"", "base: \""} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the file has no %q:\n%s", want, &out)
		}
	}
}

func TestScenariosCarryAMistakesName(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"trunkate: 0.5": "trunkate", "truncate: 2": "truncate", "unauthorised: [Audit.Teams]": "Audit.Teams",
		"quota: many": "many", "bursts: [{from: 1s, for: 1s, status: 200}]": "200",
	} {
		if _, err := ParseScenario([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
	for _, name := range Scenarios() {
		if sc, err := LoadScenario(name); err != nil || sc.About == "" || sc.Name != name {
			t.Errorf("%s: %+v %v", name, sc, err)
		}
	}
	if _, err := LoadScenario("nonsense"); err == nil || !strings.Contains(err.Error(), "everything") {
		t.Errorf("an unknown scenario is %v", err)
	}
}

func TestAServerInMemoryLivesUnderSynctest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := serve(t, Config{InMemory: true, Scenario: Scenario{Latency: 50 * time.Millisecond}, Tenants: []TenantConfig{{Live: true, People: 5, Backlog: time.Hour, Subscribed: true}}}).enter()
		began := time.Now()
		for range 48 {
			time.Sleep(30 * time.Minute)
			c.enter() // its token is an hour old by now
			c.must("GET", c.feedURL("subscriptions/content", "contentType", "Audit.Exchange"))
			if c.status != 200 {
				t.Fatalf("after %s answered %d", time.Since(began), c.status)
			}
		}
		if r := c.s.Report(); r.Requests["content"] != 48 || r.Tenants[0].Feeds[feedExchange].Events == 0 {
			t.Errorf("the report has %v", r.Requests)
		}
	})
}

func TestTheReportIsReadable(t *testing.T) {
	t.Parallel()
	c := serve(t, Config{Clock: &fixedClock{monday}, Tenants: []TenantConfig{{People: 5, EventsPerDay: 60}}}).enter()
	c.collect()
	text := c.must("GET", c.s.URLs().Management+"/sim/report?format=text")
	for _, want := range []string{"Tenant " + c.tenant.ID, "Audit.SharePoint", "attack: inbox rule", "requests: audit"} {
		if !strings.Contains(text, want) {
			t.Errorf("the text has no %q:\n%s", want, text)
		}
	}
	ids := strings.Fields(c.must("GET", c.s.URLs().Management+"/sim/events?ids=1&tenant="+c.tenant.ID))
	if len(ids) != len(wants(c.s, c.tenant.ID)) {
		t.Errorf("/sim/events lists %d events", len(ids))
	}
}
