package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nightjar-sec/nightjar"
)

const tenantID = "11111111-2222-3333-4444-555555555555"

// write puts text into a configuration file and returns its path.
func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "nightjar.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestTheStrongestSourceWins(t *testing.T) {
	t.Parallel()
	file := write(t, "query:\n  rows: 10\n  timeout: 5s\nlog: {level: debug}\n")
	env := map[string]string{"NIGHTJAR_QUERY_ROWS": "20", "NIGHTJAR_QUERY_TIMEOUT": "7s"}
	c, err := Load(Sources{
		File:  file,
		Env:   func(k string) (string, bool) { v, ok := env[k]; return v, ok },
		Flags: map[string]string{"query.rows": "30"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if c.Query.Rows != 30 || c.Query.Timeout != 7*time.Second || c.Log.Level != "debug" || c.Query.Memory != 512<<20 {
		t.Errorf("got rows %d, timeout %s, level %s, memory %d", c.Query.Rows, c.Query.Timeout, c.Log.Level, c.Query.Memory)
	}
	for key, want := range map[string]Origin{
		"query.rows":    {FromFlag, "--query-rows"},
		"query.timeout": {FromEnvironment, "NIGHTJAR_QUERY_TIMEOUT"},
		"log.level":     {FromFile, file + ":4"},
		"query.memory":  {FromDefault, ""},
	} {
		if got := c.Origin(key); got != want {
			t.Errorf("origin of %s is %v, want %v", key, got, want)
		}
	}
}

func TestWrongFilesAreRefusedWithLineAndRemedy(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		file, message, hint string
	}{
		"a misspelt key names the nearest": {
			"data_dir: x\ndata_dri: y\n", ":2: unknown key \"data_dri\"", "did you mean \"data_dir\"?",
		},
		"a misspelt key in a section": {
			"collect:\n  overlab: 2h\n", ":2: unknown key \"collect.overlab\"", "did you mean \"collect.overlap\"?",
		},
		"a section of another's key": {
			"query: 12\n", ":1: query is a section, not a value", "indented",
		},
		"a key given twice": {
			"listen: :1\nlisten: :2\n", ":2: listen stands a second time; the first is on line 1", "keep one",
		},
		"a duration without a unit": {
			"collect: {overlap: 90}\n", "\"90\" is not a duration such as 90s, 12h or 7d", "",
		},
		"a value out of range": {
			"collect: {concurrency: 0}\n", "collect.concurrency is 0", "the least is 1",
		},
		"a tenant without credential": {
			"tenants:\n- {name: a, id: " + tenantID + ", client_id: " + tenantID + "}\n", ":2: tenant a: no credential", "client_secret_file",
		},
		"two tenants of one id": {
			"tenants:\n- {name: a, id: " + tenantID + ", client_id: " + tenantID + ", client_secret_file: s}\n" +
				"- {name: b, id: " + tenantID + ", client_id: " + tenantID + ", client_secret_file: s}\n",
			":3: tenant b: the id is declared already on line 2", "one connection per tenant id",
		},
		"a misspelt feed": {
			"tenants:\n- {name: a, id: " + tenantID + ", client_id: " + tenantID + ", client_secret_file: s, feeds: [Audit.Exchagne]}\n",
			"unknown feed \"Audit.Exchagne\"", "did you mean \"Audit.Exchange\"?",
		},
		"an unknown cloud": {
			"tenants:\n- {name: a, id: " + tenantID + ", client_id: " + tenantID + ", client_secret_file: s, cloud: moon}\n",
			"unknown cloud \"moon\"", "clouds",
		},
		"a cloud over plain http": {
			"clouds: {lab: {login: 'http://a', management: 'https://b', graph: 'https://c'}}\n", "\"http://a\" is not an https URL", "https://",
		},
		"two documents":     {"listen: ':1'\n---\nlisten: ':2'\n", "more than one YAML document", "---"},
		"not YAML":          {"a: [", "did not find expected node content", "YAML"},
		"a list for a file": {"- a\n", "not a list of key: value lines", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := Load(Sources{File: write(t, test.file)})
			if nightjar.CodeOf(err) != nightjar.CodeInvalid || !strings.Contains(err.Error(), test.message) {
				t.Fatalf("got %q (%s), want %q", err, nightjar.CodeOf(err), test.message)
			}
			if !strings.Contains(nightjar.HintOf(err), test.hint) {
				t.Errorf("the hint %q lacks %q", nightjar.HintOf(err), test.hint)
			}
		})
	}
}

func TestEverythingWrongIsSaidAtOnce(t *testing.T) {
	t.Parallel()
	_, err := Load(Sources{File: write(t, "lisen: ':1'\nlog: {levl: info}\n")})
	if err == nil || !strings.Contains(err.Error(), "lisen") || !strings.Contains(err.Error(), "log.levl") {
		t.Errorf("got %v, want both keys named", err)
	}
}

func TestPathsInTheFileAreRelativeToIt(t *testing.T) {
	t.Parallel()
	file := write(t, "key_file: keys/kek\n")
	c, err := Load(Sources{File: file, Flags: map[string]string{"webhook.auth_id_file": "here"}})
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Dir(file)
	if c.KeyFile != filepath.Join(dir, "keys/kek") || c.DataDir != filepath.Join(dir, "data") || c.Webhook.AuthIDFile != "here" {
		t.Errorf("got %q, %q, %q", c.KeyFile, c.DataDir, c.Webhook.AuthIDFile)
	}
}

func TestTenantsAndTheirFeeds(t *testing.T) {
	t.Parallel()
	c, err := Load(Sources{File: write(t, `
tenants:
- name: listed
  id: `+tenantID+`
  client_id: `+tenantID+`
  client_secret_file: s
  feeds: [audit.exchange]
  start: 2026-11-01
- name: mapped
  id: 22222222-2222-3333-4444-555555555555
  client_id: `+tenantID+`
  federated_token_file: /run/token
  feeds:
    DLP.All: {enabled: false}
    Audit.General:
      tag: noise
      dedupe_bytes: 1MiB
      filter: {drop_record_types: [15, 8], drop_operations: [FileAccessed]}
`)})
	if err != nil {
		t.Fatal(err)
	}
	listed, mapped := c.Tenants[0], c.Tenants[1]
	if listed.Feeds[nightjar.FeedExchange].Off || !listed.Feeds[nightjar.FeedDLP].Off {
		t.Errorf("a list turns on what it names and off the rest: %v", listed.Feeds)
	}
	if !listed.Start.Equal(time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("start is %s", listed.Start)
	}
	general := mapped.Feeds[nightjar.FeedGeneral]
	if !mapped.Feeds[nightjar.FeedDLP].Off || mapped.Feeds[nightjar.FeedExchange].Off ||
		general.Tag != "noise" || general.DedupeBytes != 1<<20 || len(general.Filter.DropRecordTypes) != 2 || general.Filter.DropOperations[0] != "FileAccessed" {
		t.Errorf("got %+v", mapped.Feeds)
	}
}

func TestSecretsAreNotShown(t *testing.T) {
	t.Parallel()
	c, err := Load(Sources{Flags: map[string]string{"proxy": "http://user:hunter2@proxy:3128"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range c.Settings() {
		if strings.Contains(s.Value, "hunter2") {
			t.Errorf("%s shows the password", s.Key)
		}
	}
	_, err = Load(Sources{Flags: map[string]string{"proxy": "gopher://user:hunter2@proxy"}})
	if err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("got %v, want an error without the password", err)
	}
}
