package normalise_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/normalise"
)

// sharedData is the folder of records that nobody on the project wrote. It
// lies beside the repository, not in it.
const sharedData = "../../../shared/data/ual"

// readShared returns a file of the shared data, or skips the test where it
// cannot be. In CI it must be there.
func readShared(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(sharedData, name))
	if errors.Is(err, os.ErrNotExist) {
		if os.Getenv("CI") == "true" {
			t.Fatalf("the shared test data is absent: %v", err)
		}
		t.Skipf("the shared test data is absent: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	if filepath.Ext(name) != ".gz" {
		return b
	}
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	if b, err = io.ReadAll(z); err != nil {
		t.Fatal(err)
	}
	return b
}

// realRecords returns the real tenant's records.
func realRecords(t testing.TB) [][]byte {
	t.Helper()
	var records [][]byte
	lines := bufio.NewScanner(bytes.NewReader(readShared(t, "real-half.ndjson.gz")))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		records = append(records, bytes.Clone(lines.Bytes()))
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return records
}

// asArray joins records as a content blob does.
func asArray(records [][]byte) []byte {
	b := append([]byte{'['}, bytes.Join(records, []byte(","))...)
	return append(b, ']')
}

var wantTable = map[string]nightjar.Table{
	"AzureActiveDirectory":     nightjar.TableAzureAD,
	"Exchange":                 nightjar.TableExchange,
	"SharePoint":               nightjar.TableSharePoint,
	"OneDrive":                 nightjar.TableOneDrive,
	"SecurityComplianceCenter": nightjar.TableGeneral,
	"SkypeForBusiness":         nightjar.TableGeneral,
	"ThreatIntelligence":       nightjar.TableGeneral,
	"Aip":                      nightjar.TableGeneral,
}

func TestRealRecordsKeepEverything(t *testing.T) {
	t.Parallel()
	records := realRecords(t)
	d := normalise.NewArrayDecoder(bytes.NewReader(asArray(records)), normalise.ArrayOptions{})
	for i, record := range records {
		raw, err := d.Next()
		if err != nil {
			t.Fatal(err)
		}
		e, err := normalise.Record(raw, normalise.Origin{
			Tenant: "0873ee4d-d342-44f2-8961-74c442a2fad2", Feed: nightjar.FeedGeneral, ContentID: "c", Index: i,
		})
		if err != nil {
			t.Fatalf("record %d: %v", i, err)
		}
		if !bytes.Equal(e.Raw, record) {
			t.Fatalf("record %d: raw differs:\n%s\n%s", i, e.Raw, record)
		}
		checkAgainstJSON(t, record, e)
	}
	if _, err := d.Next(); !errors.Is(err, io.EOF) {
		t.Fatalf("after the last record: %v", err)
	}
	if len(records) != 2671 {
		t.Errorf("%d records, want 2671", len(records))
	}
}

func TestMicrosoftExamplesKeepEverything(t *testing.T) {
	t.Parallel()
	n := 0
	for line := range bytes.Lines(readShared(t, "microsoft-docs.ndjson")) {
		var example struct{ Event json.RawMessage }
		if err := json.Unmarshal(line, &example); err != nil {
			t.Fatal(err)
		}
		e, err := normalise.Record(example.Event, normalise.Origin{Feed: nightjar.FeedGeneral})
		if err != nil {
			t.Fatal(err)
		}
		checkAgainstJSON(t, example.Event, e)
		n++
	}
	if n != 11 {
		t.Errorf("%d examples, want 11", n)
	}
}

// checkAgainstJSON compares the columns with what encoding/json finds in the record.
func checkAgainstJSON(t *testing.T, record []byte, e nightjar.Event) {
	t.Helper()
	var r map[string]any
	if err := json.Unmarshal(record, &r); err != nil {
		t.Fatal(err)
	}
	str := func(name string) string { s, _ := r[name].(string); return s }
	at, err := time.Parse("2006-01-02T15:04:05", str("CreationTime"))
	if err != nil {
		t.Fatal(err)
	}
	if !e.Time.Equal(at) {
		t.Errorf("%s: time %v, want %v", e.ID, e.Time, at)
	}
	if e.Table != wantTable[str("Workload")] {
		t.Errorf("%s: table %s of workload %s", e.ID, e.Table, str("Workload"))
	}
	if float64(e.RecordType) != r["RecordType"] || float64(e.UserType) != r["UserType"] {
		t.Errorf("%s: record type %d, user type %d", e.ID, e.RecordType, e.UserType)
	}
	for name, got := range map[string]string{
		"Id": e.ID, "Operation": e.Operation, "Workload": e.Workload, "UserId": e.UserID, "UserKey": e.UserKey,
	} {
		if got != str(name) {
			t.Errorf("%s: %s is %q, want %q", e.ID, name, got, str(name))
		}
	}
	if str("ResultStatus") != "" && e.Result != str("ResultStatus") {
		t.Errorf("%s: result %q, want %q", e.ID, e.Result, str("ResultStatus"))
	}
	if str("ObjectId") != "" && e.ObjectID != str("ObjectId") {
		t.Errorf("%s: object %q, want %q", e.ID, e.ObjectID, str("ObjectId"))
	}
	checkAddress(t, e, str)
	checkBags(t, e, r)
}

func checkAddress(t *testing.T, e nightjar.Event, str func(string) string) {
	t.Helper()
	for _, name := range []string{"ClientIPAddress", "ClientIP", "ActorIpAddress"} {
		if str(name) == "" {
			continue
		}
		want, err := netip.ParseAddr(str(name))
		if err != nil {
			withPort, err := netip.ParseAddrPort(str(name))
			if err != nil {
				t.Errorf("%s: %s %q is in a shape that this test does not know", e.ID, name, str(name))
			}
			want = withPort.Addr()
			if e.ClientPort != withPort.Port() {
				t.Errorf("%s: port %d of %q", e.ID, e.ClientPort, str(name))
			}
		}
		if e.ClientIP != want.Unmap() {
			t.Errorf("%s: address %v, want %v", e.ID, e.ClientIP, want)
		}
		return
	}
	if e.ClientIP.IsValid() {
		t.Errorf("%s: address %v of a record that has none", e.ID, e.ClientIP)
	}
}

// checkBags looks for each name and value of each bag in the folded fields.
func checkBags(t *testing.T, e nightjar.Event, r map[string]any) {
	t.Helper()
	folded := map[string]any{}
	if e.Fields != "" {
		if err := json.Unmarshal([]byte(e.Fields), &folded); err != nil {
			t.Fatalf("%s: fields are not JSON: %v\n%s", e.ID, err, e.Fields)
		}
	}
	for _, bag := range []string{"Parameters", "ExtendedProperties", "ModifiedProperties", "OperationProperties", "DeviceProperties"} {
		list, _ := r[bag].([]any)
		for _, element := range list {
			property, ok := element.(map[string]any)
			if !ok {
				continue // a list of strings stays one
			}
			name := property["Name"].(string)
			got, found := folded[bag].(map[string]any)[name]
			if !found {
				t.Errorf("%s: %s.%s is not in fields", e.ID, bag, name)
				continue
			}
			want := property["Value"]
			if _, simple := property["Value"]; !simple {
				delete(property, "Name")
				want = property
			}
			if mustJSON(t, got) != mustJSON(t, want) {
				t.Errorf("%s: %s.%s is %v, want %v", e.ID, bag, name, got, want)
			}
		}
	}
}

func mustJSON(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
