package schedule

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/ruleset"
)

// span is what a question was about, and the fingerprint of the question.
type span struct {
	from, to time.Time
	version  string
}

// speak makes findings of the rows that a rule's condition holds of.
func speak(set *ruleset.Set, info *ruleset.Info, a Answer, sp span) ([]found, error) {
	var out []found
	for _, row := range a.Rows {
		values := map[string]string{}
		var value float64
		for i, column := range a.Columns {
			values[column] = text(row[i])
			if column == strings.ToLower(info.Scheduled.Value) {
				n, ok := number(row[i])
				if !ok {
					return nil, &nightjar.Error{Code: nightjar.CodeInvalid, Message: fmt.Sprintf("column %s is no number", column)}
				}
				value = n
			}
		}
		if !holds(info, value) {
			continue
		}
		tenant := nightjar.TenantID(values["tenant_id"])
		if tenant == "" {
			tenant = nightjar.Installation
		}
		var parts []string
		for _, column := range info.Scheduled.By {
			parts = append(parts, values[strings.ToLower(column)])
		}
		key := nightjar.FindingID(parts...)
		f := base(set, info, tenant, values)
		f.ID = nightjar.FindingID(string(tenant), info.Label(), key, strconv.FormatInt(sp.from.UnixMicro(), 10))
		f.Version, f.Time, f.First, f.Last = sp.version, sp.to, sp.from, sp.to
		for i, column := range a.Columns {
			if at, ok := row[i].(time.Time); ok && column == "first" {
				f.First = at.UTC()
			} else if ok && column == "last" {
				f.Last = at.UTC()
			}
		}
		// What a query counts or measures is in the values under its own name: it
		// may be minutes, or a share.
		f.Count = 1
		out = append(out, found{f, key})
	}
	return out, nil
}

// base is what all findings of a rule have.
func base(set *ruleset.Set, info *ruleset.Info, tenant nightjar.TenantID, values map[string]string) nightjar.Finding {
	label := info.Label()
	f := nightjar.Finding{
		Tenant: tenant, Rule: label, Title: info.Title, Severity: set.Severity(label, tenant), Tags: info.Tags, Values: values,
		DryRun: set.Mode(label, tenant) == ruleset.DryRun, Reason: sentence(info, values),
	}
	var grouped []nightjar.Entity
	for _, e := range info.Entities {
		for _, field := range e.Fields {
			v := values[strings.ToLower(field)]
			if v == "" {
				continue
			}
			one := nightjar.Entity{Kind: e.Kind, Value: canonical(e.Kind, v)}
			f.Entities = append(f.Entities, one)
			if len(info.Group) == 0 || slices.Contains(info.Group, e.Kind) {
				grouped = append(grouped, one)
			}
			break
		}
	}
	f.Fingerprint = nightjar.Fingerprint(tenant, label, grouped)
	return f
}

// canonical writes the value of an entity so that equal ones are equal.
func canonical(kind nightjar.EntityKind, v string) string {
	switch kind {
	case nightjar.EntityUser, nightjar.EntityMailbox, nightjar.EntityAddress:
		return strings.ToLower(v)
	default:
		return v
	}
}

// sentence puts values into a rule's reason.
func sentence(info *ruleset.Info, values map[string]string) string {
	if info.Reason == "" {
		return info.Title
	}
	pairs := make([]string, 0, 2*len(values))
	for name, v := range values {
		pairs = append(pairs, "{"+name+"}", v)
	}
	return strings.NewReplacer(pairs...).Replace(info.Reason)
}

// holds reports whether a rule's condition holds of a value; without one each
// row is a finding.
func holds(info *ruleset.Info, value float64) bool {
	return !slices.ContainsFunc(info.Scheduled.Bounds, func(b ruleset.Bound) bool { return !b.Holds(value) })
}

func number(v any) (float64, bool) {
	switch v := v.(type) {
	case int64:
		return float64(v), true
	case float64:
		return v, true
	case nil:
		return 0, true
	default:
		return 0, false
	}
}

// text writes a value as people read it.
func text(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case []byte:
		return string(v)
	case time.Time:
		return v.UTC().Format("2006-01-02 15:04:05 UTC")
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case []any, map[string]any:
		b, err := json.Marshal(v)
		if err != nil {
			return fmt.Sprint(v)
		}
		return string(b)
	default:
		return fmt.Sprint(v)
	}
}
