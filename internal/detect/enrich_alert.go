package detect

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/nightjar-sec/nightjar"
)

// An alert of Microsoft 365 says whom it is about in an object that its Data
// holds as text. Microsoft documents the text and not the members, which are
// read as its records have them: f3u are the people; eid is one thing that the
// alert is about and etype its kind; trc are the recipients of the mail that
// it is about; ad is the description of the policy. The schema is at
// https://learn.microsoft.com/office/office-365-management-api/office-365-management-activity-api-schema#security-and-compliance-alerts-schema
// and records are in the tests of https://github.com/elastic/integrations
// (packages/o365), both read 2026-11-23.
type microsoftAlert struct {
	Data, AlertEntityId, EntityType any
}

// nobody stands where an alert names neither a person nor a thing.
const nobody = "nobody by name"

// alertAbout says whom an alert of Microsoft 365 is about: the addresses of
// people, in small letters, each once and in order. Where it names nobody it
// says in words what the record has instead. Both are empty of other events.
func alertAbout(e *nightjar.Event) (people []string, otherwise string) {
	switch e.Operation {
	case "AlertTriggered", "AlertEntityGenerated", "AlertUpdated":
	default:
		return nil, ""
	}
	var r microsoftAlert
	_ = json.Unmarshal(e.Raw, &r) // a record of another shape names nobody
	var data map[string]any
	if text, ok := r.Data.(string); ok {
		_ = json.Unmarshal([]byte(text), &data) // neither does a text of another shape
	}
	things := [...]struct{ kind, id any }{{data["etype"], data["eid"]}, {r.EntityType, r.AlertEntityId}}
	named := []any{data["f3u"]}
	for _, t := range things {
		if t.kind == "User" || t.kind == "Recipients" { // a sender is who wrote to people
			named = append(named, t.id)
		}
	}
	for _, value := range append(named, data["trc"]) {
		if people = peopleIn(strings.Join(texted(value), ";")); len(people) > 0 {
			return people, ""
		}
	}
	otherwise = nobody
	for _, t := range things {
		kind, id := plainText(t.kind), plainText(t.id)
		if otherwise == nobody && kind != "" && id != "" {
			otherwise = kind + " " + id
		}
	}
	if name := plainText(data["f3u"]); name != "" {
		otherwise = name // such as NT AUTHORITY\SYSTEM
	}
	if description := policyVersion.ReplaceAllString(plainText(data["ad"]), ""); description != "" {
		otherwise += ": " + description
	}
	return nil, otherwise
}

// policyVersion ends the descriptions of Microsoft's own policies.
var policyVersion = regexp.MustCompile(`\s*-V\d+(\.\d+)*$`)

// plainText is a value that people can read: a text, and none that holds JSON.
func plainText(value any) string {
	text, _ := value.(string)
	if text = strings.TrimSpace(text); strings.HasPrefix(text, "{") || strings.HasPrefix(text, "[") {
		return ""
	}
	return text
}

// peopleIn are the addresses in a text, whatever stands between them.
func peopleIn(text string) []string {
	var people []string
	for _, word := range strings.FieldsFunc(strings.ToLower(text), betweenPeople) {
		word = strings.TrimPrefix(strings.Trim(word, "'"), "smtp:")
		if i := strings.IndexByte(word, '@'); i > 0 && i < len(word)-1 && strings.Count(word, "@") == 1 {
			people = append(people, word)
		}
	}
	slices.Sort(people)
	return slices.Compact(people)
}

func betweenPeople(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(`,;|<>()[]"`, r) }
