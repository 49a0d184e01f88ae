package normalise_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/normalise"
)

var update = flag.Bool("update", false, "rewrite testdata/golden/*/want.json")

// golden is an event as want.json shows it: what a query sees, without raw.
type golden struct {
	ID, Table, Time     string
	RecordType          int32
	Operation, Workload string
	UserID, UserKey     string
	UserType            int32
	ClientIP            string
	ClientPort          uint16
	ObjectID, Result    string
	AppID, SessionID    string
	UserAgent           string
	Fields              json.RawMessage `json:",omitempty"`
}

func goldenOf(e nightjar.Event) golden {
	g := golden{
		ID: e.ID, Table: string(e.Table), Time: e.Time.Format(time.RFC3339Nano), RecordType: e.RecordType,
		Operation: e.Operation, Workload: e.Workload, UserID: e.UserID, UserKey: e.UserKey, UserType: e.UserType,
		ClientPort: e.ClientPort, ObjectID: e.ObjectID, Result: e.Result, AppID: e.AppID, SessionID: e.SessionID,
		UserAgent: e.UserAgent,
	}
	if e.Fields != "" {
		g.Fields = json.RawMessage(e.Fields)
	}
	if e.ClientIP.IsValid() {
		g.ClientIP = e.ClientIP.String()
	}
	return g
}

// TestGolden reads each folder of testdata/golden: input.json is a record,
// want.json the event that comes of it, and feed, where it exists, the feed
// that it came through instead of Audit.General.
func TestGolden(t *testing.T) {
	t.Parallel()
	inputs, err := filepath.Glob("testdata/golden/*/input.json")
	if err != nil || len(inputs) == 0 {
		t.Fatalf("%d inputs, %v", len(inputs), err)
	}
	for _, input := range inputs {
		dir := filepath.Dir(input)
		t.Run(filepath.Base(dir), func(t *testing.T) {
			t.Parallel()
			raw, err := os.ReadFile(input)
			if err != nil {
				t.Fatal(err)
			}
			raw = bytes.TrimSuffix(raw, []byte("\n"))
			feed := nightjar.FeedGeneral
			if b, err := os.ReadFile(filepath.Join(dir, "feed")); err == nil {
				feed = nightjar.Feed(strings.TrimSpace(string(b)))
			}
			e, err := normalise.Record(raw, normalise.Origin{
				Tenant: "11111111-2222-4333-8444-555555555555", Feed: feed, ContentID: "blob$1", Index: 3,
				ContentCreated: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC),
			})
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(e.Raw, raw) {
				t.Errorf("raw is %s", e.Raw)
			}
			var got bytes.Buffer
			encoder := json.NewEncoder(&got)
			encoder.SetEscapeHTML(false)
			encoder.SetIndent("", "\t")
			if err := encoder.Encode(goldenOf(e)); err != nil {
				t.Fatal(err)
			}
			wantFile := filepath.Join(dir, "want.json")
			if *update {
				if err := os.WriteFile(wantFile, got.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(wantFile)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got.Bytes(), want) {
				t.Errorf("got:\n%s\nwant:\n%s", got.Bytes(), want)
			}
		})
	}
}
