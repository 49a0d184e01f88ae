package detect

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/nightjar-sec/nightjar"
)

func TestAnAlertOfMicrosoftSaysWhomItIsAbout(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		operation, raw string
		people         []string
		otherwise      string
	}{
		"one person":     {"AlertTriggered", `{"Data":"{\"f3u\":\"Anna@contoso.com\",\"op\":\"Protection\",\"ad\":\"Somebody cannot send\"}"}`, []string{"anna@contoso.com"}, ""},
		"several people": {"AlertTriggered", `{"Data":"{\"f3u\":\"ben@contoso.com; anna@contoso.com,ben@contoso.com|o'neil@contoso.com\"}"}`, []string{"anna@contoso.com", "ben@contoso.com", "o'neil@contoso.com"}, ""},
		"a list of them": {"AlertTriggered", `{"Data":"{\"f3u\":[\"ben@contoso.com\",\"anna@contoso.com\"],\"trc\":\"carl@contoso.com\"}"}`, []string{"anna@contoso.com", "ben@contoso.com"}, ""},
		"in quotes":      {"AlertTriggered", `{"Data":"{\"f3u\":\"'ben@contoso.com';SMTP:anna@contoso.com\"}"}`, []string{"anna@contoso.com", "ben@contoso.com"}, ""},
		"a guest":        {"AlertTriggered", `{"Data":"{\"f3u\":\"eve_fabrikam.com#EXT#@contoso.com\"}"}`, []string{"eve_fabrikam.com#ext#@contoso.com"}, ""},
		"an entity": {
			"AlertEntityGenerated", `{"AlertEntityId":"anna@contoso.com","EntityType":"User","Data":"{\"etype\":\"User\",\"eid\":\"anna@contoso.com\",\"tsd\":\"eve@example.net\"}"}`, []string{"anna@contoso.com"}, "",
		},
		"an entity of the record alone": {"AlertUpdated", `{"AlertEntityId":"anna@contoso.com","EntityType":"User"}`, []string{"anna@contoso.com"}, ""},
		"who got the mail": {
			"AlertEntityGenerated", `{"Data":"{\"etype\":\"MalwareFamily\",\"eid\":\"0b1c-2\",\"trc\":\"anna@contoso.com\",\"tsd\":\"eve@example.net\"}"}`, []string{"anna@contoso.com"}, "",
		},
		"a sender is nobody's account": {"AlertTriggered", `{"Data":"{\"etype\":\"Sender\",\"eid\":\"eve@example.net\"}"}`, nil, "Sender eve@example.net"},
		"a thing":                      {"AlertTriggered", `{"AlertEntityId":"Malware/Evil.B","EntityType":"MalwareFamily","Data":"{\"something\":\"else\"}"}`, nil, "MalwareFamily Malware/Evil.B"},
		"the system":                   {"AlertTriggered", `{"Data":"{\"f3u\":\"NT AUTHORITY\\\\SYSTEM\",\"ad\":\"A role was given\"}"}`, nil, `NT AUTHORITY\SYSTEM: A role was given`},
		"a description":                {"AlertTriggered", `{"Data":"{\"ad\":\"Somebody asked for a mail -V1.0.0.1\"}"}`, nil, "nobody by name: Somebody asked for a mail"},
		"no data":                      {"AlertTriggered", `{"EntityType":"User"}`, nil, "nobody by name"},
		"data that is cut off":         {"AlertTriggered", `{"Data":"{\"f3u\":\"anna@conto"}`, nil, "nobody by name"},
		"data of other kinds":          {"AlertTriggered", `{"Data":"{\"f3u\":1,\"eid\":{\"a\":1},\"etype\":\"User\",\"ad\":\"{\\\"a\\\":1}\"}"}`, nil, "nobody by name"},
		"data that is a number":        {"AlertTriggered", `{"Data":7,"EntityType":["User"]}`, nil, "nobody by name"},
		"another record":               {"SearchAlert", `{"Data":"{\"f3u\":\"anna@contoso.com\"}"}`, nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			people, otherwise := alertAbout(&nightjar.Event{Operation: c.operation, Raw: []byte(c.raw)})
			if !slices.Equal(people, c.people) || otherwise != c.otherwise {
				t.Errorf("about %q, else %q; want %q, else %q", people, otherwise, c.people, c.otherwise)
			}
		})
	}
}

func TestRulesCanNameWhomAnAlertIsAbout(t *testing.T) {
	t.Parallel()
	binds(t, "about", "about_text")
	for field, raw := range map[string]string{
		"about":      `{"Data":"{\"f3u\":\"ben@contoso.com;anna@contoso.com\"}"}`,
		"about_text": `{"Data":"{\"ad\":\"Said \\\"so\\\"\"}"}`,
	} {
		e := nightjar.Event{Operation: "AlertTriggered", Table: nightjar.TableGeneral, Raw: []byte(raw)}
		var got struct {
			Nightjar struct {
				About     []string `json:"about"`
				AboutText string   `json:"about_text"`
			}
		}
		if err := json.Unmarshal(NewEnricher().Enrich(nil, &e, "Contoso"), &got); err != nil {
			t.Fatal(err)
		}
		switch n := got.Nightjar; {
		case field == "about" && (!slices.Equal(n.About, []string{"anna@contoso.com", "ben@contoso.com"}) || n.AboutText != ""):
			t.Errorf("%s gave %+v", raw, n)
		case field == "about_text" && (n.About != nil || n.AboutText != `nobody by name: Said "so"`):
			t.Errorf("%s gave %+v", raw, n)
		}
	}
}
