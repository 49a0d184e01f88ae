package detect

import (
	"encoding/json"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/sigma"
)

// known is an event of which everything is known.
func known() nightjar.Event {
	return nightjar.Event{
		Tenant: contoso, ID: "1", Table: nightjar.TableAzureAD, Time: time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC), RecordType: 8,
		UserID: "Anna_Fabrikam.com#EXT#@contoso.onmicrosoft.com", AppID: "app", SessionID: "session", ObjectID: "object", Result: "Success",
		UserAgent: `Mozilla/5.0 "quoted" Chrome/120 Safari/537.36 Edg/120`, ClientIP: netip.MustParseAddr("203.0.113.7"), ClientPort: 443,
		Place:  nightjar.Place{Country: "NL", City: "'s-Hertogenbosch", Lat: 51.7, Lon: 5.3, ASN: 64500, Network: "user"},
		Fields: `{"DeviceProperties":{"Id":"device","OS":"Windows"}}`,
		Raw:    []byte(`{"Id":"1","Target":[{"ID":"group-id","Type":2},{"ID":"Group","Type":1}],"ModifiedProperties":[{"Name":"AppRole.Value","NewValue":"Mail.Read"}]} ` + "\n"),
	}
}

func TestAnEventGetsWhatIsKnownOfIt(t *testing.T) {
	t.Parallel()
	e := known()
	var got struct {
		ID       string `json:"Id"`
		Nightjar map[string]any
	}
	if err := json.Unmarshal(NewEnricher().Enrich(nil, &e, "Contoso"), &got); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"tenant": "Contoso", "tenant_id": string(contoso), "table": "azure_ad", "time": "2026-11-20T08:00:00Z", "client_ip": "203.0.113.7", "country": "NL", "city": "'s-Hertogenbosch",
		"lat": 51.7, "lon": 5.3, "asn": 64500.0, "network": "user", "user": "anna_fabrikam.com#ext#@contoso.onmicrosoft.com", "user_domain": "fabrikam.com",
		"app_id": "app", "session_id": "session", "user_agent": e.UserAgent, "client": "edge", "device": "device", "result": "Success", "object_id": "object",
		"target": "Group", "scopes": "Mail.Read", "guest": true,
	}
	if got.ID != "1" || !maps.Equal(got.Nightjar, want) {
		t.Errorf("got %v\nwant %v", got, want)
	}
	binds(t, slices.Collect(maps.Keys(got.Nightjar))...)
}

// binds checks that rules may name members of nightjar.
func binds(t *testing.T, names ...string) {
	t.Helper()
	catalogue, err := sigma.NewCatalogue()
	if err != nil {
		t.Fatal(err)
	}
	ual, err := catalogue.Source(sourceName)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if !ual.Carries("nightjar." + name) {
			t.Errorf("the schema of the audit log has no nightjar.%s", name)
		}
	}
}

func TestWhatIsNotKnownIsAbsent(t *testing.T) {
	t.Parallel()
	e := nightjar.Event{Table: nightjar.TableGeneral, Raw: []byte(`{ }`)}
	var got struct{ Nightjar map[string]any }
	if err := json.Unmarshal(NewEnricher().Enrich(nil, &e, ""), &got); err != nil {
		t.Fatal(err)
	}
	if names := slices.Sorted(maps.Keys(got.Nightjar)); !slices.Equal(names, []string{"guest", "table", "time"}) {
		t.Errorf("of nothing there is %v", names)
	}
}

func TestClientsAreFamilies(t *testing.T) {
	t.Parallel()
	c := newClients()
	for agent, want := range map[string]string{
		"": "", "Something/1": "other",
		"Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0 Safari/537.36": "chrome",
		"Mozilla/5.0 (Macintosh) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.0 Safari/605.1.15":   "safari",
		"Mozilla/5.0 (Windows NT; Windows NT 10.0; en-US) WindowsPowerShell/5.1":                          "powershell",
		"Client=OWA;Action=ViaProxy": "owa", "Client=REST;Client=RESTSystem;;": "rest", "BAV2ROPC": "bav2ropc", "python-requests/2.31": "python", "axios/1.7.2": "axios",
	} {
		for range 2 { // remembered, too
			if got := c.family(agent); got != want {
				t.Errorf("%q is %s, want %s", agent, got, want)
			}
		}
	}
}

func TestASentenceIsFilledIn(t *testing.T) {
	t.Parallel()
	values := map[string]string{"UserId": "anna", "long": strings.Repeat("x", 300), "lines": "a\n\tb"}
	for text, want := range map[string]string{
		"{UserId} did it":    "anna did it",
		"{ UserId }{absent}": "annaunknown",
		"{{{UserId}}}":       "{anna}",
		"{lines}":            "a b",
		"{long}":             strings.Repeat("x", 200) + "…",
		"plain":              "plain",
	} {
		s, err := parseSentence(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := s.write(func(name string) string { return values[name] }); got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
	for _, text := range []string{"{", "{}", "{ }", "a {b", "{a{b}"} {
		if _, err := parseSentence(text); nightjar.CodeOf(err) != nightjar.CodeInvalid {
			t.Errorf("%q is taken: %v", text, err)
		}
	}
}

// FuzzEnrich checks that what was JSON is JSON afterwards, with its members.
func FuzzEnrich(f *testing.F) {
	e := known()
	f.Add("Add app role assignment to service principal.", e.Raw, e.UserID, e.UserAgent, e.Fields)
	f.Add("", []byte(`{}`), "", "\xff\x00\"\\", `{"DeviceProperties":[]}`)
	f.Add("", []byte(" {\"a\":{}}\r\n"), "a@b#ext#", "x", `{"DeviceProperties":{"Id":1}}`)
	f.Add("AlertTriggered", []byte(`{"Data":"{\"f3u\":\"a@b,\\u0000@c;d@\\ud800\"}"}`), "", "", "")
	f.Add("AlertEntityGenerated", []byte(`{"Data":"{\"etype\":\"User\",\"eid\":","AlertEntityId":{},"EntityType":"User"}`), "", "", "")
	f.Fuzz(func(t *testing.T, operation string, raw []byte, user, agent, fields string) {
		e := nightjar.Event{Table: nightjar.TableAzureAD, RecordType: 8, Operation: operation, Raw: raw, UserID: user, UserAgent: agent, Fields: fields}
		got := NewEnricher().Enrich(nil, &e, user)
		var was, is map[string]json.RawMessage
		if json.Unmarshal(raw, &was) != nil || was == nil {
			return
		}
		if err := json.Unmarshal(got, &is); err != nil {
			t.Fatalf("%q became %q: %v", raw, got, err)
		}
		for name := range was {
			if _, ok := is[name]; !ok {
				t.Fatalf("%q lost %s: %q", raw, name, got)
			}
		}
	})
}
