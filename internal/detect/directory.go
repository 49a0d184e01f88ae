package detect

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/nightjar-sec/nightjar"
)

// Changes of the directory are record type 8, and what they are about stands
// in a list, each entry with a type. Read 2026-11-22 at
// https://learn.microsoft.com/en-us/office/office-365-management-api/office-365-management-activity-api-schema
const (
	recordDirectory = 8
	identityName    = 1
	identityUPN     = 5
	bareID          = 32 // letters of an id without its hyphens
)

// directoryChange says for people what a change of the directory is about: the
// name of an application, group or policy instead of its id, and the
// permissions that were given. Both are "" where the record does not say.
func directoryChange(e *nightjar.Event) (target, scopes string) {
	if e.RecordType != recordDirectory {
		return "", ""
	}
	var r struct {
		Target []struct {
			ID   string
			Type int
		}
		ModifiedProperties []struct{ Name, NewValue string }
	}
	if json.Unmarshal(e.Raw, &r) != nil {
		return e.ObjectID, "" // a record of another shape
	}
	target = e.ObjectID
	for _, kind := range []int{identityUPN, identityName} { // a name is better
		for _, t := range r.Target {
			if t.Type == kind && t.ID != "" {
				target = t.ID
				break
			}
		}
	}
	for _, t := range r.Target { // the id that a deletion puts in front of a person's name
		id := strings.ReplaceAll(t.ID, "-", "")
		if name, cut := strings.CutPrefix(target, id); cut && len(id) == bareID && strings.Contains(name, "@") {
			target = name
		}
	}
	for _, p := range r.ModifiedProperties {
		switch p.Name {
		case "ConsentAction.Permissions":
			return target, consentScopes(p.NewValue)
		case "DelegatedPermissionGrant.Scope", "AppRole.Value":
			return target, strings.Join(strings.Fields(p.NewValue), " ")
		}
	}
	return target, ""
}

// consentScopes finds the permissions in the text that Entra ID writes of a
// consent: "[] => [[Id: …, ConsentType: Principal, Scope: openid User.Read]]; ".
// What was consented to before stands in front of the arrow.
func consentScopes(text string) string {
	if _, now, changed := strings.Cut(text, "=>"); changed {
		text = now
	}
	var scopes []string
	for {
		_, rest, more := strings.Cut(text, "Scope:")
		if !more {
			return strings.Join(scopes, " ")
		}
		list := rest
		if end := strings.IndexAny(rest, ",]"); end >= 0 {
			list = rest[:end]
		}
		for scope := range strings.FieldsSeq(list) {
			if !slices.Contains(scopes, scope) {
				scopes = append(scopes, scope)
			}
		}
		text = rest
	}
}
