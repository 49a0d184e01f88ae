package normalise_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/normalise"
)

const tenant nightjar.TenantID = "11111111-2222-4333-8444-555555555555"

// record normalises one that must not fail.
func record(t *testing.T, raw string) nightjar.Event {
	t.Helper()
	e, err := normalise.Record([]byte(raw), normalise.Origin{Tenant: tenant, Feed: nightjar.FeedGeneral})
	if err != nil {
		t.Fatalf("%s: %v", raw, err)
	}
	return e
}

func TestRecordRefusesAnotherTenantsRecord(t *testing.T) {
	t.Parallel()
	for org, want := range map[string]bool{
		`"99999999-2222-4333-8444-555555555555"`:   true,
		`"{99999999-2222-4333-8444-555555555555}"`: true,
		`"11111111-2222-4333-8444-555555555555"`:   false,
		`"11111111-2222-4333-8444-555555555555 "`:  false,
		`"{11111111-2222-4333-8444-555555555555}"`: false,
		`"00000000-0000-0000-0000-000000000000"`:   false,
		`"contoso.onmicrosoft.com"`:                false,
		`""`:                                       false,
		`null`:                                     false,
		`{}`:                                       false,
	} {
		_, err := normalise.Record([]byte(`{"OrganizationId":`+org+`}`), normalise.Origin{Tenant: tenant})
		if errors.Is(err, normalise.ErrWrongTenant) != want {
			t.Errorf("organization %s: %v", org, err)
		}
	}
	upper := `{"OrganizationId":"ABCDEF00-2222-4333-8444-555555555555"}`
	if _, err := normalise.Record([]byte(upper), normalise.Origin{Tenant: "abcdef00-2222-4333-8444-555555555555"}); err != nil {
		t.Errorf("the tenant in capitals: %v", err)
	}
}

func TestRecordRefusesWhatIsNoObject(t *testing.T) {
	t.Parallel()
	deep := `{"a":` + strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000) + `}`
	for _, raw := range []string{
		"", " ", "null", "[]", `"x"`, "1", "{", `{"a"`, `{"a":`, `{"a":1`, `{"a":1,`, `{"a":1,}`, `{"a":1]`, `{"a" 1}`, `{a:1}`, `{"a":tru}`, `{"a":01}`,
		`{} {}`, `{}x`, `{"a":1}}`, "{\"a\":\"\n\"}", `{"Parameters":[}`, deep,
	} {
		if _, err := normalise.Record([]byte(raw), normalise.Origin{}); nightjar.CodeOf(err) != nightjar.CodeCorrupt {
			t.Errorf("%.40q: %v, want a corrupt error", raw, err)
		}
	}
}

func TestRecordKeepsItsOwnBytes(t *testing.T) {
	t.Parallel()
	raw := []byte(`{ "Id" : "abc", "Operation":"x\/y", "Parameters":[{"Name":"a","Value":"b"}]}`)
	want := string(raw)
	e, err := normalise.Record(raw, normalise.Origin{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range raw {
		raw[i] = '#'
	}
	if string(e.Raw) != want || e.ID != "abc" || e.Operation != "x/y" || e.Fields != `{"Parameters":{"a":"b"}}` {
		t.Errorf("the event changed with the buffer it was read from: %+v", e)
	}
}

func TestRecordReadsTimes(t *testing.T) {
	t.Parallel()
	available := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	for in, want := range map[string]string{
		"2026-03-02T08:15:30":           "2026-03-02T08:15:30Z",
		"2026-03-02T08:15:30Z":          "2026-03-02T08:15:30Z",
		"2026-03-02T08:15:30.5":         "2026-03-02T08:15:30.5Z",
		"2026-03-02T08:15:30.1234567Z":  "2026-03-02T08:15:30.123456Z",
		"2026-03-02T08:15:30+02:00":     "2026-03-02T06:15:30Z",
		"2026-03-02T08:15:30.25+0200":   "2026-03-02T06:15:30.25Z",
		"2026-03-02 08:15:30":           "2026-03-02T08:15:30Z",
		"2026-03-02T08:15":              "2026-03-02T08:15:00Z",
		"2024-02-29T00:00:00":           "2024-02-29T00:00:00Z",
		"0001-01-01T00:00:00":           "2026-03-02T09:00:00Z",
		"2026-02-29T00:00:00":           "2026-03-02T09:00:00Z",
		"2026-13-01T00:00:00":           "2026-03-02T09:00:00Z",
		"2026-03-02T24:00:00":           "2026-03-02T09:00:00Z",
		"2026-03-0xT08:15:30":           "2026-03-02T09:00:00Z",
		"yesterday":                     "2026-03-02T09:00:00Z",
		"":                              "2026-03-02T09:00:00Z",
		strings.Repeat("2026-03-02", 9): "2026-03-02T09:00:00Z",
	} {
		e, err := normalise.Record(fmt.Appendf(nil, `{"CreationTime":%q}`, in), normalise.Origin{ContentCreated: available})
		if err != nil {
			t.Fatal(err)
		}
		if got := e.Time.Format(time.RFC3339Nano); got != want {
			t.Errorf("%q: %s, want %s", in, got, want)
		}
	}
	e, err := normalise.Record([]byte(`{}`), normalise.Origin{Ingested: available})
	if err != nil || !e.Time.Equal(available) {
		t.Errorf("without any other time: %v, %v, want when it was ingested", e.Time, err)
	}
}

func TestRecordReadsNumbersInAnyForm(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]int32{
		`15`: 15, `"15"`: 15, `-1`: -1, `"-1"`: -1, `463`: 463,
		`1.5`: 0, `99999999999`: 0, `"x"`: 0, `null`: 0, `[15]`: 0, `true`: 0, `""`: 0,
	} {
		if e := record(t, `{"RecordType":`+in+`}`); e.RecordType != want {
			t.Errorf("record type %s is %d, want %d", in, e.RecordType, want)
		}
	}
	for in, want := range map[string]int32{`3`: 3, `"3"`: 3, `"Admin"`: 2, `"dcadmin"`: 3, `"Guest"`: 10, `"Robot"`: 0, `null`: 0} {
		if e := record(t, `{"UserType":`+in+`}`); e.UserType != want {
			t.Errorf("user type %s is %d, want %d", in, e.UserType, want)
		}
	}
}

func TestRecordTakesTheFirstAddressThatCanBeRead(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		`{"ActorIpAddress":"192.0.2.3","ClientIP":"192.0.2.2","ClientIPAddress":"192.0.2.1"}`: "192.0.2.1",
		`{"ActorIpAddress":"192.0.2.3","ClientIP":"192.0.2.2","ClientIPAddress":""}`:          "192.0.2.2",
		`{"ActorIpAddress":"192.0.2.3","ClientIP":null}`:                                      "192.0.2.3",
		`{"ClientIP":"192.0.2.2:7","ClientIPAddress":"NOTANIPV4 (10.9000.0.1)"}`:              "192.0.2.2",
		`{"ClientIP":"localhost","ActorIP":"2001:db8::1"}`:                                    "2001:db8::1",
		`{"ClientIP":"192.0.2.2, 192.0.2.3"}`:                                                 "invalid IP",
		`{"ClientIP":["192.0.2.2"]}`:                                                          "invalid IP",
		`{}`:                                                                                  "invalid IP",
		`{"ClientIP":"\u0031\u0039\u0032.0.2.9"}`:                                             "192.0.2.9",
		`{"AppAccessContext":{"ClientIP":"192.0.2.8"},"Parameters":[{"Name":"ClientIP","Value":"192.0.2.8"}]}`: "invalid IP",
	} {
		if e := record(t, raw); e.ClientIP.String() != want {
			t.Errorf("%s: %v, want %s", raw, e.ClientIP, want)
		}
	}
}

func TestRecordRoutes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		workload   string
		recordType int
		feed       nightjar.Feed
		want       nightjar.Table
	}{
		{"AzureActiveDirectory", 15, nightjar.FeedAzureActiveDirectory, nightjar.TableAzureAD},
		{"Exchange", 2, nightjar.FeedExchange, nightjar.TableExchange},
		{"SharePoint", 6, nightjar.FeedSharePoint, nightjar.TableSharePoint},
		{"OneDrive", 6, nightjar.FeedSharePoint, nightjar.TableOneDrive},
		{"MicrosoftTeams", 25, nightjar.FeedGeneral, nightjar.TableTeams},
		{"PowerBI", 20, nightjar.FeedGeneral, nightjar.TableGeneral},
		// The workload outweighs the record type, and that the feed.
		{"Exchange", 6, nightjar.FeedGeneral, nightjar.TableExchange},
		{"SecurityComplianceCenter", 18, nightjar.FeedExchange, nightjar.TableGeneral},
		{"Brandnew", 25, nightjar.FeedExchange, nightjar.TableTeams},
		{"", 7, nightjar.FeedGeneral, nightjar.TableOneDrive},
		{"", 8, nightjar.FeedGeneral, nightjar.TableAzureAD},
		{"Brandnew", 9001, nightjar.FeedExchange, nightjar.TableExchange},
		{"Brandnew", 9001, nightjar.FeedAzureActiveDirectory, nightjar.TableAzureAD},
		{"Brandnew", 9001, nightjar.FeedSharePoint, nightjar.TableSharePoint},
		{"Brandnew", 9001, nightjar.FeedGeneral, nightjar.TableGeneral},
		{"", 0, "", nightjar.TableGeneral},
		{"onedrive", 0, nightjar.FeedSharePoint, nightjar.TableOneDrive},
		// DLP records name the workload where the content was.
		{"Exchange", 13, nightjar.FeedDLP, nightjar.TableDLP},
		{"SharePoint", 11, nightjar.FeedGeneral, nightjar.TableDLP},
		{"OneDrive", 9001, nightjar.FeedDLP, nightjar.TableDLP},
		{"Endpoint", 63, nightjar.FeedGeneral, nightjar.TableDLP},
	} {
		raw := fmt.Appendf(nil, `{"Workload":%q,"RecordType":%d}`, c.workload, c.recordType)
		e, err := normalise.Record(raw, normalise.Origin{Feed: c.feed})
		if err != nil {
			t.Fatal(err)
		}
		if e.Table != c.want {
			t.Errorf("%s of %s goes to %s, want %s", raw, c.feed, e.Table, c.want)
		}
	}
}

func TestRecordFoldsAHugeBagInReasonableTime(t *testing.T) {
	t.Parallel()
	const n = 200_000
	var raw bytes.Buffer
	raw.WriteString(`{"Parameters":[{"Name":"same","Value":0}`)
	for i := range n {
		fmt.Fprintf(&raw, `,{"Name":"n%d","Value":%d},{"Name":"same","Value":1}`, i, i)
	}
	raw.WriteString(`]}`)
	e := record(t, raw.String())
	var got struct{ Parameters map[string]any }
	if err := json.Unmarshal([]byte(e.Fields), &got); err != nil {
		t.Fatal(err)
	}
	same, _ := got.Parameters["same"].([]any)
	if len(got.Parameters) != n+1 || len(same) != n+1 {
		t.Errorf("%d names and %d values of the repeated one, want %d of each", len(got.Parameters), len(same), n+1)
	}
}

func TestRecordMakesColumnsValid(t *testing.T) {
	t.Parallel()
	e := record(t, `{"UserId":"a\ud800b","Parameters":[{"Name":"n","Value":"v\udfff\\ud800"}]}`)
	if e.UserID != "a\ufffdb" || e.Fields != `{"Parameters":{"n":"v\ufffd\\ud800"}}` {
		t.Errorf("columns are %q, %q", e.UserID, e.Fields)
	}
}

func TestRecordThatIsNotUTF8IsNotAnEvent(t *testing.T) {
	t.Parallel()
	for _, raw := range []string{"{\"UserId\":\"a\xffb\"}", "{\"\xed\xa0\x80\":1}", "{\"X\":[\"\xc3\"]}"} {
		if _, err := normalise.Record([]byte(raw), normalise.Origin{}); !errors.Is(err, normalise.ErrNotUTF8) {
			t.Errorf("%q: %v", raw, err)
		}
	}
}

func FuzzRecord(f *testing.F) {
	for _, s := range []string{
		`{}`, `{"Id":"1","CreationTime":"2026-03-02T08:15:30","ClientIP":"[192.0.2.7]:5","RecordType":"2"}`,
		`{"Parameters":[{"Name":"a","Value":1},{"Name":"a","Value":[2]},{"Key":"b"}],"X":[{"Key":"k","Value":{"a":null}}]}`,
		`{"OperationProperties":"[{\"Name\":\"a\",\"Value\":\"b\"}]","AppAccessContext":[{"AADSessionId":"\ud83d\ude00"}]}`,
		"{\"ModifiedProperties\":[{\"Name\":\"\xff\\\\\",\"OldValue\":\"\\ud800\",\"NewValue\":\"\\\\ud800\"}],\"Workload\":\"AzureActiveDirectory\"}",
		`{"ExtendedProperties":[{"Name":"additionalDetails","Value":"{\"User-Agent\":\"x\"}"}],"RecordType":8}`,
		`{"Common":[{"ApplicationId":"1"}],"Workload":"Aip","Status":true,"AdditionalInfo":"{}"}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		before := bytes.Clone(raw)
		e, err := normalise.Record(raw, normalise.Origin{ContentID: "c", Index: 1, Feed: nightjar.FeedGeneral})
		if !bytes.Equal(raw, before) {
			t.Fatal("the record given was changed")
		}
		isObject := json.Valid(raw) && bytes.HasPrefix(bytes.TrimLeft(raw, " \t\r\n"), []byte("{")) && utf8.Valid(raw)
		if (err == nil) != isObject {
			t.Fatalf("%v of what encoding/json says: object %v", err, isObject)
		}
		if err != nil {
			return
		}
		if !bytes.Equal(e.Raw, raw) || e.ID == "" || e.Table == "" {
			t.Errorf("raw, id or table is missing: %+v", e)
		}
		if e.Fields != "" {
			var bags map[string]json.RawMessage
			if err := json.Unmarshal([]byte(e.Fields), &bags); err != nil {
				t.Errorf("fields %q: %v", e.Fields, err)
			}
		}
		for _, column := range []string{
			e.ID, e.Operation, e.Workload, e.UserID, e.UserKey, e.ObjectID, e.Result, e.AppID, e.SessionID, e.UserAgent, e.Fields,
		} {
			if !utf8.ValidString(column) {
				t.Errorf("column %q is not UTF-8", column)
			}
		}
	})
}
