package ruleset

import (
	"maps"
	"slices"
	"strings"
	"time"
)

// Warning says of an exception that it takes away all events that have its
// fields, which makes the rule blind; "" of one with a value that narrows, and
// of one that has ended. It may be meant: such an exception asks whether a field
// is there.
func (e Exception) Warning(now time.Time) string {
	if !e.Active(now) {
		return ""
	}
	var fields []string
	for _, key := range slices.Sorted(maps.Keys(e.Where)) {
		field, modifiers, _ := strings.Cut(key, "|")
		if !fitsAll(strings.Split(modifiers, "|"), e.Where[key]) {
			return ""
		}
		if !slices.Contains(fields, field) {
			fields = append(fields, field)
		}
	}
	if len(fields) == 0 {
		return ""
	}
	return "it takes away every event that has " + strings.Join(fields, " and ") + ", whatever the value: the rule may find nothing any more"
}

// fitsAll reports whether any value that a field has fits.
func fitsAll(modifiers []string, value any) bool {
	list, ok := value.([]any)
	if !ok {
		list = []any{value}
	}
	if slices.Contains(modifiers, "cidr") { // each family of addresses has a whole of its own
		return slices.Contains(list, any("0.0.0.0/0")) && slices.Contains(list, any("::/0"))
	}
	one := func(v any) bool { return wildcard(modifiers, v) }
	if slices.Contains(modifiers, "all") {
		return len(list) > 0 && !slices.ContainsFunc(list, func(v any) bool { return !one(v) })
	}
	return slices.ContainsFunc(list, one)
}

// wildcard reports whether one value fits any other.
func wildcard(modifiers []string, value any) bool {
	text, isText := value.(string)
	kind := ""
	for _, m := range modifiers {
		switch m {
		case "", "all", "cased", "i", "m", "s":
		case "contains", "startswith", "endswith", "re", "exists":
			kind = m
		default:
			return false
		}
	}
	switch kind {
	case "exists":
		return value == true || text == "true"
	case "re":
		return isText && slices.Contains([]string{"", ".*", ".+", "^.*$", "^.+$", "^.*", ".*$"}, text)
	case "":
		return text != "" && strings.Trim(text, "*") == ""
	default:
		return isText && strings.Trim(text, "*") == ""
	}
}
