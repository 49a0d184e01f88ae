package alert

import (
	"slices"
	"strings"

	"github.com/nightjar-sec/nightjar"
)

// MatcherField is what of an alert a matcher looks at.
type MatcherField string

// The fields.
const (
	MatchRule     MatcherField = "rule"     // id of the rule
	MatchPack     MatcherField = "pack"     // name of the pack
	MatchTenant   MatcherField = "tenant"   // id of the tenant
	MatchSeverity MatcherField = "severity" // the one in force
	MatchEntity   MatcherField = "entity"   // kind:value, or a value of any kind; * stands for any text
	MatchText     MatcherField = "text"     // a part of the title or reason, in any case
)

// MatcherFields returns all fields.
func MatcherFields() []MatcherField {
	return []MatcherField{MatchRule, MatchPack, MatchTenant, MatchSeverity, MatchEntity, MatchText}
}

// Matcher is a condition on alerts: one of the values fits.
type Matcher struct {
	Field  MatcherField `json:"field"`
	Values []string     `json:"values"`
}

// matchAll reports whether all of the matchers fit.
func matchAll(all []Matcher, a Alert) bool {
	for _, m := range all {
		if !slices.ContainsFunc(m.Values, func(v string) bool { return m.Field.fits(v, a) }) {
			return false
		}
	}
	return len(all) > 0
}

func (f MatcherField) fits(value string, a Alert) bool {
	switch f {
	case MatchRule:
		return value == a.Rule
	case MatchPack:
		return value == a.Pack
	case MatchTenant:
		return value == string(a.Tenant)
	case MatchSeverity:
		return value == string(a.Severity)
	case MatchEntity:
		return slices.ContainsFunc(a.Entities, func(e nightjar.Entity) bool { return entityFits(value, e) })
	case MatchText:
		value = strings.ToLower(value)
		return strings.Contains(strings.ToLower(a.Title), value) || strings.Contains(strings.ToLower(a.Reason), value)
	}
	return false
}

// entityFits reports whether an entity is what "kind:value" or "value" names.
func entityFits(pattern string, e nightjar.Entity) bool {
	if kind, value := parseEntity(pattern); kind != "" {
		return kind == e.Kind && globs(value, e.Value)
	}
	return globs(pattern, e.Value)
}

// parseEntity splits kind:value. A text whose beginning is no kind, such as an
// IPv6 address, is a value.
func parseEntity(text string) (nightjar.EntityKind, string) {
	kind, value, cut := strings.Cut(text, ":")
	if cut && slices.Contains(nightjar.EntityKinds(), nightjar.EntityKind(kind)) {
		return nightjar.EntityKind(kind), value
	}
	return "", text
}

// globs compares in any case; * stands for any text and nothing else is special.
func globs(pattern, value string) bool {
	pattern, value = strings.ToLower(pattern), strings.ToLower(value)
	parts := strings.Split(pattern, "*")
	if len(parts) == 1 {
		return pattern == value
	}
	if !strings.HasPrefix(value, parts[0]) {
		return false
	}
	value = value[len(parts[0]):]
	end := parts[len(parts)-1]
	for _, p := range parts[1 : len(parts)-1] {
		i := strings.Index(value, p)
		if i < 0 {
			return false
		}
		value = value[i+len(p):]
	}
	return strings.HasSuffix(value, end)
}

// Settle puts ids in the place of names, in the conditions on rules, packs and
// tenants. What names nothing would keep nothing quiet: it is refused.
func (s Silence) Settle(rules func(rules, packs []string) error, tenants func(values []string) error) error {
	for _, m := range slices.Concat(s.Matchers, s.Sources) {
		var err error
		switch m.Field {
		case MatchRule:
			err = rules(m.Values, nil)
		case MatchPack:
			err = rules(nil, m.Values)
		case MatchTenant:
			err = tenants(m.Values)
		case MatchSeverity, MatchEntity, MatchText:
		}
		if err != nil {
			return err
		}
	}
	return nil
}
